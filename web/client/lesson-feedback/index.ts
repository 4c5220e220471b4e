import "../lesson-player/index";
import { LessonFeedback } from "./lesson-feedback";

customElements.define("lesson-feedback", LessonFeedback);

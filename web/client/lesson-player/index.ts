import { LessonPlayer } from "./lesson-player";

customElements.define("lesson-player", LessonPlayer);

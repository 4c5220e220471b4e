import { LessonUploader } from "./lesson-uploader";

customElements.define("lesson-uploader", LessonUploader);

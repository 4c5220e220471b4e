import "../lesson-player/index";
import { MarkingRoom } from "./marking-room";

customElements.define("marking-room", MarkingRoom);

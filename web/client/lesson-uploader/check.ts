/** What can be known of a film before a byte of it is sent. */

import type { Look } from "./film";
import { bytesText } from "./progress";

const FILM = /^(video|audio)\//;
const SHORT_MS = 120_000;

/** Returns why a file cannot be sent, in words; empty when it can. */
export function refusalOf(file: Pick<File, "name" | "size" | "type">, largest: number): string {
  if (file.size === 0) return "This file is empty. Choose the film as your phone or camera made it.";
  if (file.size > largest) {
    return `This film is ${bytesText(file.size)}; at most ${bytesText(largest)} can be sent. Film in several pieces, or lower the quality in the camera’s settings, and send each piece.`;
  }
  if (file.type && !FILM.test(file.type)) {
    return `“${file.name}” is not a film or a sound recording. Choose another file.`;
  }
  return "";
}

/** Returns what to point out about a film that can be sent nevertheless; empty when there is nothing. */
export function doubtAbout(look: Look | undefined): string {
  if (look?.hasSound === false)
    return "There is no sound in this film. If another file of the lesson has it, cancel and choose that one.";
  if (look?.durationMs === undefined || look.durationMs >= SHORT_MS) return "";
  return "A short film: if there are other pieces of the lesson, send them after it.";
}

/** What can be known of a film before a byte of it is sent. */

import { bytesText } from "./progress";

const FILM = /^(video|audio)\//;
const LONGEST_LOOK_MS = 5000;
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
export function doubtAbout(durationMs: number | undefined): string {
  if (durationMs === undefined || durationMs >= SHORT_MS) return "";
  return "A short film: if there are other pieces of the lesson, send them after it.";
}

/** Returns how long a film lasts, in milliseconds, as this device reads it; undefined when it cannot. */
export function durationOf(file: File): Promise<number | undefined> {
  const video = document.createElement("video");
  const address = URL.createObjectURL(file);
  return new Promise<number | undefined>((resolve) => {
    const timer = setTimeout(() => resolve(undefined), LONGEST_LOOK_MS);
    const done = () => {
      clearTimeout(timer);
      resolve(Number.isFinite(video.duration) ? Math.round(video.duration * 1000) : undefined);
    };
    video.addEventListener("loadedmetadata", done);
    video.addEventListener("error", done);
    video.preload = "metadata";
    video.src = address;
  }).finally(() => {
    video.removeAttribute("src");
    URL.revokeObjectURL(address);
  });
}

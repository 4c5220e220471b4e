/** The names of things, as the room says them. */

import { OfflineError, ProblemError } from "../api/request";
import type { CommentKind, CommentWords, Criterion } from "../api/types";
import { timeSpoken, timeText } from "../lesson-player/time";

export const KIND_WORDS: Record<CommentKind, string> = {
  strength: "Strength",
  target: "Target",
  question: "Question",
  note: "Note",
};

export const KINDS = Object.keys(KIND_WORDS) as CommentKind[];

const LONGEST_CODE = 12;

/** A criterion as a chip shows it: its code, which people choose to be read, unless it is long. */
export function shortLabel({ code, label }: Criterion): string {
  if (code.length > LONGEST_CODE) return label;
  return `${code.charAt(0).toUpperCase()}${code.slice(1)}`;
}

/** Where in the lesson: 1:05 or 1:05–1:20. */
export function whenText({ at_ms, until_ms }: Pick<CommentWords, "at_ms" | "until_ms">): string {
  return until_ms === null ? timeText(at_ms) : `${timeText(at_ms)}–${timeText(until_ms)}`;
}

export function whenSpoken({ at_ms, until_ms }: Pick<CommentWords, "at_ms" | "until_ms">): string {
  return until_ms === null ? timeSpoken(at_ms) : `${timeSpoken(at_ms)} to ${timeSpoken(until_ms)}`;
}

/** The first words of a text. */
export function clip(text: string, longest = 60): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > longest ? `${line.slice(0, longest - 1).trimEnd()}…` : line;
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** Why the room cannot be opened, and that nothing is lost. */
export function faultText(error: unknown): string {
  const kept = "What you wrote before is kept on this device.";
  if (error instanceof OfflineError) return `The server cannot be reached. ${kept} Trying again…`;
  if (error instanceof ProblemError) return `${error.problem.title}. ${error.problem.detail} ${kept}`;
  return `The room could not be opened. ${kept} Trying again…`;
}

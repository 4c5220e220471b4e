/** Which key does what in the marking room. Pure. */

import type { CommentKind } from "../api/types";

export type Act =
  | "toggle"
  | "slower"
  | "faster"
  | "back"
  | "forward"
  | "back-little"
  | "forward-little"
  | "frame-back"
  | "frame-forward"
  | "comment"
  | "span"
  | "previous"
  | "next"
  | "edit"
  | "rubric"
  | "stop"
  | "help";

export interface Key {
  key: string;
  shiftKey: boolean;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  getModifierState?(name: string): boolean;
}

const PLAIN: Record<string, Act> = {
  " ": "toggle",
  k: "toggle",
  j: "slower",
  l: "faster",
  ArrowLeft: "back",
  ArrowRight: "forward",
  ",": "frame-back",
  ".": "frame-forward",
  c: "comment",
  r: "span",
  "[": "previous",
  "]": "next",
  e: "edit",
  m: "rubric",
  Escape: "stop",
  "?": "help",
};

const WITH_SHIFT: Record<string, Act> = {
  ArrowLeft: "back-little",
  ArrowRight: "forward-little",
  "?": "help",
};

/** What each key does, for people. */
export const HELP: readonly (readonly [title: string, keys: readonly (readonly [string, string])[]])[] = [
  [
    "Film",
    [
      ["Space or K", "Play or pause"],
      ["J, L", "Slower, faster"],
      ["← →", "5 seconds back, forward"],
      ["Shift + ← →", "1 second back, forward"],
      [", .", "One frame back, forward"],
    ],
  ],
  [
    "Comments",
    [
      ["C", "Comment on the frame you see"],
      ["R, then R", "Begin and end a span, then comment on it"],
      ["[ ]", "Previous, next comment"],
      ["E", "Change the chosen comment"],
    ],
  ],
  [
    "While you write a comment",
    [
      ["Tab, then 1 to 9", "Choose tags by number"],
      ["Tab, then S T Q N", "Strength, target, question or note"],
      ["Alt + the same", "Without leaving the text"],
      ["Enter", "Save and play on"],
      ["Shift + Enter", "New line"],
      ["Esc", "Leave it for later"],
    ],
  ],
  [
    "Rubric",
    [
      ["M", "To the next criterion that is not complete"],
      ["#", "In a rationale: choose comments to cite"],
      ["Esc", "Back to the film"],
    ],
  ],
];

/** Returns what a key does, or undefined. Keys of one letter are silent when they are switched off (WCAG 2.1.4). */
export function actOf(event: Key, areLettersOn: boolean): Act | undefined {
  // Brackets are typed with AltGr on many keyboards, which some systems report as Ctrl + Alt.
  const isAltGraph = event.getModifierState?.("AltGraph") ?? false;
  if (!isAltGraph && (event.ctrlKey || event.metaKey || event.altKey)) return undefined;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key.length === 1 && !areLettersOn) return undefined;
  return event.shiftKey ? WITH_SHIFT[key] : PLAIN[key];
}

const TEXT_FIELDS =
  "textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=range], [type=button])";

/** Whether someone types in the element, so that no key is the room's. */
export function isTyping(element: Element | null): boolean {
  return element !== null && (element.matches(TEXT_FIELDS) || element.closest("dialog[open]") !== null);
}

/** Whether the element answers to this key itself, as a button does to the space bar. */
export function ownsKey(element: Element | null, key: string): boolean {
  if (!element) return false;
  const isPress = key === " " || key === "Enter";
  if (element.matches("button, a[href], summary, input[type=checkbox]")) return isPress;
  return element.matches("input") && (isPress || key.startsWith("Arrow"));
}

/** Returns 0 to 8 for the digits 1 to 9, else undefined. */
export function digitOf(event: { key: string; code: string }): number | undefined {
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1] ?? /^[1-9]$/.exec(event.key)?.[0];
  return digit === undefined ? undefined : Number(digit) - 1;
}

const KIND_LETTERS: Record<string, CommentKind> = {
  KeyS: "strength",
  KeyT: "target",
  KeyQ: "question",
  KeyN: "note",
};

/** Returns the kind of comment that a letter stands for; by its sign, or with Alt by its place on the keyboard. */
export function kindOf(event: { key: string; code: string; altKey: boolean }): CommentKind | undefined {
  return KIND_LETTERS[event.altKey ? event.code : `Key${event.key.toUpperCase()}`];
}

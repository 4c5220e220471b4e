/** Which key does what in the marking room. Pure. */

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
  | "help";

export interface Key {
  key: string;
  shiftKey: boolean;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
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
  "?": "help",
};

const WITH_SHIFT: Record<string, Act> = { ArrowLeft: "back-little", ArrowRight: "forward-little" };

/** What each key does, for people. */
export const HELP: readonly (readonly [string, string])[] = [
  ["Space or K", "Play or pause"],
  ["J, L", "Slower, faster"],
  ["← →", "5 seconds back, forward"],
  ["Shift + ← →", "1 second back, forward"],
  [", .", "One frame back, forward"],
  ["C", "Comment on the frame you see"],
  ["R, then R", "Begin and end a span, then comment on it"],
  ["[ ]", "Previous, next comment"],
  ["Tab, then 1 to 9", "In a comment: to the tags, then choose them by number"],
  ["Alt + 1 to 9", "In a comment: choose a tag while typing"],
  ["Enter", "In a comment: save and play on"],
  ["Shift + Enter", "In a comment: new line"],
  ["Esc", "In a comment: keep it for later"],
  ["#", "In a reason: choose comments to cite"],
  ["?", "This help"],
];

/** Returns what a key does, or undefined. Keys of one letter are silent when they are switched off (WCAG 2.1.4). */
export function actOf(event: Key, areLettersOn: boolean): Act | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  if (event.shiftKey && event.key in WITH_SHIFT) return WITH_SHIFT[event.key];
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key.length === 1 && !areLettersOn) return undefined;
  if (event.shiftKey && key !== "?") return undefined;
  return PLAIN[key];
}

/** Whether keys belong to the element, because one types or chooses in it. */
export function isTyping(element: Element | null): boolean {
  if (!element) return false;
  return (
    element.matches("input, textarea, select, [contenteditable]") || element.closest("dialog[open]") !== null
  );
}

/** Whether the element answers to this key itself, as a button does to the space bar. */
export function ownsKey(element: Element | null, key: string): boolean {
  return (key === " " || key === "Enter") && (element?.matches("button, a[href], summary") ?? false);
}

/** Returns 0 to 8 for the digits 1 to 9, else undefined. */
export function digitOf(event: { key: string; code: string }): number | undefined {
  const digit = /^Digit([1-9])$/.exec(event.code)?.[1] ?? /^[1-9]$/.exec(event.key)?.[0];
  return digit === undefined ? undefined : Number(digit) - 1;
}

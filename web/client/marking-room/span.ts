/** A span of the lesson, marked by two presses of one key. Pure. */

export interface Span {
  atMs: number;
  untilMs: number | null; // null: no longer than a moment
}

const SHORTEST_MS = 250; // two presses within it meant one moment

/** Returns the span between two moments, in whichever order they were marked. */
export function spanOf(firstMs: number, secondMs: number): Span {
  const [atMs, untilMs] = [Math.min(firstMs, secondMs), Math.max(firstMs, secondMs)];
  return { atMs, untilMs: untilMs - atMs < SHORTEST_MS ? null : untilMs };
}

/** Returns a span that begins at another moment; one that would end before it begins has no end. */
export function beginAt(span: Span, atMs: number): Span {
  return span.untilMs === null || span.untilMs <= atMs ? { atMs, untilMs: null } : spanOf(atMs, span.untilMs);
}

/** Returns a span that ends at another moment; an end before the beginning turns it round. */
export function endAt(span: Span, untilMs: number): Span {
  return spanOf(span.atMs, untilMs);
}

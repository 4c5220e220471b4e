import type { Rubric } from "../api/types";
import type { Marker } from "../lesson-player/timeline";
import type { KeptComment } from "../outbox/store";
import { clip } from "./words";

/** Returns a marker for each comment, and one for a span that has begun. */
export function markersOf(
  comments: readonly KeptComment[],
  rubric: Rubric,
  selected: string,
  spanStartMs: number | undefined,
): Marker[] {
  const codes = rubric.criteria.map((criterion) => criterion.code);
  const markers: Marker[] = comments.map(({ id, words }) => ({
    id,
    atMs: words.at_ms,
    untilMs: words.until_ms,
    kind: words.kind,
    label: clip(words.text, 80),
    colour: Math.max(0, codes.indexOf(words.tags[0] ?? "")) % 8,
    isSelected: id === selected,
  }));
  if (spanStartMs !== undefined) {
    const label = "A span begins here";
    markers.push({
      id: "",
      atMs: spanStartMs,
      untilMs: null,
      kind: "note",
      label,
      colour: 0,
      isSelected: true,
    });
  }
  return markers;
}

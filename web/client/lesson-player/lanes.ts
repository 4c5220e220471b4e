/** Where markers stand on the timeline so that each can be hit. Pure. */

export const MOST_LANES = 3;

/** A marker's place: how far along, 0 to 1, and in which lane, 0 being next to the line. */
export interface Place {
  share: number;
  lane: number;
}

/**
 * Returns a place for each moment, in the order given: the lowest lane where it stands free of its neighbours; where
 * all are taken, the one whose last marker is farthest away.
 */
export function placesOf(
  momentsMs: readonly number[],
  durationMs: number,
  widthPx: number,
  targetPx: number,
): Place[] {
  const share = (ms: number) => (durationMs > 0 ? Math.min(1, Math.max(0, ms / durationMs)) : 0);
  const lastPx = new Array<number>(MOST_LANES).fill(Number.NEGATIVE_INFINITY);
  const places = momentsMs.map((ms) => ({ share: share(ms), lane: 0 }));
  for (const place of places.toSorted((one, other) => one.share - other.share)) {
    const px = place.share * widthPx;
    const free = lastPx.findIndex((last) => px - last >= targetPx);
    place.lane = free >= 0 ? free : lastPx.indexOf(Math.min(...lastPx));
    lastPx[place.lane] = px;
  }
  return places;
}

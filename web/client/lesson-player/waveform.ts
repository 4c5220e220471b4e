/** How loud the lesson is at which moment, drawn behind the timeline. */

import type { Stretch } from "./time";

export interface Peaks {
  per_second: number;
  peaks: readonly number[]; // 0 to 255
}

const QUIET = 40; // a lesson that is quieter throughout is not drawn as if it were loud

/** Returns the outline of a take's sound as an SVG path: `width` units wide, `height` high, one column a unit. */
export function waveformPath({ peaks }: Peaks, width: number, height: number): string {
  const columns = Math.max(1, Math.round(width));
  const middle = height / 2;
  const loudest = peaks.reduce((one, other) => Math.max(one, other), QUIET);
  const heights = Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column * peaks.length) / columns);
    const until = Math.max(from + 1, Math.floor(((column + 1) * peaks.length) / columns));
    return Math.max(0.5, (Math.max(0, ...peaks.slice(from, until)) / loudest) * middle);
  });
  const upper = heights.map((value, column) => `L${column} ${(middle - value).toFixed(1)}`);
  const lower = heights.map((value, column) => `L${column} ${(middle + value).toFixed(1)}`).reverse();
  return `M0 ${middle}${upper.join("")}${lower.join("")}Z`;
}

/** Fetches each take's loudness once. */
export class Waveforms {
  private readonly fetched = new Map<string, Peaks | undefined>();

  constructor(private readonly onFetched: () => void) {}

  /** Returns a take's loudness, once it is there. */
  of(stretch: Stretch): Peaks | undefined {
    const address = stretch.take.peaks;
    if (!address) return undefined;
    if (!this.fetched.has(address)) void this.fetch(address);
    return this.fetched.get(address);
  }

  private async fetch(address: string): Promise<void> {
    this.fetched.set(address, undefined);
    const response = await fetch(address, { credentials: "same-origin" }).catch(() => undefined);
    if (!response?.ok) return;
    this.fetched.set(address, (await response.json()) as Peaks);
    this.onFetched();
  }
}

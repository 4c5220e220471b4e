/** Which stretches of the film were played: told to the server, which writes down who watched which children. */

import type { Stretch } from "./time";

export type Span = readonly [fromMs: number, untilMs: number];

interface Report {
  take: string;
  spans: { from_ms: number; until_ms: number }[];
}

const TOLD_EVERY_MS = 60_000;
const FARTHEST_MS = 1500; // between two frames of one stretch; what is farther was a seek
const MOST_SPANS = 200; // of one report
// What the server refuses as it is, it would refuse again.
const LASTING = new Set([400, 403, 404, 413, 422]);
const AGAIN_AFTER_MS = 15_000;

/** Adds a frame that was shown to the spans; begins a new span after a seek. Pure. */
export function addFrame(spans: readonly Span[], lessonMs: number): Span[] {
  const last = spans.at(-1);
  if (last && lessonMs >= last[1] && lessonMs - last[1] <= FARTHEST_MS) {
    return [...spans.slice(0, -1), [last[0], lessonMs]];
  }
  if (last && lessonMs >= last[0] && lessonMs <= last[1]) return [...spans];
  return [...spans, [lessonMs, lessonMs]];
}

/** Returns the same moments in order, each once. Pure. */
export function merged(spans: readonly Span[]): Span[] {
  const found: Span[] = [];
  for (const [from, until] of spans.filter(([start, end]) => end > start).toSorted((a, b) => a[0] - b[0])) {
    const last = found.at(-1);
    if (last && from <= last[1]) found[found.length - 1] = [last[0], Math.max(last[1], until)];
    else found.push([from, until]);
  }
  return found;
}

/** Gathers what is played, and tells it now and then, at every pause, and on leaving. */
export class Played {
  private spans: Span[] = [];
  private take: string | undefined;
  private toldAt = performance.now();
  private readonly untold: Report[] = [];
  private isTelling = false;
  private again: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly lesson: string) {
    addEventListener("pagehide", this.tell);
    addEventListener("online", this.tell);
  }

  /** Notes a frame that was shown while the film was playing. */
  note(stretch: Stretch, lessonMs: number): void {
    if (stretch.take.id !== this.take) this.tell();
    this.take = stretch.take.id;
    this.spans = addFrame(this.spans, lessonMs);
    if (performance.now() - this.toldAt > TOLD_EVERY_MS) this.tell();
  }

  /** Tells what has been played; what cannot be told now is told later. */
  tell = (): void => {
    this.toldAt = performance.now();
    const spans = merged(this.spans).map(([from_ms, until_ms]) => ({ from_ms, until_ms }));
    this.spans = [];
    for (let first = 0; this.take && first < spans.length; first += MOST_SPANS) {
      this.untold.push({ take: this.take, spans: spans.slice(first, first + MOST_SPANS) });
    }
    void this.send();
  };

  close(): void {
    this.tell();
    clearTimeout(this.again);
    removeEventListener("pagehide", this.tell);
    removeEventListener("online", this.tell);
  }

  private async send(): Promise<void> {
    clearTimeout(this.again);
    if (this.isTelling) return;
    this.isTelling = true;
    for (let report = this.untold[0]; report; report = this.untold[0]) {
      const status = await this.post(report);
      const isHeard = status >= 200 && status < 300;
      if (!isHeard && !LASTING.has(status)) break;
      this.untold.shift();
    }
    this.isTelling = false;
    if (this.untold.length > 0) this.again = setTimeout(() => void this.send(), AGAIN_AFTER_MS);
  }

  private post(report: Report): Promise<number> {
    return fetch(`/api/lessons/${this.lesson}/played`, {
      method: "POST",
      credentials: "same-origin",
      keepalive: true, // it outlives the page
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(report),
    }).then(
      ({ status }) => status,
      () => 0,
    );
  }
}

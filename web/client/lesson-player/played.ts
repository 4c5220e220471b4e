/** Which stretches of the film were played: told to the server, which writes down who watched which children. */

import type { Stretch } from "./time";

export type Span = readonly [fromMs: number, untilMs: number];

const TOLD_EVERY_MS = 60_000;
const FARTHEST_MS = 1500; // between two frames of one stretch; what is farther was a seek
const MOST_SPANS = 200;

/** Adds a frame that was shown to the spans; begins a new span after a seek. Pure. */
export function addFrame(spans: readonly Span[], lessonMs: number): Span[] {
  const last = spans.at(-1);
  if (last && lessonMs >= last[1] && lessonMs - last[1] <= FARTHEST_MS) {
    return [...spans.slice(0, -1), [last[0], lessonMs]];
  }
  if (last && lessonMs >= last[0] && lessonMs <= last[1]) return [...spans];
  return [...spans, [lessonMs, lessonMs]];
}

/** Gathers what is played, and tells it now and then, at every pause, and on leaving. */
export class Played {
  private spans: Span[] = [];
  private stretch: Stretch | undefined;
  private toldAt = performance.now();

  constructor(private readonly lesson: string) {
    addEventListener("pagehide", this.tell);
    addEventListener("online", this.tell);
  }

  /** Notes a frame that was shown while the film was playing. */
  note(stretch: Stretch, lessonMs: number): void {
    if (stretch.take.id !== this.stretch?.take.id) this.tell();
    this.stretch = stretch;
    this.spans = addFrame(this.spans, lessonMs);
    if (performance.now() - this.toldAt > TOLD_EVERY_MS) this.tell();
  }

  /** Tells what has been played; what cannot be told now is told later. */
  tell = (): void => {
    const spans = this.spans.filter(([from, until]) => until > from).slice(-MOST_SPANS);
    const { stretch } = this;
    this.toldAt = performance.now();
    if (!stretch || spans.length === 0) return;
    this.spans = [];
    const body = {
      take: stretch.take.id,
      spans: spans.map(([from, until]) => ({ from_ms: from, until_ms: until })),
    };
    void fetch(`/api/lessons/${this.lesson}/played`, {
      method: "POST",
      credentials: "same-origin",
      keepalive: true, // it outlives the page
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    }).catch(() => {
      if (this.stretch === stretch) this.spans = [...spans, ...this.spans];
    });
  };

  close(): void {
    this.tell();
    removeEventListener("pagehide", this.tell);
    removeEventListener("online", this.tell);
  }
}

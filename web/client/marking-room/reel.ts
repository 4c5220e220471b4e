/** The evidence reel: plays what speaks to a criterion, one piece after the other. */

import type { KeptComment } from "../outbox/store";

const MOMENT_MS = 5000; // how much of the lesson is played for a comment on one moment
const NEAR_MS = 400; // a film that stopped so close to the end was not stopped by anybody

/** What the reel needs of a player. */
export interface Projector {
  readonly lessonTime: number;
  readonly durationMs: number;
  playSpan(fromMs: number, untilMs: number): Promise<void>;
  pause(): void;
}

export interface Showing {
  criterion: string;
  comment: string;
  place: number; // from 1
  total: number;
}

export class Reel {
  showing: Showing | undefined;
  private turn = 0; // of whichever run is the present one
  private isSkipping = false;

  constructor(private readonly onChange: () => void) {}

  /** Plays the comments in order; resolves at the end, or when somebody pauses or goes elsewhere. */
  async play(projector: Projector, criterion: string, comments: readonly KeptComment[]): Promise<void> {
    this.turn += 1;
    const turn = this.turn;
    for (const [index, { id, words }] of comments.entries()) {
      this.show({ criterion, comment: id, place: index + 1, total: comments.length });
      const untilMs = words.until_ms ?? words.at_ms + MOMENT_MS;
      this.isSkipping = false;
      await projector.playSpan(words.at_ms, untilMs);
      if (turn !== this.turn) return;
      const goalMs = Math.min(untilMs, projector.durationMs) - NEAR_MS;
      if (!this.isSkipping && projector.lessonTime < goalMs) break;
    }
    this.show(undefined);
  }

  /** Goes on with the next piece. */
  skip(projector: Projector): void {
    this.isSkipping = true;
    projector.pause();
  }

  stop(projector?: Projector): void {
    if (!this.showing) return;
    this.turn += 1;
    this.show(undefined);
    projector?.pause();
  }

  private show(showing: Showing | undefined): void {
    this.showing = showing;
    this.onChange();
  }
}

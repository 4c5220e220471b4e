/** Reads a lesson, and reads it again until all of its film can be watched. */

import { OfflineError, ProblemError, request } from "../api/request";
import type { Lesson } from "../api/types";

const POLL_MS = 3000;
const POLL_EMPTY_MS = 15_000;
const SOON_MS = 200;

export interface LessonWatchEvents {
  onLesson(lesson: Lesson): void;
  /** The lesson could not be read; says why, in words. */
  onFault(words: string): void;
}

/** Hears of changes by live updates where the page follows them; polls in any case. */
export class LessonWatch {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isOpen = true;
  private isFinished = false;
  private isSoon = false;

  constructor(
    private readonly id: string,
    private readonly events: LessonWatchEvents,
  ) {
    document.addEventListener("live:message", this.heard);
  }

  /** Reads the lesson now. */
  async read(): Promise<void> {
    clearTimeout(this.timer);
    this.isSoon = false;
    try {
      const lesson = await request<Lesson>("GET", `/api/lessons/${this.id}`);
      if (this.isOpen) this.take(lesson);
    } catch (error) {
      const isKnown = error instanceof ProblemError || error instanceof OfflineError;
      if (this.isOpen) this.events.onFault(isKnown ? `${error.message}.` : "The film cannot be loaded.");
    }
  }

  close(): void {
    this.isOpen = false;
    clearTimeout(this.timer);
    document.removeEventListener("live:message", this.heard);
  }

  private take(lesson: Lesson): void {
    const isMoving = lesson.takes.some(({ state }) => state === "receiving" || state === "processing");
    const isEmpty = !lesson.takes.some(({ hls }) => hls !== null);
    const isPoor = lesson.takes.some(({ hls, qualities }) => hls !== null && qualities.length === 0);
    this.isFinished = !isMoving && !isEmpty && !isPoor;
    if (!this.isFinished) this.again(isMoving ? POLL_MS : POLL_EMPTY_MS);
    this.events.onLesson(lesson);
  }

  private again(waitMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.read(), waitMs);
  }

  private heard = (): void => {
    // While a film arrives there is always another message: waiting for the last would be waiting for its end.
    if (this.isFinished || this.isSoon) return;
    this.isSoon = true;
    this.again(SOON_MS);
  };
}

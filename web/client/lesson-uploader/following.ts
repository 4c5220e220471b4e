/** Follows what becomes of a film once every byte of it has arrived. */

import { request } from "../api/request";
import { isOver } from "../api/take";
import type { Lesson, Take } from "../api/types";

const POLL_MS = 2000;
const SOON_MS = 200;

export class Following {
  private finished = new Set<string>(); // takes of which nothing more is to be expected
  private filename = "";
  private again: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly lesson: string,
    private readonly onTake: (take: Take | undefined) => void,
  ) {}

  /** Remembers which takes are finished, so that the next film's is not mistaken for one of the same name. */
  async remember(): Promise<void> {
    const lesson = await this.read();
    this.finished = new Set(lesson?.takes.filter(isOver).map(({ id }) => id));
  }

  /** Begins to look for what becomes of a film, again and again until nothing more does. */
  follow(filename: string): Promise<void> {
    this.filename = filename;
    return this.look();
  }

  /** Looks at once, if anything is followed: something has been said of the lesson. */
  hear(): void {
    if (this.filename) this.later(SOON_MS);
  }

  stop(): void {
    this.filename = "";
    clearTimeout(this.again);
  }

  private later(delayMs: number): void {
    clearTimeout(this.again);
    this.again = setTimeout(() => void this.look(), delayMs);
  }

  private async look(): Promise<void> {
    clearTimeout(this.again);
    const lesson = await this.read();
    if (!this.filename) return;
    const take = lesson?.takes.findLast(
      (each) => each.filename === this.filename && !this.finished.has(each.id),
    );
    if (isOver(take)) this.stop();
    else this.later(POLL_MS);
    if (lesson) this.onTake(take);
  }

  private read(): Promise<Lesson | undefined> {
    return request<Lesson>("GET", `/api/lessons/${this.lesson}`).catch(() => undefined);
  }
}

/** When to send: soon after writing, gathered while someone types, ever more seldom while nobody answers. */

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15_000;
const LONGEST_GATHER_MS = 3000; // whoever types without a pause is sent at least so often

export class Pace {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private waitMs = FIRST_WAIT_MS;
  private askedAt: number | undefined;
  private isWaiting = false; // for the server to be back: writing more does not hurry it
  private isStopped = false;

  constructor(private readonly send: () => void) {}

  /** Whether something will be sent without being asked for. */
  get isSet(): boolean {
    return this.timer !== undefined;
  }

  soon(afterMs: number): void {
    if (this.isWaiting) return;
    const now = performance.now();
    this.askedAt ??= now;
    this.after(Math.min(afterMs, Math.max(0, this.askedAt + LONGEST_GATHER_MS - now)));
  }

  /** Tries again, each time after twice as long. */
  later(): void {
    this.isWaiting = true;
    this.after(this.waitMs);
    this.waitMs = Math.min(LONGEST_WAIT_MS, this.waitMs * 2);
  }

  /** The server answers, or there is reason to hope so. */
  hurry(): void {
    this.isWaiting = false;
    this.waitMs = FIRST_WAIT_MS;
  }

  /** What was set is being done. */
  clear(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.askedAt = undefined;
  }

  stop(): void {
    this.clear();
    this.isStopped = true;
  }

  private after(ms: number): void {
    clearTimeout(this.timer);
    if (this.isStopped) return;
    this.timer = setTimeout(() => {
      this.clear();
      this.send();
    }, ms);
  }
}

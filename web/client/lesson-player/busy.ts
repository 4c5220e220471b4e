/** Whether the film keeps somebody waiting, and what was not filmed: both said for a while. */

import type { ReactiveController, ReactiveControllerHost } from "lit";
import { type Gap, gapAt } from "./time";

const BUSY_AFTER_MS = 400; // a seek that is quicker needs no sign
const NOTICE_MS = 6000;

/** Says that the film is being fetched, if that takes long enough to be noticed. */
export class Busy implements ReactiveController {
  isBusy = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  hostDisconnected(): void {
    clearTimeout(this.timer);
  }

  set(isBusy: boolean): void {
    clearTimeout(this.timer);
    const show = () => {
      this.isBusy = isBusy;
      this.host.requestUpdate();
    };
    if (isBusy) this.timer = setTimeout(show, BUSY_AFTER_MS);
    else show();
  }
}

/** Says for a while that nothing was filmed at a moment that was asked for. */
export class GapNotice implements ReactiveController {
  gap: Gap | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  hostDisconnected(): void {
    clearTimeout(this.timer);
  }

  look(gaps: readonly Gap[], lessonMs: number): void {
    this.show(gapAt(gaps, lessonMs));
    clearTimeout(this.timer);
    if (this.gap) this.timer = setTimeout(() => this.show(undefined), NOTICE_MS);
  }

  private show(gap: Gap | undefined): void {
    this.gap = gap;
    this.host.requestUpdate();
  }
}

/** Whether films wait for Wi-Fi: a lesson is larger than many mobile plans. */

import { recall, remember } from "../device/remembered";

/** What only some browsers tell (Network Information API). */
interface Connection extends EventTarget {
  readonly type?: string;
}

const NAME = "upload.waits-for-wifi";

export class Wifi {
  private readonly connection = (navigator as { connection?: Connection }).connection;

  constructor(private readonly onChange: () => void) {
    this.connection?.addEventListener("change", this.onChange);
  }

  /** Whether this device tells which network it is on. */
  get isKnown(): boolean {
    return this.connection?.type !== undefined;
  }

  /** Whether the person wants films to wait; the device remembers it. */
  get isWanted(): boolean {
    return recall(NAME) === "yes";
  }

  set isWanted(isWanted: boolean) {
    remember(NAME, isWanted ? "yes" : "no");
    this.onChange();
  }

  /** Whether a film has to wait just now. */
  get holds(): boolean {
    return this.isWanted && this.connection?.type === "cellular";
  }

  close(): void {
    this.connection?.removeEventListener("change", this.onChange);
  }
}

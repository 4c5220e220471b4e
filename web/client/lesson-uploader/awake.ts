/** Keeps the screen on while a film is sent: a phone that sleeps stops sending. */
export class Awake {
  private lock: WakeLockSentinel | undefined;
  private isWanted = false;

  /** Asks for it or lets it go; devices that cannot do it do nothing. */
  want(isWanted: boolean): void {
    this.isWanted = isWanted;
    if (!isWanted) {
      void this.lock?.release();
      this.lock = undefined;
    } else if (!this.lock || this.lock.released) {
      void this.ask();
    }
  }

  private async ask(): Promise<void> {
    if (!("wakeLock" in navigator) || document.visibilityState !== "visible") return;
    this.lock = await navigator.wakeLock.request("screen").catch(() => undefined);
    if (!this.isWanted) this.want(false);
  }
}

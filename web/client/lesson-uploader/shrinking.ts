/** Offers a smaller copy of a film where the whole one takes long to send, and makes it. */

import { html, type TemplateResult } from "lit";
import { beginCopyOf, canKeep, forgetCopyOf } from "./copies";
import type { Look } from "./film";
import { bytesText, leftText } from "./progress";
import { isWorthIt, type Sending, smallerBytes } from "./smaller";

export class Shrinking {
  private isOffered = false; // stays, though the connection may get better for a moment
  private isDeclined = false;
  private isFailed = false;
  private progress: number | undefined; // from 0 to 1, while a copy is made
  private begunAt = 0;
  private stop: AbortController | undefined;

  constructor(private readonly changed: () => void) {}

  get isBusy(): boolean {
    return this.progress !== undefined;
  }

  /** Makes a smaller copy; undefined when the device cannot, or the person no longer wants it. */
  async make(file: File): Promise<File | undefined> {
    const stop = new AbortController();
    this.stop = stop;
    this.begunAt = performance.now();
    this.tell(0);
    try {
      const [draft, { shrink }] = await Promise.all([beginCopyOf(file), import("./film")]);
      return await shrink(file, draft, (share) => this.tell(share), stop.signal);
    } catch {
      this.isFailed = !stop.signal.aborted;
      await forgetCopyOf(file);
      return undefined;
    } finally {
      this.progress = undefined;
      this.changed();
    }
  }

  /** Stops making it, and does not offer it again. */
  cancel(): void {
    this.isDeclined = true;
    this.stop?.abort();
    this.changed();
  }

  /** Shows the offer, or how far the copy is; nothing where there is nothing to offer. */
  template(sending: Sending, look: Look | undefined, onMake: () => void): TemplateResult | undefined {
    if (this.progress !== undefined) return this.making(this.progress);
    if (this.isFailed)
      return html`<p class="quiet">This device could not make a smaller copy. The whole film is sent.</p>`;
    if (this.isDeclined || !look?.canShrink || !canKeep()) return undefined;
    this.isOffered ||= isWorthIt(sending);
    if (!this.isOffered) return undefined;
    const bytes = smallerBytes(look.durationMs ?? 0);
    const left = leftText(bytes, sending.bytesPerSecond);
    const saved = left ? ` (${left} once it is made)` : "";
    return html`<div class="uploader__asking" role="group" aria-labelledby="uploader-smaller">
      <p id="uploader-smaller"><strong>On this connection the film takes a while.</strong> A smaller copy has about ${bytesText(bytes)}${saved}.
        Its picture is less sharp; the sound and every moment stay.</p>
      <div class="button-row">
        <button type="button" class="govuk-button govuk-button--secondary" @click=${onMake}>Make a smaller copy and send that</button>
        <button type="button" class="uploader__quiet" @click=${() => this.cancel()}>Send the whole film</button>
      </div>
    </div>`;
  }

  private making(share: number): TemplateResult {
    const percent = Math.floor(share * 100);
    const perSecond = (share * 1000) / Math.max(1, performance.now() - this.begunAt);
    return html`<div class="uploader__asking" role="group" aria-label="Smaller copy">
      <p><strong>Making a smaller copy: ${percent} %.</strong> ${share > 0.02 ? leftText(1 - share, perSecond) : ""}</p>
      <progress class="uploader__bar" max="1" .value=${share} aria-label="Smaller copy"></progress>
      <p class="quiet">Keep this page in front: many devices stop this work in the background. What has been sent of the whole film is kept until the copy is made.</p>
      <div class="button-row"><button type="button" class="govuk-button govuk-button--secondary" @click=${() => this.cancel()}>Send the whole film instead</button></div>
    </div>`;
  }

  private tell(share: number): void {
    this.progress = share;
    this.changed();
  }
}

/** What the uploader shows that needs no state of its own. */

import { html, nothing, type TemplateResult } from "lit";
import type { Planned } from "./plan";
import { bytesText, percentOf } from "./progress";
import type { Begun, TransferState } from "./transfer";
import type { Verdict } from "./verdict";

const WAITING = {
  unreachable: "The server cannot be reached just now. Trying again by itself; nothing is lost.",
  busy: "The server is busy. Trying again by itself; nothing is lost.",
  "disk-full":
    "There is no room for the film on the server just now. Trying again by itself; nothing is lost. If it lasts, tell your provider.",
};

/** Says what went wrong, at once. */
export function problemTemplate(title: string, words: string): TemplateResult {
  return html`<div class="uploader__problem" role="alert"><p><strong>${title}</strong></p><p>${words}</p></div>`;
}

/** Offers to go on with an upload that was broken off by closing the page. */
export function begunTemplate(begun: Begun, onForget: () => void): TemplateResult {
  const when = begun.begunAt.toLocaleString(document.documentElement.lang || undefined, {
    dateStyle: "medium",
    timeStyle: "short",
  });
  return html`<section class="uploader__begun" aria-label="Unfinished upload">
    <p><strong>Go on with ${begun.filename}:</strong> choose the same file again.</p>
    <progress class="uploader__bar" max=${begun.size} value=${begun.arrived} aria-label="Sent so far"></progress>
    <p class="quiet figures">${percentOf(begun.arrived, begun.size)} % of ${bytesText(begun.size)} has arrived. Begun ${when}.</p>
    <details class="uploader__sure"><summary class="uploader__quiet">Throw it away</summary>
      <p>To send this film later, you would begin at its first byte again.</p>
      <button type="button" class="govuk-button govuk-button--warning" @click=${onForget}>Throw away what has arrived</button>
    </details>
  </section>`;
}

/** Says what is still to be sent after the present film. */
export function queueTemplate(waiting: readonly Planned[]): TemplateResult | typeof nothing {
  if (waiting.length === 0) return nothing;
  return html`<p class="quiet">Then: ${waiting.map(({ file }) => file.name).join(", ")}. Keep this page open.</p>`;
}

/** The one thing to do first. */
export function chooseTemplate(
  largest: number,
  hasBegun: boolean,
  onChosen: (event: Event) => void,
): TemplateResult {
  return html`<div class="uploader__drop">
    <label class="uploader__label" for="film">${hasBegun ? "Choose the same file, or another" : "Choose the film of the lesson"}</label>
    <input class="uploader__input" id="film" type="file" accept="video/*,audio/*,.mkv,.mov,.mp4,.m4a" multiple @change=${onChosen}>
    <p class="quiet">Or drop it here. Up to ${bytesText(largest)}. Several cameras or pieces: choose all of them together.</p>
  </div>`;
}

/** Returns how an upload stands, in words. */
export function stateWords(
  state: TransferState | "choosing",
  verdict: Verdict | undefined,
  isAllSent: boolean,
): string {
  switch (state) {
    case "waiting":
      if (!navigator.onLine)
        return "There is no network. The upload goes on by itself when it is back; nothing is lost.";
      return WAITING[verdict?.kind === "again" ? verdict.why : "unreachable"];
    case "paused":
      return "Paused. What has been sent is kept.";
    case "signed-out":
      return "You have been signed out. Sign in in a new tab, then come back: the upload goes on where it stopped.";
    default:
      return isAllSent
        ? "Waiting for the server to confirm that every byte has arrived."
        : "Sending. Keep this page open; it goes on by itself if the connection breaks.";
  }
}

/** Returns a film's size and length. */
export function sizeText(bytes: number, durationMs: number | undefined): string {
  if (durationMs === undefined) return bytesText(bytes);
  const seconds = Math.round(durationMs / 1000);
  const length = seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  return `${bytesText(bytes)}, ${length}`;
}

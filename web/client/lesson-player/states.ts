/** What stands where the film would, while there is none to be seen. */

import { html, nothing, type TemplateResult } from "lit";
import { takeWords } from "../api/ingest";
import type { Take } from "../api/types";
import { type Gap, timeText } from "./time";

/** Says why nothing can be watched yet. */
export function waitingTemplate(takes: readonly Take[]): TemplateResult {
  const left = takes.filter(({ state }) => state !== "deleted");
  if (left.length < takes.length && left.length === 0) {
    return html`<p class="player__waiting">The film of this lesson has been deleted. What was written about it stays.</p>`;
  }
  const take = left.find((each) => each.state !== "failed") ?? left.at(-1);
  if (!take) return html`<p class="player__waiting">There is no film of this lesson yet.</p>`;
  if (take.state === "failed") {
    return html`<div class="player__waiting player__waiting--failed"><p><strong>The film could not be prepared.</strong></p>
      <p>${take.problem ?? ""}</p></div>`;
  }
  return html`<div class="player__waiting"><p role="status">${takeWords({ ...take, progress: 0 })}…</p>
    <progress max="1" .value=${take.progress} aria-label="How far it is"></progress>
    <p class="player__hint">It can be watched here as soon as it is ready; this page need not be reloaded.</p></div>`;
}

/** Says what has broken, and offers to try again. */
export function faultTemplate(words: string, onRetry: () => void): TemplateResult {
  return html`<div class="player__fault" role="alert"><p>${words}</p>
    <button type="button" class="player__again" @click=${onRetry}>Try again</button></div>`;
}

/** Says that the film is being fetched. */
export function busyTemplate(isBusy: boolean): TemplateResult {
  return html`<div class="player__busy" role="status">${
    isBusy
      ? html`<svg class="player__spinner" viewBox="0 0 48 48" width="48" height="48" aria-hidden="true" focusable="false"><circle cx="24" cy="24" r="19"></circle></svg><span class="govuk-visually-hidden">Loading the film</span>`
      : nothing
  }</div>`;
}

/** Says that there is more to come. */
export function growingTemplate(isGrowing: boolean): TemplateResult | typeof nothing {
  if (!isGrowing) return nothing;
  return html`<p class="player__growing" role="status">This is the beginning of the film: the rest is still arriving, and is added as it does.</p>`;
}

/** Says that nothing was filmed at a moment which was asked for. */
export function gapTemplate(gap: Gap | undefined): TemplateResult | typeof nothing {
  if (!gap) return nothing;
  return html`<p class="player__notice" role="status">Nothing was filmed from ${timeText(gap.startMs)} to ${timeText(gap.endMs)}; the film goes on after it.</p>`;
}

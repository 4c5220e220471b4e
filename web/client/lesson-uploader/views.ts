/** What the uploader shows first. */

import { html, nothing, type TemplateResult } from "lit";
import { bytesText } from "./progress";
import type { Wifi } from "./wifi";

/** Says what went wrong, at once. */
export function problemTemplate(title: string, words: string): TemplateResult {
  return html`<div class="uploader__problem" role="alert"><p><strong>${title}</strong></p><p>${words}</p></div>`;
}

/** The one thing to do first. */
export function chooseTemplate(
  largest: number,
  hasBegun: boolean,
  wifi: Wifi,
  onChosen: (event: Event) => void,
): TemplateResult {
  const wanted = (event: Event) => {
    wifi.isWanted = (event.target as HTMLInputElement).checked;
  };
  return html`<div class="uploader__drop">
    <label class="uploader__label" for="film">${hasBegun ? "Choose the same file, or another" : "Choose the film of the lesson"}</label>
    <input class="uploader__input" id="film" type="file" accept="video/*,audio/*,.mkv,.mov,.mp4,.m4a" multiple @change=${onChosen}>
    <p class="quiet">Or drop it here. Up to ${bytesText(largest)}. Several cameras or pieces: choose all of them together.</p>
    ${
      wifi.isKnown
        ? html`<label class="uploader__way uploader__wifi"><input type="checkbox" .checked=${wifi.isWanted} @change=${wanted}><span>Only over Wi-Fi</span></label>`
        : nothing
    }
  </div>`;
}

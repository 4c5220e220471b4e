/** Uploads that were begun on this device and not finished. */

import { html, type TemplateResult } from "lit";
import { bytesText, percentOf } from "./progress";
import type { Begun } from "./transfer";

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

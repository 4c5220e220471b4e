/** What is done to a film once it has been sent. */

import { html, nothing, type TemplateResult } from "lit";
import { stepStates, stepWords } from "../api/ingest";
import { isOver } from "../api/take";
import type { Take } from "../api/types";
import { problemTemplate } from "./views";

const SIGNS = {
  done: "M3 8.5l3.2 3.2L13 5",
  doing: "M8 2.5a5.5 5.5 0 105.5 5.5",
  "to do": "M8 5.5a2.5 2.5 0 110 5 2.5 2.5 0 010-5",
  failed: "M4 4l8 8M12 4l-8 8",
};
const SAID = { done: "done", doing: "being done", "to do": "still to do", failed: "failed" };

/** What is done to a film once every byte of it has arrived. */
export function ingestTemplate(
  take: Take | undefined,
  observation: string,
  isLast: boolean,
  onAnother: () => void,
): TemplateResult {
  return html`
    <p class="uploader__state uploader__state--${take?.state === "failed" ? "failed" : "arrived"}" role="status">${
      take?.state === "ready"
        ? "Ready to watch."
        : take?.state === "failed"
          ? "The film arrived, but it could not be prepared."
          : isLast
            ? "Every byte has arrived. You can close this page now; the rest goes on by itself."
            : "Every byte of this film has arrived."
    }</p>
    <ol class="uploader__steps">
      ${stepStates(take).map(
        ({ step, state }) => html`<li class="uploader__step uploader__step--${state.replace(" ", "-")}">
          ${sign(SIGNS[state])}<span>${stepWords(step)}<span class="govuk-visually-hidden">: ${SAID[state]}</span></span>
          ${
            state === "doing" && take && take.progress > 0
              ? html`<progress max="1" .value=${take.progress} aria-label=${stepWords(step)}></progress>`
              : nothing
          }</li>`,
      )}
    </ol>
    ${take?.state === "failed" ? problemTemplate("What was wrong", take.problem ?? "Nobody knows yet; it has been written down. Send the film again.") : nothing}
    ${take?.state === "ready" && take.problem ? html`<p class="quiet">${take.problem}</p>` : nothing}
    ${
      isOver(take) && isLast
        ? take?.state === "ready"
          ? html`<div class="button-row"><a class="govuk-button" href="/observations/${observation}">Watch it</a>
            <button type="button" class="govuk-button govuk-button--secondary" @click=${onAnother}>Send another piece</button></div>`
          : html`<div class="button-row"><button type="button" class="govuk-button" @click=${onAnother}>Send a film again</button>
            <a class="govuk-link" href="/observations/${observation}">To the observation</a></div>`
        : nothing
    }`;
}

function sign(path: string): TemplateResult {
  return html`<svg class="sign" viewBox="0 0 16 16" width="18" height="18" aria-hidden="true" focusable="false"><path d=${path}></path></svg>`;
}

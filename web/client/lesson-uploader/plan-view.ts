/** Asks how several films belong together. */

import { html, nothing, type TemplateResult } from "lit";
import { refusalOf } from "./check";
import { another, earlier, type Plan, type Planned, sendableOf, type Way, without } from "./plan";
import { bytesText } from "./progress";

export interface PlanEvents {
  onPlan(plan: Plan): void;
  onSend(): void;
  onChooseAgain(): void;
}

const SEVERAL = {
  question: (count: number) => `How do these ${count} films belong together?`,
  pieces: "One after another",
  joined: "Pieces of one recording. They are joined in this order.",
  cameras: "Several cameras that were started together.",
};
const ONE = {
  question: () => "How does this film belong to what has arrived?",
  pieces: "After it",
  joined: "The next piece of the same recording.",
  cameras: "Another camera, started together with the first.",
};

/** Asks how the films belong together. */
export function planTemplate(plan: Plan, largest: number, events: PlanEvents): TemplateResult {
  const sendable = sendableOf(plan.films, largest);
  const total = sendable.reduce((bytes, { file }) => bytes + file.size, 0);
  const count = sendable.length;
  const words = plan.films.length > 1 ? SEVERAL : ONE;
  return html`<fieldset class="uploader__ways">
      <legend class="uploader__label">${words.question(plan.films.length)}</legend>
      ${wayTemplate(plan, "pieces", words.pieces, words.joined, events)}
      ${wayTemplate(plan, "cameras", "At the same time", words.cameras, events)}
    </fieldset>
    <ol class="uploader__plan">${plan.films.map((film, index) => filmTemplate(plan, film, index, largest, events))}</ol>
    <div class="button-row">
      <button type="button" class="govuk-button" ?disabled=${count === 0} @click=${() => events.onSend()}>
        Send ${count === 1 ? "one film" : `${count} films`} (${bytesText(total)})</button>
      <button type="button" class="govuk-button govuk-button--secondary" @click=${() => events.onChooseAgain()}>Choose again</button>
    </div>`;
}

function wayTemplate(plan: Plan, way: Way, name: string, hint: string, events: PlanEvents): TemplateResult {
  return html`<label class="uploader__way"><input type="radio" name="way" value=${way} .checked=${plan.way === way}
    @change=${() => events.onPlan(another(plan, way))}><span><strong>${name}</strong><br><span class="quiet">${hint}</span></span></label>`;
}

function filmTemplate(
  plan: Plan,
  { file, camera }: Planned,
  index: number,
  largest: number,
  events: PlanEvents,
): TemplateResult {
  const refusal = refusalOf(file, largest);
  const named = (event: Event) => {
    const films = plan.films.map((film, each) =>
      each === index ? { ...film, camera: (event.target as HTMLInputElement).value.trim() } : film,
    );
    events.onPlan({ ...plan, films });
  };
  return html`<li class="uploader__planned">
    <span class="uploader__name">${file.name} <span class="quiet figures">${bytesText(file.size)}</span></span>
    ${
      plan.way === "cameras"
        ? html`<label class="uploader__camera">Camera <input class="govuk-input" maxlength="60" .value=${camera} @change=${named}></label>`
        : nothing
    }
    <span class="uploader__moves">
      ${
        plan.way === "pieces" && index > 0
          ? html`<button type="button" class="uploader__quiet" @click=${() => events.onPlan(earlier(plan, index))}>Earlier<span class="govuk-visually-hidden">: ${file.name}</span></button>`
          : nothing
      }
      ${
        plan.films.length > 1
          ? html`<button type="button" class="uploader__quiet" @click=${() => events.onPlan(without(plan, index))}>Leave out<span class="govuk-visually-hidden"> ${file.name}</span></button>`
          : nothing
      }
    </span>
    ${refusal ? html`<p class="uploader__refused">It is left out: ${refusal}</p>` : nothing}
  </li>`;
}

import { html, nothing, type TemplateResult } from "lit";
import type { Field } from "../api/types";
import { criterionTemplate, type RubricActs, type RubricState } from "./criterion";
import { progressOf } from "./missing";

export type { RubricActs, RubricState } from "./criterion";

/** The rubric, as it is filled in. */
export function rubricTemplate(state: RubricState, acts: RubricActs): TemplateResult {
  const { rubric } = state;
  const hasOverall = rubric.criteria.some((criterion) => criterion.code === rubric.overall?.criterion);
  return html`
    ${rubric.scale === null ? nothing : rubric.criteria.map((criterion) => criterionTemplate(criterion, state, acts))}
    ${rubric.fields.map((field) => fieldTemplate(field, state, acts))}
    ${hasOverall ? nothing : state.contradictions.map((text) => html`<p class="criterion__contradiction">${text}</p>`)}
  `;
}

/** How far the sheet is, and the way to what is left. */
export function progressTemplate(state: RubricState, next: () => void): TemplateResult {
  const { done, total, text } = progressOf(state.rubric, state.words);
  return html`<div class="progress">
    <progress class="progress__bar" max=${Math.max(1, total)} value=${done} aria-label="Complete"></progress>
    <span class="progress__text">${text}</span>
    ${
      state.isLocked || state.missing.size === 0
        ? nothing
        : html`<button type="button" class="link-button" @click=${next}>Next to do <kbd aria-hidden="true">M</kbd></button>`
    }
  </div>`;
}

function fieldTemplate(field: Field, state: RubricState, acts: RubricActs): TemplateResult {
  const value = state.words.fields[field.code] ?? (field.kind === "list" ? [] : "");
  const set = (next: string | string[]) =>
    acts.change({ ...state.words, fields: { ...state.words.fields, [field.code]: next } });
  const id = `field-${field.code}`;
  const isOpen = state.missing.has(field.code) && !state.isLocked;
  const hint = [field.hint, field.kind === "list" ? "One on each line." : "", isOpen ? "Needed." : ""];
  return html`<section class="criterion" id="criterion-${field.code}" tabindex="-1" aria-labelledby="${id}-label">
    ${
      field.kind === "choice"
        ? html`<h3 class="criterion__label" id="${id}-label">${field.label}</h3>`
        : html`<h3 class="criterion__label"><label for=${id} id="${id}-label">${field.label}</label></h3>`
    }
    <p class="criterion__descriptor" id="${id}-hint">${hint.filter(Boolean).join(" ")}</p>
    ${
      field.kind === "choice"
        ? html`<div class="criterion__levels" role="radiogroup" aria-labelledby="${id}-label" aria-describedby="${id}-hint">
          ${field.choices.map(
            (
              choice,
            ) => html`<label class="pick"><input type="radio" class="pick__box" name=${id} value=${choice}
              .checked=${value === choice} ?disabled=${state.isLocked} @change=${() => set(choice)}><span class="pick__text">${choice}</span></label>`,
          )}</div>`
        : html`<textarea class="govuk-textarea criterion__reason" id=${id} rows="3" aria-describedby="${id}-hint" maxlength="20000"
            ?readonly=${state.isLocked} .value=${[value].flat().join("\n")}
            @keydown=${(event: KeyboardEvent) => {
              if (event.key === "Escape") acts.leave();
            }}
            @input=${(event: Event) => {
              const text = (event.target as HTMLTextAreaElement).value;
              set(field.kind === "list" ? text.split("\n") : text);
            }}></textarea>`
    }
  </section>`;
}

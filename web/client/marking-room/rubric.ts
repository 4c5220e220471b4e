import { html, nothing, type TemplateResult } from "lit";
import type { Criterion, Field, Judgement, MarkSheet, MarkSheetWords, Rubric } from "../api/types";
import { timeText } from "../lesson-player/time";
import type { KeptComment } from "../outbox/store";

const NOTHING: Judgement = { level: null, rationale: "", cited: [] };
const MISSING_WORDS: Record<string, string> = {
  level: "Choose a level.",
  evidence: "Cite at least one comment.",
  rationale: "Give a reason.",
  value: "Fill this in.",
};

export interface RubricState {
  rubric: Rubric;
  words: MarkSheetWords;
  served: MarkSheet | undefined;
  comments: readonly KeptComment[];
  isLocked: boolean;
  citing: string; // the criterion whose list of comments is open
}

export interface RubricActs {
  change: (words: MarkSheetWords) => void;
  cite: (criterion: string) => void;
  show: (commentId: string) => void;
  reel: (criterion: string) => void;
}

/** How much of the rubric is filled in. */
export function judgedCount(rubric: Rubric, words: MarkSheetWords): number {
  return rubric.criteria.filter((criterion) => words.judgements[criterion.code]?.level).length;
}

/** The rubric, as it is filled in. */
export function rubricTemplate(state: RubricState, acts: RubricActs): TemplateResult {
  const { rubric } = state;
  return html`
    ${rubric.scale === null ? nothing : rubric.criteria.map((criterion) => criterionTemplate(criterion, state, acts))}
    ${rubric.fields.map((field) => fieldTemplate(field, state, acts))}
    ${state.served?.contradictions.map((text) => html`<p class="rubric__contradiction" role="status">${text}</p>`)}
  `;
}

function criterionTemplate(criterion: Criterion, state: RubricState, acts: RubricActs): TemplateResult {
  const judgement = state.words.judgements[criterion.code] ?? NOTHING;
  const levels = state.rubric.scale?.levels ?? [];
  const chosen = levels.find((level) => level.code === judgement.level);
  const tagged = state.comments.filter((comment) => comment.words.tags.includes(criterion.code));
  const missing = state.served?.missing.filter((each) => each.where === criterion.code) ?? [];
  const isBegun = judgement.level !== null || judgement.rationale !== "";
  const set = (change: Partial<Judgement>) =>
    acts.change({
      ...state.words,
      judgements: { ...state.words.judgements, [criterion.code]: { ...judgement, ...change } },
    });
  const name = `level-${criterion.code}`;
  return html`
    <section class="criterion" id="criterion-${criterion.code}" aria-labelledby="${name}-label">
      <h3 class="criterion__label" id="${name}-label"><span class="criterion__code">${criterion.code}</span> ${criterion.label}</h3>
      ${
        tagged.length > 0
          ? html`<p class="criterion__evidence"><button type="button" class="link-button" @click=${() => acts.reel(criterion.code)}>
            Play its ${tagged.length} comment${tagged.length === 1 ? "" : "s"}<span class="govuk-visually-hidden"> on ${criterion.label}</span></button></p>`
          : nothing
      }
      <div class="criterion__levels" role="radiogroup" aria-labelledby="${name}-label">
        ${levels.map(
          (
            level,
          ) => html`<label class="pick"><input type="radio" class="pick__box" name=${name} value=${level.code}
            .checked=${judgement.level === level.code} ?disabled=${state.isLocked} @change=${() => set({ level: level.code })}>
            <span class="pick__text">${level.label}</span></label>`,
        )}
      </div>
      ${chosen ? html`<p class="criterion__descriptor quiet">${criterion.descriptors[chosen.code] ?? chosen.descriptor}</p>` : nothing}
      <label class="criterion__reason-label" for="reason-${criterion.code}">Reason</label>
      <textarea class="govuk-textarea criterion__reason" id="reason-${criterion.code}" rows="2" maxlength="20000" ?readonly=${state.isLocked}
        .value=${judgement.rationale} @input=${(event: Event) => set({ rationale: (event.target as HTMLTextAreaElement).value })}
        @keydown=${(event: KeyboardEvent) => {
          if (event.key !== "#" || state.isLocked) return;
          event.preventDefault();
          acts.cite(criterion.code);
        }}></textarea>
      ${citedTemplate(criterion, judgement, state, acts, set)}
      ${
        isBegun && missing.length > 0 && !state.isLocked
          ? html`<p class="criterion__missing">${missing.map((each) => MISSING_WORDS[each.what]).join(" ")}</p>`
          : nothing
      }
    </section>`;
}

function citedTemplate(
  criterion: Criterion,
  judgement: Judgement,
  state: RubricState,
  acts: RubricActs,
  set: (change: Partial<Judgement>) => void,
): TemplateResult {
  const cited = state.comments.filter((comment) => judgement.cited.includes(comment.id));
  const isOpen = state.citing === criterion.code;
  // What carries the criterion's tag is what one most likely cites.
  const offered = [...state.comments].sort(
    (one, other) =>
      Number(other.words.tags.includes(criterion.code)) - Number(one.words.tags.includes(criterion.code)) ||
      one.words.at_ms - other.words.at_ms,
  );
  const toggle = (id: string) =>
    set({
      cited: judgement.cited.includes(id)
        ? judgement.cited.filter((each) => each !== id)
        : [...judgement.cited, id],
    });
  return html`
    <div class="criterion__cited">
      ${cited.map(
        (
          comment,
        ) => html`<button type="button" class="cited" title=${comment.words.text} @click=${() => acts.show(comment.id)}>
          <span class="figures">${timeText(comment.words.at_ms)}</span> ${clip(comment.words.text)}</button>`,
      )}
      ${
        state.isLocked
          ? nothing
          : html`<button type="button" class="link-button" aria-expanded=${isOpen ? "true" : "false"}
            @click=${() => acts.cite(isOpen ? "" : criterion.code)}>${isOpen ? "Done citing" : "Cite comments"}<span class="govuk-visually-hidden"> for ${criterion.label}</span></button>`
      }
    </div>
    ${
      isOpen && !state.isLocked
        ? html`<fieldset class="cite" id="cite-${criterion.code}" @keydown=${(event: KeyboardEvent) => {
            if (event.key === "Escape") acts.cite("");
          }}><legend class="govuk-visually-hidden">Comments to cite for ${criterion.label}</legend>
          ${offered.length === 0 ? html`<p class="quiet">There are no comments to cite yet.</p>` : nothing}
          ${offered.map(
            (
              comment,
            ) => html`<label class="cite__choice"><input type="checkbox" .checked=${judgement.cited.includes(comment.id)}
              @change=${() => toggle(comment.id)}> <span class="figures">${timeText(comment.words.at_ms)}</span> ${clip(comment.words.text)}</label>`,
          )}</fieldset>`
        : nothing
    }`;
}

function fieldTemplate(field: Field, state: RubricState, acts: RubricActs): TemplateResult {
  const value = state.words.fields[field.code] ?? (field.kind === "list" ? [] : "");
  const set = (next: string | string[]) =>
    acts.change({ ...state.words, fields: { ...state.words.fields, [field.code]: next } });
  const id = `field-${field.code}`;
  if (field.kind === "choice") {
    return html`<fieldset class="criterion"><legend class="criterion__label">${field.label}</legend>
      <p class="quiet">${field.hint}</p><div class="criterion__levels">
      ${field.choices.map(
        (choice) => html`<label class="pick"><input type="radio" class="pick__box" name=${id} value=${choice}
          .checked=${value === choice} ?disabled=${state.isLocked} @change=${() => set(choice)}><span class="pick__text">${choice}</span></label>`,
      )}</div></fieldset>`;
  }
  const text = Array.isArray(value) ? value.join("\n") : value;
  const read = (typed: string) => (field.kind === "list" ? typed.split("\n") : typed);
  return html`<div class="criterion">
    <label class="criterion__label" for=${id}>${field.label}</label>
    <p class="quiet" id="${id}-hint">${field.hint}${field.kind === "list" ? " One a line." : ""}</p>
    <textarea class="govuk-textarea" id=${id} rows="3" aria-describedby="${id}-hint" maxlength="20000" ?readonly=${state.isLocked}
      .value=${text} @input=${(event: Event) => set(read((event.target as HTMLTextAreaElement).value))}></textarea>
  </div>`;
}

function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

import { html, nothing, type TemplateResult } from "lit";
import type { Criterion, Judgement } from "../api/types";
import type { KeptComment } from "../outbox/store";
import type { RubricActs, RubricState } from "./criterion";
import { digitOf } from "./keys";
import { clip, count, whenSpoken, whenText } from "./words";

type Set = (change: Partial<Judgement>) => void;

/** The comments that a judgement cites, and the list to pick them from. */
export function citedTemplate(
  criterion: Criterion,
  judgement: Judgement,
  tagged: readonly KeptComment[],
  state: RubricState,
  acts: RubricActs,
  set: Set,
): TemplateResult {
  const { code } = criterion;
  const isOpen = state.citing === code && !state.isLocked;
  const cited = judgement.cited.map((id) => state.comments.find((comment) => comment.id === id));
  const gone = cited.filter((comment) => !comment).length;
  const uncited = tagged.filter((comment) => !judgement.cited.includes(comment.id));
  return html`
    <div class="criterion__cited">
      ${cited.map((comment) => (comment ? chipTemplate(comment, acts) : nothing))}
      ${gone > 0 ? goneTemplate(gone, judgement, state, set) : nothing}
      ${
        state.isLocked
          ? nothing
          : html`<button type="button" class="link-button" aria-expanded=${isOpen ? "true" : "false"} aria-controls="cite-${code}"
            @click=${() => acts.cite(isOpen ? "" : code)}>${isOpen ? "Done" : "Cite comments"}<span class="govuk-visually-hidden"> for ${criterion.label}</span> ${isOpen ? nothing : html`<kbd aria-hidden="true">#</kbd>`}</button>
          ${uncited.length > 0 && !isOpen ? allTemplate(criterion, judgement, uncited, set) : nothing}`
      }
    </div>
    ${isOpen ? listTemplate(criterion, judgement, state, acts, set) : nothing}`;
}

function chipTemplate(comment: KeptComment, acts: RubricActs): TemplateResult {
  return html`<button type="button" class="cited" title=${comment.words.text} @click=${() => acts.show(comment.id)}>
    <span class="govuk-visually-hidden">Cited, show ${whenSpoken(comment.words)}: </span><span class="figures" aria-hidden="true">${whenText(comment.words)}</span> ${clip(comment.words.text, 36)}</button>`;
}

function allTemplate(
  criterion: Criterion,
  judgement: Judgement,
  uncited: readonly KeptComment[],
  set: Set,
): TemplateResult {
  const all = () => set({ cited: [...judgement.cited, ...uncited.map((comment) => comment.id)] });
  return html`<button type="button" class="link-button" @click=${all}>Cite the ${uncited.length === 1 ? "one" : uncited.length} tagged ${criterion.code}</button>`;
}

function goneTemplate(gone: number, judgement: Judgement, state: RubricState, set: Set): TemplateResult {
  const known = new globalThis.Set(state.comments.map((comment) => comment.id));
  const without = () => set({ cited: judgement.cited.filter((id) => known.has(id)) });
  return html`<span class="criterion__gone">${count(gone, "cited comment")} deleted.
    ${state.isLocked ? nothing : html`<button type="button" class="link-button" @click=${without}>Cite no more</button>`}</span>`;
}

function listTemplate(
  criterion: Criterion,
  judgement: Judgement,
  state: RubricState,
  acts: RubricActs,
  set: Set,
): TemplateResult {
  const { code } = criterion;
  // What carries the criterion's tag is what one most likely cites.
  const offered = state.comments.toSorted(
    (one, other) =>
      Number(other.words.tags.includes(code)) - Number(one.words.tags.includes(code)) ||
      one.words.at_ms - other.words.at_ms,
  );
  const toggle = (id: string) => {
    const isCited = judgement.cited.includes(id);
    set({ cited: isCited ? judgement.cited.filter((each) => each !== id) : [...judgement.cited, id] });
  };
  const keyed = (event: KeyboardEvent) => {
    event.stopPropagation();
    const chosen = offered[digitOf(event) ?? -1];
    if (event.key === "#") {
      event.preventDefault();
      set({ rationale: `${judgement.rationale}#` }); // for whoever means the sign itself
      acts.cite("");
    } else if (
      event.key === "Escape" ||
      (event.key === "Enter" && event.target instanceof HTMLInputElement)
    ) {
      event.preventDefault();
      acts.cite("");
    } else if (chosen && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      toggle(chosen.id);
    }
  };
  return html`<fieldset class="cite" id="cite-${code}" @keydown=${keyed}>
    <legend class="cite__legend">Cite <span class="quiet">(<kbd>1</kbd>–<kbd>9</kbd> or <kbd>Space</kbd>, then <kbd>Enter</kbd>)</span></legend>
    ${
      offered.length === 0
        ? html`<p class="quiet">There are no comments to cite yet. <button type="button" class="link-button" @click=${() => acts.cite("")}>Close</button></p>`
        : nothing
    }
    ${offered.map(
      (comment, index) => html`<label class="cite__choice">
        <input type="checkbox" .checked=${judgement.cited.includes(comment.id)} @change=${() => toggle(comment.id)}>
        <span>${index < 9 ? html`<kbd aria-hidden="true">${index + 1}</kbd>` : nothing} <span class="figures">${whenText(comment.words)}</span> ${clip(comment.words.text, 90)}
        ${comment.words.tags.includes(code) ? html`<span class="chip">${code}</span>` : nothing}</span></label>`,
    )}</fieldset>`;
}

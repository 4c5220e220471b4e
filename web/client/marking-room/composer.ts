import { html, nothing, type TemplateResult } from "lit";
import type { CommentKind, CommentWords, Criterion } from "../api/types";
import { timeText } from "../lesson-player/time";
import { digitOf } from "./keys";

const KINDS: readonly (readonly [CommentKind, string])[] = [
  ["strength", "Strength"],
  ["target", "Target"],
  ["question", "Question"],
  ["note", "Note"],
];

export interface ComposerActs {
  change: (words: CommentWords) => void;
  save: () => void;
  keep: () => void;
  discard: () => void;
}

/** Where a comment is written. */
export function composerTemplate(
  words: CommentWords,
  criteria: readonly Criterion[],
  isNew: boolean,
  acts: ComposerActs,
): TemplateResult {
  const toggle = (code: string) => {
    const tags = words.tags.includes(code) ? words.tags.filter((tag) => tag !== code) : [...words.tags, code];
    acts.change({ ...words, tags });
  };
  const byNumber = (event: KeyboardEvent): boolean => {
    const index = digitOf(event);
    const criterion = index === undefined ? undefined : criteria[index];
    if (!criterion) return false;
    event.preventDefault();
    toggle(criterion.code);
    return true;
  };
  const typed = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === "Escape") {
      event.preventDefault();
      acts.keep();
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      acts.save();
    } else if (event.altKey) byNumber(event);
  };
  const inTags = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === "Escape") acts.keep();
    else if (event.key === "Enter" && !(event.target instanceof HTMLButtonElement)) acts.save();
    else if (!event.ctrlKey && !event.metaKey) byNumber(event);
  };
  const until = words.until_ms === null ? "" : `–${timeText(words.until_ms)}`;
  return html`
    <form class="composer" aria-label="Comment" @submit=${(event: Event) => {
      event.preventDefault();
      acts.save();
    }}>
      <p class="composer__when"><strong class="figures">${timeText(words.at_ms)}${until}</strong>
        <span class="quiet">${isNew ? "New comment" : "Change the comment"}</span></p>
      <label class="govuk-visually-hidden" for="comment-text">Comment</label>
      <textarea id="comment-text" class="govuk-textarea composer__text" rows="3" maxlength="10000" .value=${words.text}
        @input=${(event: Event) => acts.change({ ...words, text: (event.target as HTMLTextAreaElement).value })}
        @keydown=${typed}></textarea>
      <fieldset class="composer__tags" @keydown=${inTags}>
        <legend class="composer__legend">What it speaks to <span class="quiet">(Tab, then 1 to 9)</span></legend>
        <div class="composer__chips">
        ${criteria.map(
          (
            criterion,
            index,
          ) => html`<label class="pick"><input type="checkbox" class="pick__box" name="tag" value=${criterion.code}
            .checked=${words.tags.includes(criterion.code)} @change=${() => toggle(criterion.code)}>
            <span class="pick__text">${index < 9 ? html`<kbd aria-hidden="true">${index + 1}</kbd> ` : nothing}${shortLabel(criterion)}</span></label>`,
        )}</div>
      </fieldset>
      <fieldset class="composer__kinds" @keydown=${inTags}>
        <legend class="govuk-visually-hidden">Kind</legend>
        ${KINDS.map(
          ([
            kind,
            label,
          ]) => html`<label class="pick"><input type="radio" class="pick__box" name="kind" value=${kind}
            .checked=${words.kind === kind} @change=${() => acts.change({ ...words, kind })}><span class="pick__text">${label}</span></label>`,
        )}
        <label class="pick"><input type="checkbox" class="pick__box" .checked=${words.visibility === "private"}
          @change=${(event: Event) =>
            acts.change({
              ...words,
              visibility: (event.target as HTMLInputElement).checked ? "private" : "feedback",
            })}>
          <span class="pick__text">For me only</span></label>
      </fieldset>
      <div class="composer__acts">
        <button type="submit" class="govuk-button">Save and play on</button>
        <button type="button" class="govuk-button govuk-button--secondary" @click=${acts.discard}>Discard</button>
      </div>
    </form>
  `;
}

/** A criterion as a chip shows it: its code where that says something, else its label. */
export function shortLabel(criterion: Criterion): string {
  return /^[A-Z]+\d*[a-z]?$/.test(criterion.code) ? criterion.code : criterion.label;
}

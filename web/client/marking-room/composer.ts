import { html, nothing, type TemplateResult } from "lit";
import type { CommentWords, Criterion } from "../api/types";
import { digitOf, kindOf } from "./keys";
import { beginAt, endAt } from "./span";
import { KIND_WORDS, KINDS, shortLabel, whenSpoken, whenText } from "./words";
import type { Composing } from "./writing";

export interface ComposerActs {
  change: (words: CommentWords) => void;
  save: () => void;
  keep: () => void;
  discard: () => void;
  lessonTime: () => number;
}

/** Where a comment is written. No key that is pressed in it reaches the room. */
export function composerTemplate(
  { words, isNew }: Composing,
  criteria: readonly Criterion[],
  acts: ComposerActs,
): TemplateResult {
  const toggle = (code: string) => {
    const tags = words.tags.includes(code) ? words.tags.filter((tag) => tag !== code) : [...words.tags, code];
    acts.change({ ...words, tags });
  };
  return html`
    <form class="composer" aria-label=${isNew ? "New comment" : "Change the comment"}
      @keydown=${(event: KeyboardEvent) => keyed(event, words, criteria, toggle, acts)}
      @submit=${(event: Event) => {
        event.preventDefault();
        acts.save();
      }}>
      <div class="composer__head">${whenTemplate(words, acts)}${kindsTemplate(words, acts)}</div>
      <label class="govuk-visually-hidden" for="comment-text">Comment at ${whenSpoken(words)}</label>
      <textarea id="comment-text" class="govuk-textarea composer__text" rows="2" maxlength="10000"
        aria-describedby="comment-keys" placeholder="What do you see?" .value=${words.text}
        @input=${(event: Event) => acts.change({ ...words, text: (event.target as HTMLTextAreaElement).value })}></textarea>
      ${tagsTemplate(words, criteria, toggle)}
      <div class="composer__acts">
        <button type="submit" class="govuk-button">${isNew ? "Save and play on" : "Save"} <kbd aria-hidden="true">Enter</kbd></button>
        <button type="button" class="link-button" @click=${acts.keep}>Leave for later <kbd aria-hidden="true">Esc</kbd></button>
        <button type="button" class="link-button" @click=${acts.discard}>${isNew ? "Throw away" : "Undo changes"}</button>
        <label class="tick"><input type="checkbox" .checked=${words.visibility === "private"}
          @change=${(event: Event) => acts.change({ ...words, visibility: isChecked(event) ? "private" : "feedback" })}> For me only</label>
      </div>
      <p class="govuk-visually-hidden" id="comment-keys">Enter saves, Shift and Enter begins a line, Escape leaves it for later. Kept on this device as you type.</p>
    </form>
  `;
}

function whenTemplate(words: CommentWords, acts: ComposerActs): TemplateResult {
  const span = { atMs: words.at_ms, untilMs: words.until_ms };
  const set = ({ atMs, untilMs }: { atMs: number; untilMs: number | null }) =>
    acts.change({ ...words, at_ms: atMs, until_ms: untilMs });
  return html`<div class="composer__when" role="group" aria-label="When">
    <strong class="figures">${whenText(words)}</strong>
    <button type="button" class="link-button" @click=${() => set(beginAt(span, acts.lessonTime()))}>Begin here</button>
    ${
      words.until_ms === null
        ? html`<button type="button" class="link-button" @click=${() => set(endAt(span, acts.lessonTime()))}>End here</button>`
        : html`<button type="button" class="link-button" @click=${() => set({ ...span, untilMs: null })}>No end</button>`
    }
  </div>`;
}

function kindsTemplate(words: CommentWords, acts: ComposerActs): TemplateResult {
  return html`<fieldset class="composer__kinds" data-tags>
    <legend class="govuk-visually-hidden">Kind</legend>
    ${KINDS.map(
      (
        kind,
      ) => html`<label class="pick pick--${kind}"><input type="radio" class="pick__box" name="kind" value=${kind}
        .checked=${words.kind === kind} @change=${() => acts.change({ ...words, kind })}><span class="pick__text"><kbd aria-hidden="true">${KIND_WORDS[kind].charAt(0)}</kbd>${KIND_WORDS[kind]}</span></label>`,
    )}
  </fieldset>`;
}

function tagsTemplate(
  words: CommentWords,
  criteria: readonly Criterion[],
  toggle: (code: string) => void,
): TemplateResult {
  return html`<fieldset class="composer__tags" data-tags>
    <legend class="govuk-visually-hidden">Speaks to: press 1 to 9</legend>
    <div class="composer__chips"><span class="composer__legend" aria-hidden="true">Speaks to</span>
    ${criteria.map(
      (
        criterion,
        index,
      ) => html`<label class="pick" title=${criterion.label}><input type="checkbox" class="pick__box" name="tag" value=${criterion.code}
        aria-label="${shortLabel(criterion)} ${criterion.label}" .checked=${words.tags.includes(criterion.code)} @change=${() => toggle(criterion.code)}>
        <span class="pick__text">${index < 9 ? html`<kbd aria-hidden="true">${index + 1}</kbd>` : nothing}${shortLabel(criterion)}</span></label>`,
    )}</div>
  </fieldset>`;
}

function keyed(
  event: KeyboardEvent,
  words: CommentWords,
  criteria: readonly Criterion[],
  toggle: (code: string) => void,
  acts: ComposerActs,
): void {
  event.stopPropagation();
  if (event.isComposing) return; // a choice in an input method is no "save"
  const target = event.target as HTMLElement;
  const isButton = target instanceof HTMLButtonElement;
  if (event.key === "Escape") {
    event.preventDefault();
    acts.keep();
  } else if (event.key === "Enter" && !event.shiftKey && !isButton) {
    event.preventDefault();
    acts.save();
  } else if (!event.ctrlKey && !event.metaKey && (event.altKey || target.closest("[data-tags]"))) {
    const criterion = criteria[digitOf(event) ?? -1];
    const kind = kindOf(event);
    if (!criterion && !kind) return;
    event.preventDefault();
    if (criterion) toggle(criterion.code);
    else if (kind) acts.change({ ...words, kind });
  }
}

function isChecked(event: Event): boolean {
  return (event.target as HTMLInputElement).checked;
}

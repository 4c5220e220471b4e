import { html, nothing, type TemplateResult } from "lit";
import type { Comment, CommentWords, Criterion } from "../api/types";
import { timeSpoken, timeText } from "../lesson-player/time";
import type { KeptComment } from "../outbox/store";
import { shortLabel } from "./composer";

const KIND_WORDS: Record<string, string> = {
  strength: "Strength",
  target: "Target",
  question: "Question",
  note: "Note",
};

export interface CommentActs {
  choose: (id: string) => void;
  edit: (id: string) => void;
  remove: (id: string) => void;
  settle: (id: string, words: CommentWords) => void;
}

/** Returns the comments that stand, in order of lesson time, of one tag where one is chosen. */
export function inOrder(comments: Iterable<KeptComment>, tag: string): KeptComment[] {
  return [...comments]
    .filter((comment) => !comment.isDeleted && (tag === "" || comment.words.tags.includes(tag)))
    .sort((one, other) => one.words.at_ms - other.words.at_ms || one.id.localeCompare(other.id));
}

/** The list of one's comments. */
export function commentsTemplate(
  comments: readonly KeptComment[],
  criteria: readonly Criterion[],
  selected: string,
  isLocked: boolean,
  acts: CommentActs,
): TemplateResult {
  if (comments.length === 0) {
    return html`<p class="quiet comments__empty">No comments yet. Press <kbd>C</kbd> while you watch, or use “Comment on this frame”.</p>`;
  }
  return html`<ol class="comments" aria-label="Comments">
    ${comments.map((comment) => commentTemplate(comment, criteria, comment.id === selected, isLocked, acts))}
  </ol>`;
}

function commentTemplate(
  comment: KeptComment,
  criteria: readonly Criterion[],
  isSelected: boolean,
  isLocked: boolean,
  acts: CommentActs,
): TemplateResult {
  const { words, id } = comment;
  const until = words.until_ms === null ? "" : `–${timeText(words.until_ms)}`;
  const tags = criteria.filter((criterion) => words.tags.includes(criterion.code));
  return html`
    <li class="comment comment--${words.kind} ${isSelected ? "comment--selected" : ""}" data-comment=${id}>
      <div class="comment__head">
        <button type="button" class="comment__time figures" @click=${() => acts.choose(id)} aria-current=${isSelected ? "true" : nothing}
          aria-label="Show ${timeSpoken(words.at_ms)}">${timeText(words.at_ms)}${until}</button>
        <span class="comment__kind">${KIND_WORDS[words.kind]}</span>
        ${tags.map((tag) => html`<span class="comment__tag" title=${tag.label}>${shortLabel(tag)}</span>`)}
        ${words.visibility === "private" ? html`<span class="comment__tag">For me only</span>` : nothing}
        ${comment.isDirty ? html`<span class="comment__unsent quiet">not sent yet</span>` : nothing}
      </div>
      <p class="comment__text">${words.text}</p>
      ${comment.theirs ? conflictTemplate(comment, comment.theirs, acts) : nothing}
      ${
        isLocked
          ? nothing
          : html`<div class="comment__acts">
        <button type="button" class="link-button" @click=${() => acts.edit(id)}>Change<span class="govuk-visually-hidden"> the comment at ${timeSpoken(words.at_ms)}</span></button>
        <button type="button" class="link-button" @click=${() => acts.remove(id)}>Delete<span class="govuk-visually-hidden"> the comment at ${timeSpoken(words.at_ms)}</span></button>
      </div>`
      }
    </li>`;
}

function conflictTemplate(comment: KeptComment, theirs: Comment, acts: CommentActs): TemplateResult {
  const { words, id } = comment;
  const both = { ...words, text: `${words.text}\n\n${theirs.text}` };
  const { at_ms, until_ms, kind, text, tags, visibility } = theirs;
  return html`<div class="conflict" role="group" aria-label="Changed on another device">
    <p><strong>This comment was changed on another device.</strong> There it says:</p>
    <blockquote class="conflict__theirs">${theirs.deleted ? "(deleted)" : theirs.text}</blockquote>
    <div class="conflict__acts">
      <button type="button" class="link-button" @click=${() => acts.settle(id, words)}>Keep the text of this device</button>
      <button type="button" class="link-button" @click=${() => acts.settle(id, { at_ms, until_ms, kind, text, tags, visibility })}>Take the other text</button>
      <button type="button" class="link-button" @click=${() => acts.settle(id, both)}>Keep both, one after the other</button>
    </div>
  </div>`;
}

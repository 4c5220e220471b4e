import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { CommentKind, CommentWords, Criterion } from "../api/types";
import type { KeptComment, KeptDraft } from "../outbox/store";
import { commentConflictTemplate } from "./conflicts";
import { clip, count, KIND_WORDS, KINDS, shortLabel, whenSpoken, whenText } from "./words";
import type { Removed } from "./writing";

export interface CommentActs {
  choose: (id: string) => void;
  edit: (id: string) => void;
  remove: (id: string) => void;
  settle: (id: string, words?: CommentWords) => void;
  discard: (id: string) => void;
  undo: () => void;
  filter: (filter: Filter) => void;
}

export interface Filter {
  tag: string; // code of a criterion; empty: any
  kind: CommentKind | "";
}

const FEW = 4; // fewer need no filter

export const EVERY: Filter = { tag: "", kind: "" };

export interface CommentsState {
  all: readonly KeptComment[]; // in order
  drafts: readonly KeptDraft[];
  removed: Removed | undefined;
  criteria: readonly Criterion[];
  filter: Filter;
  selected: string;
  isLocked: boolean;
  hasFilm: boolean;
}

/** Returns the comments that stand, in order of lesson time. */
export function inOrder(comments: Iterable<KeptComment>): KeptComment[] {
  return [...comments]
    .filter((comment) => !comment.isDeleted)
    .sort((one, other) => one.words.at_ms - other.words.at_ms || one.id.localeCompare(other.id));
}

/** Returns those that the filter lets through. */
export function filtered(comments: readonly KeptComment[], { tag, kind }: Filter): KeptComment[] {
  return comments.filter(
    ({ words }) => (tag === "" || words.tags.includes(tag)) && (kind === "" || words.kind === kind),
  );
}

/** The list of one's comments, with what was begun and left. */
export function commentsTemplate(state: CommentsState, acts: CommentActs): TemplateResult {
  const shown = filtered(state.all, state.filter);
  return html`
    ${removedTemplate(state.removed, acts)}
    ${state.isLocked ? nothing : state.drafts.map((draft) => draftTemplate(draft, acts))}
    ${state.all.length >= FEW ? filterTemplate(state, shown.length, acts) : nothing}
    ${
      state.all.length === 0
        ? emptyTemplate(state)
        : html`<ol class="notes" aria-label="Comments">
            ${repeat(
              shown,
              (comment) => comment.id,
              (comment) => commentTemplate(comment, state, acts),
            )}</ol>`
    }`;
}

function emptyTemplate({ isLocked, hasFilm }: CommentsState): TemplateResult {
  if (isLocked) return html`<p class="quiet">You wrote no comments.</p>`;
  if (!hasFilm)
    return html`<p class="notes__empty">Comments speak of a moment in the film, so they wait for it.</p>`;
  return html`<p class="notes__empty">No comments yet. Watch, and press <kbd>C</kbd> when you see something worth saying; the film waits while you write.</p>`;
}

function filterTemplate(state: CommentsState, shown: number, acts: CommentActs): TemplateResult {
  const { filter, criteria, all } = state;
  const set = (change: Partial<Filter>) => acts.filter({ ...filter, ...change });
  const chosen = (event: Event) => (event.target as HTMLSelectElement).value;
  return html`<div class="filter" role="group" aria-label="Filter">
    <label><span class="govuk-visually-hidden">Criterion</span><select class="govuk-select" @change=${(event: Event) => set({ tag: chosen(event) })}>
      <option value="" .selected=${filter.tag === ""}>Every criterion</option>
      ${criteria.map((each) => html`<option value=${each.code} .selected=${filter.tag === each.code}>${nameOf(each)}</option>`)}
    </select></label>
    <label><span class="govuk-visually-hidden">Kind</span><select class="govuk-select" @change=${(event: Event) => set({ kind: chosen(event) as Filter["kind"] })}>
      <option value="" .selected=${filter.kind === ""}>Every kind</option>
      ${KINDS.map((kind) => html`<option value=${kind} .selected=${filter.kind === kind}>${KIND_WORDS[kind]}</option>`)}
    </select></label>
    <span class="quiet" role="status">${shown === all.length ? count(shown, "comment") : `${shown} of ${count(all.length, "comment")}`}</span>
  </div>`;
}

function removedTemplate(removed: Removed | undefined, acts: CommentActs): TemplateResult | typeof nothing {
  if (!removed) return nothing;
  const words = removed.kind === "comment" ? removed.comment.words : removed.draft.words;
  return html`<div class="undo">
    <p role="status">${removed.kind === "comment" ? "Deleted" : "Thrown away"}: <span class="figures">${whenText(words)}</span> ${clip(words.text, 40)}</p>
    <button type="button" class="link-button" data-undo @click=${acts.undo}>Undo</button></div>`;
}

function draftTemplate(draft: KeptDraft, acts: CommentActs): TemplateResult {
  const when = html`<span class="govuk-visually-hidden"> the unfinished comment at ${whenSpoken(draft.words)}</span>`;
  return html`<div class="unfinished" data-draft=${draft.id}>
    <p><strong>Unfinished</strong> <span class="figures">${whenText(draft.words)}</span> ${clip(draft.words.text) || "tags only"}</p>
    <button type="button" class="link-button" @click=${() => acts.edit(draft.id)}>Go on${when}</button>
    <button type="button" class="link-button" @click=${() => acts.discard(draft.id)}>Throw away${when}</button></div>`;
}

function commentTemplate(comment: KeptComment, state: CommentsState, acts: CommentActs): TemplateResult {
  const { words, id } = comment;
  const tags = state.criteria.filter((criterion) => words.tags.includes(criterion.code));
  const isSelected = id === state.selected;
  return html`
    <li class="comment note note--${words.kind} ${isSelected ? "note--selected" : ""}" data-comment=${id} tabindex="-1">
      <div class="note__head">
        <button type="button" class="note__time figures" @click=${() => acts.choose(id)} aria-current=${isSelected ? "true" : "false"}><span class="govuk-visually-hidden">Show </span>${whenText(words)}</button>
        <span class="note__kind">${KIND_WORDS[words.kind]}</span>
        ${tags.map((tag) => html`<span class="chip" title=${tag.label}>${shortLabel(tag)}</span>`)}
        ${words.visibility === "private" ? html`<span class="chip chip--private">For me only</span>` : nothing}
        ${state.isLocked ? nothing : actsTemplate(comment, acts)}
      </div>
      ${words.text ? html`<p class="comment__text note__text">${words.text}</p>` : nothing}
      ${comment.problem ? html`<p class="note__problem">${comment.problem} It is kept on this device.</p>` : nothing}
      ${comment.theirs ? commentConflictTemplate(words, comment.theirs, (settled) => acts.settle(id, settled)) : nothing}
    </li>`;
}

function actsTemplate({ id, words }: KeptComment, acts: CommentActs): TemplateResult {
  const which = html`<span class="govuk-visually-hidden"> the comment at ${whenSpoken(words)}</span>`;
  return html`<span class="note__acts">
    <button type="button" class="link-button" @click=${() => acts.edit(id)}>Change${which}</button>
    <button type="button" class="link-button" @click=${() => acts.remove(id)}>Delete${which}</button>
  </span>`;
}

function nameOf(criterion: Criterion): string {
  const short = shortLabel(criterion);
  return short === criterion.label ? short : `${short} ${criterion.label}`;
}

/** What is being written on the film: one comment at a time, any number left for later. */

import type { CommentWords } from "../api/types";
import { same } from "../outbox/merge";
import type { Outbox } from "../outbox/outbox";
import type { KeptComment, KeptDraft } from "../outbox/store";

export interface Composing {
  id: string;
  words: CommentWords;
  isNew: boolean;
}

/** Something that was taken away and can come back. */
export type Removed = { kind: "comment"; comment: KeptComment } | { kind: "draft"; draft: Composing };

export class Writing {
  composing: Composing | undefined;
  removed: Removed | undefined;

  constructor(
    private readonly outbox: Outbox,
    private readonly onChange: () => void,
  ) {}

  /** Opens what was typed last and neither saved nor thrown away. */
  restore(): boolean {
    const [last] = this.drafts();
    if (last) this.open(last.id, last.words);
    return last !== undefined;
  }

  /** What was begun and is not open, the latest first. */
  drafts(): KeptDraft[] {
    return [...this.outbox.drafts.values()]
      .filter((draft) => draft.id !== this.composing?.id)
      .sort((one, other) => other.touchedAt - one.touchedAt);
  }

  /** Begins a comment, or goes on with the one that is open. */
  begin(atMs: number, untilMs: number | null): void {
    const open = this.composing;
    if (open && (untilMs !== null || isEmpty(open.words))) {
      this.change({ ...open.words, at_ms: atMs, until_ms: untilMs });
    } else if (!open) {
      const kind = "note"; // nobody is praised or blamed by a default
      const words = {
        at_ms: atMs,
        until_ms: untilMs,
        kind,
        text: "",
        tags: [],
        visibility: "feedback",
      } as const;
      this.open(crypto.randomUUID(), { ...words, tags: [] });
    }
  }

  /** Opens a comment, or what was begun and left. */
  edit(id: string): void {
    const words = this.outbox.drafts.get(id)?.words ?? this.outbox.comments.get(id)?.words;
    if (words) this.open(id, words);
  }

  /** Keeps every letter on the device. */
  change(words: CommentWords): void {
    if (!this.composing) return;
    const { id } = this.composing;
    this.composing = { ...this.composing, words };
    const before = this.outbox.comments.get(id)?.words;
    const isNothing = before ? same(before, words) : isEmpty(words);
    void (isNothing ? this.outbox.removeDraft(id) : this.outbox.putDraft(id, words));
    this.onChange();
  }

  /** Saves what is open; returns it, or undefined when there was nothing to save. */
  async save(): Promise<Composing | undefined> {
    const open = this.composing;
    this.composing = undefined;
    this.onChange();
    if (!open || isEmpty(open.words)) return undefined;
    this.removed = undefined;
    // Kept as a comment before it is forgotten as a draft: a tab may close between the two.
    await this.outbox.putComment(open.id, open.words);
    await this.outbox.removeDraft(open.id);
    return open;
  }

  /** Leaves what is open for later. */
  keep(): void {
    this.composing = undefined;
    this.onChange();
  }

  /** Throws away what is open; it can come back. */
  discard(id: string): void {
    const words = this.composing?.id === id ? this.composing.words : this.outbox.drafts.get(id)?.words;
    const isNew = !this.outbox.comments.has(id);
    if (this.composing?.id === id) this.composing = undefined;
    if (words && !isEmpty(words)) this.removed = { kind: "draft", draft: { id, words, isNew } };
    void this.outbox.removeDraft(id);
    this.onChange();
  }

  remove(id: string): void {
    const comment = this.outbox.comments.get(id);
    if (!comment) return;
    if (this.composing?.id === id) this.composing = undefined;
    this.removed = { kind: "comment", comment };
    void this.outbox.deleteComment(id);
  }

  undo(): void {
    const removed = this.removed;
    this.removed = undefined;
    if (removed?.kind === "comment") void this.outbox.putComment(removed.comment.id, removed.comment.words);
    if (removed?.kind === "draft") {
      this.open(removed.draft.id, removed.draft.words);
      void this.outbox.putDraft(removed.draft.id, removed.draft.words);
    }
    this.onChange();
  }

  private open(id: string, words: CommentWords): void {
    const isNew = !this.outbox.comments.get(id) || this.outbox.comments.get(id)?.isDeleted === true;
    this.composing = { id, words, isNew };
    this.onChange();
  }
}

export function isEmpty(words: CommentWords): boolean {
  return words.text.trim() === "" && words.tags.length === 0;
}

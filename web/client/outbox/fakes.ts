/** A device and a server for the outbox's tests, which lose what real ones may lose. */

import { OfflineError, ProblemError } from "../api/request";
import type { Comment, CommentWords, MarkSheet, MarkSheetWords } from "../api/types";
import type { Server } from "./exchange";
import type { KeptComment, KeptDraft, KeptSheet, Served, Store } from "./store";

export class MemoryStore implements Store {
  kept = new Map<string, KeptComment>();
  keptDrafts = new Map<string, KeptDraft>();
  keptSheet: KeptSheet | undefined;
  keptServed: Served | undefined;
  isFull = false;

  comments = async () => [...this.kept.values()];
  putComment = async (comment: KeptComment) => void this.room().kept.set(comment.id, comment);
  noteComment = async (comment: KeptComment) => {
    if ((this.kept.get(comment.id) ?? comment).stamp === comment.stamp)
      this.room().kept.set(comment.id, comment);
  };
  removeComment = async (id: string, stamp: string | undefined) => {
    if (this.kept.get(id)?.stamp === stamp) this.kept.delete(id);
  };
  sheet = async () => this.keptSheet;
  putSheet = async (sheet: KeptSheet) => {
    this.room().keptSheet = sheet;
  };
  noteSheet = async (sheet: KeptSheet) => {
    if ((this.keptSheet ?? sheet).stamp === sheet.stamp) this.room().keptSheet = sheet;
  };
  removeSheet = async (stamp: string | undefined) => {
    if (this.keptSheet?.stamp === stamp) this.keptSheet = undefined;
  };
  drafts = async () => [...this.keptDrafts.values()];
  putDraft = async (draft: KeptDraft) => void this.room().keptDrafts.set(draft.id, draft);
  removeDraft = async (id: string) => void this.keptDrafts.delete(id);
  served = async () => this.keptServed;
  putServed = async (served: Served) => {
    this.room().keptServed = served;
  };

  private room(): this {
    if (this.isFull) throw new DOMException("full", "QuotaExceededError");
    return this;
  }
}

/** Answers as web/api does: a comment that says the same already is no conflict, a mark sheet always is. */
export class FakeServer implements Server {
  isAway = false;
  isDeaf = false; // does what it is told, but the answer is lost
  isStrange = false; // signed out
  refused = ""; // the text that it will not take
  sent = 0;
  stored = new Map<string, Comment>();
  draft: MarkSheet = {
    id: "sheet",
    observation: "observation",
    part: "first",
    rubric: {
      code: "r",
      title: "R",
      version: 1,
      purpose: "formative",
      scale: null,
      criteria: [],
      fields: [],
      overall: null,
    },
    state: "draft",
    version: 1,
    draft_version: 0,
    judgements: {},
    fields: {},
    missing: [],
    contradictions: [],
    submitted_at: null,
    reference: null,
  };

  async comments(): Promise<Comment[]> {
    this.arrive();
    return [...this.stored.values()].filter((comment) => !comment.deleted);
  }

  async putComment(id: string, words: CommentWords, seenVersion: number): Promise<Comment> {
    this.arrive();
    this.sent += 1;
    if (words.text === this.refused) throw problem("invalid", 422);
    const present = this.stored.get(id);
    if (present && !present.deleted && JSON.stringify(wordsIn(present)) === JSON.stringify(words))
      return this.answer(present);
    if ((present?.version ?? 0) !== seenVersion) throw problem("changed-elsewhere", 409, present);
    return this.answer(this.write(id, words));
  }

  async deleteComment(id: string, seenVersion: number): Promise<Comment> {
    this.arrive();
    const present = this.stored.get(id);
    if (!present) throw problem("not-found", 404);
    if (present.version !== seenVersion) throw problem("changed-elsewhere", 409, present);
    const gone = { ...present, deleted: true, version: present.version + 1 };
    this.stored.set(id, gone);
    return this.answer(gone);
  }

  async sheet(): Promise<MarkSheet> {
    this.arrive();
    return this.draft;
  }

  async putSheet(words: MarkSheetWords, seenVersion: number): Promise<MarkSheet> {
    this.arrive();
    this.sent += 1;
    if (seenVersion !== this.draft.draft_version) throw problem("changed-elsewhere", 409, this.draft);
    this.draft = { ...this.draft, ...structuredClone(words), draft_version: seenVersion + 1 };
    return this.answer(this.draft);
  }

  /** Writes as another device of the same person does. */
  write(id: string, words: CommentWords): Comment {
    const version = (this.stored.get(id)?.version ?? 0) + 1;
    const author = { id: "p", name: "P" };
    const at = { created_at: "", updated_at: "" };
    const comment = { ...structuredClone(words), ...at, id, author, mine: true, version, deleted: false };
    this.stored.set(id, comment);
    return comment;
  }

  private arrive(): void {
    if (this.isAway) throw new OfflineError();
    if (this.isStrange) throw problem("sign-in-needed", 401);
  }

  private answer<T>(value: T): T {
    if (this.isDeaf) throw new OfflineError();
    return value;
  }
}

function problem(type: string, status: number, theirs?: unknown): ProblemError {
  return new ProblemError({ type: `/problems/${type}`, title: type, status, detail: "", theirs });
}

function wordsIn({ at_ms, until_ms, kind, text, tags, visibility }: Comment): CommentWords {
  return { at_ms, until_ms, kind, text, tags, visibility };
}

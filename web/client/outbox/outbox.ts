/** Keeps what is written on the device first, then brings it to the server, in order, until it is acknowledged. */

import { OfflineError, ProblemError } from "../api/request";
import type { Comment, CommentWords, MarkSheet, MarkSheetWords } from "../api/types";
import type { KeptComment, KeptSheet, Store } from "./store";

/** How the outbox reaches the server. */
export interface Server {
  comments(): Promise<Comment[]>;
  putComment(id: string, words: CommentWords, seenVersion: number): Promise<Comment>;
  deleteComment(id: string, seenVersion: number): Promise<Comment>;
  sheet(): Promise<MarkSheet>;
  putSheet(words: MarkSheetWords, seenVersion: number): Promise<MarkSheet>;
}

export interface Standing {
  unsent: number;
  isSending: boolean;
  isReachable: boolean;
  problem: string; // why something will not be taken as it is; empty otherwise
}

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15_000;
const GATHER_MS = 400;

/** One person's writing on one observation. */
export class Outbox {
  readonly comments = new Map<string, KeptComment>();
  sheet: KeptSheet | undefined;
  served: MarkSheet | undefined;
  standing: Standing = { unsent: 0, isSending: false, isReachable: true, problem: "" };

  private waitMs = FIRST_WAIT_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private sending: Promise<void> | undefined;

  constructor(
    private readonly store: Store,
    private readonly server: Server,
    private readonly onChange: () => void,
  ) {}

  /** Reads what the server and this device have; what this device has not sent yet stands. */
  async load(): Promise<void> {
    for (const kept of await this.store.comments()) this.comments.set(kept.id, kept);
    this.sheet = await this.store.sheet();
    this.served = await this.server.sheet();
    this.sheet ??= keptSheet(this.served);
    const served = await this.server.comments();
    for (const comment of served) {
      if (comment.mine && !this.comments.has(comment.id)) this.comments.set(comment.id, keptComment(comment));
    }
    this.changed();
    this.sendSoon(0);
  }

  /** Writes or rewrites a comment. */
  async putComment(id: string, words: CommentWords): Promise<void> {
    const known = this.comments.get(id);
    await this.keepComment({
      id,
      words,
      seenVersion: known?.seenVersion ?? 0,
      isDirty: true,
      isDeleted: false,
    });
  }

  /** Takes a comment away; `putComment` with its words brings it back. */
  async deleteComment(id: string): Promise<void> {
    const known = this.comments.get(id);
    if (known) await this.keepComment({ ...known, isDirty: true, isDeleted: true });
  }

  /** Rewrites the mark sheet. */
  async putSheet(words: MarkSheetWords): Promise<void> {
    if (!this.sheet) return;
    this.sheet = { ...this.sheet, words, isDirty: true };
    this.changed();
    await this.store.putSheet(this.sheet);
    this.sendSoon(GATHER_MS);
  }

  /** Settles a conflict on a comment: what should stand is sent over the version that was seen since. */
  async settleComment(id: string, words: CommentWords): Promise<void> {
    const known = this.comments.get(id);
    if (!known?.theirs) return;
    const { theirs, ...rest } = known;
    await this.keepComment({ ...rest, words, seenVersion: theirs.version, isDirty: true, isDeleted: false });
  }

  /** Settles a conflict on the mark sheet. */
  async settleSheet(words: MarkSheetWords): Promise<void> {
    if (!this.sheet?.theirs) return;
    this.sheet = { words, seenVersion: this.sheet.theirs.draft_version, isDirty: true };
    this.changed();
    await this.store.putSheet(this.sheet);
    this.sendSoon(0);
  }

  /** Sends everything now; resolves with whether nothing is left. */
  async flush(): Promise<boolean> {
    clearTimeout(this.timer);
    await this.sending;
    await this.send();
    return this.standing.unsent === 0;
  }

  /** Tries again at once: the network or the person is back. */
  wake(): void {
    this.waitMs = FIRST_WAIT_MS;
    if (this.standing.unsent > 0) this.sendSoon(0);
  }

  close(): void {
    clearTimeout(this.timer);
  }

  private async keepComment(comment: KeptComment): Promise<void> {
    this.comments.set(comment.id, comment);
    this.changed();
    await this.store.putComment(comment);
    this.sendSoon(GATHER_MS);
  }

  private sendSoon(afterMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.send(), afterMs);
  }

  private send(): Promise<void> {
    this.sending ??= this.sendAll().finally(() => {
      this.sending = undefined;
      this.changed();
    });
    return this.sending;
  }

  private async sendAll(): Promise<void> {
    if (this.unsent() === 0) return;
    this.standing = { ...this.standing, isSending: true, problem: "" };
    this.changed();
    try {
      for (const comment of [...this.comments.values()]) {
        if (comment.isDirty && !comment.theirs) await this.sendComment(comment);
      }
      if (this.sheet?.isDirty && !this.sheet.theirs) await this.sendSheet(this.sheet);
      this.waitMs = FIRST_WAIT_MS;
      this.standing = { ...this.standing, isSending: false, isReachable: true };
      if (this.unsent() > 0 && this.standing.problem === "") this.sendSoon(GATHER_MS);
    } catch (error) {
      this.failed(error);
    }
  }

  private async sendComment(comment: KeptComment): Promise<void> {
    try {
      const answer = await (comment.isDeleted
        ? this.server.deleteComment(comment.id, comment.seenVersion)
        : this.server.putComment(comment.id, comment.words, comment.seenVersion));
      await this.commentTaken(comment, answer.version);
    } catch (error) {
      // What the server never had is gone as soon as it is taken away here.
      if (comment.isDeleted && error instanceof ProblemError && error.status === 404) {
        await this.commentTaken(comment, 0);
      } else if (isConflict(error) && error.problem.theirs) {
        await this.keepConflict({ ...comment, theirs: error.problem.theirs as Comment });
      } else {
        throw error;
      }
    }
  }

  private async commentTaken(sent: KeptComment, version: number): Promise<void> {
    const present = this.comments.get(sent.id);
    if (!present) return;
    const isSame = present.words === sent.words && present.isDeleted === sent.isDeleted;
    const taken = { ...present, seenVersion: version, isDirty: !isSame };
    this.comments.set(sent.id, taken);
    if (isSame) await this.store.removeComment(sent.id);
    else await this.store.putComment(taken);
    this.changed();
  }

  private async keepConflict(comment: KeptComment): Promise<void> {
    this.comments.set(comment.id, comment);
    await this.store.putComment(comment);
  }

  private async sendSheet(sent: KeptSheet): Promise<void> {
    try {
      const answer = await this.server.putSheet(sent.words, sent.seenVersion);
      this.served = answer;
      const isSame = this.sheet?.words === sent.words;
      this.sheet = {
        words: this.sheet?.words ?? sent.words,
        seenVersion: answer.draft_version,
        isDirty: !isSame,
      };
      if (isSame) await this.store.removeSheet();
      else await this.store.putSheet(this.sheet);
    } catch (error) {
      if (!isConflict(error) || !error.problem.theirs) throw error;
      this.sheet = { ...(this.sheet ?? sent), theirs: error.problem.theirs as MarkSheet };
      await this.store.putSheet(this.sheet);
    }
  }

  private failed(error: unknown): void {
    const isPassing = error instanceof OfflineError || (error instanceof ProblemError && error.isPassing);
    if (isPassing) {
      this.standing = { ...this.standing, isSending: false, isReachable: false };
      this.sendSoon(this.waitMs);
      this.waitMs = Math.min(LONGEST_WAIT_MS, this.waitMs * 2);
      return;
    }
    const problem = error instanceof ProblemError ? sentence(error) : "Something could not be saved.";
    this.standing = { ...this.standing, isSending: false, problem };
  }

  private unsent(): number {
    const comments = [...this.comments.values()].filter((comment) => comment.isDirty).length;
    return comments + (this.sheet?.isDirty ? 1 : 0);
  }

  private changed(): void {
    this.standing = { ...this.standing, unsent: this.unsent() };
    this.onChange();
  }
}

function isConflict(error: unknown): error is ProblemError {
  return error instanceof ProblemError && error.kind === "changed-elsewhere";
}

function sentence(error: ProblemError): string {
  if (error.status === 401) return "You are signed out. Sign in in a new tab; what you wrote is kept here.";
  const named = error.problem.errors?.map((each) => each.message).join(" ");
  return `${error.problem.title}. ${named || error.problem.detail}`;
}

function keptComment(comment: Comment): KeptComment {
  const { at_ms, until_ms, kind, text, tags, visibility } = comment;
  const words = { at_ms, until_ms, kind, text, tags, visibility };
  return { id: comment.id, words, seenVersion: comment.version, isDirty: false, isDeleted: false };
}

function keptSheet(sheet: MarkSheet): KeptSheet {
  const words = { judgements: sheet.judgements, fields: sheet.fields };
  return { words, seenVersion: sheet.draft_version, isDirty: false };
}

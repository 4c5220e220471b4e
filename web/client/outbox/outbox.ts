/** Keeps what is written on the device first, then brings it to the server until it is acknowledged. */

import { OfflineError, ProblemError } from "../api/request";
import type { CommentWords, MarkSheet, MarkSheetWords } from "../api/types";
import {
  afterComment,
  afterSheet,
  clashesOf,
  exchangeComment,
  exchangeSheet,
  meet,
  type Server,
} from "./exchange";
import { keptComment, keptSheet, rebased, withSent, wordsOfComment } from "./kept";
import { type Choice, type Clash, settle } from "./merge";
import { Pace } from "./pace";
import { AT_REST, type Standing } from "./standing";
import type { KeptComment, KeptDraft, KeptSheet, Store } from "./store";

const GATHER_MS = 800; // typing in the mark sheet is sent when it pauses for so long

/** One person's writing on one observation. */
export class Outbox {
  readonly comments = new Map<string, KeptComment>();
  readonly drafts = new Map<string, KeptDraft>();
  sheet: KeptSheet | undefined;
  served: MarkSheet | undefined;
  standing: Standing = AT_REST;

  private readonly pace = new Pace(() => void this.send());
  private sending: Promise<void> | undefined;

  constructor(
    private readonly store: Store,
    private readonly server: Server,
    private readonly onChange: () => void,
  ) {}

  /**
   * Reads what this device and the server have; what this device has not sent yet stands. Opens with what the
   * server last said while it is away; throws OfflineError or ProblemError when it never said anything here.
   */
  async load(): Promise<void> {
    for (const each of (await this.attempt(() => this.store.comments())) ?? [])
      this.comments.set(each.id, each);
    for (const each of (await this.attempt(() => this.store.drafts())) ?? []) this.drafts.set(each.id, each);
    this.sheet = await this.attempt(() => this.store.sheet());
    try {
      await this.read();
      this.pace.soon(0);
    } catch (error) {
      const last = await this.attempt(() => this.store.served());
      if (!last || !isPassing(error)) throw error;
      this.adopt(last.sheet, last.comments);
      this.failed(error);
    }
    this.changed();
  }

  /** Reads again what other devices may have written; what was written here and not sent yet stands. */
  async refresh(): Promise<void> {
    if (this.sending) return;
    await this.read().catch(() => undefined);
    this.changed();
  }

  /** Keeps what is being typed in a comment. */
  async putDraft(id: string, words: CommentWords): Promise<void> {
    const draft = { id, words, touchedAt: Date.now() };
    this.drafts.set(id, draft);
    await this.keep(() => this.store.putDraft(draft));
  }

  /** Forgets a draft: it was saved, or thrown away by the person. */
  async removeDraft(id: string): Promise<void> {
    this.drafts.delete(id);
    this.changed();
    await this.keep(() => this.store.removeDraft(id));
  }

  /** Writes or rewrites a comment. */
  async putComment(id: string, words: CommentWords): Promise<void> {
    const { problem: _, ...known } = this.comments.get(id) ?? { id, seenVersion: 0 };
    await this.keepComment({ ...known, words, isDirty: true, isDeleted: false });
  }

  /** Takes a comment away; `putComment` with its words brings it back. */
  async deleteComment(id: string): Promise<void> {
    const known = this.comments.get(id);
    if (!known) return;
    const { problem: _, ...rest } = known;
    await this.keepComment({ ...rest, isDirty: true, isDeleted: true });
  }

  /** Rewrites the mark sheet. */
  async putSheet(words: MarkSheetWords): Promise<void> {
    if (!this.sheet) return;
    const { problem: _, ...known } = this.sheet;
    await this.keepSheet({ ...known, words, isDirty: true }, GATHER_MS);
  }

  /** Settles a conflict on a comment; without words, what the other device wrote stands. */
  async settleComment(id: string, words?: CommentWords): Promise<void> {
    const known = this.comments.get(id);
    if (!known?.theirs) return;
    const { theirs, sent: _, ...rest } = known;
    const chosen = words ?? wordsOfComment(theirs);
    await this.keepComment({ ...rest, words: chosen, seenVersion: theirs.version, isDirty: true });
  }

  /** What both this and another device changed on the mark sheet, and waits for a choice. */
  get clashes(): Clash[] {
    return this.sheet ? clashesOf(this.sheet) : [];
  }

  /** Settles one clash on the mark sheet; the sheet is sent once none is left. */
  async settleSheet(clash: Clash, choice: Choice): Promise<void> {
    const sheet = this.sheet;
    if (!sheet?.theirs) return;
    // From now on their value is what one's own was chosen over.
    const base = settle(sheet.base, clash, "theirs");
    const next = { ...sheet, words: settle(sheet.words, clash, choice), base, isDirty: true };
    const isSettled = clashesOf(next).length === 0;
    await this.keepSheet(isSettled ? rebased(next, sheet.theirs, base) : next, 0);
  }

  /** Sends everything now; resolves with whether nothing is left. */
  async flush(): Promise<boolean> {
    await this.sending;
    this.pace.hurry();
    await this.send();
    return this.standing.unsent === 0;
  }

  /** Tries again at once: the network or the person is back. */
  wake(): void {
    const isIdle = this.standing.unsent === 0 && this.standing.isReachable;
    if (isIdle) return;
    for (const [id, { problem: _, ...rest }] of this.comments) this.comments.set(id, rest);
    if (this.sheet?.problem) this.sheet = { ...this.sheet, problem: "" };
    this.pace.hurry();
    this.pace.soon(0);
  }

  close(): void {
    this.pace.stop();
  }

  private async read(): Promise<void> {
    const [sheet, comments] = await Promise.all([this.server.sheet(), this.server.comments()]);
    this.adopt(sheet, comments.filter((comment) => comment.mine).map(keptComment));
    this.standing = { ...this.standing, isReachable: true, isSignedOut: false };
    await this.remember();
  }

  private adopt(served: MarkSheet, comments: readonly KeptComment[]): void {
    this.served = served;
    if (!this.sheet?.isDirty) this.sheet = keptSheet(served);
    // An amendment counts its drafts anew, so the numbers of the former version say nothing about it.
    else if (this.sheet.version !== served.version) this.sheet = meet(this.sheet, served);
    const there = new Set(comments.map((comment) => comment.id));
    for (const { id, isDirty } of [...this.comments.values()]) {
      if (!isDirty && !there.has(id)) this.comments.delete(id);
    }
    for (const comment of comments) {
      if (!this.comments.get(comment.id)?.isDirty) this.comments.set(comment.id, comment);
    }
  }

  private async keepComment(comment: KeptComment): Promise<void> {
    const stamped = { ...comment, stamp: crypto.randomUUID() };
    this.comments.set(comment.id, stamped);
    this.changed();
    await this.keep(() => this.store.putComment(stamped));
    this.pace.soon(0);
  }

  private async keepSheet(sheet: KeptSheet, sendAfterMs: number): Promise<void> {
    const stamped = { ...sheet, stamp: crypto.randomUUID() };
    this.sheet = stamped;
    this.changed();
    await this.keep(() => this.store.putSheet(stamped));
    this.pace.soon(sendAfterMs);
  }

  /** A device that cannot keep anything (a private window, a full disk) still writes to the server. */
  private async keep(write: () => Promise<void>): Promise<void> {
    const isKept = await write().then(
      () => true,
      () => false,
    );
    if (isKept === this.standing.isKept) return;
    this.standing = { ...this.standing, isKept };
    this.onChange();
  }

  private attempt<T>(read: () => Promise<T>): Promise<T | undefined> {
    return read().catch(() => {
      this.standing = { ...this.standing, isKept: false };
      return undefined;
    });
  }

  private send(): Promise<void> {
    this.pace.clear();
    this.sending ??= this.sendAll().finally(() => {
      this.sending = undefined;
      this.changed();
      if (this.nextComment() && !this.pace.isSet) this.pace.soon(0);
    });
    return this.sending;
  }

  private async sendAll(): Promise<void> {
    if (this.standing.unsent === 0 && this.standing.isReachable) return;
    this.standing = { ...this.standing, isSending: true };
    this.changed();
    try {
      if (this.standing.unsent === 0) await this.read();
      for (;;) {
        const comment = this.nextComment();
        const sheet = comment ? undefined : this.nextSheet();
        if (comment) await this.sendComment(comment);
        else if (sheet) await this.sendSheet(sheet);
        else break;
      }
      this.pace.hurry();
      this.standing = { ...this.standing, isSending: false, isReachable: true, isSignedOut: false };
      await this.remember();
    } catch (error) {
      this.failed(error);
    }
  }

  private nextComment(): KeptComment | undefined {
    return [...this.comments.values()].find(isSendable);
  }

  /** What was typed while the last was on its way is sent a moment later, not at every letter. */
  private nextSheet(): KeptSheet | undefined {
    return this.sheet && isSendable(this.sheet) && !this.pace.isSet ? this.sheet : undefined;
  }

  private async sendComment(comment: KeptComment): Promise<void> {
    const noted = comment.isDeleted ? comment : { ...comment, sent: withSent(comment.sent, comment.words) };
    this.comments.set(comment.id, noted);
    await this.keep(() => this.store.noteComment(noted));
    const outcome = await exchangeComment(this.server, comment);
    const next = afterComment(this.comments.get(comment.id) ?? noted, comment, outcome);
    this.comments.set(comment.id, next);
    await this.keep(() =>
      next.isDirty ? this.store.noteComment(next) : this.store.removeComment(comment.id, comment.stamp),
    );
    this.changed();
  }

  private async sendSheet(sheet: KeptSheet): Promise<void> {
    const noted = { ...sheet, sent: withSent(sheet.sent, sheet.words) };
    this.sheet = noted;
    await this.keep(() => this.store.noteSheet(noted));
    const outcome = await exchangeSheet(this.server, sheet);
    const next = afterSheet(this.sheet, sheet, outcome);
    this.sheet = next;
    if (outcome.kind !== "refused" && outcome.theirs) this.served = outcome.theirs;
    await this.keep(() => (next.isDirty ? this.store.noteSheet(next) : this.store.removeSheet(sheet.stamp)));
    // It may be locked by now: submitted on another device.
    if (outcome.kind === "refused") await this.read();
    this.changed();
  }

  private async remember(): Promise<void> {
    const sheet = this.served;
    if (!sheet) return;
    const comments = [...this.comments.values()].filter((each) => !each.isDirty && !each.isDeleted);
    await this.keep(() => this.store.putServed({ sheet, comments }));
  }

  private failed(error: unknown): void {
    const isSignedOut = error instanceof ProblemError && error.status === 401;
    this.standing = { ...this.standing, isSending: false, isSignedOut, isReachable: false };
    this.pace.later();
  }

  private changed(): void {
    const dirty = [...this.comments.values(), ...(this.sheet ? [this.sheet] : [])].filter(
      (each) => each.isDirty,
    );
    const waiting = dirty.filter((each) => each.theirs).length;
    const problems = dirty.flatMap((each) => each.problem || []);
    this.standing = { ...this.standing, unsent: dirty.length, waiting, problems };
    this.onChange();
  }
}

function isSendable(each: KeptComment | KeptSheet): boolean {
  return each.isDirty && !each.theirs && !each.problem;
}

function isPassing(error: unknown): boolean {
  return error instanceof OfflineError || (error instanceof ProblemError && error.isPassing);
}

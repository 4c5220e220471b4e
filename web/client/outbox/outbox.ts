/** Keeps what is written on the device first, then brings it to the server until it is acknowledged. */

import { OfflineError, ProblemError } from "../api/request";
import type { Comment, CommentWords, MarkSheet, MarkSheetWords } from "../api/types";
import {
  baseOf,
  clashesOf,
  exchangeComment,
  exchangeSheet,
  judgeSheet,
  type Server,
  wordsOfComment,
  wordsOfSheet,
} from "./exchange";
import { type Choice, type Clash, settle } from "./merge";
import { AT_REST, type Standing } from "./standing";
import type { KeptComment, KeptDraft, KeptSheet, Store } from "./store";

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15_000;
const GATHER_MS = 800; // typing in the mark sheet is sent when it pauses for so long…
const LONGEST_GATHER_MS = 3000; // …or at least so often

/** One person's writing on one observation. */
export class Outbox {
  readonly comments = new Map<string, KeptComment>();
  readonly drafts = new Map<string, KeptDraft>();
  sheet: KeptSheet | undefined;
  served: MarkSheet | undefined;
  standing: Standing = AT_REST;

  private waitMs = FIRST_WAIT_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private askedAt: number | undefined;
  private sending: Promise<void> | undefined;
  private isClosed = false;

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
    const kept = await this.attempt(() => this.store.comments());
    for (const comment of kept ?? []) this.comments.set(comment.id, comment);
    for (const draft of (await this.attempt(() => this.store.drafts())) ?? [])
      this.drafts.set(draft.id, draft);
    this.sheet = await this.attempt(() => this.store.sheet());
    try {
      await this.read();
    } catch (error) {
      const last = await this.attempt(() => this.store.served());
      if (!last || !isPassing(error)) throw error;
      this.adopt(last.sheet, last.comments);
      this.failed(error);
    }
    this.changed();
    if (this.standing.isReachable) this.sendSoon(0);
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
    if (known) await this.keepComment({ ...known, isDirty: true, isDeleted: true });
  }

  /** Rewrites the mark sheet. */
  async putSheet(words: MarkSheetWords): Promise<void> {
    if (!this.sheet) return;
    const { problem: _, ...known } = this.sheet;
    await this.keepSheet({ ...known, words, isDirty: true });
    this.sendSoon(GATHER_MS);
  }

  /** Settles a conflict on a comment; `undefined` takes what the other device wrote. */
  async settleComment(id: string, words?: CommentWords): Promise<void> {
    const known = this.comments.get(id);
    if (!known?.theirs) return;
    const { theirs, sent: _, ...rest } = known;
    const chosen = words ?? wordsOfComment(theirs);
    await this.keepComment({
      ...rest,
      words: chosen,
      seenVersion: theirs.version,
      isDirty: true,
      isDeleted: false,
    });
  }

  /** Returns what waits for a choice on the mark sheet. */
  get clashes(): Clash[] {
    return this.sheet ? clashesOf(this.sheet) : [];
  }

  /** Settles one clash on the mark sheet; the sheet is sent once none is left. */
  async settleSheet(clash: Clash, choice: Choice): Promise<void> {
    const sheet = this.sheet;
    if (!sheet?.theirs) return;
    const words = settle(sheet.words, clash, choice);
    // From now on their value is what one's own was chosen over.
    const base = settle(baseOf(sheet), clash, "theirs");
    const next: KeptSheet = { ...sheet, words, base, isDirty: true };
    if (clashesOf(next).length === 0) {
      await this.keepSheet(rebased(next, sheet.theirs, words));
      this.sendSoon(0);
    } else {
      await this.keepSheet(next);
    }
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
    if (this.unsent() > 0) {
      for (const [id, { problem: _, ...rest }] of this.comments) this.comments.set(id, rest);
      this.standing = { ...this.standing, isReachable: true };
      this.sendSoon(0);
    } else if (!this.standing.isReachable) {
      void this.send();
    }
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
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
    else if (this.sheet.version !== served.version) this.meetSheet(this.sheet, served);
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
    this.sendSoon(0);
  }

  private async keepSheet(sheet: KeptSheet): Promise<void> {
    const stamped = { ...sheet, stamp: crypto.randomUUID() };
    this.sheet = stamped;
    this.changed();
    await this.keep(() => this.store.putSheet(stamped));
  }

  /** A device that cannot keep anything (a private window, a full disk) still writes to the server. */
  private async keep(write: () => Promise<void>): Promise<void> {
    const isKept = await write().then(
      () => true,
      () => false,
    );
    if (isKept === this.standing.isKept) return;
    this.standing = { ...this.standing, isKept };
    this.changed();
  }

  private async attempt<T>(read: () => Promise<T>): Promise<T | undefined> {
    return read().catch(() => {
      this.standing = { ...this.standing, isKept: false };
      return undefined;
    });
  }

  private sendSoon(afterMs: number): void {
    if (this.isClosed || (!this.standing.isReachable && this.timer !== undefined)) return;
    const now = performance.now();
    this.askedAt ??= now;
    const latestMs = Math.max(0, this.askedAt + LONGEST_GATHER_MS - now);
    this.sendAfter(Math.min(afterMs, latestMs));
  }

  private sendAfter(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.send(), ms);
  }

  private send(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.askedAt = undefined;
    this.sending ??= this.sendAll().finally(() => {
      this.sending = undefined;
      this.changed();
    });
    return this.sending;
  }

  private async sendAll(): Promise<void> {
    const isAnything = this.unsent() > 0 || !this.standing.isReachable;
    if (!isAnything) return;
    this.standing = { ...this.standing, isSending: true };
    this.changed();
    try {
      if (this.unsent() === 0) await this.read();
      for (let comment = this.nextComment(); comment; comment = this.nextComment())
        await this.sendComment(comment);
      for (let sheet = this.nextSheet(); sheet; sheet = this.nextSheet()) await this.sendSheet(sheet);
      this.waitMs = FIRST_WAIT_MS;
      this.standing = { ...this.standing, isSending: false, isReachable: true, isSignedOut: false };
      await this.remember();
    } catch (error) {
      this.failed(error);
    }
  }

  private nextComment(): KeptComment | undefined {
    return [...this.comments.values()].find((each) => each.isDirty && !each.theirs && !each.problem);
  }

  /** What was written while the last was on its way is sent a moment later, not at every letter. */
  private nextSheet(): KeptSheet | undefined {
    const sheet = this.sheet;
    return sheet?.isDirty && !sheet.theirs && !sheet.problem && this.timer === undefined ? sheet : undefined;
  }

  private async sendComment(comment: KeptComment): Promise<void> {
    const outcome = await exchangeComment(this.server, comment);
    const present = this.comments.get(comment.id) ?? comment;
    const isSame = present.stamp === comment.stamp;
    const { sent: _, ...rest } = present;
    if (outcome.kind === "taken" && isSame) {
      this.comments.set(comment.id, { ...rest, seenVersion: outcome.version, isDirty: false });
      await this.keep(() => this.store.removeComment(comment.id, comment.stamp));
    } else {
      const next: KeptComment =
        outcome.kind === "taken" || outcome.kind === "again"
          ? { ...rest, seenVersion: outcome.version }
          : outcome.kind === "refused"
            ? { ...present, problem: outcome.problem }
            : outcome.kind === "back"
              ? { ...keptComment(outcome.theirs) }
              : { ...rest, theirs: outcome.theirs };
      this.comments.set(comment.id, next);
      await this.keep(() =>
        next.isDirty ? this.store.putComment(next) : this.store.removeComment(comment.id, comment.stamp),
      );
    }
    this.changed();
  }

  private async sendSheet(sheet: KeptSheet): Promise<void> {
    const outcome = await exchangeSheet(this.server, sheet);
    const present = this.sheet ?? sheet;
    if (outcome.kind === "taken") {
      this.served = outcome.served;
      if (present.stamp === sheet.stamp) {
        this.sheet = keptSheet(outcome.served);
        await this.keep(() => this.store.removeSheet(sheet.stamp));
      } else {
        await this.keepRebased(rebased(present, outcome.served, sheet.words));
      }
    } else if (outcome.kind === "refused") {
      await this.keepRebased({ ...present, problem: outcome.problem });
      await this.read().catch(() => undefined);
    } else {
      await this.keepRebased(this.meetSheet(present, outcome.theirs));
    }
    this.changed();
  }

  /** Brings the sheet that is kept here together with the one on the server. */
  private meetSheet(present: KeptSheet, theirs: MarkSheet): KeptSheet {
    this.served = theirs;
    const outcome = judgeSheet(present, theirs);
    if (outcome.kind === "taken") this.sheet = keptSheet(theirs);
    else if (outcome.kind === "again")
      this.sheet = rebased({ ...present, words: outcome.words }, theirs, wordsOfSheet(theirs));
    else if (outcome.kind === "conflict") this.sheet = { ...present, words: outcome.words, theirs };
    return this.sheet ?? present;
  }

  private async keepRebased(sheet: KeptSheet): Promise<void> {
    this.sheet = sheet;
    await this.keep(() =>
      sheet.isDirty ? this.store.putSheet(sheet) : this.store.removeSheet(sheet.stamp),
    );
  }

  private async remember(): Promise<void> {
    const sheet = this.served;
    if (!sheet) return;
    const comments = [...this.comments.values()].filter((each) => !each.isDirty && !each.isDeleted);
    await this.keep(() => this.store.putServed({ sheet, comments }));
  }

  private failed(error: unknown): void {
    const isSignedOut = error instanceof ProblemError && error.status === 401;
    const isReachable = !isPassing(error) && !isSignedOut;
    this.standing = { ...this.standing, isSending: false, isSignedOut, isReachable };
    if (this.isClosed) return;
    this.sendAfter(this.waitMs);
    this.waitMs = Math.min(LONGEST_WAIT_MS, this.waitMs * 2);
  }

  private dirty(): (KeptComment | KeptSheet)[] {
    const all = [...this.comments.values(), ...(this.sheet ? [this.sheet] : [])];
    return all.filter((each) => each.isDirty);
  }

  private unsent(): number {
    return this.dirty().length;
  }

  private changed(): void {
    const dirty = this.dirty();
    const waiting = dirty.filter((each) => each.theirs).length;
    const problems = dirty.flatMap((each) => each.problem ?? []);
    this.standing = { ...this.standing, unsent: dirty.length, waiting, problems };
    this.onChange();
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof OfflineError || (error instanceof ProblemError && error.isPassing);
}

/** The same writing, over what the server has now. */
function rebased(sheet: KeptSheet, theirs: MarkSheet, base: MarkSheetWords): KeptSheet {
  const { theirs: _, sent: __, ...rest } = sheet;
  return { ...rest, base, version: theirs.version, seenVersion: theirs.draft_version, isDirty: true };
}

function keptComment(comment: Comment): KeptComment {
  const words = wordsOfComment(comment);
  return { id: comment.id, words, seenVersion: comment.version, isDirty: false, isDeleted: comment.deleted };
}

function keptSheet(sheet: MarkSheet): KeptSheet {
  const words = wordsOfSheet(sheet);
  return {
    words,
    base: words,
    version: sheet.version,
    seenVersion: sheet.draft_version,
    isDirty: false,
  };
}

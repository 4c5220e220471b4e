/** One exchange with the server over one thing written here, and what its answer means. */

import { ProblemError } from "../api/request";
import type { Comment, CommentWords, MarkSheet, MarkSheetWords } from "../api/types";
import { type Clash, mergeSheets, same } from "./merge";
import type { KeptComment, KeptSheet } from "./store";

/** How the outbox reaches the server. */
export interface Server {
  comments(): Promise<Comment[]>;
  putComment(id: string, words: CommentWords, seenVersion: number): Promise<Comment>;
  deleteComment(id: string, seenVersion: number): Promise<Comment>;
  sheet(): Promise<MarkSheet>;
  putSheet(words: MarkSheetWords, seenVersion: number): Promise<MarkSheet>;
}

export type CommentOutcome =
  | { kind: "taken"; version: number }
  | { kind: "again"; version: number } // the server has an earlier writing of ours, or only a deletion
  | { kind: "back"; theirs: Comment } // deleted here, rewritten elsewhere: the writing wins
  | { kind: "conflict"; theirs: Comment }
  | { kind: "refused"; problem: string };

export type SheetOutcome =
  | { kind: "taken"; served: MarkSheet }
  | { kind: "again"; theirs: MarkSheet; words: MarkSheetWords }
  | { kind: "conflict"; theirs: MarkSheet; words: MarkSheetWords }
  | { kind: "refused"; problem: string };

/** Sends a comment or its deletion; throws what may pass, and what is no answer to this comment. */
export async function exchangeComment(server: Server, comment: KeptComment): Promise<CommentOutcome> {
  try {
    const answer = await (comment.isDeleted
      ? server.deleteComment(comment.id, comment.seenVersion)
      : server.putComment(comment.id, comment.words, comment.seenVersion));
    return { kind: "taken", version: answer.version };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    // What the server never had is gone as soon as it is taken away here.
    if (comment.isDeleted && error.status === 404) return { kind: "taken", version: 0 };
    const theirs = error.kind === "changed-elsewhere" ? (error.problem.theirs as Comment) : undefined;
    if (theirs) return judgeComment(comment, theirs);
    return refusal(error);
  }
}

/** Sends the mark sheet; throws as `exchangeComment` does. */
export async function exchangeSheet(server: Server, sheet: KeptSheet): Promise<SheetOutcome> {
  try {
    return { kind: "taken", served: await server.putSheet(sheet.words, sheet.seenVersion) };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const theirs = error.kind === "changed-elsewhere" ? (error.problem.theirs as MarkSheet) : undefined;
    if (theirs) return judgeSheet(sheet, theirs);
    return refusal(error);
  }
}

/** Returns what a sheet on the server means for the one that is kept here. */
export function judgeSheet(sheet: KeptSheet, theirs: MarkSheet): SheetOutcome {
  const there = wordsOfSheet(theirs);
  if (same(there, sheet.words)) return { kind: "taken", served: theirs };
  // An answer was lost: what the server has is what was sent from here, and more was written since.
  if (sheet.sent && same(there, sheet.sent)) return { kind: "again", theirs, words: sheet.words };
  const { words, clashes } = mergeSheets(baseOf(sheet), sheet.words, there);
  return { kind: clashes.length === 0 ? "again" : "conflict", theirs, words };
}

/** Returns what both sides changed and the person has not settled yet. */
export function clashesOf(sheet: KeptSheet): Clash[] {
  if (!sheet.theirs) return [];
  return mergeSheets(baseOf(sheet), sheet.words, wordsOfSheet(sheet.theirs)).clashes;
}

export function baseOf(sheet: KeptSheet): MarkSheetWords {
  return sheet.base ?? { judgements: {}, fields: {} };
}

export function wordsOfSheet({ judgements, fields }: MarkSheet): MarkSheetWords {
  return { judgements, fields };
}

export function wordsOfComment(comment: Comment): CommentWords {
  const { at_ms, until_ms, kind, text, tags, visibility } = comment;
  return { at_ms, until_ms, kind, text, tags, visibility };
}

function judgeComment(comment: KeptComment, theirs: Comment): CommentOutcome {
  const { version } = theirs;
  if (comment.isDeleted) {
    if (theirs.deleted) return { kind: "taken", version };
    const isOurs = comment.sent !== undefined && same(wordsOfComment(theirs), comment.sent);
    return isOurs ? { kind: "again", version } : { kind: "back", theirs };
  }
  const there = wordsOfComment(theirs);
  if (!theirs.deleted && same(there, comment.words)) return { kind: "taken", version };
  if (theirs.deleted || (comment.sent && same(there, comment.sent))) return { kind: "again", version };
  return { kind: "conflict", theirs };
}

/** What will not be taken as it is, however often it is sent; the rest is thrown. */
function refusal(error: ProblemError): { kind: "refused"; problem: string } {
  if (error.isPassing || error.status === 401) throw error;
  const named = error.problem.errors?.map((each) => each.message).join(" ");
  return { kind: "refused", problem: `${error.problem.title}. ${named || error.problem.detail}` };
}

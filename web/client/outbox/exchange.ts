/** One exchange with the server over one thing written here, and what its answer means. */

import { ProblemError } from "../api/request";
import type { Comment, CommentWords, MarkSheet, MarkSheetWords } from "../api/types";
import { keptComment, keptSheet, rebased, wordsOfComment, wordsOfSheet } from "./kept";
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

export type Outcome<Theirs> =
  | { kind: "taken"; theirs: Theirs | undefined } // undefined: the server never had it
  | { kind: "elsewhere"; theirs: Theirs } // another device, or a lost answer to this one, was first
  | { kind: "refused"; problem: string };

/** Sends a comment or its deletion; throws what may pass, and what is no answer to this comment. */
export async function exchangeComment(server: Server, comment: KeptComment): Promise<Outcome<Comment>> {
  try {
    const answer = await (comment.isDeleted
      ? server.deleteComment(comment.id, comment.seenVersion)
      : server.putComment(comment.id, comment.words, comment.seenVersion));
    return { kind: "taken", theirs: answer };
  } catch (error) {
    // What the server never had is gone as soon as it is taken away here.
    const isNowhere = comment.isDeleted && error instanceof ProblemError && error.status === 404;
    return isNowhere ? { kind: "taken", theirs: undefined } : outcomeOf<Comment>(error);
  }
}

/** Sends the mark sheet; throws as `exchangeComment` does. */
export async function exchangeSheet(server: Server, sheet: KeptSheet): Promise<Outcome<MarkSheet>> {
  try {
    return { kind: "taken", theirs: await server.putSheet(sheet.words, sheet.seenVersion) };
  } catch (error) {
    return outcomeOf<MarkSheet>(error);
  }
}

/** Returns the comment as it stands after an exchange; `present` may have been rewritten meanwhile. */
export function afterComment(
  present: KeptComment,
  sent: KeptComment,
  outcome: Outcome<Comment>,
): KeptComment {
  if (outcome.kind === "refused") return { ...present, problem: outcome.problem };
  const { sent: _, theirs: __, ...rest } = present;
  const version = outcome.theirs?.version ?? 0;
  if (outcome.kind === "taken") {
    return { ...rest, seenVersion: version, isDirty: present.stamp !== sent.stamp };
  }
  const { theirs } = outcome;
  const there = wordsOfComment(theirs);
  const isOurs = theirs.deleted || (present.sent ?? []).some((each) => same(each, there));
  const isSame = present.isDeleted === theirs.deleted && (theirs.deleted || same(there, present.words));
  if (isSame) return { ...rest, seenVersion: version, isDirty: false };
  // A writing wins over a deletion, on whichever side: nothing typed is dropped.
  if (isOurs) return { ...rest, seenVersion: version };
  return present.isDeleted ? keptComment(theirs) : { ...rest, theirs };
}

/** Returns the sheet as it stands after an exchange; `present` may have been rewritten meanwhile. */
export function afterSheet(present: KeptSheet, sent: KeptSheet, outcome: Outcome<MarkSheet>): KeptSheet {
  if (outcome.kind === "refused") return { ...present, problem: outcome.problem };
  if (outcome.kind === "elsewhere" || !outcome.theirs)
    return outcome.theirs ? meet(present, outcome.theirs) : present;
  if (present.stamp === sent.stamp) return keptSheet(outcome.theirs);
  return rebased(present, outcome.theirs, sent.words);
}

/** Brings a sheet that is kept here together with the one on the server. */
export function meet(present: KeptSheet, theirs: MarkSheet): KeptSheet {
  const there = wordsOfSheet(theirs);
  if (same(there, present.words)) return keptSheet(theirs);
  const isOurs = (present.sent ?? []).some((each) => same(each, there));
  if (isOurs) return rebased(present, theirs, there);
  const { words, clashes } = mergeSheets(present.base, present.words, there);
  return clashes.length === 0 ? rebased({ ...present, words }, theirs, there) : { ...present, words, theirs };
}

/** Returns what both sides changed and the person has not settled yet. */
export function clashesOf(sheet: KeptSheet): Clash[] {
  if (!sheet.theirs) return [];
  return mergeSheets(sheet.base, sheet.words, wordsOfSheet(sheet.theirs)).clashes;
}

function outcomeOf<Theirs>(error: unknown): Outcome<Theirs> {
  if (!(error instanceof ProblemError) || error.isPassing || error.status === 401) throw error;
  const { theirs, title, detail, errors } = error.problem;
  if (error.kind === "changed-elsewhere" && theirs) return { kind: "elsewhere", theirs: theirs as Theirs };
  const named = errors?.map((each) => each.message).join(" ");
  return { kind: "refused", problem: `${title}. ${named || detail}` };
}

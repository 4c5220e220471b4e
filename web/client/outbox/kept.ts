/** From what the server says to what is kept, and back. Pure. */

import type { Comment, CommentWords, MarkSheet, MarkSheetWords } from "../api/types";
import { same } from "./merge";
import type { KeptComment, KeptSheet } from "./store";

const MOST_SENT = 5; // writings whose answers may have been lost

export function wordsOfSheet({ judgements, fields }: MarkSheet): MarkSheetWords {
  return { judgements, fields };
}

export function wordsOfComment(comment: Comment): CommentWords {
  const { at_ms, until_ms, kind, text, tags, visibility } = comment;
  return { at_ms, until_ms, kind, text, tags, visibility };
}

export function keptComment(comment: Comment): KeptComment {
  const words = wordsOfComment(comment);
  return { id: comment.id, words, seenVersion: comment.version, isDirty: false, isDeleted: comment.deleted };
}

export function keptSheet(sheet: MarkSheet): KeptSheet {
  const words = wordsOfSheet(sheet);
  const { version, draft_version: seenVersion } = sheet;
  return { words, base: words, version, seenVersion, isDirty: false };
}

/** The same writing, over what the server has now. */
export function rebased(sheet: KeptSheet, theirs: MarkSheet, base: MarkSheetWords): KeptSheet {
  const { theirs: _, sent: __, ...rest } = sheet;
  return { ...rest, base, version: theirs.version, seenVersion: theirs.draft_version, isDirty: true };
}

/** Adds a writing to those that went on their way without an answer so far. */
export function withSent<Words>(sent: readonly Words[] | undefined, words: Words): Words[] {
  const others = (sent ?? []).filter((each) => !same(each, words));
  return [...others, words].slice(-MOST_SENT);
}

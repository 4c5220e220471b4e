/** What a device keeps until the server has it: comments, the mark sheet, what is being typed. */

import { type IDBPDatabase, openDB } from "idb";
import type { Comment, CommentWords, MarkSheet, MarkSheetWords } from "../api/types";

export interface KeptComment {
  id: string;
  words: CommentWords;
  seenVersion: number;
  isDirty: boolean;
  isDeleted: boolean;
  stamp?: string; // which writing this is: an acknowledgement of an earlier one must not remove it
  sent?: CommentWords[]; // what went on its way and was not answered: it may have arrived
  theirs?: Comment; // what another device wrote meanwhile
  problem?: string; // why the server will not take it as it is
}

export interface KeptSheet {
  words: MarkSheetWords;
  base: MarkSheetWords; // what the server had when `words` were begun
  version: number; // of the amendment
  seenVersion: number;
  isDirty: boolean;
  stamp?: string;
  sent?: MarkSheetWords[];
  theirs?: MarkSheet;
  problem?: string;
}

/** A comment that is being typed. */
export interface KeptDraft {
  id: string;
  words: CommentWords;
  touchedAt: number; // for the order only
}

/** What is kept for one person on one observation. */
export interface Store {
  comments(): Promise<KeptComment[]>;
  putComment(comment: KeptComment): Promise<void>;
  /** Notes how a comment stands, unless it was written again since it had this stamp. */
  noteComment(comment: KeptComment): Promise<void>;
  /** Forgets a comment, with the same reserve. */
  removeComment(id: string, stamp: string | undefined): Promise<void>;
  sheet(): Promise<KeptSheet | undefined>;
  putSheet(sheet: KeptSheet): Promise<void>;
  noteSheet(sheet: KeptSheet): Promise<void>;
  removeSheet(stamp: string | undefined): Promise<void>;
  drafts(): Promise<KeptDraft[]>;
  putDraft(draft: KeptDraft): Promise<void>;
  removeDraft(id: string): Promise<void>;
  /** What the server last said, so that the room opens while it is away. */
  served(): Promise<Served | undefined>;
  putServed(served: Served): Promise<void>;
}

export interface Served {
  sheet: MarkSheet;
  comments: KeptComment[];
}

const STORES = ["comment", "sheet", "draft", "served"] as const;
type Kind = (typeof STORES)[number];
const VERSION = 2;

/** The browser's own database; keys begin with the person and the observation. */
export class DeviceStore implements Store {
  private database: Promise<IDBPDatabase> | undefined;

  constructor(private readonly scope: string) {}

  comments(): Promise<KeptComment[]> {
    return this.all("comment");
  }

  putComment(comment: KeptComment): Promise<void> {
    return this.put("comment", comment, `${this.scope}/${comment.id}`);
  }

  noteComment(comment: KeptComment): Promise<void> {
    return this.change("comment", `${this.scope}/${comment.id}`, comment.stamp, comment);
  }

  removeComment(id: string, stamp: string | undefined): Promise<void> {
    return this.change("comment", `${this.scope}/${id}`, stamp);
  }

  async sheet(): Promise<KeptSheet | undefined> {
    return (await (await this.open()).get("sheet", this.scope)) as KeptSheet | undefined;
  }

  putSheet(sheet: KeptSheet): Promise<void> {
    return this.put("sheet", sheet, this.scope);
  }

  noteSheet(sheet: KeptSheet): Promise<void> {
    return this.change("sheet", this.scope, sheet.stamp, sheet);
  }

  removeSheet(stamp: string | undefined): Promise<void> {
    return this.change("sheet", this.scope, stamp);
  }

  drafts(): Promise<KeptDraft[]> {
    return this.all("draft");
  }

  putDraft(draft: KeptDraft): Promise<void> {
    return this.put("draft", draft, `${this.scope}/${draft.id}`);
  }

  async removeDraft(id: string): Promise<void> {
    await (await this.open()).delete("draft", `${this.scope}/${id}`);
  }

  async served(): Promise<Served | undefined> {
    return (await (await this.open()).get("served", this.scope)) as Served | undefined;
  }

  putServed(served: Served): Promise<void> {
    return this.put("served", served, this.scope);
  }

  private async all<T>(kind: Kind): Promise<T[]> {
    const range = IDBKeyRange.bound(`${this.scope}/`, `${this.scope}/\uffff`);
    return (await (await this.open()).getAll(kind, range)) as T[];
  }

  private async put(kind: Kind, value: unknown, key: string): Promise<void> {
    await (await this.open()).put(kind, value, key);
  }

  /** Two tabs share the device: what one was acknowledged for may have been rewritten by the other. */
  private async change(kind: Kind, key: string, stamp: string | undefined, value?: unknown): Promise<void> {
    const { store, done } = (await this.open()).transaction(kind, "readwrite");
    const present = (await store.get(key)) as { stamp?: string } | undefined;
    if (!present || present.stamp === stamp) {
      await (value === undefined ? store.delete(key) : store.put(value, key));
    }
    await done;
  }

  private open(): Promise<IDBPDatabase> {
    this.database ??= openDB("observe", VERSION, {
      upgrade(database) {
        for (const kind of STORES) {
          if (!database.objectStoreNames.contains(kind)) database.createObjectStore(kind);
        }
      },
      // A tab with a newer version of the page waits for this one to let go.
      blocking: (_present, _blocked, event) => {
        (event.target as IDBDatabase).close();
        this.database = undefined;
      },
      terminated: () => {
        this.database = undefined;
      },
    });
    return this.database;
  }
}

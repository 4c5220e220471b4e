/** What a device keeps until the server has it: every keystroke of a comment, a mark sheet, the composer. */

import { type IDBPDatabase, openDB } from "idb";
import type { Comment, CommentWords, MarkSheet, MarkSheetWords } from "../api/types";

export interface KeptComment {
  id: string;
  words: CommentWords;
  seenVersion: number;
  isDirty: boolean;
  isDeleted: boolean;
  theirs?: Comment;
}

export interface KeptSheet {
  words: MarkSheetWords;
  seenVersion: number;
  isDirty: boolean;
  theirs?: MarkSheet;
}

/** A comment that is being typed. */
export interface KeptDraft {
  id: string;
  words: CommentWords;
}

/** What is kept for one person on one observation. */
export interface Store {
  comments(): Promise<KeptComment[]>;
  putComment(comment: KeptComment): Promise<void>;
  removeComment(id: string): Promise<void>;
  sheet(): Promise<KeptSheet | undefined>;
  putSheet(sheet: KeptSheet): Promise<void>;
  removeSheet(): Promise<void>;
  draft(): Promise<KeptDraft | undefined>;
  putDraft(draft: KeptDraft): Promise<void>;
  removeDraft(): Promise<void>;
}

const KINDS = ["comment", "sheet", "draft"] as const;

/** The browser's own database. */
export class DeviceStore implements Store {
  private readonly database: Promise<IDBPDatabase>;

  constructor(private readonly scope: string) {
    this.database = openDB("observe", 1, {
      upgrade(database) {
        for (const kind of KINDS) database.createObjectStore(kind);
      },
    });
  }

  async comments(): Promise<KeptComment[]> {
    const range = IDBKeyRange.bound(`${this.scope}/`, `${this.scope}/\uffff`);
    return (await (await this.database).getAll("comment", range)) as KeptComment[];
  }

  async putComment(comment: KeptComment): Promise<void> {
    await (await this.database).put("comment", comment, `${this.scope}/${comment.id}`);
  }

  async removeComment(id: string): Promise<void> {
    await (await this.database).delete("comment", `${this.scope}/${id}`);
  }

  async sheet(): Promise<KeptSheet | undefined> {
    return (await (await this.database).get("sheet", this.scope)) as KeptSheet | undefined;
  }

  async putSheet(sheet: KeptSheet): Promise<void> {
    await (await this.database).put("sheet", sheet, this.scope);
  }

  async removeSheet(): Promise<void> {
    await (await this.database).delete("sheet", this.scope);
  }

  async draft(): Promise<KeptDraft | undefined> {
    return (await (await this.database).get("draft", this.scope)) as KeptDraft | undefined;
  }

  async putDraft(draft: KeptDraft): Promise<void> {
    await (await this.database).put("draft", draft, this.scope);
  }

  async removeDraft(): Promise<void> {
    await (await this.database).delete("draft", this.scope);
  }
}

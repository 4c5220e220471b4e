import { beforeEach, describe, expect, it } from "vitest";
import { OfflineError, ProblemError } from "../api/request";
import type { Comment, CommentWords, MarkSheet, MarkSheetWords } from "../api/types";
import { Outbox, type Server } from "./outbox";
import type { KeptComment, KeptDraft, KeptSheet, Store } from "./store";

const WORDS: CommentWords = {
  at_ms: 1000,
  until_ms: null,
  kind: "strength",
  text: "Clear.",
  tags: [],
  visibility: "feedback",
};

class Memory implements Store {
  kept = new Map<string, KeptComment>();
  keptSheet: KeptSheet | undefined;
  keptDraft: KeptDraft | undefined;
  comments = async () => [...this.kept.values()];
  putComment = async (comment: KeptComment) => void this.kept.set(comment.id, comment);
  removeComment = async (id: string) => void this.kept.delete(id);
  sheet = async () => this.keptSheet;
  putSheet = async (sheet: KeptSheet) => {
    this.keptSheet = sheet;
  };
  removeSheet = async () => {
    this.keptSheet = undefined;
  };
  draft = async () => this.keptDraft;
  putDraft = async (draft: KeptDraft) => {
    this.keptDraft = draft;
  };
  removeDraft = async () => {
    this.keptDraft = undefined;
  };
}

class Fake implements Server {
  isAway = false;
  stored = new Map<string, Comment>();
  draft = { judgements: {}, fields: {}, draft_version: 0 } as unknown as MarkSheet;

  private reach(): void {
    if (this.isAway) throw new OfflineError();
  }
  async comments(): Promise<Comment[]> {
    return [...this.stored.values()];
  }
  async putComment(id: string, words: CommentWords, seenVersion: number): Promise<Comment> {
    this.reach();
    const present = this.stored.get(id);
    if (present && present.version !== seenVersion) throw conflict(present);
    const comment = { ...words, id, mine: true, version: seenVersion + 1, deleted: false } as Comment;
    this.stored.set(id, comment);
    return comment;
  }
  async deleteComment(id: string): Promise<Comment> {
    this.reach();
    const present = this.stored.get(id);
    if (!present) throw new ProblemError({ type: "/problems/not-found", title: "", status: 404, detail: "" });
    this.stored.delete(id);
    return { ...present, deleted: true, version: present.version + 1 };
  }
  async sheet(): Promise<MarkSheet> {
    return this.draft;
  }
  async putSheet(words: MarkSheetWords, seenVersion: number): Promise<MarkSheet> {
    this.reach();
    if (seenVersion !== this.draft.draft_version) throw conflict(this.draft);
    this.draft = { ...this.draft, ...words, draft_version: seenVersion + 1 };
    return this.draft;
  }
}

function conflict(theirs: unknown): ProblemError {
  const type = "/problems/changed-elsewhere";
  return new ProblemError({ type, title: "Changed", status: 409, detail: "", theirs });
}

describe("the outbox", () => {
  let store: Memory;
  let server: Fake;
  let outbox: Outbox;

  beforeEach(async () => {
    store = new Memory();
    server = new Fake();
    outbox = new Outbox(store, server, () => undefined);
    await outbox.load();
  });

  it("keeps a comment on the device before the server has it, and not after", async () => {
    await outbox.putComment("a", WORDS);
    expect(store.kept.get("a")?.words.text).toBe("Clear.");
    expect(outbox.standing.unsent).toBe(1);
    expect(await outbox.flush()).toBe(true);
    expect(server.stored.get("a")?.text).toBe("Clear.");
    expect(store.kept.size).toBe(0);
  });

  it("loses nothing while the server is away, and sends each thing once when it is back", async () => {
    server.isAway = true;
    await outbox.putComment("a", WORDS);
    await outbox.putComment("b", { ...WORDS, at_ms: 2000 });
    expect(await outbox.flush()).toBe(false);
    expect(outbox.standing).toMatchObject({ unsent: 2, isReachable: false });
    server.isAway = false;
    expect(await outbox.flush()).toBe(true);
    expect([...server.stored.keys()]).toEqual(["a", "b"]);
    outbox.close();
  });

  it("finds on the device what an earlier page could not send", async () => {
    server.isAway = true;
    await outbox.putComment("a", WORDS);
    outbox.close();
    server.isAway = false;
    const later = new Outbox(store, server, () => undefined);
    await later.load();
    expect(later.comments.get("a")?.isDirty).toBe(true);
    expect(await later.flush()).toBe(true);
  });

  it("keeps both texts when another device was first, and sends the one that is chosen", async () => {
    await outbox.putComment("a", WORDS);
    await outbox.flush();
    await server.putComment("a", { ...WORDS, text: "From the phone." }, 1);
    await outbox.putComment("a", { ...WORDS, text: "From the laptop." });
    await outbox.flush();
    const kept = outbox.comments.get("a");
    expect([kept?.words.text, kept?.theirs?.text]).toEqual(["From the laptop.", "From the phone."]);
    await outbox.settleComment("a", { ...WORDS, text: "Both." });
    expect(await outbox.flush()).toBe(true);
    expect(server.stored.get("a")?.text).toBe("Both.");
  });

  it("takes away what the server never had without asking it twice", async () => {
    server.isAway = true;
    await outbox.putComment("a", WORDS);
    await outbox.flush();
    await outbox.deleteComment("a");
    server.isAway = false;
    expect(await outbox.flush()).toBe(true);
    expect(server.stored.size).toBe(0);
    outbox.close();
  });

  it("brings a deleted comment back", async () => {
    await outbox.putComment("a", WORDS);
    await outbox.flush();
    await outbox.deleteComment("a");
    await outbox.flush();
    await outbox.putComment("a", WORDS);
    expect(await outbox.flush()).toBe(true);
    expect(server.stored.has("a")).toBe(true);
  });

  it("keeps both mark sheets when another device was first", async () => {
    await server.putSheet({ judgements: {}, fields: { focus: "phone" } }, 0);
    await outbox.putSheet({ judgements: {}, fields: { focus: "laptop" } });
    await outbox.flush();
    expect(outbox.sheet?.theirs?.fields).toEqual({ focus: "phone" });
    expect(outbox.sheet?.words.fields).toEqual({ focus: "laptop" });
    await outbox.settleSheet({ judgements: {}, fields: { focus: "laptop" } });
    expect(await outbox.flush()).toBe(true);
  });
});

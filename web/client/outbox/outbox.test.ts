import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CommentWords, MarkSheetWords } from "../api/types";
import { FakeServer, MemoryStore } from "./fakes";
import { Outbox } from "./outbox";
import { standingText } from "./standing";

const WORDS: CommentWords = {
  at_ms: 1000,
  until_ms: null,
  kind: "strength",
  text: "Clear.",
  tags: [],
  visibility: "feedback",
};
const field = (focus: string): MarkSheetWords => ({ judgements: {}, fields: { focus } });

describe("the outbox", () => {
  let store: MemoryStore;
  let server: FakeServer;
  let outbox: Outbox;

  const open = async () => {
    outbox = new Outbox(store, server, () => undefined);
    await outbox.load();
  };
  /** As a tab that is closed: nothing is finished, nothing in memory is left. */
  const crash = async () => {
    outbox.close();
    await open();
  };

  beforeEach(async () => {
    vi.useFakeTimers();
    store = new MemoryStore();
    server = new FakeServer();
    await open();
  });

  afterEach(() => {
    outbox.close();
    vi.useRealTimers();
  });

  it("keeps a comment on the device before it is sent, and forgets it when it is acknowledged", async () => {
    await outbox.putComment("a", WORDS);
    expect(store.kept.get("a")?.words.text).toBe("Clear.");
    expect(outbox.standing.unsent).toBe(1);
    await vi.advanceTimersByTimeAsync(0);
    expect(server.stored.get("a")?.text).toBe("Clear.");
    expect(store.kept.size).toBe(0);
    expect(standingText(outbox.standing)).toBe("Saved.");
  });

  it("loses nothing while the server is away, tries ever more seldom, and sends each thing once", async () => {
    server.isAway = true;
    await outbox.putComment("a", WORDS);
    await outbox.putComment("b", { ...WORDS, at_ms: 2000 });
    await outbox.putSheet(field("pace"));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(standingText(outbox.standing)).toBe("Saved on this device, 3 not yet sent.");
    server.isAway = false;
    await vi.advanceTimersByTimeAsync(15_000);
    expect([...server.stored.keys()]).toEqual(["a", "b"]);
    expect(server.draft.fields).toEqual({ focus: "pace" });
    expect(server.sent).toBe(3);
    expect(outbox.standing.unsent).toBe(0);
  });

  it("tries at once when the network is back", async () => {
    server.isAway = true;
    await outbox.putComment("a", WORDS);
    await vi.advanceTimersByTimeAsync(30_000);
    server.isAway = false;
    outbox.wake();
    await vi.advanceTimersByTimeAsync(0);
    expect(server.stored.has("a")).toBe(true);
  });

  it("finds on the device what a closed tab could not send", async () => {
    server.isAway = true;
    await outbox.putComment("a", WORDS);
    await outbox.putSheet(field("pace"));
    await outbox.putDraft("b", { ...WORDS, text: "Half a sen" });
    outbox.close();
    server.isAway = false;
    await open();
    expect(outbox.drafts.get("b")?.words.text).toBe("Half a sen");
    expect(await outbox.flush()).toBe(true);
    expect(server.stored.get("a")?.text).toBe("Clear.");
    expect(server.draft.fields).toEqual({ focus: "pace" });
  });

  it("opens with what the server last said while it is away", async () => {
    await outbox.putComment("a", WORDS);
    await outbox.flush();
    server.isAway = true;
    await crash();
    expect(outbox.comments.get("a")?.words.text).toBe("Clear.");
    expect(outbox.served?.id).toBe("sheet");
  });

  it("gathers letters, and yet sends whoever never pauses", async () => {
    for (let letter = 1; letter <= 40; letter++) {
      await outbox.putSheet(field("x".repeat(letter)));
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(server.sent).toBeGreaterThan(0);
    expect(server.sent).toBeLessThan(4);
    await vi.advanceTimersByTimeAsync(800);
    expect(server.draft.fields).toEqual({ focus: "x".repeat(40) });
  });

  it("takes a lost answer for what it is, not for another device", async () => {
    server.isDeaf = true;
    await outbox.putComment("a", WORDS);
    await outbox.putSheet(field("pace"));
    await outbox.flush();
    await outbox.putComment("a", { ...WORDS, text: "Clearer." });
    await outbox.flush();
    await outbox.putSheet(field("pace and pauses"));
    await crash();
    server.isDeaf = false;
    await outbox.putSheet(field("pace, pauses"));
    expect(await outbox.flush()).toBe(true);
    expect(server.stored.get("a")?.text).toBe("Clearer.");
    expect(server.draft.fields).toEqual({ focus: "pace, pauses" });
  });

  it("keeps both texts of a comment when another device was first, and sends the one that is chosen", async () => {
    await outbox.putComment("a", WORDS);
    await outbox.flush();
    server.write("a", { ...WORDS, text: "From the phone." });
    await outbox.putComment("a", { ...WORDS, text: "From the laptop." });
    expect(await outbox.flush()).toBe(false);
    await crash();
    const kept = outbox.comments.get("a");
    expect([kept?.words.text, kept?.theirs?.text]).toEqual(["From the laptop.", "From the phone."]);
    expect(standingText(outbox.standing)).toContain("waits for your choice");
    await outbox.settleComment("a", { ...WORDS, text: "Both." });
    expect(await outbox.flush()).toBe(true);
    expect(server.stored.get("a")?.text).toBe("Both.");
  });

  it("brings mark sheets of two devices together where they touch different things", async () => {
    await server.putSheet({ judgements: {}, fields: { focus: "phone" } }, 0);
    await outbox.putSheet({ judgements: {}, fields: { strengths: "laptop" } });
    expect(await outbox.flush()).toBe(true);
    expect(server.draft.fields).toEqual({ focus: "phone", strengths: "laptop" });
  });

  it("asks where two devices changed the same", async () => {
    await server.putSheet(field("phone"), 0);
    await outbox.putSheet(field("laptop"));
    expect(await outbox.flush()).toBe(false);
    const [clash] = outbox.clashes;
    expect(clash).toMatchObject({ where: "focus", mine: "laptop", theirs: "phone" });
    if (clash) await outbox.settleSheet(clash, "both");
    expect(await outbox.flush()).toBe(true);
    expect(server.draft.fields).toEqual({ focus: "laptop\n\nphone" });
  });

  it("takes away what the server never had, and brings a deleted comment back", async () => {
    server.isAway = true;
    await outbox.putComment("a", WORDS);
    await outbox.flush();
    await outbox.deleteComment("a");
    server.isAway = false;
    expect(await outbox.flush()).toBe(true);
    expect(server.stored.size).toBe(0);
    await outbox.putComment("a", WORDS);
    await outbox.flush();
    await outbox.deleteComment("a");
    await outbox.flush();
    expect(server.stored.get("a")?.deleted).toBe(true);
    await outbox.putComment("a", WORDS);
    expect(await outbox.flush()).toBe(true);
    expect(server.stored.get("a")?.deleted).toBe(false);
  });

  it("lets a writing win over a deletion, on whichever side", async () => {
    await outbox.putComment("a", WORDS);
    await outbox.putComment("b", WORDS);
    await outbox.flush();
    server.write("a", { ...WORDS, text: "Rewritten there." });
    await server.deleteComment("b", 1);
    await outbox.deleteComment("a");
    await outbox.putComment("b", { ...WORDS, text: "Rewritten here." });
    expect(await outbox.flush()).toBe(true);
    expect(outbox.comments.get("a")).toMatchObject({ isDeleted: false, words: { text: "Rewritten there." } });
    expect(server.stored.get("b")).toMatchObject({ deleted: false, text: "Rewritten here." });
  });

  it("says why one comment is refused, and still sends the others", async () => {
    server.refused = "Bad.";
    await outbox.putComment("a", { ...WORDS, text: "Bad." });
    await outbox.putComment("b", WORDS);
    expect(await outbox.flush()).toBe(false);
    expect(server.stored.has("b")).toBe(true);
    expect(outbox.comments.get("a")?.problem).toContain("invalid");
    await outbox.putComment("a", { ...WORDS, text: "Good." });
    expect(await outbox.flush()).toBe(true);
  });

  it("says that one is signed out, and goes on once one is signed in", async () => {
    server.isStrange = true;
    await outbox.putComment("a", WORDS);
    await outbox.flush();
    expect(standingText(outbox.standing)).toContain("signed out");
    server.isStrange = false;
    outbox.wake();
    await vi.advanceTimersByTimeAsync(0);
    expect(standingText(outbox.standing)).toBe("Saved.");
  });

  it("still sends what the device cannot keep, and says so until it is sent", async () => {
    store.isFull = true;
    server.isAway = true;
    await outbox.putComment("a", WORDS);
    expect(standingText(outbox.standing)).toContain("cannot keep drafts");
    server.isAway = false;
    expect(await outbox.flush()).toBe(true);
  });

  it("shows what another device wrote, and leaves alone what is not sent yet", async () => {
    await outbox.putComment("a", WORDS);
    await outbox.flush();
    server.write("b", WORDS);
    await server.putSheet(field("phone"), 0);
    await outbox.refresh();
    expect([...outbox.comments.keys()]).toEqual(["a", "b"]);
    expect(outbox.sheet?.words.fields).toEqual({ focus: "phone" });
  });

  it("does not forget what another tab wrote since", async () => {
    const other = new Outbox(store, server, () => undefined);
    await other.load();
    await outbox.putComment("a", WORDS);
    server.isAway = true;
    await other.putComment("a", { ...WORDS, text: "From the other tab." });
    other.close();
    server.isAway = false;
    await outbox.flush();
    expect(store.kept.get("a")?.words.text).toBe("From the other tab.");
  });
});

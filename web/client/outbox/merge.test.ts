import { describe, expect, it } from "vitest";
import type { MarkSheetWords } from "../api/types";
import { mergeSheets, same, settle } from "./merge";

const sheet = (level: string | null, rationale = "", cited: string[] = []): MarkSheetWords => ({
  judgements: { TS1: { level, rationale, cited } },
  fields: {},
});

describe("two versions of a mark sheet", () => {
  it("keep what only one side changed", () => {
    const { words, clashes } = mergeSheets(sheet(null), sheet("met"), sheet(null, "Seen."));
    expect(words.judgements.TS1).toEqual({ level: "met", rationale: "Seen.", cited: [] });
    expect(clashes).toEqual([]);
  });

  it("keep what either side cites, and drop what either took away", () => {
    const { words } = mergeSheets(
      sheet(null, "", ["a", "b"]),
      sheet(null, "", ["b", "c"]),
      sheet(null, "", ["a", "b", "d"]),
    );
    expect(words.judgements.TS1?.cited.toSorted()).toEqual(["b", "c", "d"]);
  });

  it("ask where both changed the same, and hold one's own until then", () => {
    const { words, clashes } = mergeSheets(sheet(null), sheet("met"), sheet("not_met"));
    expect(words.judgements.TS1?.level).toBe("met");
    expect(clashes).toEqual([{ where: "TS1", part: "level", mine: "met", theirs: "not_met" }]);
  });

  it("take nothing for nothing, however it is written", () => {
    const mine = { judgements: {}, fields: { strengths: [] } };
    expect(mergeSheets({ judgements: {}, fields: {} }, mine, { judgements: {}, fields: {} }).clashes).toEqual(
      [],
    );
  });

  it("are settled by either text or by both", () => {
    const clash = { where: "TS1", part: "rationale", mine: "Here.", theirs: "There." } as const;
    const say = (choice: "mine" | "theirs" | "both") =>
      settle(sheet("met", "Here."), clash, choice).judgements.TS1?.rationale;
    expect([say("mine"), say("theirs"), say("both")]).toEqual(["Here.", "There.", "Here.\n\nThere."]);
  });
});

it("the order of keys says nothing", () => {
  expect(same({ a: 1, b: [{ c: null, d: 2 }] }, { b: [{ d: 2, c: null }], a: 1 })).toBe(true);
  expect(same({ a: [1, 2] }, { a: [2, 1] })).toBe(false);
});

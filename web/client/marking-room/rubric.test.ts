import { describe, expect, it } from "vitest";
import type { Criterion, Judgement, Level, Rubric } from "../api/types";
import { missingOf, progressOf } from "./missing";

const level = (code: string, rank: number | null, more: Partial<Level> = {}): Level => ({
  code,
  rank,
  label: code,
  descriptor: "",
  passes: null,
  requires_evidence: false,
  requires_rationale: false,
  ...more,
});
const criterion = (code: string): Criterion => ({
  code,
  label: code,
  standards: [code],
  descriptors: {},
  requires_evidence: true,
  requires_rationale: true,
});
const RUBRIC: Rubric = {
  code: "r",
  title: "R",
  version: 1,
  purpose: "summative",
  scale: {
    code: "s",
    label: "S",
    levels: [level("met", 1), level("not_met", 0, { requires_evidence: true }), level("unseen", null)],
  },
  criteria: [
    criterion("TS1"),
    { ...criterion("overall"), requires_evidence: false, requires_rationale: false },
  ],
  fields: [{ code: "focus", label: "Focus", hint: "", kind: "text", choices: [], required: true }],
  overall: { criterion: "overall" },
};
const judged = (TS1: Partial<Judgement>, overall: Partial<Judgement> = {}) => {
  const nothing = { level: null, rationale: "", cited: [] };
  return { judgements: { TS1: { ...nothing, ...TS1 }, overall: { ...nothing, ...overall } }, fields: {} };
};
const lacks = (code: string, ...words: Parameters<typeof judged>) =>
  missingOf(RUBRIC, judged(...words)).get(code);

describe("what a mark sheet lacks", () => {
  it("is a level first", () => expect(lacks("TS1", { rationale: "Seen." })).toEqual(["level"]));

  it("is evidence and a rationale for a level that needs them", () => {
    expect(lacks("TS1", { level: "met" })).toEqual(["evidence", "rationale"]);
    expect(lacks("TS1", { level: "met", rationale: "Seen.", cited: ["a"] })).toBeUndefined();
  });

  it("is no evidence for a level outside the order", () => {
    expect(lacks("TS1", { level: "unseen", rationale: "Not in the film." })).toBeUndefined();
  });

  it("is no second evidence for the overall judgement", () => {
    expect(lacks("overall", {}, { level: "not_met" })).toBeUndefined();
  });

  it("is a required field that says nothing", () => {
    expect(missingOf(RUBRIC, { judgements: {}, fields: { focus: " " } }).get("focus")).toEqual(["value"]);
  });

  it("is counted for people", () => {
    expect(progressOf(RUBRIC, judged({ level: "met" }))).toEqual({
      done: 0,
      total: 3,
      text: "1 of 2 criteria judged",
    });
    expect(progressOf({ ...RUBRIC, scale: null }, judged({})).text).toBe("0 of 1 answered");
  });
});

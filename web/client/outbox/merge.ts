/** Bringing two versions of a mark sheet together: what only one side changed stands; the rest is asked. Pure. */

import type { Judgement, MarkSheetWords } from "../api/types";

export type Part = "level" | "rationale" | "value";
type Value = string | string[];

/** One thing that both sides changed, differently. */
export interface Clash {
  where: string; // code of the criterion or the field
  part: Part;
  mine: Value;
  theirs: Value;
}

export type Choice = "mine" | "theirs" | "both";

const NOTHING: Judgement = { level: null, rationale: "", cited: [] };

/** Returns what stands, with one's own side wherever both changed the same, and those clashes. */
export function mergeSheets(
  base: MarkSheetWords,
  mine: MarkSheetWords,
  theirs: MarkSheetWords,
): { words: MarkSheetWords; clashes: Clash[] } {
  const clashes: Clash[] = [];
  const pick = <T extends Value | null>(where: string, part: Part, was: T, here: T, there: T): T => {
    if (says(here, there) || says(there, was)) return here;
    if (says(here, was)) return there;
    clashes.push({ where, part, mine: here ?? "", theirs: there ?? "" });
    return here;
  };
  const judgements: Record<string, Judgement> = {};
  for (const code of keysOf(mine.judgements, theirs.judgements)) {
    const [was, here, there] = [base, mine, theirs].map((each) => each.judgements[code] ?? NOTHING) as [
      Judgement,
      Judgement,
      Judgement,
    ];
    judgements[code] = {
      level: pick(code, "level", was.level, here.level, there.level),
      rationale: pick(code, "rationale", was.rationale, here.rationale, there.rationale),
      cited: mergeCited(was.cited, here.cited, there.cited),
    };
  }
  const fields: Record<string, Value> = {};
  for (const code of keysOf(mine.fields, theirs.fields)) {
    const [was, here, there] = [base, mine, theirs].map((each) => each.fields[code] ?? "") as [
      Value,
      Value,
      Value,
    ];
    fields[code] = pick(code, "value", was, here, there);
  }
  return { words: { judgements, fields }, clashes };
}

/** Returns the words with one clash settled. */
export function settle(words: MarkSheetWords, clash: Clash, choice: Choice): MarkSheetWords {
  const value =
    choice === "mine" ? clash.mine : choice === "theirs" ? clash.theirs : join(clash.mine, clash.theirs);
  if (clash.part === "value") return { ...words, fields: { ...words.fields, [clash.where]: value } };
  const judgement = words.judgements[clash.where] ?? NOTHING;
  const text = String(value);
  const settled = clash.part === "level" ? { level: text || null } : { rationale: text };
  return {
    ...words,
    judgements: { ...words.judgements, [clash.where]: { ...judgement, ...settled } },
  };
}

/** Whether two values of JSON say the same; the order of keys says nothing. */
export function same(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [here, there] = [one as Record<string, unknown>, other as Record<string, unknown>];
  const keys = keysOf(here, there);
  return [...keys].every((key) => same(here[key], there[key]));
}

/** As `same`, but nothing is nothing, however it is written. */
function says(one: Value | null, other: Value | null): boolean {
  const isNothing = (value: Value | null) => value === null || value.length === 0;
  return same(one, other) || (isNothing(one) && isNothing(other));
}

/** Two texts, one after the other. */
export function joinTexts(mine: string, theirs: string): string {
  return [mine.trim(), theirs.trim()].filter(Boolean).join("\n\n");
}

function join(mine: Value, theirs: Value): Value {
  if (Array.isArray(mine) || Array.isArray(theirs)) {
    return [...new Set([mine, theirs].flat().filter((text) => text.trim() !== ""))];
  }
  return joinTexts(mine, theirs);
}

/** Keeps what either side added and neither took away. */
function mergeCited(was: string[], here: string[], there: string[]): string[] {
  const all = new Set([...there, ...here]);
  const isGone = (id: string) => was.includes(id) && !(here.includes(id) && there.includes(id));
  return [...all].filter((id) => !isGone(id));
}

function keysOf(one: object, other: object): Set<string> {
  return new Set([...Object.keys(one), ...Object.keys(other)]);
}

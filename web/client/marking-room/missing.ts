/** What a mark sheet still lacks, said at once and without the server; it has the last word. Pure. */

import type { Criterion, Judgement, MarkSheetWords, Rubric } from "../api/types";

export type Lack = "level" | "evidence" | "rationale" | "value";

export const NOTHING: Judgement = { level: null, rationale: "", cited: [] };

/** Returns what each criterion and field lacks, by code, in the rubric's order; what is complete is left out. */
export function missingOf(rubric: Rubric, words: MarkSheetWords): Map<string, Lack[]> {
  const found = new Map<string, Lack[]>();
  if (rubric.scale) {
    for (const criterion of rubric.criteria) {
      const lacks = lacksOf(rubric, criterion, words.judgements[criterion.code] ?? NOTHING);
      if (lacks.length > 0) found.set(criterion.code, lacks);
    }
  }
  for (const field of rubric.fields) {
    const texts = [words.fields[field.code] ?? ""].flat();
    const isFilled = texts.some((text) =>
      field.kind === "choice" ? field.choices.includes(text) : text.trim() !== "",
    );
    if (field.required && !isFilled) found.set(field.code, ["value"]);
  }
  return found;
}

function lacksOf(rubric: Rubric, criterion: Criterion, judgement: Judgement): Lack[] {
  const level = rubric.scale?.levels.find((each) => each.code === judgement.level);
  if (!level) return ["level"];
  // The overall judgement rests on the criteria; their evidence need not be cited a second time.
  const isOverall = rubric.overall?.criterion === criterion.code;
  const needsEvidence =
    (criterion.requires_evidence && level.rank !== null) || (level.requires_evidence && !isOverall);
  const needsRationale = criterion.requires_rationale || level.requires_rationale;
  const lacks: Lack[] = [];
  if (needsEvidence && judgement.cited.length === 0) lacks.push("evidence");
  if (needsRationale && judgement.rationale.trim() === "") lacks.push("rationale");
  return lacks;
}

/** Whether anything was given on a criterion yet. */
export function isBegun(judgement: Judgement): boolean {
  return judgement.level !== null || judgement.rationale.trim() !== "" || judgement.cited.length > 0;
}

/** How much of the rubric is filled in, for people; `total` counts what must be. */
export function progressOf(
  rubric: Rubric,
  words: MarkSheetWords,
): { done: number; total: number; text: string } {
  const missing = missingOf(rubric, words);
  const required = rubric.fields.filter((field) => field.required);
  const judged = rubric.scale ? rubric.criteria.length : 0;
  const total = judged + required.length;
  const done = total - missing.size;
  if (judged === 0) return { done, total, text: `${done} of ${total} answered` };
  const withLevel = rubric.criteria.filter((each) => !missing.get(each.code)?.includes("level")).length;
  return { done, total, text: `${withLevel} of ${judged} criteria judged` };
}

/** What an answer of the server, or its silence, means for an upload. Pure. */

import type { Problem } from "../api/types";

export type Verdict =
  | { kind: "again"; why: "unreachable" | "busy" | "disk-full" }
  | { kind: "signed-out" }
  | { kind: "refused"; message: string };

// Another request still holds the upload, bytes went astray, too many at once: the same request works later.
const PASSING = new Set([408, 409, 423, 425, 429, 460]);
// These conflicts are about the lesson, not about the bytes: sending again cannot help.
const LASTING_CONFLICTS = ["not-agreed", "wrong-state"];

/** Judges the status (0 when nobody answered) and the problem that came with it. */
export function verdictOn(status: number, problem?: Problem): Verdict {
  const kind = problem?.type.split("/").at(-1) ?? "";
  if (status === 0) return { kind: "again", why: "unreachable" };
  if (status === 401) return { kind: "signed-out" };
  if (LASTING_CONFLICTS.includes(kind)) return { kind: "refused", message: words(problem) };
  if (status === 507) return { kind: "again", why: "disk-full" };
  if (status >= 500 || PASSING.has(status)) return { kind: "again", why: "busy" };
  return { kind: "refused", message: words(problem) };
}

/** Reads an answer's body as a problem; undefined when it is something else. */
export function problemOf(body: string | undefined): Problem | undefined {
  if (!body) return undefined;
  try {
    const problem: unknown = JSON.parse(body);
    const isProblem = typeof problem === "object" && problem !== null && "title" in problem;
    return isProblem ? ({ type: "", detail: "", ...problem } as Problem) : undefined;
  } catch {
    return undefined;
  }
}

/** Returns how long to wait before the next try: 1, 2, 4 … at most 10 seconds. */
export function waitMs(tries: number): number {
  return Math.min(10_000, 1000 * 2 ** Math.min(tries, 10));
}

/** How long an attempt may go without a sign of life before it is broken off and tried again. */
export function patienceMs(sent: "nothing yet" | "some" | "all"): number {
  // Questions without a body are answered at once or not at all. A poor link empties its send buffer in bursts.
  // After the last byte the server makes the whole film durable, which takes a while for one of 8 GB.
  return { "nothing yet": 10_000, some: 30_000, all: 120_000 }[sent];
}

function words(problem: Problem | undefined): string {
  return problem ? `${problem.title}. ${problem.detail}` : "The server refused the film.";
}

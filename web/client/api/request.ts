/** Talking to the API: JSON in, JSON out, problems as errors. */

import type { Problem } from "./types";

/** The server answered that it could not do what was asked. */
export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.title);
    this.name = "ProblemError";
  }

  get status(): number {
    return this.problem.status;
  }

  /** Whether the same request may succeed later without anybody changing it. */
  get isPassing(): boolean {
    return this.status >= 500 || this.status === 423 || this.status === 429 || this.status === 408;
  }

  /** The last part of the problem's type, e.g. "changed-elsewhere". */
  get kind(): string {
    return this.problem.type.split("/").at(-1) ?? "";
  }
}

/** Nobody answered: the network or the server is away. */
export class OfflineError extends Error {
  constructor() {
    super("The server cannot be reached");
    this.name = "OfflineError";
  }
}

/** Sends a request and returns the JSON answer; throws ProblemError or OfflineError. */
export async function request<T>(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const init: RequestInit = { method, credentials: "same-origin", headers: { Accept: "application/json" } };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { Accept: "application/json", "Content-Type": "application/json" };
  }
  if (signal) init.signal = signal;
  const response = await fetch(path, init).catch(() => {
    throw new OfflineError();
  });
  if (response.ok) return (await response.json()) as T;
  throw new ProblemError(await problemOf(response));
}

async function problemOf(response: Response): Promise<Problem> {
  const isProblem = response.headers.get("Content-Type")?.startsWith("application/problem+json");
  if (isProblem) return (await response.json()) as Problem;
  return {
    type: "/problems/unknown",
    title: "The server did not answer as it should",
    status: response.status,
    detail: "Try again in a moment.",
  };
}

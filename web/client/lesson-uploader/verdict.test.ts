import { describe, expect, it } from "vitest";
import { patienceMs, problemOf, verdictOn, waitMs } from "./verdict";

const problem = (type: string, status: number) => ({
  type: `/problems/${type}`,
  title: "What happened",
  status,
  detail: "What to do.",
});

describe("an upload that did not go through", () => {
  it("is tried again when nobody answered", () => {
    expect(verdictOn(0)).toEqual({ kind: "again", why: "unreachable" });
  });

  it.each([408, 409, 423, 429, 460, 500, 502, 503, 504])("is tried again after %d", (status) => {
    expect(verdictOn(status)).toEqual({ kind: "again", why: "busy" });
  });

  it("waits for room on a full disk", () => {
    expect(verdictOn(507, problem("disk-full", 507))).toEqual({ kind: "again", why: "disk-full" });
  });

  it("waits for somebody to sign in", () => {
    expect(verdictOn(401)).toEqual({ kind: "signed-out" });
  });

  it.each([
    ["not-agreed", 409],
    ["wrong-state", 409],
    ["too-large", 413],
    ["forbidden", 403],
    ["not-found", 404],
  ])("is refused for good when it is %s", (type, status) => {
    const message = "What happened. What to do.";
    expect(verdictOn(status, problem(type, status))).toEqual({ kind: "refused", message });
  });
});

describe("an answer's body", () => {
  it("is a problem when it says so", () => {
    expect(problemOf(JSON.stringify(problem("locked", 423)))?.title).toBe("What happened");
  });

  it.each([undefined, "", "<html>Bad gateway</html>", "[]", "null"])("%s is none", (body) => {
    expect(problemOf(body)).toBeUndefined();
  });
});

it("waits longer after each failure, but never long", () => {
  expect([0, 1, 2, 3, 4, 50].map(waitMs)).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000]);
});

it("has more patience with bytes than with questions, and most with the last byte", () => {
  expect(patienceMs("nothing yet")).toBeLessThan(patienceMs("some"));
  expect(patienceMs("some")).toBeLessThan(patienceMs("all"));
});

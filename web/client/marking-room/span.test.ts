import { describe, expect, it } from "vitest";
import { beginAt, endAt, spanOf } from "./span";

describe("a span", () => {
  it("lies between two moments, in whichever order they were marked", () => {
    expect(spanOf(5000, 2000)).toEqual({ atMs: 2000, untilMs: 5000 });
  });

  it("is a moment when both were the same", () => {
    expect(spanOf(2000, 2100)).toEqual({ atMs: 2000, untilMs: null });
  });

  it("begins and ends elsewhere when it is told to, and never ends before it begins", () => {
    expect(beginAt({ atMs: 0, untilMs: 5000 }, 2000)).toEqual({ atMs: 2000, untilMs: 5000 });
    expect(beginAt({ atMs: 0, untilMs: 5000 }, 6000)).toEqual({ atMs: 6000, untilMs: null });
    expect(endAt({ atMs: 4000, untilMs: null }, 1000)).toEqual({ atMs: 1000, untilMs: 4000 });
  });
});

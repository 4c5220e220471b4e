import { describe, expect, it } from "vitest";
import { fitted, isWorthIt, smallerBytes } from "./smaller";

const LESSON_MS = 45 * 60_000;

describe("a smaller copy", () => {
  it("is offered where the rest would take long and the copy is much smaller", () => {
    const bytesLeft = 1.4e9;
    expect(isWorthIt({ bytesLeft, bytesPerSecond: 200_000, durationMs: LESSON_MS })).toBe(true);
    expect(isWorthIt({ bytesLeft, bytesPerSecond: 5_000_000, durationMs: LESSON_MS })).toBe(false);
    expect(isWorthIt({ bytesLeft, bytesPerSecond: 0, durationMs: LESSON_MS })).toBe(true);
    expect(isWorthIt({ bytesLeft: 5e8, bytesPerSecond: 20_000, durationMs: LESSON_MS })).toBe(false);
  });

  it("is not offered before anything is known", () => {
    expect(isWorthIt({ bytesLeft: 1e9, bytesPerSecond: undefined, durationMs: LESSON_MS })).toBe(false);
    expect(isWorthIt({ bytesLeft: 1e9, bytesPerSecond: 1000, durationMs: undefined })).toBe(false);
  });

  it("of 45 minutes has less than 450 MB", () => {
    expect(smallerBytes(LESSON_MS)).toBeLessThan(450e6);
  });

  it("keeps its shape, has even sides and is never larger", () => {
    expect(fitted(1920, 1080, 720)).toEqual({ width: 1280, height: 720 });
    expect(fitted(1080, 1920, 720)).toEqual({ width: 720, height: 1280 });
    expect(fitted(640, 361, 720)).toEqual({ width: 640, height: 362 });
  });
});

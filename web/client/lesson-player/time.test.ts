import { describe, expect, it } from "vitest";
import type { Take } from "../api/types";
import {
  durationOf,
  gapAt,
  gapsOf,
  isFrameOf,
  locate,
  stretchesOf,
  timeSpoken,
  timeText,
  toLessonMs,
  toSeekSeconds,
} from "./time";

function take(changes: Partial<Take>): Take {
  return {
    id: "take",
    position_ms: 0,
    duration_ms: 10_000,
    camera: null,
    filename: "lesson.mp4",
    state: "ready",
    step: "publish",
    progress: 1,
    problem: null,
    is_growing: false,
    hls: "/master.m3u8",
    qualities: [],
    poster: null,
    storyboard: null,
    peaks: null,
    width: 1280,
    height: 720,
    has_audio: true,
    frame_ms: 40,
    ...changes,
  };
}

const [first, second] = stretchesOf([
  take({ id: "second", position_ms: 15_000, duration_ms: 5000 }),
  take({ id: "first" }),
]) as [ReturnType<typeof stretchesOf>[number], ReturnType<typeof stretchesOf>[number]];
const both = [first, second];

describe("takes on lesson time", () => {
  it("lie in order, without those that cannot be watched", () => {
    const stretches = stretchesOf([
      take({ id: "later", position_ms: 9 }),
      take({ id: "lost", hls: null }),
      take({}),
    ]);
    expect(stretches.map((each) => each.take.id)).toEqual(["take", "later"]);
  });

  it("end where the last one ends", () => {
    expect(durationOf(both)).toBe(20_000);
    expect(durationOf([])).toBe(0);
  });

  it("leave gaps", () => {
    expect(gapsOf(both)).toEqual([{ startMs: 10_000, endMs: 15_000 }]);
    expect(gapAt(gapsOf(both), 10_000)).toEqual({ startMs: 10_000, endMs: 15_000 });
    expect(gapAt(gapsOf(both), 15_000)).toBeUndefined();
  });

  it("do not leave gaps where they overlap", () => {
    const overlapping = stretchesOf([take({}), take({ id: "other", position_ms: 4000 })]);
    expect(gapsOf(overlapping)).toEqual([]);
  });

  it("show a moment; in a gap, the first one after it; past the end, the last", () => {
    expect(locate(both, 9999)).toBe(first);
    expect(locate(both, 12_000)).toBe(second);
    expect(locate(both, 99_000)).toBe(second);
    expect(locate([], 0)).toBeUndefined();
  });

  it("stay on the screen where two show the same moment", () => {
    const [one, other] = stretchesOf([take({}), take({ id: "other", position_ms: 4000 })]);
    expect(locate(one && other ? [one, other] : [], 5000, other)).toBe(other);
  });
});

describe("the way from lesson time to a frame and back", () => {
  it.each([1000 / 60, 1000 / 50, 1001 / 30, 40, 1001 / 24, 1000 / 15])(
    "is exact for frames of %d ms",
    (frame) => {
      const [stretch] = stretchesOf([
        take({ position_ms: 3_600_000, duration_ms: 2_700_000, frame_ms: frame }),
      ]);
      if (!stretch) throw new Error("no stretch");
      for (let number = 0; number < 60_000; number += 997) {
        const starts = (number * frame) / 1000;
        if (starts * 1000 >= 2_700_000 - frame) break;
        const sought = toSeekSeconds(stretch, toLessonMs(stretch, starts));
        expect(sought).toBeGreaterThan(starts);
        expect(sought).toBeLessThan(starts + frame / 1000);
        expect(isFrameOf(stretch, sought, starts)).toBe(true);
        expect(isFrameOf(stretch, sought, starts + frame / 1000)).toBe(false);
      }
    },
  );

  it("is the moment itself where there is sound only", () => {
    const [sound] = stretchesOf([take({ width: null, height: null, frame_ms: null })]);
    expect(sound && toSeekSeconds(sound, 9000)).toBe(9);
  });

  it("never leaves the take", () => {
    expect(toSeekSeconds(first, -5)).toBeGreaterThanOrEqual(0);
    expect(toSeekSeconds(first, 10_000)).toBeLessThan(10);
  });
});

describe("lesson time in words", () => {
  it.each([
    [0, "0:00", "the beginning"],
    [7999, "0:07", "7 seconds"],
    [61_000, "1:01", "1 minute 1 second"],
    [3_723_000, "1:02:03", "1 hour 2 minutes 3 seconds"],
  ])("%d", (ms, text, spoken) => {
    expect(timeText(ms)).toBe(text);
    expect(timeSpoken(ms)).toBe(spoken);
  });
});

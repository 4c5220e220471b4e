import { describe, expect, it } from "vitest";
import { MOST_LANES, placesOf } from "./lanes";

const places = (...seconds: number[]) =>
  placesOf(
    seconds.map((each) => each * 1000),
    100_000,
    1000,
    24,
  );

describe("markers on the timeline", () => {
  it("stand at their share of the lesson", () => {
    expect(places(0, 25, 100).map((each) => each.share)).toEqual([0, 0.25, 1]);
  });

  it("share one lane while there is room for a finger", () => {
    expect(places(0, 2.4, 4.8).map((each) => each.lane)).toEqual([0, 0, 0]);
  });

  it("move up a lane when they would lie on each other", () => {
    expect(places(10, 11, 12, 13).map((each) => each.lane)).toEqual([0, 1, 2, 0]);
  });

  it("find their lanes in order of time, whatever the order they come in", () => {
    expect(places(12, 10, 11).map((each) => each.lane)).toEqual([2, 0, 1]);
  });

  it("never need more lanes than there are, and never leave the line", () => {
    for (const place of places(...new Array(200).fill(50), -3, 400)) {
      expect(place.lane).toBeLessThan(MOST_LANES);
      expect(place.share).toBeGreaterThanOrEqual(0);
      expect(place.share).toBeLessThanOrEqual(1);
    }
  });

  it("stand at the beginning of a lesson without a length", () => {
    expect(placesOf([5], 0, 1000, 24)).toEqual([{ share: 0, lane: 0 }]);
  });
});

import { expect, test } from "vitest";
import { addFrame, type Span } from "./played";

const played = (...frames: number[]) => frames.reduce<Span[]>(addFrame, []);

test("frames one after the other are one span", () => {
  expect(played(0, 40, 80, 120)).toEqual([[0, 120]]);
});

test("a seek begins another span, forwards and back", () => {
  expect(played(0, 40, 60_000, 60_040, 10_000, 10_040)).toEqual([
    [0, 40],
    [60_000, 60_040],
    [10_000, 10_040],
  ]);
});

test("a frame that is shown again adds nothing", () => {
  expect(played(0, 40, 40, 20)).toEqual([[0, 40]]);
});

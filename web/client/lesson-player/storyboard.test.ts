import { expect, test } from "vitest";
import { cueAt, cuesOf } from "./storyboard";

const VTT = `WEBVTT

00:00:00.000 --> 00:00:12.000
storyboard-00.jpg#xywh=0,0,160,90

00:00:12.000 --> 01:00:00.500
storyboard-01.jpg#xywh=160,90,160,90
`;

test("cues say which part of which sheet is shown when", () => {
  const cues = cuesOf(VTT);
  expect(cues).toHaveLength(2);
  expect(cues[1]).toEqual({
    fromMs: 12_000,
    untilMs: 3_600_500,
    sheet: "storyboard-01.jpg",
    x: 160,
    y: 90,
    width: 160,
    height: 90,
  });
});

test("every moment has the picture before it, the first where there is none", () => {
  const cues = cuesOf(VTT);
  expect(cueAt(cues, 11_999)).toBe(cues[0]);
  expect(cueAt(cues, 12_000)).toBe(cues[1]);
  expect(cueAt(cues, 9_999_999)).toBe(cues[1]);
  expect(cueAt(cues, -5)).toBe(cues[0]);
  expect(cueAt([], 5)).toBeUndefined();
});

test("what is no storyboard has no cues", () => {
  expect(cuesOf("<html>")).toEqual([]);
});

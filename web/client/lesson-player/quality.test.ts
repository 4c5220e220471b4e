import { expect, test } from "vitest";
import { AUTO, choiceOf, levelFor, qualitiesOf, qualityText } from "./quality";

const levels = [
  { width: 640, height: 360, uri: "/video-stills.m3u8" },
  { width: 426, height: 240, uri: "/video-360.m3u8" },
  { width: 640, height: 360, uri: "/video-360.m3u8" },
  { width: 720, height: 1280, uri: "/video.m3u8" },
];

test("the best is first, stills are last, and turned film is called by its shorter side", () => {
  expect(qualitiesOf(levels).map(qualityText)).toEqual(["720p", "360p", "240p", "Sound and stills"]);
});

test("a choice finds its level again", () => {
  const qualities = qualitiesOf(levels);
  for (const quality of qualities) expect(levelFor(choiceOf(quality), qualities)).toBe(quality.level);
});

test("a choice that this film has not falls to the next smaller one", () => {
  const qualities = qualitiesOf(levels);
  expect(levelFor("480", qualities)).toBe(2);
  expect(levelFor("144", qualities)).toBe(-1);
  expect(levelFor(AUTO, qualities)).toBe(-1);
  expect(levelFor("stills", qualitiesOf(levels.slice(1)))).toBe(-1);
});

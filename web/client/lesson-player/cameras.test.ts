import { describe, expect, it } from "vitest";
import type { Take } from "../api/types";
import { camerasAt, cameraText } from "./cameras";
import { languagesOf } from "./captions";
import type { Stretch } from "./time";

function stretch(id: string, camera: string | null, startMs: number, endMs: number): Stretch {
  return { take: { id, camera } as Take, startMs, endMs };
}

describe("cameras", () => {
  const board = stretch("b", "Board", 0, 1000);
  const first = stretch("a", null, 500, 2000);
  const second = stretch("c", null, 1000, 2000);

  it("are those that show the moment, the first millisecond included and the last not", () => {
    expect(camerasAt([board, first, second], 700)).toEqual([first, board]);
    expect(camerasAt([board, first, second], 1000)).toEqual([first, second]);
    expect(camerasAt([board], 1000)).toEqual([]);
  });

  it("have a name, or a number", () => {
    const cameras = camerasAt([board, first], 700);
    expect(cameras.map((camera) => cameraText(cameras, camera))).toEqual(["Camera 1", "Board"]);
  });
});

describe("captions", () => {
  it("are offered once for each language", () => {
    const caption = (take: string, language: string, label: string) => ({ take, language, label, src: "" });
    expect(languagesOf([caption("a", "en", "English"), caption("b", "en", "English")])).toEqual([
      ["en", "English"],
    ]);
    expect(languagesOf([])).toEqual([]);
  });
});

import { expect, test } from "vitest";
import { waveformPath } from "./waveform";

test("silence is a thin line and what is loud is as high as there is room", () => {
  expect(waveformPath({ per_second: 10, peaks: [0, 255] }, 2, 20)).toBe("M0 10L0 9.5L1 0.0L1 20.0L0 10.5Z");
});

test("a column is as loud as the loudest moment in it", () => {
  const peaks = Array.from({ length: 1000 }, (_, index) => (index === 777 ? 255 : 0));
  expect(waveformPath({ per_second: 10, peaks }, 10, 20)).toContain("L7 0.0");
});

test("a quiet lesson fills the height too, but silence does not", () => {
  expect(waveformPath({ per_second: 10, peaks: [0, 80] }, 2, 20)).toContain("L1 0.0");
  expect(waveformPath({ per_second: 10, peaks: [0, 2] }, 2, 20)).toContain("L1 9.5");
});

test("a lesson without sound has an outline too", () => {
  expect(waveformPath({ per_second: 10, peaks: [] }, 3, 20)).toContain("L2 9.5");
});

import { describe, expect, it } from "vitest";
import { addSample, bytesText, leftText, percentOf, type Sample, speedOf } from "./progress";

describe("the forecast", () => {
  it("says nothing before a second has passed", () => {
    expect(speedOf([{ atMs: 0, bytes: 0 }])).toBeUndefined();
    expect(leftText(1000, undefined)).toBe("");
  });

  it("counts the last moments only", () => {
    let samples: Sample[] = [];
    for (let second = 0; second <= 60; second++)
      samples = addSample(samples, {
        atMs: second * 1000,
        bytes: second < 40 ? 0 : (second - 40) * 1_000_000,
      });
    expect(speedOf(samples)).toBe(1_000_000);
  });

  it("is coarse", () => {
    expect(leftText(30, 1)).toBe("less than a minute left");
    expect(leftText(60, 1)).toBe("about 1 minute left");
    expect(leftText(5400, 1)).toBe("about 1 hour 30 minutes left");
  });
});

describe("bytes", () => {
  it.each([
    [0, "0 bytes"],
    [1500, "1.5 kB"],
    [4_290_000, "4.3 MB"],
    [1_407_000_000, "1.4 GB"],
  ])("%d is %s", (bytes, text) => expect(bytesText(bytes)).toBe(text));
});

it("says 100 % of all the bytes only", () => {
  expect(percentOf(999, 1000)).toBe(99);
  expect(percentOf(1000, 1000)).toBe(100);
  expect(percentOf(0, 0)).toBe(0);
});

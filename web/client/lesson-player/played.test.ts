import { expect, test, vi } from "vitest";
import { addFrame, merged, Played, type Span } from "./played";
import type { Stretch } from "./time";

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

test("what was watched twice is told once, in the order of the lesson", () => {
  expect(
    merged([
      [50, 60],
      [0, 20],
      [10, 30],
      [30, 40],
      [70, 70],
    ]),
  ).toEqual([
    [0, 40],
    [50, 60],
  ]);
});

test("a report that fails is told again, and told once", async () => {
  vi.useFakeTimers();
  const answers = [500, 0, 204];
  const told: unknown[] = [];
  vi.stubGlobal("fetch", (_: string, { body }: { body: string }) => {
    told.push(JSON.parse(body));
    const status = answers.shift() ?? 204;
    return status === 0 ? Promise.reject(new TypeError("offline")) : Promise.resolve({ status });
  });
  const gathering = new Played("l1");
  const stretch = { take: { id: "t1" } } as Stretch;
  for (const ms of [0, 400, 800]) gathering.note(stretch, ms);
  gathering.tell();
  await vi.advanceTimersByTimeAsync(40_000);
  const report = { take: "t1", spans: [{ from_ms: 0, until_ms: 800 }] };
  expect(told).toEqual([report, report, report]);
  gathering.close();
  await vi.advanceTimersByTimeAsync(40_000);
  expect(told).toHaveLength(3);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("a report that is refused for good holds up none behind it", async () => {
  vi.useFakeTimers();
  const answers = [403, 204];
  const told: string[] = [];
  vi.stubGlobal("fetch", (_: string, { body }: { body: string }) => {
    told.push(JSON.parse(body).take);
    return Promise.resolve({ status: answers.shift() ?? 500 });
  });
  const gathering = new Played("l1");
  for (const id of ["t1", "t2"]) {
    for (const ms of [0, 400]) gathering.note({ take: { id } } as Stretch, ms);
  }
  gathering.close();
  await vi.advanceTimersByTimeAsync(40_000);
  expect(told).toEqual(["t1", "t2"]);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

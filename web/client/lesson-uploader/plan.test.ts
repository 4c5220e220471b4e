import { describe, expect, it } from "vitest";
import { another, earlier, hasToWait, planOf, without } from "./plan";

const film = (name: string, lastModified: number) => ({ name, lastModified }) as File;
const names = (plan: ReturnType<typeof planOf>) => plan.films.map(({ file }) => file.name);

describe("a plan of several films", () => {
  const plan = planOf([film("c 10", 2), film("c 9", 2), film("a", 3), film("b", 1)]);

  it("has them in the order in which they were made", () => {
    expect(names(plan)).toEqual(["b", "c 9", "c 10", "a"]);
  });

  it("can be put in another order, and loses nothing by it", () => {
    expect(names(earlier(plan, 3))).toEqual(["b", "c 9", "a", "c 10"]);
    expect(names(earlier(earlier(plan, 1), 1))).toEqual(names(plan));
    expect(names(without(plan, 0))).toEqual(["c 9", "c 10", "a"]);
  });

  it("names cameras only where there are several", () => {
    const cameras = another(plan, "cameras");
    expect(new Set(cameras.films.map(({ camera }) => camera)).size).toBe(4);
    expect(another(cameras, "pieces").films.every(({ camera }) => camera === "")).toBe(true);
  });

  it("has a film wait for those of its own camera alone", () => {
    const [first, second] = another(plan, "cameras").films;
    if (!first || !second) throw new Error("two films");
    expect(hasToWait(second, [first])).toBe(false);
    expect(hasToWait({ ...second, camera: first.camera }, [first])).toBe(true);
    expect(hasToWait(first, [])).toBe(false);
  });
});

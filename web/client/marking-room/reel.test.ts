import { describe, expect, it } from "vitest";
import type { CommentWords } from "../api/types";
import { type Projector, Reel } from "./reel";

const comment = (id: string, at_ms: number, until_ms: number | null = null) => {
  const words: CommentWords = { at_ms, until_ms, kind: "note", text: "", tags: [], visibility: "feedback" };
  return { id, words, seenVersion: 1, isDirty: false, isDeleted: false };
};

class FakeProjector implements Projector {
  lessonTime = 0;
  durationMs = 60_000;
  played: [number, number][] = [];
  stopsAtMs = Number.POSITIVE_INFINITY; // where somebody pauses

  async playSpan(fromMs: number, untilMs: number): Promise<void> {
    this.played.push([fromMs, untilMs]);
    this.lessonTime = Math.min(untilMs, this.durationMs, this.stopsAtMs);
  }
  pause(): void {
    // Nothing plays between two spans.
  }
}

describe("the evidence reel", () => {
  it("plays spans whole and moments for a while, and says where it is", async () => {
    const [projector, seen] = [new FakeProjector(), [] as string[]];
    const reel: Reel = new Reel(() => seen.push(reel.showing?.comment ?? "end"));
    await reel.play(projector, "TS1", [comment("a", 1000), comment("b", 8000, 20_000)]);
    expect(projector.played).toEqual([
      [1000, 6000],
      [8000, 20_000],
    ]);
    expect(seen).toEqual(["a", "b", "end"]);
  });

  it("ends when somebody pauses", async () => {
    const projector = new FakeProjector();
    projector.stopsAtMs = 2000;
    await new Reel(() => undefined).play(projector, "TS1", [comment("a", 1000), comment("b", 8000)]);
    expect(projector.played).toHaveLength(1);
  });

  it("does not take the end of the film for a pause", async () => {
    const projector = new FakeProjector();
    await new Reel(() => undefined).play(projector, "TS1", [comment("a", 59_000), comment("b", 59_500)]);
    expect(projector.played).toHaveLength(2);
  });

  it("plays nothing more once it is stopped", async () => {
    const projector = new FakeProjector();
    const reel: Reel = new Reel(() => undefined);
    const playing = reel.play(projector, "TS1", [comment("a", 1000), comment("b", 8000)]);
    reel.stop(projector);
    await playing;
    expect(projector.played).toHaveLength(1);
  });
});

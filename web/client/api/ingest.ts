/** From the last byte to film that can be watched: the server's steps, in order and in words. */

import type { Take } from "./types";

export const STEPS = ["receive", "probe", "package", "verify", "publish"] as const;

const DOING: Record<string, string> = {
  receive: "Storing what arrived",
  probe: "Looking at the film",
  package: "Preparing it for watching",
  verify: "Checking that every byte arrived",
  publish: "Finishing",
};

/** Returns what a step does, as the pages say it too. */
export function stepWords(step: string): string {
  return DOING[step] ?? "Preparing the film";
}

/** Returns what is being done to a take, in words. */
export function takeWords(take: Pick<Take, "state" | "step" | "progress">): string {
  if (take.state === "receiving" && take.step === "receive" && take.progress === 0) {
    return "The film is on its way";
  }
  const percent = take.progress > 0 && take.progress < 1 ? `, ${Math.floor(take.progress * 100)} %` : "";
  return `${stepWords(take.step)}${percent}`;
}

/** Returns how each step stands for a take. */
export function stepStates(
  take: Pick<Take, "state" | "step"> | undefined,
): readonly { step: string; state: "done" | "doing" | "to do" | "failed" }[] {
  const present = Math.max(0, STEPS.indexOf((take?.step ?? "receive") as (typeof STEPS)[number]));
  return STEPS.map((step, index) => {
    if (take?.state === "ready" || index < present) return { step, state: "done" };
    if (index > present) return { step, state: "to do" };
    return { step, state: take?.state === "failed" ? "failed" : "doing" };
  });
}

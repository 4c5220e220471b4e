/** What a take's state means. */

import type { Take } from "./types";

/** Whether nothing more is done to a take by itself. */
export function isOver(take: Pick<Take, "state"> | undefined): boolean {
  return take?.state === "ready" || take?.state === "failed";
}

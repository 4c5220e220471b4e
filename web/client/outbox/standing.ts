/** How what was written stands, in words. Pure. */

export interface Standing {
  unsent: number;
  waiting: number; // of those, how many wait for a choice between two texts
  isSending: boolean;
  isReachable: boolean;
  isSignedOut: boolean;
  isKept: boolean; // whether the device can keep anything
  problems: readonly string[]; // why something will not be taken as it is
}

export const AT_REST: Standing = {
  unsent: 0,
  waiting: 0,
  isSending: false,
  isReachable: true,
  isSignedOut: false,
  isKept: true,
  problems: [],
};

/** Says "Saved." only of what the server has acknowledged. */
export function standingText(standing: Standing): string {
  const { unsent, waiting } = standing;
  if (unsent === 0) return "Saved.";
  const where = standing.isKept
    ? `Saved on this device, ${unsent} not yet sent.`
    : `${unsent} not saved yet. This device cannot keep drafts: leave the page open.`;
  if (standing.isSignedOut) return `${where} You are signed out: sign in again in another tab.`;
  if (standing.problems[0]) return `${where} ${standing.problems[0]}`;
  if (waiting > 0 && waiting === unsent) {
    return `${where} ${waiting === 1 ? "It waits" : "They wait"} for your choice between two texts.`;
  }
  return standing.isSending && standing.isReachable && standing.isKept ? "Saving…" : where;
}

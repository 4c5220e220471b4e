/** When a smaller copy of a film is worth the time that it takes to make. Pure. */

/** What a smaller copy is at most: enough to read a whiteboard, at a third of what phones write. */
export const SMALLER = { shortSide: 720, videoBitsPerSecond: 1_200_000, audioBitsPerSecond: 96_000 };

const LONG_WAIT_S = 20 * 60;
const WORTH_SHARE = 0.6; // of what is left to send

/** What is known of a film that is being sent. */
export interface Sending {
  bytesLeft: number;
  bytesPerSecond: number | undefined;
  durationMs: number | undefined;
}

/** Returns about how large a smaller copy is, in bytes. */
export function smallerBytes(durationMs: number): number {
  return ((SMALLER.videoBitsPerSecond + SMALLER.audioBitsPerSecond) / 8) * (durationMs / 1000);
}

/** Whether a smaller copy saves a person a long wait. */
export function isWorthIt({ bytesLeft, bytesPerSecond, durationMs }: Sending): boolean {
  if (bytesPerSecond === undefined || !durationMs) return false;
  const isLong = bytesLeft / bytesPerSecond > LONG_WAIT_S;
  return isLong && smallerBytes(durationMs) < bytesLeft * WORTH_SHARE;
}

/** Returns the even size of the same shape with this short side; never larger. */
export function fitted(width: number, height: number, shortSide: number): { width: number; height: number } {
  const scale = Math.min(1, shortSide / Math.min(width, height));
  const even = (side: number) => Math.max(2, Math.round((side * scale) / 2) * 2);
  return { width: even(width), height: even(height) };
}

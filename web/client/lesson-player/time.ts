/** Lesson time: integer milliseconds from the lesson's start, whatever file shows the moment. Pure. */

import type { Take } from "../api/types";

/** A take that can be watched, on lesson time. */
export interface Stretch {
  take: Take;
  startMs: number;
  endMs: number;
}

export interface Gap {
  startMs: number;
  endMs: number;
}

/** Returns the watchable takes in order of lesson time. */
export function stretchesOf(takes: readonly Take[]): Stretch[] {
  return takes
    .filter((take) => take.hls !== null && take.duration_ms !== null)
    .map((take) => ({ take, startMs: take.position_ms, endMs: take.position_ms + (take.duration_ms ?? 0) }))
    .sort((one, other) => one.startMs - other.startMs);
}

/** Returns what no take shows, between the lesson's start and its end. */
export function gapsOf(stretches: readonly Stretch[]): Gap[] {
  const gaps: Gap[] = [];
  let coveredMs = 0;
  for (const stretch of stretches) {
    if (stretch.startMs > coveredMs) gaps.push({ startMs: coveredMs, endMs: stretch.startMs });
    coveredMs = Math.max(coveredMs, stretch.endMs);
  }
  return gaps;
}

/** Returns the lesson time at which the last take ends. */
export function durationOf(stretches: readonly Stretch[]): number {
  return Math.max(0, ...stretches.map((stretch) => stretch.endMs));
}

/** Whether a stretch shows that moment. */
export function covers({ startMs, endMs }: Stretch, lessonMs: number): boolean {
  return startMs <= lessonMs && lessonMs < endMs;
}

/** Returns the stretch that shows a moment: the present one where it can; in a gap, the next one after it. */
export function locate(
  stretches: readonly Stretch[],
  lessonMs: number,
  present?: Stretch,
): Stretch | undefined {
  if (present && covers(present, lessonMs)) return present;
  return (
    stretches.find((stretch) => covers(stretch, lessonMs)) ??
    stretches.find((stretch) => stretch.startMs > lessonMs) ??
    stretches.at(-1)
  );
}

/** Returns lesson time, in whole milliseconds, of a media time in seconds. */
export function toLessonMs(stretch: Stretch, mediaSeconds: number): number {
  return Math.max(0, Math.round(stretch.startMs + mediaSeconds * 1000));
}

/**
 * Returns the media time, in seconds, to seek to so that the frame of a lesson time is shown: half a frame past
 * its beginning, where rounding on the way cannot reach the frame before.
 */
export function toSeekSeconds(stretch: Stretch, lessonMs: number): number {
  const { frame_ms, width } = stretch.take;
  const pastMs = width === null ? 0 : Math.min((frame_ms ?? 40) / 2, 10); // sound has no frames
  const lengthMs = stretch.endMs - stretch.startMs;
  const mediaMs = Math.min(Math.max(0, lessonMs - stretch.startMs), lengthMs);
  return Math.max(0, Math.min(mediaMs + pastMs, lengthMs - 1)) / 1000;
}

/** Whether the frame with one media time is what a seek to another shows: it begins before it, and lasts that long. */
export function isFrameOf(stretch: Stretch, soughtSeconds: number, frameSeconds: number): boolean {
  const longest = Math.max(0.25, (3 * (stretch.take.frame_ms ?? 40)) / 1000);
  return frameSeconds <= soughtSeconds + 0.001 && soughtSeconds - frameSeconds < longest;
}

/** Returns the gap in which a lesson time lies. */
export function gapAt(gaps: readonly Gap[], lessonMs: number): Gap | undefined {
  return gaps.find((gap) => gap.startMs <= lessonMs && lessonMs < gap.endMs);
}

/** Returns a lesson time as people read it: 0:07, 12:30, 1:02:03. */
export function timeText(lessonMs: number): string {
  const total = Math.floor(lessonMs / 1000);
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const ending = String(seconds).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${ending}` : `${minutes}:${ending}`;
}

/** Returns a lesson time as a screen reader should say it. */
export function timeSpoken(lessonMs: number): string {
  const total = Math.floor(lessonMs / 1000);
  const parts: [number, string][] = [
    [Math.floor(total / 3600), "hour"],
    [Math.floor(total / 60) % 60, "minute"],
    [total % 60, "second"],
  ];
  const said = parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}${count === 1 ? "" : "s"}`);
  return said.join(" ") || "the beginning";
}

/** How fast an upload goes and how long it still takes. Pure. */

export interface Sample {
  atMs: number;
  bytes: number;
}

// Long enough that one burst of a poor link does not decide the forecast.
const WINDOW_MS = 20_000;

/** Keeps the samples of the last moments, the newest last. */
export function addSample(samples: readonly Sample[], sample: Sample): Sample[] {
  return [...samples, sample].filter((each) => sample.atMs - each.atMs <= WINDOW_MS);
}

/** Returns bytes a second over the samples; undefined before anything can be said. */
export function speedOf(samples: readonly Sample[]): number | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || last.atMs - first.atMs < 1000) return undefined;
  return Math.max(0, ((last.bytes - first.bytes) * 1000) / (last.atMs - first.atMs));
}

/** Returns a number of bytes in words. */
export function bytesText(bytes: number): string {
  if (bytes === 1) return "1 byte";
  const units = ["bytes", "kB", "MB", "GB"];
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Returns a forecast in words, coarse on purpose: nobody needs seconds of an hour. */
export function leftText(bytesLeft: number, bytesPerSecond: number | undefined): string {
  if (bytesPerSecond === undefined || bytesPerSecond <= 0) return "";
  const seconds = bytesLeft / bytesPerSecond;
  if (seconds < 60) return "less than a minute left";
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `about ${minutes} minute${minutes === 1 ? "" : "s"} left`;
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60 === 0 ? "" : ` ${minutes % 60} minute${minutes % 60 === 1 ? "" : "s"}`;
  return `about ${hours} hour${hours === 1 ? "" : "s"}${rest} left`;
}

/** Returns the whole percent that is sent; 100 only when it is all there. */
export function percentOf(bytes: number, size: number): number {
  return size > 0 ? Math.floor((bytes / size) * 100) : 0;
}

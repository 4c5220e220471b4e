/** Looking into a film on the device, and making a smaller one of it. Heavy: loaded when a film is sent. */

import {
  BlobSource,
  Conversion,
  canEncodeVideo,
  Input,
  type InputVideoTrack,
  MATROSKA,
  MP4,
  Mp4OutputFormat,
  Output,
  QTFF,
  Quality,
  StreamTarget,
  WEBM,
} from "mediabunny";
import type { Draft } from "./copies";
import { fitted, SMALLER } from "./smaller";

/** What a device can tell of a film. */
export interface Look {
  durationMs: number | undefined;
  hasSound: boolean;
  canShrink: boolean;
}

const PICTURE = new Quality({ bitrate: SMALLER.videoBitsPerSecond });
const SOUND = new Quality({ bitrate: SMALLER.audioBitsPerSecond });

/** Returns what is in a film; undefined where this device cannot tell. */
export async function lookInto(file: File): Promise<Look | undefined> {
  const input = opened(file);
  try {
    const [seconds, sound, picture] = await Promise.all([
      input.getDurationFromMetadata(),
      input.getPrimaryAudioTrack(),
      input.getPrimaryVideoTrack(),
    ]);
    const durationMs = seconds === null ? undefined : Math.round(seconds * 1000);
    return { durationMs, hasSound: sound !== null, canShrink: picture ? await isShrinkable(picture) : false };
  } catch {
    return undefined;
  } finally {
    input.dispose();
  }
}

/**
 * Writes a smaller copy of a film: its pictures keep their times, and sound that is AAC is not touched.
 *
 * `onProgress` hears how much is done, from 0 to 1. Throws when the device cannot, or when `stop` is aborted.
 */
export async function shrink(
  file: File,
  draft: Draft,
  onProgress: (share: number) => void,
  stop: AbortSignal,
): Promise<File> {
  const input = opened(file);
  // Fragmented, so that it can be watched while it is being sent.
  const format = new Mp4OutputFormat({ fastStart: "fragmented", minimumFragmentDuration: 2 });
  const output = new Output({ format, target: new StreamTarget(draft.stream, { chunked: true }) });
  try {
    const conversion = await Conversion.init({
      input,
      output,
      tracks: "primary",
      video: async (track) => ({
        ...(await sizeOf(track)),
        fit: "fill",
        codec: "avc",
        quality: PICTURE,
        forceTranscode: true,
      }),
      audio: { quality: SOUND },
      showWarnings: false,
    });
    const kinds = conversion.utilizedTracks.map((track) => track.type);
    const isWhole = conversion.discardedTracks.every(({ track }) => kinds.includes(track.type));
    if (!conversion.isValid || !isWhole) throw new Error("this device cannot copy every track");
    stop.addEventListener("abort", () => void conversion.cancel());
    stop.throwIfAborted();
    conversion.onProgress = onProgress;
    await conversion.execute();
    return await draft.finished();
  } finally {
    input.dispose();
  }
}

function opened(file: File): Input {
  return new Input({ source: new BlobSource(file), formats: [MP4, QTFF, MATROSKA, WEBM] });
}

async function isShrinkable(track: InputVideoTrack): Promise<boolean> {
  if (!(await track.canDecode())) return false;
  return canEncodeVideo("avc", { ...(await sizeOf(track)), quality: PICTURE });
}

async function sizeOf(track: InputVideoTrack): Promise<{ width: number; height: number }> {
  const [width, height] = await Promise.all([track.getDisplayWidth(), track.getDisplayHeight()]);
  return fitted(width, height, SMALLER.shortSide);
}

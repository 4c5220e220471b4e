/** The film element's own business: loading a take, knowing which frame is on the screen, landing on a frame. */

import type HlsType from "hls.js";
import { locate, type Stretch, toLessonMs, toSeekSeconds } from "./time";

const FRAME_WAIT_MS = 4000;

/** Drives a <video> by lesson time over several takes. */
export class Film {
  private hls: HlsType | undefined;
  private shown: Stretch | undefined;
  private frameMs = 0;
  private frameWaiters: (() => void)[] = [];

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly onFrame: (lessonMs: number) => void,
    private readonly onFault: (message: string) => void,
  ) {
    this.watchFrames();
  }

  stretches: readonly Stretch[] = [];

  /** The take on the screen. */
  get stretch(): Stretch | undefined {
    return this.shown;
  }

  /** Lesson time of the frame on the screen, in whole milliseconds. */
  get lessonMs(): number {
    return this.frameMs;
  }

  /** How far ahead the film is loaded, on lesson time. */
  get bufferedMs(): number {
    const { buffered, currentTime } = this.video;
    for (let index = 0; index < buffered.length; index++) {
      if (buffered.start(index) <= currentTime + 0.1 && currentTime <= buffered.end(index) && this.shown) {
        return toLessonMs(this.shown, buffered.end(index));
      }
    }
    return this.frameMs;
  }

  /** Shows the frame of a lesson time; resolves once it is on the screen. */
  async show(lessonMs: number): Promise<void> {
    const stretch = locate(this.stretches, lessonMs, this.shown);
    if (!stretch) return;
    if (stretch !== this.shown) await this.load(stretch);
    const target = toSeekSeconds(stretch, lessonMs);
    if (Math.abs(this.video.currentTime - target) < 0.0005 && this.video.readyState >= 2) return;
    const shown = this.nextFrame();
    this.video.currentTime = target;
    await shown;
  }

  /** Loads a take without playing it. */
  async load(stretch: Stretch): Promise<void> {
    const source = stretch.take.hls;
    if (source === null) return;
    this.shown = stretch;
    this.hls?.destroy();
    this.hls = undefined;
    if (this.video.canPlayType("application/vnd.apple.mpegurl") && !("MediaSource" in globalThis)) {
      this.video.src = source;
      return;
    }
    const { default: Hls } = await import("hls.js");
    const hls = new Hls({ maxBufferLength: 30, backBufferLength: 60, startPosition: 0 });
    hls.on(Hls.Events.ERROR, (_, data) => {
      if (!data.fatal) return;
      if (data.type === Hls.ErrorTypes.MEDIA_ERROR) hls.recoverMediaError();
      else this.onFault("The film cannot be loaded just now. Check the connection, then try again.");
    });
    hls.loadSource(source);
    hls.attachMedia(this.video);
    this.hls = hls;
  }

  /** Tries to go on after a fault of the network. */
  retry(): void {
    this.hls?.startLoad();
  }

  destroy(): void {
    this.hls?.destroy();
  }

  /** Resolves with the next frame that is put on the screen, or after a while without one. */
  private nextFrame(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, FRAME_WAIT_MS);
      this.frameWaiters.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  private watchFrames(): void {
    // mediaTime is the presented frame's own timestamp; currentTime runs ahead of the picture.
    const next = (_: number, metadata: VideoFrameCallbackMetadata) => {
      this.arrived(metadata.mediaTime);
      this.video.requestVideoFrameCallback(next);
    };
    if ("requestVideoFrameCallback" in this.video) this.video.requestVideoFrameCallback(next);
    // Sound without a picture has no frames.
    this.video.addEventListener("timeupdate", () => {
      if (this.video.videoWidth === 0) this.arrived(this.video.currentTime);
    });
  }

  private arrived(mediaSeconds: number): void {
    if (!this.shown) return;
    this.frameMs = toLessonMs(this.shown, mediaSeconds);
    for (const resolve of this.frameWaiters.splice(0)) resolve();
    this.onFrame(this.frameMs);
  }
}

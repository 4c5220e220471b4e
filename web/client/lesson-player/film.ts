/** The film element's own business: loading a take, knowing which frame is on the screen, landing on a frame. */

import type HlsType from "hls.js";
import { AUTO, type Choice, levelFor, type Quality, qualitiesOf } from "./quality";
import { isFrameOf, locate, type Stretch, toLessonMs, toSeekSeconds } from "./time";

// Captions are tracks of ours; what looks after those of a playlist would empty them.
const OWN_CAPTIONS: object = {
  timelineController: undefined,
  subtitleStreamController: undefined,
  subtitleTrackController: undefined,
};
const FRAME_WAIT_MS = 8000;
const MEND_EVERY_MS = 5000;
const CANNOT_LOAD = "The film cannot be loaded just now. Check the connection, then try again.";
const CANNOT_DECODE = "This browser cannot show this film. Try another browser, or tell your provider.";
const NOT_ALLOWED = "You cannot watch this film any more. Sign in again, or ask your provider.";

export interface FilmEvents {
  /** Another frame is on the screen. */
  onFrame(lessonMs: number): void;
  /** The film cannot go on; says why, in words. */
  onFault(words: string): void;
  /** Another quality is shown, or there are others to choose from. */
  onQuality(): void;
}

/** Drives a <video> by lesson time over several takes. */
export class Film {
  private hls: HlsType | undefined;
  private shown: Stretch | undefined;
  private frameMs = 0;
  private soughtMs = 0;
  private arrivals: ((mediaSeconds: number) => void)[] = [];
  private supersede: () => void = () => undefined;
  private mendedAt = Number.NEGATIVE_INFINITY;
  private isFetching = false;
  private loading: Promise<void> = Promise.resolve();
  private known: readonly Stretch[] = [];
  private isOutdated = false; // there are renditions that the player has not heard of
  private choice: Choice = AUTO;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly events: FilmEvents,
  ) {
    this.watchFrames();
    video.addEventListener("play", () => this.fetchFilm());
    video.addEventListener("pause", () => void this.renew());
    video.addEventListener("error", () => {
      if (!this.hls && video.getAttribute("src")) events.onFault(CANNOT_LOAD);
    });
  }

  get stretches(): readonly Stretch[] {
    return this.known;
  }

  set stretches(stretches: readonly Stretch[]) {
    this.known = stretches;
    const before = this.shown;
    const now = stretches.find(({ take }) => take.id === before?.take.id);
    if (!before || !now) return;
    this.shown = now;
    this.isOutdated ||= now.take.qualities.length !== before.take.qualities.length;
    if (this.video.paused) void this.renew();
  }

  /** What there is to choose from, the best first. */
  get qualities(): readonly Quality[] {
    return qualitiesOf(this.hls?.levels ?? []);
  }

  /** The quality that is shown. */
  get quality(): Quality | undefined {
    return this.qualities.find(({ level }) => level === this.hls?.currentLevel);
  }

  /** Shows the film as somebody chose, from the present moment on. */
  choose(choice: Choice): void {
    this.choice = choice;
    if (!this.hls) return;
    const level = levelFor(choice, this.qualities);
    if (this.isFetching) this.hls.currentLevel = level;
    else this.hls.startLevel = level;
    this.events.onQuality();
  }

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

  /** Shows the frame of a lesson time; resolves once it is on the screen, or another one has been asked for. */
  async show(lessonMs: number): Promise<void> {
    const stretch = locate(this.stretches, lessonMs, this.shown);
    if (!stretch) return;
    this.soughtMs = lessonMs;
    await (stretch === this.shown ? this.loading : this.load(stretch));
    await this.land(stretch, toSeekSeconds(stretch, lessonMs));
  }

  /** Shows the same moment as another camera saw it, and goes on playing if it played. */
  async look(camera: Stretch): Promise<void> {
    const { frameMs, video } = this;
    const isPlaying = !video.paused;
    await this.load(camera);
    await this.show(frameMs);
    if (isPlaying) await video.play().catch(() => undefined);
  }

  /** Shows the frame before or after the one on the screen, however long frames last. */
  async step(direction: 1 | -1): Promise<void> {
    const stretch = this.shown ?? this.stretches[0];
    if (!stretch) return;
    const [from, frameMs] = [this.frameMs, stretch.take.frame_ms ?? 40];
    if (direction < 0) {
      // Just before the present frame begins is the previous one, whatever its length.
      if (from - 1 >= stretch.startMs) await this.land(stretch, (from - 1 - stretch.startMs) / 1000);
      else await this.show(Math.max(0, from - frameMs));
      return;
    }
    for (let frames = 1; frames <= 25 && this.frameMs === from; frames++) {
      await this.show(Math.round(from + frames * frameMs));
    }
  }

  /** Makes a take ready to be watched; its film is fetched only once somebody plays or seeks. */
  load(stretch: Stretch): Promise<void> {
    this.shown = stretch;
    this.isFetching = false;
    this.hls?.destroy();
    this.hls = undefined;
    this.loading = this.open(stretch, stretch.take.hls ?? "");
    return this.loading;
  }

  /** Tries to go on after a fault of the network. */
  async retry(): Promise<void> {
    const { shown: stretch, soughtMs } = this;
    if (!stretch) return;
    await this.load(stretch);
    if (soughtMs > stretch.startMs) await this.show(soughtMs);
  }

  destroy(): void {
    this.supersede();
    this.hls?.destroy();
  }

  /** Seeks, and resolves when the frame that covers that media time has been put on the screen. */
  private async land(stretch: Stretch, seconds: number): Promise<void> {
    this.supersede();
    const { video } = this;
    if (Math.abs(video.currentTime - seconds) < 0.0005 && video.readyState >= 2 && !video.seeking) return;
    const landed = new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        video.removeEventListener("seeked", settled);
        this.arrivals = this.arrivals.filter((each) => each !== arrived);
        resolve();
      };
      const arrived = (mediaSeconds: number) => {
        if (isFrameOf(stretch, seconds, mediaSeconds)) done();
      };
      // A frame that was on the screen already is not presented again.
      const settled = () => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 100)));
      const timer = setTimeout(done, FRAME_WAIT_MS);
      this.supersede = done;
      this.arrivals.push(arrived);
      video.addEventListener("seeked", settled);
    });
    this.fetchFilm(seconds);
    video.currentTime = seconds;
    await landed;
  }

  /** Resolves once the film can be sought in, or cannot be had. */
  private async open(stretch: Stretch, source: string): Promise<void> {
    const { video } = this;
    if (video.canPlayType("application/vnd.apple.mpegurl") && !("MediaSource" in globalThis)) {
      video.src = source;
      await new Promise((resolve) => {
        for (const name of ["loadedmetadata", "error"]) video.addEventListener(name, resolve, { once: true });
      });
      return;
    }
    const { default: Hls } = await import("hls.js");
    if (this.shown !== stretch) return;
    if (!Hls.isSupported()) {
      this.events.onFault(CANNOT_DECODE);
      return;
    }
    // Without the test the first segments are of what the line probably carries, not of the poorest quality.
    const hls = new Hls({
      autoStartLoad: false,
      testBandwidth: false,
      maxBufferLength: 30,
      backBufferLength: 60,
      ...OWN_CAPTIONS,
    });
    this.hls = hls;
    await new Promise<void>((resolve) => {
      hls.once(Hls.Events.MANIFEST_PARSED, () => {
        hls.startLevel = levelFor(this.choice, this.qualities);
        if (this.choice !== AUTO) hls.loadLevel = hls.startLevel;
        this.events.onQuality();
        resolve();
      });
      hls.on(Hls.Events.LEVEL_SWITCHED, () => this.events.onQuality());
      // A picture that stands still is drawn again only by a seek, also when its film has been exchanged.
      hls.on(Hls.Events.BUFFER_FLUSHED, () => {
        if (video.paused) video.currentTime = Number(video.currentTime);
      });
      hls.once(Hls.Events.DESTROYING, () => resolve());
      hls.on(Hls.Events.ERROR, (_, { fatal, type, response }) => {
        if (!fatal) return;
        if (type === Hls.ErrorTypes.MEDIA_ERROR) this.mend();
        else this.events.onFault([401, 403, 404].includes(response?.code ?? 0) ? NOT_ALLOWED : CANNOT_LOAD);
        resolve();
      });
      hls.loadSource(source);
      hls.attachMedia(video);
    });
    if (!video.paused) this.fetchFilm();
  }

  /** Opens the film again once there are more renditions, where the present one is not being played. */
  private async renew(): Promise<void> {
    const { shown: stretch, frameMs } = this;
    if (!this.isOutdated || !stretch || this.video.seeking) return;
    this.isOutdated = false;
    await this.load(stretch);
    if (frameMs > stretch.startMs) await this.show(frameMs);
  }

  private fetchFilm(seconds = 0): void {
    if (this.isFetching || !this.hls) return;
    this.isFetching = true;
    this.hls.startLoad(seconds);
  }

  private mend(): void {
    const now = performance.now();
    if (now - this.mendedAt < MEND_EVERY_MS) {
      this.events.onFault(CANNOT_DECODE);
      return;
    }
    this.mendedAt = now;
    this.hls?.recoverMediaError();
  }

  private watchFrames(): void {
    // mediaTime is the presented frame's own timestamp; currentTime runs ahead of the picture.
    const next = (_: number, metadata: VideoFrameCallbackMetadata) => {
      if (!this.hasNoFrames) this.arrived(metadata.mediaTime);
      this.video.requestVideoFrameCallback(next);
    };
    const tellsFrames = "requestVideoFrameCallback" in this.video;
    if (tellsFrames) this.video.requestVideoFrameCallback(next);
    // Sound without a picture has no frames; a still stays while the sound goes on.
    const now = () => {
      if (!tellsFrames || this.hasNoFrames) this.arrived(this.video.currentTime);
    };
    this.video.addEventListener("timeupdate", now);
    this.video.addEventListener("seeked", now);
  }

  private get hasNoFrames(): boolean {
    return this.shown?.take.width === null || this.quality?.isStills === true;
  }

  private arrived(mediaSeconds: number): void {
    if (!this.shown) return;
    this.frameMs = this.soughtMs = toLessonMs(this.shown, mediaSeconds);
    for (const arrival of [...this.arrivals]) arrival(mediaSeconds);
    this.events.onFrame(this.frameMs);
  }
}

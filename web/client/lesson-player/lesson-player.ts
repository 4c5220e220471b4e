import { html, LitElement, nothing, type TemplateResult } from "lit";
import { property, query, state } from "lit/decorators.js";
import type { Lesson } from "../api/types";
import { controlsTemplate, SPEEDS } from "./controls";
import { Film } from "./film";
import { toggleFullScreen } from "./full-screen";
import { LessonWatch } from "./lesson-watch";
import { Loudness } from "./loudness";
import { busyTemplate, faultTemplate, gapTemplate, waitingTemplate } from "./states";
import { durationOf, type Gap, gapAt, gapsOf, type Stretch, stretchesOf } from "./time";
import { type Marker, placeMarkers, timelineTemplate } from "./timeline";

const BUSY_AFTER_MS = 400; // a seek that is quicker needs no sign
const NOTICE_MS = 6000;
const REDRAW_MS = 100;

/**
 * A lesson's film, its controls and its timeline. Speaks lesson time only.
 *
 * Attribute: `lesson` (id). Properties: `lessonTime`, `durationMs`, `isPlaying`, `markers`.
 * Events (bubbling): `lesson-ready`, `lesson-time` {lessonTime}, `lesson-marker` {id}, `lesson-state` {isPlaying}.
 */
export class LessonPlayer extends LitElement {
  @property({ type: String }) lesson = "";
  @property({ attribute: false }) markers: readonly Marker[] = [];
  @state() speed = 1;
  @state() lessonMs = 0;
  @state() data: Lesson | undefined;
  @state() fault = "";
  @state() gap: Gap | undefined;
  @state() isPlaying = false;
  @state() isMuted = false;
  @state() isBusy = false;
  @state() isFull = false;
  @state() loudness = 1;
  @state() widthPx = 640;

  @query("video") private readonly video!: HTMLVideoElement | null;
  private film: Film | undefined;
  private sound: Loudness | undefined;
  private stretches: Stretch[] = [];
  private watch: LessonWatch | undefined;
  private busyTimer: ReturnType<typeof setTimeout> | undefined;
  private noticeTimer: ReturnType<typeof setTimeout> | undefined;
  private stopAtMs: number | undefined;
  private spanEnded: (() => void) | undefined;
  private readonly measure = new ResizeObserver(([entry]) => {
    this.widthPx = entry?.contentRect.width ?? this.widthPx;
  });

  override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("fullscreenchange", this.fullChanged);
    globalThis.addEventListener("online", this.online);
    this.measure.observe(this);
    this.watch = new LessonWatch(this.lesson, {
      onLesson: (lesson) => void this.show(lesson),
      onFault: (words) => this.broken(words),
    });
    void this.watch.read();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("fullscreenchange", this.fullChanged);
    globalThis.removeEventListener("online", this.online);
    this.measure.disconnect();
    clearTimeout(this.busyTimer);
    clearTimeout(this.noticeTimer);
    this.watch?.close();
    this.film?.destroy();
    this.sound?.close();
  }

  /** Lesson time of the frame on the screen, in whole milliseconds. */
  get lessonTime(): number {
    return this.film?.lessonMs ?? 0;
  }

  get durationMs(): number {
    return durationOf(this.stretches);
  }

  /** Shows the frame of a lesson time; resolves once it is on the screen. */
  async seek(lessonMs: number): Promise<void> {
    this.endSpan();
    const wanted = Math.min(Math.max(0, lessonMs), Math.max(0, this.durationMs - 1));
    this.noticeGap(wanted);
    await this.film?.show(wanted);
  }

  async play(): Promise<void> {
    await this.video?.play().catch(() => undefined);
  }

  pause(): void {
    this.endSpan();
    this.video?.pause();
  }

  toggle(): void {
    if (this.isPlaying) this.pause();
    else void this.play();
  }

  /** Goes by frames, forwards or back. */
  async step(frames: number): Promise<void> {
    this.pause();
    for (let taken = 0; taken < Math.abs(frames); taken++) await this.film?.step(frames > 0 ? 1 : -1);
  }

  /** Goes by milliseconds, forwards or back. */
  async nudge(ms: number): Promise<void> {
    await this.seek(this.lessonTime + ms);
  }

  faster(): void {
    this.speed = SPEEDS.find((speed) => speed > this.speed) ?? this.speed;
  }

  slower(): void {
    this.speed = SPEEDS.findLast((speed) => speed < this.speed) ?? this.speed;
  }

  /** Plays from one lesson time to another; resolves when it gets there or is interrupted. */
  async playSpan(fromMs: number, untilMs: number): Promise<void> {
    await this.seek(fromMs);
    this.stopAtMs = untilMs;
    const ended = new Promise<void>((resolve) => {
      this.spanEnded = resolve;
    });
    await this.play();
    await ended;
  }

  override render(): TemplateResult {
    const isSound = this.stretches.length > 0 && this.stretches.every(({ take }) => take.width === null);
    const isWaiting = this.data !== undefined && this.stretches.length === 0;
    return html`
      <div class="player">
        <div class="player__screen ${isSound ? "player__screen--sound" : ""}" ?hidden=${isWaiting}>
          <video class="player__video" playsinline preload="metadata" @click=${() => this.toggle()}
            @play=${() => this.playingIs(true)} @pause=${() => this.playingIs(false)} @ended=${() => void this.ended()}
            @waiting=${() => this.busyIs(true)} @seeking=${() => this.busyIs(true)}
            @seeked=${() => this.busyIs(false)} @playing=${() => this.busyIs(false)} @canplay=${() => this.busyIs(false)}
            poster=${this.stretches[0]?.take.poster ?? nothing} aria-label="Film of the lesson"></video>
          ${isSound ? html`<p class="player__sound-only">This lesson is sound only.</p>` : nothing}
          ${busyTemplate(this.isBusy && !this.fault)}
          ${gapTemplate(this.gap)}
        </div>
        ${isWaiting ? waitingTemplate(this.data?.takes ?? []) : nothing}
        ${this.fault ? faultTemplate(this.fault, () => void this.retry()) : nothing}
        ${this.stretches.length > 0 ? this.timeAndControls() : nothing}
      </div>
    `;
  }

  override updated(): void {
    placeMarkers(this);
    if (this.video) this.video.playbackRate = this.speed;
  }

  private timeAndControls(): TemplateResult {
    const { durationMs, lessonMs, stretches, markers, widthPx } = this;
    const { isPlaying, isMuted, isFull, loudness, speed } = this;
    const bufferedMs = this.film?.bufferedMs ?? 0;
    const hasSound = stretches.some(({ take }) => take.has_audio);
    return html`
      ${timelineTemplate(
        { durationMs, lessonMs, bufferedMs, widthPx, stretches, markers, gaps: gapsOf(stretches) },
        {
          onSeek: (ms) => void this.seek(ms),
          onNudge: (ms) => void this.nudge(ms),
          onMarker: (id) => this.tell("lesson-marker", { id }),
        },
      )}
      ${controlsTemplate(
        { isPlaying, isMuted, isFull, hasSound, loudness, speed, lessonMs, durationMs },
        {
          onToggle: () => this.toggle(),
          onNudge: (ms) => void this.nudge(ms),
          onStep: (direction) => void this.step(direction),
          onSpeed: (speed) => Object.assign(this, { speed }),
          onMute: () => this.mute(!this.isMuted),
          onLoudness: (level) => this.louder(level),
          onFull: () => void toggleFullScreen(this.querySelector(".player"), this.video),
        },
      )}`;
  }

  private async show(lesson: Lesson): Promise<void> {
    this.data = lesson;
    this.stretches = stretchesOf(lesson.takes);
    if (this.film) this.film.stretches = this.stretches;
    this.requestUpdate();
    await this.updateComplete;
    const [video, first] = [this.video, this.stretches[0]];
    if (this.film || !video || !first) return;
    this.sound = new Loudness(video);
    this.film = new Film(video, {
      onFrame: (lessonMs) => this.frameShown(lessonMs),
      onFault: (words) => this.broken(words),
    });
    this.film.stretches = this.stretches;
    await this.film.load(first);
    this.tell("lesson-ready", {});
  }

  private broken(words: string): void {
    this.fault = words;
    this.busyIs(false);
  }

  private frameShown(lessonMs: number): void {
    // The eye needs no more than this of a timeline that moves; whoever listens is told of every frame.
    if (!this.isPlaying || Math.abs(lessonMs - this.lessonMs) >= REDRAW_MS) this.lessonMs = lessonMs;
    this.tell("lesson-time", { lessonTime: lessonMs });
    if (this.stopAtMs !== undefined && lessonMs >= this.stopAtMs) this.pause();
  }

  /** Goes on with the next take. */
  private async ended(): Promise<void> {
    const present = this.film?.stretch;
    const next = this.stretches.find((stretch) => present && stretch.endMs > present.endMs);
    if (!present || !next) {
      this.endSpan();
      return;
    }
    this.noticeGap(present.endMs);
    await this.film?.show(Math.max(present.endMs, next.startMs));
    await this.play();
  }

  private noticeGap(lessonMs: number): void {
    this.gap = gapAt(gapsOf(this.stretches), lessonMs);
    clearTimeout(this.noticeTimer);
    if (!this.gap) return;
    this.noticeTimer = setTimeout(() => {
      this.gap = undefined;
    }, NOTICE_MS);
  }

  private endSpan(): void {
    this.stopAtMs = undefined;
    this.spanEnded?.();
    this.spanEnded = undefined;
  }

  private playingIs(isPlaying: boolean): void {
    this.isPlaying = isPlaying;
    this.lessonMs = this.lessonTime;
    this.tell("lesson-state", { isPlaying });
  }

  private busyIs(isBusy: boolean): void {
    clearTimeout(this.busyTimer);
    const set = () => Object.assign(this, { isBusy });
    if (isBusy) this.busyTimer = setTimeout(set, BUSY_AFTER_MS);
    else set();
  }

  private mute(isMuted: boolean): void {
    this.isMuted = isMuted;
    if (this.video) this.video.muted = isMuted;
  }

  private louder(level: number): void {
    this.loudness = level;
    this.mute(false);
    this.sound?.set(level);
  }

  private fullChanged = (): void => {
    this.isFull = document.fullscreenElement !== null && this.contains(document.fullscreenElement);
  };

  private async retry(): Promise<void> {
    this.fault = "";
    await this.watch?.read();
    if (!this.fault) await this.film?.retry();
  }

  private online = (): void => {
    if (this.fault) void this.retry();
  };

  private tell(name: string, detail: object): void {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "lesson-player": LessonPlayer;
  }
}

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { property, query, state } from "lit/decorators.js";
import type { Lesson } from "../api/types";
import { recall, remember } from "../device/remembered";
import { Busy, GapNotice } from "./busy";
import { camerasAt } from "./cameras";
import { languagesOf, NO_CAPTIONS, showCaptions, tracksTemplate } from "./captions";
import { controlsTemplate, SPEEDS } from "./controls";
import { Film } from "./film";
import { toggleFullScreen } from "./full-screen";
import { LessonWatch } from "./lesson-watch";
import { Loudness } from "./loudness";
import { Played } from "./played";
import { AUTO, type Choice } from "./quality";
import { busyTemplate, faultTemplate, gapTemplate, growingTemplate, waitingTemplate } from "./states";
import { placePreview, Storyboards } from "./storyboard";
import { durationOf, gapsOf, locate, type Stretch, stretchesOf } from "./time";
import { type Marker, placeMarkers, timelineTemplate } from "./timeline";
import { watermarkTemplate } from "./watermark";
import { Waveforms } from "./waveform";

const REMEMBERED = "film-quality";
const REMEMBERED_LANGUAGE = "film-captions";
const REDRAW_MS = 100;

/**
 * A lesson's film, its controls and its timeline. Speaks lesson time only.
 *
 * Attribute: `lesson` (id). Properties: `lessonTime`, `durationMs`, `isPlaying`, `markers`.
 * The page's body says in `data-viewer` whose name is shown over the picture.
 * Events (bubbling): `lesson-ready`, `lesson-time` {lessonTime}, `lesson-marker` {id}, `lesson-state` {isPlaying}.
 */
export class LessonPlayer extends LitElement {
  @property({ type: String }) lesson = "";
  @property({ attribute: false }) markers: readonly Marker[] = [];
  @state() speed = 1;
  @state() lessonMs = 0;
  @state() data: Lesson | undefined;
  @state() fault = "";
  @state() isPlaying = false;
  @state() isMuted = false;
  @state() isFull = false;
  @state() loudness = 1;
  @state() widthPx = 640;
  @state() choice: Choice = recall(REMEMBERED) ?? AUTO;
  @state() language = recall(REMEMBERED_LANGUAGE) ?? NO_CAPTIONS;
  @state() pointedMs: number | undefined;

  @query("video") private readonly video!: HTMLVideoElement | null;
  private film: Film | undefined;
  private sound: Loudness | undefined;
  private stretches: Stretch[] = [];
  private watch: LessonWatch | undefined;
  private played: Played | undefined;
  private readonly busy = new Busy(this);
  private readonly notice = new GapNotice(this);
  private readonly storyboards = new Storyboards(() => this.requestUpdate());
  private readonly waveforms = new Waveforms(() => this.requestUpdate());
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
    this.watch?.close();
    this.played?.close();
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
    this.notice.look(gapsOf(this.stretches), wanted);
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
            @waiting=${() => this.busy.set(true)} @seeking=${() => this.busy.set(true)}
            @seeked=${() => this.busy.set(false)} @playing=${() => this.busy.set(false)} @canplay=${() => this.busy.set(false)}
            controlslist="nodownload" disablepictureinpicture @contextmenu=${(event: Event) => event.preventDefault()}
            poster=${this.stretches[0]?.take.poster ?? nothing} aria-label="Film of the lesson">${tracksTemplate(this.data?.captions ?? [], this.film?.stretch)}</video>
          ${isSound ? html`<p class="player__sound-only">This lesson is sound only.</p>` : nothing}
          ${watermarkTemplate(document.body.dataset.viewer ?? "", Date.now())}
          ${busyTemplate(this.busy.isBusy && !this.fault)}
          ${gapTemplate(this.notice.gap)}
        </div>
        ${isWaiting ? waitingTemplate(this.data?.takes ?? []) : nothing}
        ${this.fault ? faultTemplate(this.fault, () => void this.retry()) : nothing}
        ${this.stretches.length > 0 ? this.timeAndControls() : nothing}
        ${growingTemplate(this.stretches.some(({ take }) => take.is_growing))}
      </div>
    `;
  }

  override updated(): void {
    placeMarkers(this);
    placePreview(this);
    if (this.video) this.video.playbackRate = this.speed;
    showCaptions(this.video, this.language);
  }

  private timeAndControls(): TemplateResult {
    const { durationMs, lessonMs, stretches, markers, widthPx } = this;
    const { isPlaying, isMuted, isFull, loudness, speed } = this;
    const bufferedMs = this.film?.bufferedMs ?? 0;
    const hasSound = stretches.some(({ take }) => take.has_audio);
    return html`
      ${timelineTemplate(
        {
          ...{ durationMs, lessonMs, bufferedMs, widthPx, stretches, markers },
          gaps: gapsOf(stretches),
          isGrowing: stretches.some(({ take }) => take.is_growing),
          peaksOf: (stretch) => this.waveforms.of(stretch),
          preview: this.preview,
        },
        {
          onPoint: (ms) => Object.assign(this, { pointedMs: ms }),
          onSeek: (ms) => void this.seek(ms),
          onNudge: (ms) => void this.nudge(ms),
          onMarker: (id) => this.tell("lesson-marker", { id }),
        },
      )}
      ${controlsTemplate(
        {
          ...{ isPlaying, isMuted, isFull, hasSound, loudness, speed, lessonMs, durationMs },
          choice: this.choice,
          qualities: this.film?.qualities ?? [],
          quality: this.film?.quality,
          ...{ cameras: camerasAt(stretches, lessonMs), camera: this.film?.stretch },
          ...{ languages: languagesOf(this.data?.captions ?? []), language: this.language },
        },
        {
          onToggle: () => this.toggle(),
          onNudge: (ms) => void this.nudge(ms),
          onStep: (direction) => void this.step(direction),
          onSpeed: (speed) => Object.assign(this, { speed }),
          onQuality: (choice) => this.choose(choice),
          onCamera: (camera) => void this.film?.look(camera),
          onCaptions: (language) => this.caption(language),
          onMute: () => this.mute(!this.isMuted),
          onLoudness: (level) => this.louder(level),
          onFull: () => void toggleFullScreen(this.querySelector(".player"), this.video),
        },
      )}`;
  }

  private get preview() {
    const [lessonMs, stretches] = [this.pointedMs, this.stretches];
    const stretch = lessonMs === undefined ? undefined : locate(stretches, lessonMs, this.film?.stretch);
    if (lessonMs === undefined || !stretch) return undefined;
    const share = lessonMs / Math.max(1, this.durationMs);
    return { lessonMs, share, picture: this.storyboards.at(stretch, lessonMs) };
  }

  private choose(choice: Choice): void {
    this.choice = choice;
    remember(REMEMBERED, choice);
    this.film?.choose(choice);
  }

  private caption(language: string): void {
    this.language = language;
    remember(REMEMBERED_LANGUAGE, language);
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
      onQuality: () => this.requestUpdate(),
    });
    this.played = new Played(this.lesson);
    this.film.stretches = this.stretches;
    this.film.choose(this.choice);
    await this.film.load(first);
    this.tell("lesson-ready", {});
  }

  private broken(words: string): void {
    this.fault = words;
    this.busy.set(false);
  }

  private frameShown(lessonMs: number): void {
    // The eye needs no more than this of a timeline that moves; whoever listens is told of every frame.
    if (!this.isPlaying || Math.abs(lessonMs - this.lessonMs) >= REDRAW_MS) this.lessonMs = lessonMs;
    if (this.isPlaying && this.film?.stretch) this.played?.note(this.film.stretch, lessonMs);
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
    this.notice.look(gapsOf(this.stretches), present.endMs);
    await this.film?.show(Math.max(present.endMs, next.startMs));
    await this.play();
  }

  private endSpan(): void {
    this.stopAtMs = undefined;
    this.spanEnded?.();
    this.spanEnded = undefined;
  }

  private playingIs(isPlaying: boolean): void {
    this.isPlaying = isPlaying;
    this.lessonMs = this.lessonTime;
    if (!isPlaying) this.played?.tell();
    this.tell("lesson-state", { isPlaying });
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

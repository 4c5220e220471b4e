import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { OfflineError, ProblemError, request } from "../api/request";
import type { Lesson, Take } from "../api/types";
import { Film } from "./film";
import { durationOf, gapsOf, locate, type Stretch, stretchesOf, timeSpoken, timeText } from "./time";
import { type Marker, placeMarkers, timelineTemplate } from "./timeline";

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];
const POLL_MS = 3000;
const POLL_EMPTY_MS = 15_000;
const STEPS: Record<string, string> = {
  receive: "Checking that every byte arrived",
  probe: "Looking at the film",
  package: "Getting the film ready to watch",
  poster: "Taking a still",
  publish: "Almost ready",
};

/**
 * A lesson's film, its controls and its timeline. Speaks lesson time only.
 *
 * Attribute: `lesson` (id). Properties: `lessonTime`, `durationMs`, `isPlaying`, `markers`.
 * Events (bubbling): `lesson-ready`, `lesson-time` {lessonTime}, `lesson-marker` {id}, `lesson-state` {isPlaying}.
 */
export class LessonPlayer extends LitElement {
  static override properties = {
    lesson: { type: String },
    markers: { attribute: false },
    speed: { state: true },
    lessonMs: { state: true },
    data: { state: true },
    fault: { state: true },
    isPlaying: { state: true },
    isMuted: { state: true },
  };

  declare lesson: string;
  declare markers: readonly Marker[];
  declare speed: number;
  declare lessonMs: number;
  declare data: Lesson | undefined;
  declare fault: string;
  declare isPlaying: boolean;
  declare isMuted: boolean;

  private film: Film | undefined;
  private stretches: Stretch[] = [];
  private poll: ReturnType<typeof setTimeout> | undefined;
  private stopAtMs: number | undefined;
  private spanEnded: (() => void) | undefined;

  constructor() {
    super();
    this.lesson = "";
    this.markers = [];
    this.speed = 1;
    this.lessonMs = 0;
    this.fault = "";
    this.isPlaying = false;
    this.isMuted = false;
  }

  override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.loadLesson();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.poll);
    this.film?.destroy();
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
    await this.film?.show(Math.min(Math.max(0, lessonMs), Math.max(0, this.durationMs - 1)));
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
    const frameMs = locate(this.stretches, this.lessonTime)?.take.frame_ms ?? 40;
    await this.seek(Math.round(this.lessonTime + frames * frameMs));
  }

  /** Goes by milliseconds, forwards or back. */
  async nudge(ms: number): Promise<void> {
    await this.seek(this.lessonTime + ms);
  }

  faster(): void {
    this.setSpeed(SPEEDS.find((speed) => speed > this.speed) ?? this.speed);
  }

  slower(): void {
    this.setSpeed(SPEEDS.findLast((speed) => speed < this.speed) ?? this.speed);
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
    const waiting = this.data && this.stretches.length === 0;
    return html`
      <div class="player">
        <div class="player__screen" ?hidden=${Boolean(waiting)}>
          <video class="player__video" playsinline preload="metadata" @click=${() => this.toggle()}
            @play=${() => this.playingIs(true)} @pause=${() => this.playingIs(false)} @ended=${() => this.ended()}
            poster=${this.stretches[0]?.take.poster ?? nothing} aria-label="Film of the lesson"></video>
        </div>
        ${waiting ? this.waitingTemplate() : nothing}
        ${this.fault ? this.faultTemplate() : nothing}
        ${
          this.stretches.length > 0
            ? html`${timelineTemplate(
                {
                  durationMs: this.durationMs,
                  lessonMs: this.lessonMs,
                  bufferedMs: this.film?.bufferedMs ?? 0,
                  stretches: this.stretches,
                  gaps: gapsOf(this.stretches),
                  markers: this.markers,
                },
                (ms) => void this.seek(ms),
                (id) => this.tell("lesson-marker", { id }),
              )}${this.controlsTemplate()}`
            : nothing
        }
      </div>
    `;
  }

  override updated(_: PropertyValues): void {
    placeMarkers(this);
    if (this.video) this.video.playbackRate = this.speed;
  }

  private controlsTemplate(): TemplateResult {
    return html`
      <div class="player__controls" role="group" aria-label="Player">
        <button type="button" class="player__button player__button--main" @click=${() => this.toggle()}
          aria-label=${this.isPlaying ? "Pause" : "Play"}>${this.isPlaying ? icon("M6 4h4v16H6zM14 4h4v16h-4z") : icon("M6 4l14 8-14 8z")}</button>
        <button type="button" class="player__button" @click=${() => void this.nudge(-5000)} aria-label="−5 s, go back">−5 s</button>
        <button type="button" class="player__button" @click=${() => void this.nudge(5000)} aria-label="+5 s, go forward">+5 s</button>
        <button type="button" class="player__button player__button--wide-only" @click=${() => void this.step(-1)} aria-label="Back one frame">${icon("M15 5l-8 7 8 7zM5 5h2v14H5z")}</button>
        <button type="button" class="player__button player__button--wide-only" @click=${() => void this.step(1)} aria-label="Forward one frame">${icon("M9 5l8 7-8 7zM17 5h2v14h-2z")}</button>
        <label class="player__slider"><span class="govuk-visually-hidden">Lesson time</span>
          <input type="range" min="0" max=${Math.max(1, this.durationMs - 1)} step="100" .value=${String(this.lessonMs)}
            aria-valuetext="${timeSpoken(this.lessonMs)} of ${timeSpoken(this.durationMs)}" @input=${this.slid}></label>
        <span class="player__time figures">${timeText(this.lessonMs)} / ${timeText(this.durationMs)}</span>
        <label class="player__speed"><span class="govuk-visually-hidden">Speed</span>
          <select @change=${this.speedChosen}>
            ${SPEEDS.map((speed) => html`<option value=${speed} ?selected=${speed === this.speed}>${speed}×</option>`)}
          </select></label>
        <button type="button" class="player__button" @click=${() => this.mute()} aria-pressed=${this.isMuted}
          aria-label="Mute">${this.isMuted ? icon("M4 9v6h4l5 5V4L8 9zM16 9l5 6M21 9l-5 6") : icon("M4 9v6h4l5 5V4L8 9zM16 8a6 6 0 010 8")}</button>
        <button type="button" class="player__button player__button--wide-only" @click=${() => void this.querySelector(".player__screen")?.requestFullscreen()}
          aria-label="Full screen">${icon("M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5")}</button>
      </div>
    `;
  }

  private waitingTemplate(): TemplateResult {
    const take = this.data?.takes.at(-1);
    if (!take) return html`<p class="player__waiting">There is no film of this lesson yet.</p>`;
    if (take.state === "failed") {
      return html`<div class="player__waiting player__waiting--failed"><p><strong>The film could not be prepared.</strong></p>
        <p>${take.problem ?? ""}</p></div>`;
    }
    return html`<div class="player__waiting" role="status"><p>${sayStep(take)}</p>
      <progress max="1" .value=${take.progress}></progress></div>`;
  }

  private faultTemplate(): TemplateResult {
    return html`<div class="player__fault" role="alert"><p>${this.fault}</p>
      <button type="button" class="govuk-button govuk-button--secondary" @click=${() => this.retry()}>Try again</button></div>`;
  }

  private async loadLesson(): Promise<void> {
    try {
      this.data = await request<Lesson>("GET", `/api/lessons/${this.lesson}`);
    } catch (error) {
      const isKnown = error instanceof ProblemError || error instanceof OfflineError;
      this.fault = isKnown ? `${error.message}.` : "The film cannot be loaded.";
      return;
    }
    this.fault = "";
    const wasEmpty = this.stretches.length === 0;
    this.stretches = stretchesOf(this.data.takes);
    await this.updateComplete;
    if (this.stretches.length > 0 && wasEmpty) await this.begin();
    const isUnfinished = this.data.takes.some(
      (take) => take.state === "receiving" || take.state === "processing",
    );
    clearTimeout(this.poll);
    if (isUnfinished || (wasEmpty && this.stretches.length === 0))
      this.poll = setTimeout(() => void this.loadLesson(), isUnfinished ? POLL_MS : POLL_EMPTY_MS);
  }

  private async begin(): Promise<void> {
    const [video, first] = [this.video, this.stretches[0]];
    if (!video || !first) return;
    this.film = new Film(
      video,
      (lessonMs) => this.frameShown(lessonMs),
      (fault) => {
        this.fault = fault;
      },
    );
    this.film.stretches = this.stretches;
    await this.film.load(first);
    this.requestUpdate();
    this.tell("lesson-ready", {});
  }

  private frameShown(lessonMs: number): void {
    this.lessonMs = lessonMs;
    this.tell("lesson-time", { lessonTime: lessonMs });
    if (this.stopAtMs !== undefined && lessonMs >= this.stopAtMs) this.pause();
  }

  private ended(): void {
    const present = this.film?.stretch;
    const next = this.stretches.find((stretch) => present && stretch.startMs >= present.endMs);
    if (next) void this.film?.show(next.startMs).then(() => this.play());
    else this.endSpan();
  }

  private endSpan(): void {
    this.stopAtMs = undefined;
    this.spanEnded?.();
    this.spanEnded = undefined;
  }

  private playingIs(isPlaying: boolean): void {
    this.isPlaying = isPlaying;
    this.tell("lesson-state", { isPlaying });
  }

  private setSpeed(speed: number): void {
    this.speed = speed;
  }

  private slid = (event: Event): void => {
    void this.seek(Number((event.target as HTMLInputElement).value));
  };

  private speedChosen = (event: Event): void => {
    this.setSpeed(Number((event.target as HTMLSelectElement).value));
  };

  private mute(): void {
    this.isMuted = !this.isMuted;
    if (this.video) this.video.muted = this.isMuted;
  }

  private retry(): void {
    this.fault = "";
    this.film?.retry();
    void this.loadLesson();
  }

  private get video(): HTMLVideoElement | null {
    return this.querySelector("video");
  }

  private tell(name: string, detail: object): void {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }
}

/** Says what is being done to a film. */
export function sayStep(take: Pick<Take, "state" | "step" | "progress">): string {
  if (take.state === "receiving") return `The film is arriving: ${Math.round(take.progress * 100)} %`;
  return `${STEPS[take.step] ?? "Getting the film ready"}…`;
}

function icon(path: string): TemplateResult {
  return html`<svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false"><path d=${path}></path></svg>`;
}

declare global {
  interface HTMLElementTagNameMap {
    "lesson-player": LessonPlayer;
  }
}

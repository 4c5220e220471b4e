import { html, LitElement, nothing, type TemplateResult } from "lit";
import { type DetailedError, type PreviousUpload, Upload } from "tus-js-client";
import { request } from "../api/request";
import type { Lesson, Problem, Take } from "../api/types";
import { addSample, bytesText, leftText, type Sample, speedOf, waitMs } from "./progress";

type State = "choosing" | "sending" | "waiting" | "paused" | "signed-out" | "refused" | "arrived";

const FILM = /^(video|audio)\//;
const POLL_MS = 1500;
const STEPS: Record<string, string> = {
  receive: "Checking that every byte arrived",
  probe: "Looking at the film",
  package: "Getting the film ready to watch",
  poster: "Taking a still",
  publish: "Almost ready",
};

/**
 * Sends the film of a lesson by tus, however often the connection breaks.
 *
 * Attributes: `observation` (id), `lesson` (id), `largest` (bytes). Never says that a film has arrived before the
 * server has acknowledged its last byte.
 */
export class LessonUploader extends LitElement {
  static override properties = {
    observation: { type: String },
    lesson: { type: String },
    largest: { type: Number },
    state: { state: true },
    message: { state: true },
    sent: { state: true },
    file: { state: true },
    earlier: { state: true },
    take: { state: true },
    isOver: { state: true },
  };

  declare observation: string;
  declare lesson: string;
  declare largest: number;
  declare state: State;
  declare message: string;
  declare sent: number;
  declare file: File | undefined;
  declare earlier: PreviousUpload[];
  declare take: Take | undefined;
  declare isOver: boolean;

  private upload: Upload | undefined;
  private samples: Sample[] = [];
  private tries = 0;
  private again: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.observation = "";
    this.lesson = "";
    this.largest = Number.MAX_SAFE_INTEGER;
    this.state = "choosing";
    this.message = "";
    this.sent = 0;
    this.earlier = [];
    this.isOver = false;
  }

  override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    globalThis.addEventListener("online", this.wake);
    document.addEventListener("visibilitychange", this.wake);
    globalThis.addEventListener("beforeunload", this.warn);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    globalThis.removeEventListener("online", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
    globalThis.removeEventListener("beforeunload", this.warn);
    clearTimeout(this.again);
  }

  override render(): TemplateResult {
    return html`<div class="uploader" @dragover=${this.dragged} @dragleave=${this.dragged} @drop=${this.dropped}>
      ${this.state === "choosing" || this.state === "refused" ? this.choosingTemplate() : this.sendingTemplate()}
    </div>`;
  }

  private choosingTemplate(): TemplateResult {
    return html`
      ${
        this.state === "refused"
          ? html`<div class="uploader__problem" role="alert"><p>${this.message}</p></div>`
          : nothing
      }
      <div class="uploader__drop">
        <label class="uploader__label" for="film">Choose the film of the lesson</label>
        <input class="uploader__input" id="film" type="file" accept="video/*,audio/*,.mkv,.mov,.mp4,.m4a" @change=${this.chosen}>
        <p class="quiet">Or drop it here. Up to ${bytesText(this.largest)}.</p>
      </div>
    `;
  }

  private sendingTemplate(): TemplateResult {
    const size = this.file?.size ?? 0;
    const speed = speedOf(this.samples);
    const percent = size > 0 ? Math.floor((this.sent / size) * 100) : 0;
    return html`
      <p class="uploader__name">${this.file?.name} <span class="quiet">${bytesText(size)}</span></p>
      <progress class="uploader__bar" max=${Math.max(1, size)} .value=${this.sent} aria-label="Sent so far"></progress>
      <p class="uploader__figures figures">${percent} %, ${bytesText(this.sent)} of ${bytesText(size)}
        ${this.state === "sending" && speed ? html`<span class="quiet">${bytesText(speed)} a second, ${leftText(size - this.sent, speed)}</span>` : nothing}</p>
      <p class="uploader__state" role="status">${this.stateText()}</p>
      ${this.take?.state === "failed" ? html`<div class="uploader__problem" role="alert"><p>${this.take.problem}</p></div>` : nothing}
      <div class="button-row">${this.buttonsTemplate()}</div>
    `;
  }

  private buttonsTemplate(): TemplateResult | typeof nothing {
    if (this.take?.state === "ready" || this.take?.state === "failed") {
      return html`<a class="govuk-button" href="/observations/${this.observation}">To the observation</a>
        <button type="button" class="govuk-button govuk-button--secondary" @click=${() => this.begin()}>Send another piece</button>`;
    }
    if (this.state === "arrived") return nothing;
    if (this.state === "signed-out") {
      return html`<a class="govuk-button" href="/sign-in" target="_blank" rel="noopener">Sign in in a new tab</a>
        <button type="button" class="govuk-button govuk-button--secondary" @click=${() => this.resume()}>Go on</button>`;
    }
    const isPaused = this.state === "paused";
    return html`
      <button type="button" class="govuk-button govuk-button--secondary" @click=${() => (isPaused ? this.resume() : this.pause())}>
        ${isPaused ? "Go on" : "Pause"}</button>
      <details class="uploader__cancel"><summary>Give this upload up</summary>
        <p>What has been sent is thrown away.</p>
        <button type="button" class="govuk-button govuk-button--warning" @click=${() => void this.giveUp()}>Yes, throw it away</button>
      </details>
    `;
  }

  private stateText(): string {
    if (this.take?.state === "ready") return "Ready to watch.";
    if (this.take?.state === "failed") return "The film arrived, but it could not be prepared.";
    switch (this.state) {
      case "arrived":
        return `Every byte has arrived. ${STEPS[this.take?.step ?? "receive"] ?? "Getting the film ready"}…`;
      case "waiting":
        return navigator.onLine
          ? "The server cannot be reached just now. Trying again by itself; nothing is lost."
          : "There is no network. The upload goes on by itself when it is back; nothing is lost.";
      case "paused":
        return "Paused.";
      case "signed-out":
        return "You are signed out. Sign in in a new tab, then go on here: nothing is lost.";
      default:
        return "Sending. Leave this page open.";
    }
  }

  private chosen = (event: Event): void => {
    const file = (event.target as HTMLInputElement).files?.[0];
    if (file) void this.send(file);
  };

  private dragged = (event: DragEvent): void => {
    event.preventDefault();
    this.querySelector(".uploader__drop")?.classList.toggle(
      "uploader__drop--over",
      event.type === "dragover",
    );
  };

  private dropped = (event: DragEvent): void => {
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (file && (this.state === "choosing" || this.state === "refused")) void this.send(file);
  };

  private async send(file: File): Promise<void> {
    const refusal = this.refusalOf(file);
    if (refusal) {
      this.refuse(refusal);
      return;
    }
    this.file = file;
    this.isOver = false;
    this.take = undefined;
    const upload = new Upload(file, {
      endpoint: "/api/uploads",
      metadata: { filename: file.name, filetype: file.type, observation: this.observation },
      fingerprint: async () =>
        [this.observation, file.name, file.type, file.size, file.lastModified].join("/"),
      removeFingerprintOnSuccess: true,
      // The server acknowledges whatever has arrived, so one long request resends least on a poor link.
      retryDelays: null,
      onProgress: (sent) => this.progressed(sent),
      onSuccess: () => this.arrived(),
      onError: (error) => this.failed(error),
    });
    this.upload = upload;
    this.state = "sending";
    // A film whose upload was begun on this device goes on where it stopped, also after the page was closed.
    const earlier = await upload.findPreviousUploads().catch(() => []);
    const latest = earlier.at(-1);
    if (latest) upload.resumeFromPreviousUpload(latest);
    upload.start();
  }

  private refusalOf(file: File): string {
    if (file.size === 0) return "This file is empty. Choose the film as your phone or camera made it.";
    if (file.size > this.largest) {
      return `This file is ${bytesText(file.size)}; at most ${bytesText(this.largest)} can be sent. Send it in several pieces.`;
    }
    if (file.type && !FILM.test(file.type))
      return `“${file.name}” is not a film or a sound recording. Choose another file.`;
    return "";
  }

  private progressed(sent: number): void {
    this.tries = 0;
    this.sent = sent;
    this.samples = addSample(this.samples, { atMs: performance.now(), bytes: sent });
  }

  private failed(error: Error | DetailedError): void {
    const response = "originalResponse" in error ? error.originalResponse : null;
    const status = response?.getStatus() ?? 0;
    if (status === 401) {
      this.state = "signed-out";
      return;
    }
    const isPassing = status === 0 || status >= 500 || [408, 409, 423, 429, 460].includes(status);
    const problem = problemOf(response?.getBody());
    const isFinal = !isPassing || ["not-agreed", "wrong-state"].some((kind) => problem?.type.endsWith(kind));
    if (isFinal) {
      this.refuse(problem ? `${problem.title}. ${problem.detail}` : "The server refused the film.");
      return;
    }
    this.state = "waiting";
    clearTimeout(this.again);
    this.again = setTimeout(() => this.resume(), waitMs(this.tries++));
  }

  private resume(): void {
    clearTimeout(this.again);
    if (!this.upload || this.state === "arrived") return;
    this.samples = [];
    this.state = "sending";
    this.upload.start();
  }

  private pause(): void {
    clearTimeout(this.again);
    this.state = "paused";
    void this.upload?.abort();
  }

  private async giveUp(): Promise<void> {
    clearTimeout(this.again);
    await this.upload?.abort(true).catch(() => undefined);
    this.begin();
  }

  private begin(): void {
    this.upload = undefined;
    this.file = undefined;
    this.take = undefined;
    this.sent = 0;
    this.samples = [];
    this.state = "choosing";
  }

  private refuse(message: string): void {
    this.message = message;
    this.state = "refused";
  }

  private arrived(): void {
    this.sent = this.file?.size ?? 0;
    this.state = "arrived";
    this.isOver = true;
    void this.follow();
  }

  /** Follows what is done to the film until it can be watched. */
  private async follow(): Promise<void> {
    const lesson = await request<Lesson>("GET", `/api/lessons/${this.lesson}`).catch(() => undefined);
    this.take = lesson?.takes.findLast((take) => take.filename === this.file?.name) ?? this.take;
    if (this.state === "arrived" && this.take?.state !== "ready" && this.take?.state !== "failed") {
      setTimeout(() => void this.follow(), POLL_MS);
    }
  }

  /** tus-js-client gives up while the device says it is offline; whoever comes back goes on at once. */
  private wake = (): void => {
    if (this.state === "waiting" && document.visibilityState === "visible") this.resume();
  };

  private warn = (event: BeforeUnloadEvent): void => {
    if (this.state === "sending" || this.state === "waiting") event.preventDefault();
  };
}

function problemOf(body: string | undefined): Problem | undefined {
  try {
    return body ? (JSON.parse(body) as Problem) : undefined;
  } catch {
    return undefined;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "lesson-uploader": LessonUploader;
  }
}

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import { request } from "../api/request";
import { isOver } from "../api/take";
import type { Lesson, Take } from "../api/types";
import { Awake } from "./awake";
import { doubtAbout, durationOf, refusalOf } from "./check";
import { hasToWait, type Plan, type Planned, planOf, sendableOf } from "./plan";
import { addSample, bytesText, leftText, percentOf, type Sample, speedOf } from "./progress";
import { type Begun, begunUploads, forget, Transfer, type TransferState } from "./transfer";
import type { Verdict } from "./verdict";
import { begunTemplate, chooseTemplate, problemTemplate, queueTemplate, sizeText, stateWords } from "./views";

const POLL_MS = 2000;
const SOON_MS = 200;
const SAID_EVERY = 25; // percent, aloud

/**
 * Sends the film of a lesson by tus, however often the connection breaks, and shows what becomes of it.
 *
 * Attributes: `observation` (id), `lesson` (id), `largest` (bytes). Never says that a film has arrived before the
 * server has acknowledged its last byte.
 */
export class LessonUploader extends LitElement {
  @property({ type: String }) observation = "";
  @property({ type: String }) lesson = "";
  @property({ type: Number }) largest = Number.MAX_SAFE_INTEGER;
  @state() state: TransferState | "choosing" = "choosing";
  @state() verdict: Verdict | undefined;
  @state() refusal = "";
  @state() sent = 0;
  @state() file: File | undefined;
  @state() durationMs: number | undefined;
  @state() begun: readonly Begun[] = [];
  @state() take: Take | undefined;
  @state() isAsking = false;
  @state() plan: Plan | undefined;
  @state() later: typeof import("./later") | undefined;
  @state() waiting: readonly Planned[] = []; // to be sent after the present film

  private sentBefore: Planned[] = []; // of the present plan, this one included
  private transfer: Transfer | undefined;
  private samples: Sample[] = [];
  private readonly awake = new Awake();
  private others = new Set<string>(); // takes that are finished already
  private following: ReturnType<typeof setTimeout> | undefined;

  override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    globalThis.addEventListener("beforeunload", this.warn);
    document.addEventListener("visibilitychange", this.seen);
    document.addEventListener("live:message", this.heard);
    void this.lookForBegun();
    this.loadLater();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    globalThis.removeEventListener("beforeunload", this.warn);
    document.removeEventListener("visibilitychange", this.seen);
    document.removeEventListener("live:message", this.heard);
    clearTimeout(this.following);
    this.awake.want(false);
    this.transfer?.close();
  }

  override render(): TemplateResult {
    const isChoosing = this.state === "choosing" || this.state === "refused";
    return html`<div class="uploader" @dragover=${this.dragged} @dragleave=${this.dragged} @drop=${this.dropped}>
      ${isChoosing ? this.choosing() : this.state === "arrived" ? this.arrived() : this.sending()}
    </div>`;
  }

  private choosing(): TemplateResult {
    return html`
      ${this.refusal ? problemTemplate("The film was not sent", this.refusal) : nothing}
      ${this.plan ? this.planning(this.plan) : this.choosingOne()}
    `;
  }

  private planning(plan: Plan): TemplateResult | undefined {
    return this.later?.planTemplate(plan, this.largest, {
      onPlan: (next) => Object.assign(this, { plan: next.films.length > 0 ? next : undefined }),
      onSend: () => this.sendAll(plan),
      onChooseAgain: () => this.begin(),
    });
  }

  private choosingOne(): TemplateResult {
    return html`
      ${this.begun.map((each) => begunTemplate(each, () => void this.drop(each)))}
      ${chooseTemplate(this.largest, this.begun.length > 0, this.chosen)}
    `;
  }

  private sending(): TemplateResult {
    const size = this.file?.size ?? 0;
    const speed = this.state === "sending" ? speedOf(this.samples) : undefined;
    const percent = percentOf(this.sent, size);
    const said = percent - (percent % SAID_EVERY);
    return html`
      ${this.filmTemplate()}${queueTemplate(this.waiting)}
      <progress class="uploader__bar" max=${Math.max(1, size)} .value=${this.sent}
        aria-label="Sent so far" aria-valuetext="${percent} %"></progress>
      <p class="uploader__figures figures"><strong>${percent} %</strong>
        <span>${bytesText(this.sent)} of ${bytesText(size)}</span>
        <span class="quiet">${speed ? html`${bytesText(speed)}/s · ${leftText(size - this.sent, speed)}` : nothing}</span></p>
      <p class="uploader__state uploader__state--${this.state}" role="status">${stateWords(this.state, this.verdict, this.sent >= size - 1)}
        ${said > 0 ? html`<span class="govuk-visually-hidden">${said} % sent.</span>` : nothing}</p>
      ${this.state === "sending" && doubtAbout(this.durationMs) ? html`<p class="quiet">${doubtAbout(this.durationMs)}</p>` : nothing}
      ${this.isAsking ? this.askingTemplate() : this.buttonsTemplate()}
    `;
  }

  private arrived(): TemplateResult {
    return html`${this.filmTemplate()}${queueTemplate(this.waiting)}${this.later?.ingestTemplate(this.take, this.observation, this.waiting.length === 0, () => this.begin())}`;
  }

  private filmTemplate(): TemplateResult {
    return html`<p class="uploader__name">${this.file?.name}
      <span class="quiet figures">${sizeText(this.file?.size ?? 0, this.durationMs)}</span></p>`;
  }

  private buttonsTemplate(): TemplateResult {
    const isPaused = this.state === "paused" || this.state === "signed-out";
    return html`<div class="button-row">
      ${
        this.state === "signed-out"
          ? html`<a class="govuk-button" href="/sign-in" target="_blank" rel="noopener">Sign in (opens in a new tab)</a>`
          : nothing
      }
      <button type="button" class="govuk-button govuk-button--secondary"
        @click=${() => (isPaused ? this.transfer?.resume() : this.transfer?.pause())}>${isPaused ? "Go on" : "Pause"}</button>
      ${
        this.state === "waiting"
          ? html`<button type="button" class="govuk-button govuk-button--secondary" @click=${() => this.transfer?.resume()}>Try now</button>`
          : nothing
      }
      <button type="button" class="uploader__quiet" @click=${() => this.ask(true)}>Cancel this upload</button>
    </div>`;
  }

  private askingTemplate(): TemplateResult {
    return html`<div class="uploader__asking" role="group" aria-labelledby="uploader-asking">
      <p id="uploader-asking"><strong>Throw away what has been sent?</strong> To send this film later, you would begin at its first byte again.</p>
      <div class="button-row">
        <button type="button" class="govuk-button govuk-button--warning" @click=${() => void this.giveUp()}>Throw it away</button>
        <button type="button" class="govuk-button govuk-button--secondary" @click=${() => this.ask(false)}>Keep sending</button>
      </div>
    </div>`;
  }

  private chosen = (event: Event): void => {
    this.takeUp([...((event.target as HTMLInputElement).files ?? [])]);
  };

  private dragged = (event: DragEvent): void => {
    event.preventDefault();
    const isOver = event.type === "dragover";
    this.querySelector(".uploader__drop")?.classList.toggle("uploader__drop--over", isOver);
  };

  private dropped = (event: DragEvent): void => {
    event.preventDefault();
    if (this.state === "choosing" || this.state === "refused") {
      this.takeUp([...(event.dataTransfer?.files ?? [])]);
    }
  };

  private takeUp(files: readonly File[]): void {
    const [first, ...others] = files;
    if (first && others.length === 0) this.sendAll(planOf([first]));
    else if (first) {
      this.plan = planOf(files);
      this.loadLater();
    }
  }

  private loadLater(): void {
    const failed = () => {
      if (this.plan) this.refusal = "The connection broke. Choose the films again.";
      this.plan = undefined;
    };
    if (!this.later) void import("./later").then((view) => Object.assign(this, { later: view }), failed);
  }

  private sendAll({ films }: Plan): void {
    const sendable = sendableOf(films, this.largest);
    const [first, ...others] = sendable.length > 0 ? sendable : films;
    if (first) void this.send(first, others, []);
  }

  /** Sends the next film of the plan, if it may be sent now. */
  private goOn(): void {
    const [next, ...others] = this.waiting;
    if (next && (isOver(this.take) || !hasToWait(next, this.sentBefore)))
      void this.send(next, others, this.sentBefore);
  }

  private async send(film: Planned, waiting: readonly Planned[], before: readonly Planned[]): Promise<void> {
    const { file, camera } = film;
    this.refusal = refusalOf(file, this.largest);
    if (this.refusal) return;
    this.begin();
    this.file = file;
    this.waiting = waiting;
    this.sentBefore = [...before, film];
    this.state = "sending";
    this.awake.want(true);
    await this.look();
    const transfer = new Transfer(file, this.observation, camera, {
      onState: (state, verdict) => this.became(state, verdict),
      onSent: (bytes) => {
        this.sent = bytes;
        this.samples = addSample(this.samples, { atMs: performance.now(), bytes });
      },
    });
    this.transfer = transfer;
    const looking = durationOf(file);
    await transfer.start();
    const durationMs = await looking;
    if (this.transfer === transfer) this.durationMs = durationMs;
  }

  private became(state: TransferState, verdict: Verdict | undefined): void {
    this.state = state;
    this.verdict = verdict;
    this.samples = [];
    this.awake.want(state === "sending" || state === "waiting");
    if (state === "refused") {
      this.refusal = verdict?.kind === "refused" ? verdict.message : "";
      this.plan = this.rest;
      void this.lookForBegun();
    }
    if (state === "arrived") {
      this.loadLater();
      void this.follow();
    }
  }

  private ask(isAsking: boolean): void {
    this.isAsking = isAsking;
    const wanted = isAsking ? ".uploader__asking .govuk-button--secondary" : ".uploader__quiet";
    void this.updateComplete.then(() => this.querySelector<HTMLElement>(wanted)?.focus());
  }

  private async giveUp(): Promise<void> {
    await this.transfer?.giveUp();
    const rest = this.rest;
    this.begin();
    this.plan = rest;
    void this.updateComplete.then(() => this.querySelector<HTMLElement>(".uploader__input")?.focus());
  }

  private async drop(begun: Begun): Promise<void> {
    await forget(begun);
    await this.lookForBegun();
  }

  /** What is left to send when the present film is not. */
  private get rest(): Plan | undefined {
    const films = this.waiting;
    const way = films.some(({ camera }) => camera) ? "cameras" : "pieces";
    return films.length > 0 ? { films, way } : undefined;
  }

  private begin(): void {
    clearTimeout(this.following);
    this.transfer?.close();
    this.transfer = undefined;
    this.file = this.take = this.durationMs = this.verdict = undefined;
    this.sent = 0;
    this.samples = [];
    this.isAsking = false;
    this.plan = undefined;
    this.waiting = [];
    this.refusal = "";
    this.state = "choosing";
    this.awake.want(false);
    this.begun = [];
  }

  private async lookForBegun(): Promise<void> {
    const begun = await begunUploads(this.observation);
    if (this.state === "choosing" || this.state === "refused") this.begun = begun;
  }

  /** Remembers which takes are finished, so that this film's is not mistaken for one of the same name. */
  private async look(): Promise<void> {
    const lesson = await this.read();
    const finished = lesson?.takes.filter(isOver) ?? [];
    this.others = new Set(finished.map((take) => take.id));
  }

  /** Follows what is done to the film until it can be watched. */
  private async follow(): Promise<void> {
    clearTimeout(this.following);
    const lesson = await this.read();
    const mine = (take: Take) => take.filename === this.file?.name && !this.others.has(take.id);
    if (this.state !== "arrived") return;
    this.take = lesson?.takes.findLast(mine) ?? this.take;
    if (this.isConnected && !isOver(this.take))
      this.following = setTimeout(() => void this.follow(), POLL_MS);
    this.goOn();
  }

  private read(): Promise<Lesson | undefined> {
    return request<Lesson>("GET", `/api/lessons/${this.lesson}`).catch(() => undefined);
  }

  private heard = (): void => {
    if (this.state !== "arrived" || isOver(this.take)) return;
    clearTimeout(this.following);
    this.following = setTimeout(() => void this.follow(), SOON_MS);
  };

  private seen = (): void => {
    // Devices take the wake lock away from pages that are not looked at.
    if (this.state === "sending" || this.state === "waiting") this.awake.want(true);
  };

  private warn = (event: BeforeUnloadEvent): void => {
    const isBusy = this.state === "sending" || this.state === "waiting" || this.waiting.length > 0;
    if (isBusy) event.preventDefault();
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "lesson-uploader": LessonUploader;
  }
}

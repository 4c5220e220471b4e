import { html, LitElement, nothing, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import { isOver } from "../api/take";
import type { Take } from "../api/types";
import { Awake } from "./awake";
import { refusalOf } from "./check";
import type { Look } from "./film";
import type { Following } from "./following";
import { hasToWait, type Plan, type Planned, planOf, sendableOf } from "./plan";
import { addSample, type Sample, speedOf } from "./progress";
import type { Standing } from "./sending-view";
import type { Shrinking } from "./shrinking";
import { type Begun, begunUploads, forget, Transfer, type TransferState } from "./transfer";
import type { Verdict } from "./verdict";
import { chooseTemplate, problemTemplate } from "./views";
import { Wifi } from "./wifi";

type Later = typeof import("./later");

const BROKEN = "The connection broke before this page was whole. Choose the film again when it is back.";

/**
 * Sends the film of a lesson by tus, however often the connection breaks, and shows what becomes of it.
 *
 * Attributes: `observation` (id), `lesson` (id), `largest` (bytes), `takes` (films that have arrived), `direct`
 * (parts may go straight to the store). Never says that a film has arrived before the server has acknowledged its
 * last byte.
 */
export class LessonUploader extends LitElement {
  @property({ type: String }) observation = "";
  @property({ type: String }) lesson = "";
  @property({ type: Number }) largest = Number.MAX_SAFE_INTEGER;
  @property({ type: Number }) takes = 0;
  @property({ type: Boolean }) direct = false;
  @state() state: TransferState | "choosing" = "choosing";
  @state() verdict: Verdict | undefined;
  @state() refusal = "";
  @state() sent = 0;
  @state() file: File | undefined;
  @state() look: Look | undefined;
  @state() begun: readonly Begun[] = [];
  @state() take: Take | undefined;
  @state() isAsking = false;
  @state() plan: Plan | undefined;
  @state() later: Later | undefined;
  @state() waiting: readonly Planned[] = []; // to be sent after the present film

  private film: Planned | undefined; // whose file, or a smaller copy of it, is sent
  private sentBefore: Planned[] = []; // of the present plan, this one included
  private transfer: Transfer | undefined;
  private samples: Sample[] = [];
  private shrinking: Shrinking | undefined;
  private isHeld = false; // until there is Wi-Fi
  private following: Following | undefined;
  private readonly awake = new Awake();
  private readonly wifi = new Wifi(() => this.networkChanged());

  override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    globalThis.addEventListener("beforeunload", this.warn);
    document.addEventListener("visibilitychange", this.seen);
    document.addEventListener("live:message", this.heard);
    void this.lookForBegun();
    void this.loadLater();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    globalThis.removeEventListener("beforeunload", this.warn);
    document.removeEventListener("visibilitychange", this.seen);
    document.removeEventListener("live:message", this.heard);
    this.following?.stop();
    this.shrinking?.cancel();
    this.wifi.close();
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
      ${this.begun.map((each) => this.later?.begunTemplate(each, () => void this.drop(each)))}
      ${chooseTemplate(this.largest, this.begun.length > 0, this.wifi, this.chosen)}
    `;
  }

  private sending(): TemplateResult | undefined {
    const speed = this.state === "sending" ? speedOf(this.samples) : undefined;
    return this.later?.sendingTemplate(
      { ...this.standing, speed, shrinking: this.shrinking },
      {
        onPause: () => this.transfer?.pause(),
        onGoOn: () => this.goAhead(),
        onShrink: () => void this.shrink(),
        onAsk: (isAsking) => this.ask(isAsking),
        onGiveUp: () => void this.giveUp(),
      },
    );
  }

  private get standing(): Standing {
    const { file, film, look, waiting, sent, state, verdict, isHeld, isAsking } = this;
    return { file, look, waiting, sent, state, verdict, isHeld, isAsking, isWhole: file === film?.file };
  }

  private arrived(): TemplateResult {
    return html`${this.later?.filmTemplate(this.standing)}${this.later?.ingestTemplate(this.take, this.observation, this.waiting.length === 0, () => this.begin())}`;
  }

  private chosen = (event: Event): void => {
    void this.takeUp([...((event.target as HTMLInputElement).files ?? [])]);
  };

  private dragged = (event: DragEvent): void => {
    event.preventDefault();
    const isOver = event.type === "dragover";
    this.querySelector(".uploader__drop")?.classList.toggle("uploader__drop--over", isOver);
  };

  private dropped = (event: DragEvent): void => {
    event.preventDefault();
    if (this.state === "choosing" || this.state === "refused") {
      void this.takeUp([...(event.dataTransfer?.files ?? [])]);
    }
  };

  private async takeUp(files: readonly File[]): Promise<void> {
    this.refusal = (await this.loadLater()) ? "" : BROKEN;
    if (this.refusal) return;
    const [first, ...others] = files;
    if (!first) return;
    const isAlone = others.length === 0 && (this.takes === 0 || (await this.isBegun(first)));
    if (isAlone) this.sendAll(planOf([first]));
    else this.plan = planOf(files, this.takes);
  }

  /** Whether a film, or its smaller copy, was begun to be sent: it was said then how it belongs to others. */
  private async isBegun(file: File): Promise<boolean> {
    const copy = await this.later?.copyOf(file);
    return this.begun.some(({ size }) => size === file.size || size === copy?.size);
  }

  /** Loads what comes later; undefined when the connection is broken. */
  private async loadLater(): Promise<Later | undefined> {
    if (this.later) return this.later;
    this.later = await import("./later").catch(() => undefined);
    void this.later?.forgetOldCopies(Date.now());
    return this.later;
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
    const { later } = this;
    if (this.refusal || !later) return;
    this.begin();
    this.film = film;
    this.file = file;
    this.waiting = waiting;
    this.sentBefore = [...before, film];
    this.state = "sending";
    this.awake.want(true);
    const following = new later.Following(this.lesson, (take) => this.followed(take));
    this.following = following;
    const [copy] = await Promise.all([later.copyOf(file), following.remember()]);
    if (this.following !== following) return;
    this.file = copy ?? file;
    const transfer = new Transfer(
      this.file,
      this.observation,
      camera,
      {
        onState: (state, verdict) => this.became(state, verdict),
        onSent: (bytes) => {
          this.sent = bytes;
          this.samples = addSample(this.samples, { atMs: performance.now(), bytes });
          this.requestUpdate(); // also where nothing more was sent: the speed is another
        },
      },
      this.direct,
    );
    this.transfer = transfer;
    this.shrinking = new later.Shrinking(() => this.requestUpdate());
    await transfer.start();
    this.networkChanged();
    const look = await import("./film").then(({ lookInto }) => lookInto(file)).catch(() => undefined);
    if (this.transfer === transfer) this.look = look;
  }

  /** Makes a smaller copy, and sends that in place of the whole film. */
  private async shrink(): Promise<void> {
    const { film, transfer, shrinking, waiting, sentBefore } = this;
    if (!film || !transfer || !shrinking) return;
    transfer.pause();
    this.awake.want(true);
    const copy = await shrinking.make(film.file);
    if (this.transfer !== transfer) return;
    if (!copy) return transfer.resume();
    await transfer.giveUp();
    await this.send(film, waiting, sentBefore.slice(0, -1));
  }

  /** Sends although the film was paused, by the person or for want of Wi-Fi. */
  private goAhead(): void {
    if (this.isHeld) this.wifi.isWanted = false;
    if (this.state !== "sending") this.transfer?.resume();
  }

  private networkChanged(): void {
    const wasHeld = this.isHeld;
    this.isHeld = this.wifi.holds && (this.isMoving || wasHeld);
    if (this.isHeld && !wasHeld) this.transfer?.pause();
    else if (wasHeld && !this.isHeld) this.transfer?.resume();
    this.requestUpdate();
  }

  private get isMoving(): boolean {
    return this.state === "sending" || this.state === "waiting";
  }

  private get isBusy(): boolean {
    return this.isMoving || this.shrinking?.isBusy === true;
  }

  private became(state: TransferState, verdict: Verdict | undefined): void {
    this.state = state;
    this.verdict = verdict;
    this.samples = [];
    this.awake.want(this.isMoving);
    if (state === "refused") {
      this.refusal = verdict?.kind === "refused" ? verdict.message : "";
      this.plan = this.rest;
      void this.lookForBegun();
    }
    if (state === "arrived") {
      if (this.film) void this.later?.forgetCopyOf(this.film.file);
      void this.following?.follow(this.file?.name ?? "");
    }
  }

  private ask(isAsking: boolean): void {
    this.isAsking = isAsking;
    const wanted = isAsking ? ".uploader__asking .govuk-button--secondary" : ".uploader__quiet";
    void this.updateComplete.then(() => this.querySelector<HTMLElement>(wanted)?.focus());
  }

  private async giveUp(): Promise<void> {
    await this.transfer?.giveUp();
    if (this.film) await this.later?.forgetCopyOf(this.film.file);
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
    return films.length > 0 ? { films, way, arrived: this.takes } : undefined;
  }

  private begin(): void {
    this.following?.stop();
    this.shrinking?.cancel();
    this.transfer?.close();
    this.transfer = this.following = this.shrinking = this.film = undefined;
    this.file = this.take = this.look = this.verdict = undefined;
    this.isHeld = false;
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

  private followed(take: Take | undefined): void {
    this.take = take ?? this.take;
    if (take?.state === "ready") this.takes += 1;
    this.goOn();
  }

  private heard = (): void => this.following?.hear();

  private seen = (): void => {
    // Devices take the wake lock away from pages that are not looked at.
    if (this.isBusy) this.awake.want(true);
  };

  private warn = (event: BeforeUnloadEvent): void => {
    if (this.isBusy || this.waiting.length > 0) event.preventDefault();
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "lesson-uploader": LessonUploader;
  }
}

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import type { LessonPlayer } from "../lesson-player/lesson-player";
import { wordsOfSheet } from "../outbox/kept";
import { Outbox } from "../outbox/outbox";
import { standingText } from "../outbox/standing";
import { DeviceStore } from "../outbox/store";
import { actsOf, type RoomActs } from "./acts";
import { commentsTemplate, EVERY, type Filter, filtered, inOrder } from "./comments";
import { composerTemplate } from "./composer";
import { sheetConflictTemplate } from "./conflicts";
import { areLettersOn, helpTemplate, setLetters } from "./help";
import { actOf, isTyping, ownsKey } from "./keys";
import { Leaving, leavingTemplate } from "./leaving";
import { markersOf } from "./markers";
import { missingOf, progressOf } from "./missing";
import { Reel } from "./reel";
import { progressTemplate, type RubricState, rubricTemplate } from "./rubric";
import { ObservationServer } from "./server";
import { faultText, shortLabel } from "./words";
import { Writing } from "./writing";

export type Side = "comments" | "rubric";

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15_000;
const ECHO_MS = 3000; // what is heard so soon after sending is most likely one's own

/**
 * The room where an assessor marks: film, timeline, comments, rubric.
 *
 * Attributes: `observation`, `lesson`, `person` (ids). Hears `live:message` on the document.
 */
export class MarkingRoom extends LitElement {
  @property() observation = "";
  @property() lesson = "";
  @property() person = "";
  @state() selected = "";
  @state() side: Side = "comments";
  @state() filter: Filter = EVERY;
  @state() citing = "";
  @state() spanStartMs: number | undefined;
  @state() fault = "";
  @state() said = ""; // to those who listen
  @state() hasFilm = false;
  @state() areLettersOn = areLettersOn();

  outbox: Outbox | undefined;
  writing: Writing | undefined;
  readonly reel = new Reel(() => this.reelMoved());
  readonly leaving = new Leaving(() => this.requestUpdate());
  private readonly acts: RoomActs = actsOf(this);
  private retry: ReturnType<typeof setTimeout> | undefined;
  private sentAt = 0;

  override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.querySelector("noscript")?.remove();
    document.addEventListener("keydown", this.keyed);
    document.addEventListener("live:message", this.heard);
    document.addEventListener("visibilitychange", this.seen);
    globalThis.addEventListener("online", this.online);
    globalThis.addEventListener("beforeunload", this.closing);
    void this.open(FIRST_WAIT_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("keydown", this.keyed);
    document.removeEventListener("live:message", this.heard);
    document.removeEventListener("visibilitychange", this.seen);
    globalThis.removeEventListener("online", this.online);
    globalThis.removeEventListener("beforeunload", this.closing);
    clearTimeout(this.retry);
    this.outbox?.close();
    this.outbox = undefined;
  }

  get player(): LessonPlayer | null {
    return this.querySelector("lesson-player");
  }

  get isLocked(): boolean {
    return this.outbox?.served?.state === "submitted";
  }

  /** The comments that the filter lets through, in order of lesson time. */
  get shown(): ReturnType<typeof inOrder> {
    return filtered(inOrder(this.outbox?.comments.values() ?? []), this.filter);
  }

  /** What the rubric shows; undefined before the server has said which rubric it is. */
  get rubricState(): RubricState | undefined {
    const { outbox } = this;
    const sheet = outbox?.served;
    if (!outbox || !sheet) return undefined;
    const words = (this.isLocked ? undefined : outbox.sheet?.words) ?? wordsOfSheet(sheet);
    return {
      rubric: sheet.rubric,
      words,
      missing: missingOf(sheet.rubric, words),
      contradictions: sheet.contradictions,
      comments: inOrder(outbox.comments.values()),
      isLocked: this.isLocked,
      citing: this.citing,
      reeling: this.reel.showing?.criterion ?? "",
    };
  }

  override render(): TemplateResult {
    const rubric = this.rubricState;
    if (!this.outbox || !rubric) {
      return html`<p class="room__opening" role="status">${this.fault || "Opening the room…"}</p>`;
    }
    const { comments } = rubric;
    const composing = this.writing?.composing;
    return html`
      <div class="room ${composing ? "room--writing" : ""}">
          <section class="room__film" aria-label="Film" tabindex="-1">
            <lesson-player lesson=${this.lesson} .markers=${markersOf(comments, rubric.rubric, this.selected, this.spanStartMs)}
              @lesson-marker=${(event: CustomEvent<{ id: string }>) => this.acts.comments.choose(event.detail.id)}
              @lesson-ready=${this.acts.ready}></lesson-player>
            ${this.reelTemplate()}
            ${this.isLocked || !this.hasFilm ? nothing : this.barTemplate()}
          </section>
          ${composing ? composerTemplate(composing, rubric.rubric.criteria, this.acts.composer) : nothing}
          <div class="room__tabs" role="group" aria-label="Show">
            ${this.tabTemplate("comments", `Comments (${comments.length})`)}
            ${this.tabTemplate("rubric", `Rubric (${progressOf(rubric.rubric, rubric.words).text.replace(/ [a-z]+( [a-z]+)?$/, "")})`)}
          </div>
          <section class="room__comments ${this.side === "comments" ? "" : "room__part--behind"}" aria-label="Comments">
            ${commentsTemplate(
              {
                all: comments,
                drafts: this.writing?.drafts() ?? [],
                removed: this.writing?.removed,
                criteria: rubric.rubric.criteria,
                filter: this.filter,
                selected: this.selected,
                isLocked: this.isLocked,
                hasFilm: this.hasFilm,
              },
              this.acts.comments,
            )}
          </section>
        <section class="room__rubric ${this.side === "rubric" ? "" : "room__part--behind"}" aria-labelledby="rubric-title">
          <div class="room__rubric-head">
            <h2 class="room__title" id="rubric-title">${rubric.rubric.title}</h2>
            ${progressTemplate(rubric, this.acts.nextToDo)}
          </div>
          <div class="room__rubric-body">
            ${sheetConflictTemplate(this.outbox.clashes, rubric.rubric, (clash, choice) => void this.outbox?.settleSheet(clash, choice))}
            ${rubricTemplate(rubric, this.acts.rubric)}
          </div>
        </section>
        ${this.footTemplate()}
      </div>
      <p class="govuk-visually-hidden" role="status">${this.said}</p>
      ${helpTemplate(this.areLettersOn, (isOn) => {
        this.areLettersOn = isOn;
        setLetters(isOn);
      })}
    `;
  }

  private barTemplate(): TemplateResult {
    const isSpanning = this.spanStartMs !== undefined;
    return html`<div class="room__bar">
      <button type="button" class="govuk-button" @click=${() => this.acts.act("comment")}>Comment <kbd aria-hidden="true">C</kbd></button>
      <button type="button" class="govuk-button govuk-button--secondary" aria-pressed=${isSpanning ? "true" : "false"}
        @click=${() => this.acts.act("span")}>${isSpanning ? "End the span" : "Begin a span"} <kbd aria-hidden="true">R</kbd></button>
      <button type="button" class="link-button room__keys" @click=${() => this.acts.act("help")}>Keys <kbd aria-hidden="true">?</kbd></button>
    </div>`;
  }

  private reelTemplate(): TemplateResult | typeof nothing {
    const showing = this.reel.showing;
    const criterion = this.outbox?.served?.rubric.criteria.find((each) => each.code === showing?.criterion);
    if (!showing || !criterion) return nothing;
    return html`<div class="room__reel">
      <p role="status">Evidence on ${shortLabel(criterion)}: ${showing.place} of ${showing.total}</p>
      ${showing.place < showing.total ? html`<button type="button" class="link-button" @click=${() => this.player && this.reel.skip(this.player)}>Next</button>` : nothing}
      <button type="button" class="link-button" @click=${() => this.acts.act("stop")}>Stop <kbd aria-hidden="true">Esc</kbd></button>
    </div>`;
  }

  private tabTemplate(side: Side, text: string): TemplateResult {
    return html`<button type="button" class="room__tab" aria-pressed=${this.side === side ? "true" : "false"}
      @click=${() => {
        this.side = side;
      }}>${text}</button>`;
  }

  private footTemplate(): TemplateResult {
    const base = `/observations/${this.observation}/mark`;
    const reference = this.outbox?.served?.reference;
    if (this.isLocked) {
      return html`<div class="room__foot">
        <p class="room__standing" role="status">Submitted and locked. Reference <strong>${reference}</strong>.</p>
        <a class="govuk-link" href="${base}/receipt">Receipt</a>
        <a class="govuk-button govuk-button--secondary" href="${base}/amend">Amend</a></div>`;
    }
    return html`<div class="room__foot">
      ${leavingTemplate(this.leaving, {
        goOn: () => this.acts.comments.edit(this.leaving.draft),
        leaveIt: () => this.acts.leave(`${base}/check`, true),
        stay: () => this.leaving.cancel(),
      })}
      <p class="room__standing" role="status">${this.outbox ? standingText(this.outbox.standing) : ""}</p>
      <a class="govuk-button" href="${base}/check" @click=${(event: MouseEvent) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        this.acts.leave(`${base}/check`, false);
      }}>Check answers</a></div>`;
  }

  private async open(waitMs: number): Promise<void> {
    const store = new DeviceStore(`${this.person}/${this.observation}`);
    const outbox = new Outbox(store, new ObservationServer(this.observation), () => this.changed());
    try {
      await outbox.load();
    } catch (error) {
      outbox.close();
      if (!this.isConnected) return;
      this.fault = faultText(error);
      this.retry = setTimeout(() => void this.open(Math.min(waitMs * 2, LONGEST_WAIT_MS)), waitMs);
      return;
    }
    this.fault = "";
    this.outbox = outbox;
    this.writing = new Writing(outbox, () => this.requestUpdate());
    if (!this.isLocked && this.writing.restore()) this.said = "Your unfinished comment is as you left it.";
    this.requestUpdate();
    await this.updateComplete;
    this.acts.goToAddress();
  }

  private changed(): void {
    const standing = this.outbox?.standing;
    if (standing?.isSending) this.sentAt = performance.now();
    if (standing) this.leaving.see(standing);
    this.requestUpdate();
  }

  private reelMoved(): void {
    if (this.reel.showing) this.selected = this.reel.showing.comment;
    this.requestUpdate();
  }

  private keyed = (event: KeyboardEvent): void => {
    const target = event.target instanceof Element ? event.target : null;
    if (event.defaultPrevented || isTyping(target) || ownsKey(target, event.key)) return;
    const act = actOf(event, this.areLettersOn);
    if (!act || !this.outbox) return;
    if (this.acts.act(act)) event.preventDefault();
  };

  /** Another device of the same person may have written. */
  private heard = (): void => {
    if (performance.now() - this.sentAt > ECHO_MS) void this.outbox?.refresh();
  };

  private online = (): void => {
    if (this.outbox) {
      this.outbox.wake();
    } else if (this.retry !== undefined) {
      clearTimeout(this.retry);
      void this.open(FIRST_WAIT_MS);
    }
  };

  /** Whoever looks away may go on elsewhere; whoever comes back may have been elsewhere. */
  private seen = (): void => {
    if (document.visibilityState === "hidden") void this.outbox?.flush();
    else if (this.outbox?.standing.unsent) this.outbox.wake();
    else void this.outbox?.refresh();
  };

  private closing = (event: BeforeUnloadEvent): void => {
    const standing = this.outbox?.standing;
    if (standing && !standing.isKept && standing.unsent > 0) event.preventDefault();
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "marking-room": MarkingRoom;
  }
}

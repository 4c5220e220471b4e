import { html, LitElement, nothing, type TemplateResult } from "lit";
import { OfflineError } from "../api/request";
import type { CommentWords, MarkSheetWords } from "../api/types";
import type { LessonPlayer } from "../lesson-player/lesson-player";
import type { Marker } from "../lesson-player/timeline";
import { Outbox } from "../outbox/outbox";
import { DeviceStore, type KeptComment } from "../outbox/store";
import { type CommentActs, commentsTemplate, inOrder } from "./comments";
import { composerTemplate } from "./composer";
import { type Act, actOf, HELP, isTyping, ownsKey } from "./keys";
import { judgedCount, rubricTemplate } from "./rubric";
import { ObservationServer } from "./server";

type Side = "comments" | "rubric";

const LETTERS_KEY = "observe-letter-keys";
const MOMENT_MS = 5000; // how much of the lesson the evidence reel plays for a comment on one moment

/**
 * The room where an assessor marks: film, timeline, comments, rubric.
 *
 * Attributes: `observation`, `lesson`, `person` (ids).
 */
export class MarkingRoom extends LitElement {
  static override properties = {
    observation: { type: String },
    lesson: { type: String },
    person: { type: String },
    tick: { state: true },
    composing: { state: true },
    selected: { state: true },
    side: { state: true },
    tag: { state: true },
    citing: { state: true },
    spanStartMs: { state: true },
    removed: { state: true },
    fault: { state: true },
    areLettersOn: { state: true },
  };

  declare observation: string;
  declare lesson: string;
  declare person: string;
  declare tick: number;
  declare composing: { id: string; words: CommentWords; isNew: boolean } | undefined;
  declare selected: string;
  declare side: Side;
  declare tag: string;
  declare citing: string;
  declare spanStartMs: number | undefined;
  declare removed: KeptComment | undefined;
  declare fault: string;
  declare areLettersOn: boolean;

  private outbox: Outbox | undefined;
  private store: DeviceStore | undefined;
  private isReeling = false;

  constructor() {
    super();
    this.tick = 0;
    this.selected = "";
    this.side = "comments";
    this.tag = "";
    this.citing = "";
    this.fault = "";
    this.areLettersOn = localStorage.getItem(LETTERS_KEY) !== "off";
  }

  override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.querySelector("noscript")?.remove();
    document.addEventListener("keydown", this.keyed);
    globalThis.addEventListener("online", this.wake);
    document.addEventListener("visibilitychange", this.wake);
    void this.open();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("keydown", this.keyed);
    globalThis.removeEventListener("online", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
    this.outbox?.close();
  }

  override render(): TemplateResult {
    const sheet = this.outbox?.served;
    if (this.fault) return html`<div class="govuk-inset-text" role="alert"><p>${this.fault}</p></div>`;
    if (!this.outbox || !sheet) return html`<p class="quiet" role="status">Opening the room…</p>`;
    const criteria = sheet.rubric.criteria;
    const words = this.outbox.sheet?.words ?? { judgements: {}, fields: {} };
    const all = inOrder(this.outbox.comments.values(), "");
    return html`
      <div class="room">
        <div class="room__film">
          <lesson-player lesson=${this.lesson} .markers=${this.markers(all)} @lesson-marker=${this.markerChosen}></lesson-player>
          ${this.isLocked ? nothing : this.actsTemplate()}
        </div>
        <div class="room__tabs" role="group" aria-label="Show">
          ${this.tabTemplate("comments", `Comments (${all.length})`)}
          ${this.tabTemplate("rubric", `Rubric (${judgedCount(sheet.rubric, words)} of ${criteria.length})`)}
        </div>
        <section class="room__comments ${this.side === "comments" ? "" : "room__part--behind"}" aria-label="Comments">
          ${
            this.composing
              ? composerTemplate(this.composing.words, criteria, this.composing.isNew, {
                  change: (changed) => this.compose(changed),
                  save: () => void this.saveComment(),
                  keep: () => this.keepComment(),
                  discard: () => void this.discardComment(),
                })
              : nothing
          }
          ${this.removedTemplate()}
          <label class="room__filter"><span>Show</span> <select class="govuk-select" @change=${this.filtered}>
            <option value="">every comment</option>
            ${criteria.map((each) => html`<option value=${each.code} ?selected=${this.tag === each.code}>${each.label}</option>`)}
          </select></label>
          ${commentsTemplate(inOrder(this.outbox.comments.values(), this.tag), criteria, this.selected, this.isLocked, this.commentActs)}
        </section>
        <section class="room__rubric ${this.side === "rubric" ? "" : "room__part--behind"}" aria-label="Rubric">
          <h2 class="room__title">${sheet.rubric.title}</h2>
          ${this.sheetConflictTemplate()}
          ${rubricTemplate(
            {
              rubric: sheet.rubric,
              words,
              served: sheet,
              comments: all,
              isLocked: this.isLocked,
              citing: this.citing,
            },
            {
              change: (changed) => void this.outbox?.putSheet(changed),
              cite: (criterion) => this.cite(criterion),
              show: (id) => this.choose(id),
              reel: (criterion) => void this.reel(criterion),
            },
          )}
        </section>
        <div class="room__foot">
          <p class="room__standing" role="status">${this.standingText()}</p>
          ${
            this.isLocked
              ? html`<a class="govuk-button govuk-button--secondary" href="/observations/${this.observation}/mark/receipt">Receipt ${sheet.reference}</a>`
              : html`<a class="govuk-button" href="/observations/${this.observation}/mark/check" @click=${this.leave}>Check and submit</a>`
          }
        </div>
      </div>
      ${this.helpTemplate()}
    `;
  }

  private actsTemplate(): TemplateResult {
    const isSpanning = this.spanStartMs !== undefined;
    return html`<div class="room__acts">
      <button type="button" class="govuk-button" @click=${() => this.act("comment")}>Comment on this frame <kbd aria-hidden="true">C</kbd></button>
      <button type="button" class="govuk-button govuk-button--secondary" @click=${() => this.act("span")}>${isSpanning ? "End the span" : "Begin a span"} <kbd aria-hidden="true">R</kbd></button>
      <button type="button" class="link-button" @click=${() => this.act("help")}>Keys <kbd aria-hidden="true">?</kbd></button>
      ${isSpanning ? html`<p class="room__spanning" role="status">A span has begun. Press R again where it ends.</p>` : nothing}
    </div>`;
  }

  private tabTemplate(side: Side, text: string): TemplateResult {
    return html`<button type="button" class="room__tab" aria-pressed=${this.side === side ? "true" : "false"}
      @click=${() => {
        this.side = side;
      }}>${text}</button>`;
  }

  private removedTemplate(): TemplateResult | typeof nothing {
    const removed = this.removed;
    if (!removed) return nothing;
    return html`<div class="room__removed" role="status"><p>The comment is deleted.</p>
      <button type="button" class="link-button" @click=${() => this.undo(removed)}>Undo</button></div>`;
  }

  private sheetConflictTemplate(): TemplateResult | typeof nothing {
    const [mine, theirs] = [this.outbox?.sheet?.words, this.outbox?.sheet?.theirs];
    if (!mine || !theirs) return nothing;
    const settle = (words: MarkSheetWords) => void this.outbox?.settleSheet(words);
    return html`<div class="conflict" role="group" aria-label="Changed on another device">
      <p><strong>This mark sheet was changed on another device.</strong> Nothing is lost; both are kept until you choose.</p>
      ${differences(mine, theirs).map(
        (each) => html`<dl class="conflict__pair"><dt>${each.where}, here</dt><dd>${each.mine || "–"}</dd>
        <dt>${each.where}, there</dt><dd>${each.theirs || "–"}</dd></dl>`,
      )}
      <div class="conflict__acts">
        <button type="button" class="link-button" @click=${() => settle(mine)}>Keep what this device says</button>
        <button type="button" class="link-button" @click=${() => settle({ judgements: theirs.judgements, fields: theirs.fields })}>Take what the other device says</button>
      </div></div>`;
  }

  private helpTemplate(): TemplateResult {
    return html`<dialog class="help" aria-labelledby="help-title">
      <h2 class="govuk-heading-m" id="help-title">Keys</h2>
      <dl class="help__keys">${HELP.map(([keys, what]) => html`<dt><kbd>${keys}</kbd></dt><dd>${what}</dd>`)}</dl>
      <label class="help__switch"><input type="checkbox" .checked=${this.areLettersOn} @change=${this.lettersSwitched}>
        Keys of a single letter are on</label>
      <form method="dialog"><button class="govuk-button">Close</button></form>
    </dialog>`;
  }

  private get player(): LessonPlayer | null {
    return this.querySelector("lesson-player");
  }

  private get isLocked(): boolean {
    return this.outbox?.served?.state === "submitted";
  }

  private get commentActs(): CommentActs {
    return {
      choose: (id) => this.choose(id),
      edit: (id) => this.edit(id),
      remove: (id) => this.deleteComment(id),
      settle: (id, words) => void this.outbox?.settleComment(id, words),
    };
  }

  private async open(): Promise<void> {
    this.store = new DeviceStore(`${this.person}/${this.observation}`);
    const outbox = new Outbox(this.store, new ObservationServer(this.observation), () => {
      this.tick += 1;
    });
    try {
      await outbox.load();
    } catch (error) {
      this.fault =
        error instanceof OfflineError
          ? "The server cannot be reached, so the room cannot be opened. What you wrote before is kept on this device. Reload when you are back online."
          : "The room could not be opened. Reload the page; what you wrote is kept.";
      return;
    }
    this.outbox = outbox;
    const draft = await this.store.draft();
    if (draft && !this.isLocked) {
      this.composing = { ...draft, isNew: !outbox.comments.has(draft.id) };
    }
    this.requestUpdate();
  }

  private markers(comments: readonly KeptComment[]): Marker[] {
    const codes = this.outbox?.served?.rubric.criteria.map((criterion) => criterion.code) ?? [];
    return comments.map(({ id, words }) => ({
      id,
      atMs: words.at_ms,
      untilMs: words.until_ms,
      kind: words.kind,
      label: words.text.slice(0, 80),
      colour: Math.max(0, codes.indexOf(words.tags[0] ?? "")) % 8,
      isSelected: id === this.selected,
    }));
  }

  private keyed = (event: KeyboardEvent): void => {
    const target = event.target instanceof Element ? event.target : null;
    if (event.defaultPrevented || isTyping(target) || ownsKey(target, event.key)) return;
    const act = actOf(event, this.areLettersOn);
    if (!act || !this.outbox) return;
    event.preventDefault();
    this.act(act);
  };

  private act(act: Act): void {
    const player = this.player;
    if (!player) return;
    const acts: Record<Act, () => void> = {
      toggle: () => player.toggle(),
      slower: () => player.slower(),
      faster: () => player.faster(),
      back: () => void player.nudge(-5000),
      forward: () => void player.nudge(5000),
      "back-little": () => void player.nudge(-1000),
      "forward-little": () => void player.nudge(1000),
      "frame-back": () => void player.step(-1),
      "frame-forward": () => void player.step(1),
      comment: () => this.begin(player.lessonTime, null),
      span: () => this.span(player.lessonTime),
      previous: () => this.go(-1),
      next: () => this.go(1),
      help: () => this.querySelector("dialog")?.showModal(),
    };
    acts[act]();
  }

  private begin(atMs: number, untilMs: number | null): void {
    if (this.isLocked) return;
    this.isReeling = false;
    this.player?.pause();
    this.side = "comments";
    const words: CommentWords = {
      at_ms: atMs,
      until_ms: untilMs,
      kind: "strength",
      text: "",
      tags: [],
      visibility: "feedback",
    };
    this.composing ??= { id: crypto.randomUUID(), words, isNew: true };
    void this.focusComposer();
  }

  private span(lessonMs: number): void {
    if (this.isLocked) return;
    if (this.spanStartMs === undefined) {
      this.spanStartMs = lessonMs;
      return;
    }
    const [from, until] = [Math.min(this.spanStartMs, lessonMs), Math.max(this.spanStartMs, lessonMs)];
    this.spanStartMs = undefined;
    this.begin(from, until);
  }

  private compose(words: CommentWords): void {
    if (!this.composing) return;
    this.composing = { ...this.composing, words };
    void this.store?.putDraft({ id: this.composing.id, words });
  }

  private async saveComment(): Promise<void> {
    const composing = this.composing;
    if (!composing || !this.outbox) return;
    if (composing.words.text.trim() === "" && composing.words.tags.length === 0) {
      await this.discardComment();
      return;
    }
    this.composing = undefined;
    this.selected = composing.id;
    this.removed = undefined;
    await this.outbox.putComment(composing.id, composing.words);
    await this.store?.removeDraft();
    await this.rest();
    if (composing.isNew) void this.player?.play();
  }

  /** Leaves the comment for later: it is kept on the device and opens again with C. */
  private keepComment(): void {
    void this.rest();
  }

  private async discardComment(): Promise<void> {
    this.composing = undefined;
    await this.store?.removeDraft();
    await this.rest();
  }

  /** Gives the keys back to the film. */
  private async rest(): Promise<void> {
    await this.updateComplete;
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  }

  private async focusComposer(): Promise<void> {
    await this.updateComplete;
    this.querySelector<HTMLTextAreaElement>("#comment-text")?.focus();
  }

  private edit(id: string): void {
    const comment = this.outbox?.comments.get(id);
    if (!comment) return;
    this.selected = id;
    this.composing = { id, words: comment.words, isNew: false };
    void this.focusComposer();
  }

  private deleteComment(id: string): void {
    this.removed = this.outbox?.comments.get(id);
    void this.outbox?.deleteComment(id);
  }

  private undo(comment: KeptComment): void {
    this.removed = undefined;
    void this.outbox?.putComment(comment.id, comment.words);
  }

  private choose(id: string): void {
    this.isReeling = false;
    const comment = this.outbox?.comments.get(id);
    if (!comment) return;
    this.selected = id;
    this.player?.pause();
    void this.player?.seek(comment.words.at_ms);
    this.querySelector(`[data-comment="${id}"]`)?.scrollIntoView({ block: "nearest" });
  }

  private go(by: number): void {
    const comments = inOrder(this.outbox?.comments.values() ?? [], this.tag);
    const present = comments.findIndex((comment) => comment.id === this.selected);
    const next = comments[present < 0 ? (by > 0 ? 0 : comments.length - 1) : present + by];
    if (next) this.choose(next.id);
  }

  private cite(criterion: string): void {
    const last = this.citing;
    this.citing = criterion;
    void this.updateComplete.then(() => {
      const goal = criterion ? `#cite-${criterion} input` : `#reason-${last}`;
      this.querySelector<HTMLElement>(goal)?.focus();
    });
  }

  /** Plays everything that was tagged with a criterion, one after the other. */
  private async reel(criterion: string): Promise<void> {
    this.isReeling = true;
    for (const comment of inOrder(this.outbox?.comments.values() ?? [], criterion)) {
      if (!this.isReeling) return;
      this.selected = comment.id;
      const { at_ms, until_ms } = comment.words;
      await this.player?.playSpan(at_ms, until_ms ?? at_ms + MOMENT_MS);
    }
    this.isReeling = false;
  }

  private markerChosen = (event: CustomEvent<{ id: string }>): void => {
    this.choose(event.detail.id);
  };

  private filtered = (event: Event): void => {
    this.tag = (event.target as HTMLSelectElement).value;
  };

  private lettersSwitched = (event: Event): void => {
    this.areLettersOn = (event.target as HTMLInputElement).checked;
    localStorage.setItem(LETTERS_KEY, this.areLettersOn ? "on" : "off");
  };

  private wake = (): void => {
    if (document.visibilityState === "visible") this.outbox?.wake();
  };

  /** Goes to the check page only when the server has everything. */
  private leave = (event: MouseEvent): void => {
    event.preventDefault();
    const goal = (event.currentTarget as HTMLAnchorElement).href;
    void this.outbox?.flush().then((isEmpty) => {
      if (isEmpty) location.assign(goal);
    });
  };

  private standingText(): string {
    const standing = this.outbox?.standing;
    if (!standing) return "";
    if (this.isLocked) return "Submitted and locked.";
    if (standing.problem) return standing.problem;
    if (!standing.isReachable) return `Saved on this device, ${standing.unsent} not yet sent.`;
    if (standing.isSending) return "Saving…";
    return standing.unsent > 0 ? `Saved on this device, ${standing.unsent} not yet sent.` : "Saved.";
  }
}

/** Returns where two versions of a mark sheet differ, in words. */
function differences(
  mine: MarkSheetWords,
  theirs: MarkSheetWords,
): { where: string; mine: string; theirs: string }[] {
  const say = (words: MarkSheetWords): Map<string, string> =>
    new Map([
      ...Object.entries(words.judgements).map(
        ([code, each]) => [code, [each.level ?? "", each.rationale].filter(Boolean).join(": ")] as const,
      ),
      ...Object.entries(words.fields).map(([code, each]) => [code, [each].flat().join("; ")] as const),
    ]);
  const [here, there] = [say(mine), say(theirs)];
  return [...new Set([...here.keys(), ...there.keys()])]
    .map((where) => ({ where, mine: here.get(where) ?? "", theirs: there.get(where) ?? "" }))
    .filter((each) => each.mine !== each.theirs);
}

declare global {
  interface HTMLElementTagNameMap {
    "marking-room": MarkingRoom;
  }
}

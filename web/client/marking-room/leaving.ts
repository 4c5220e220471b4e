import { html, nothing, type TemplateResult } from "lit";
import type { Standing } from "../outbox/standing";
import { count } from "./words";

/** On the way to the check page, which shows what the server has: so it has to have everything first. */
export class Leaving {
  state: "staying" | "asking" | "waiting" | "stopped" = "staying";
  draft = ""; // an unfinished comment to go on with
  drafts = 0;
  private goal = "";
  private go: () => void = () => undefined;

  constructor(private readonly onChange: () => void) {}

  /** Asks first what should become of comments that are not finished. */
  ask(drafts: readonly { id: string }[]): void {
    this.drafts = drafts.length;
    this.draft = drafts[0]?.id ?? "";
    this.become("asking");
  }

  /** Goes as soon as everything is sent. */
  wait(goal: string, go: () => void): void {
    this.goal = goal;
    this.go = go;
    this.become("waiting");
  }

  cancel(): void {
    if (this.state !== "staying") this.become("staying");
  }

  see({ unsent, waiting, problems, isSending }: Standing): void {
    if (this.state === "stopped" && unsent === 0) this.become("staying");
    if (this.state !== "waiting") return;
    if (unsent === 0 && !isSending && this.goal) this.go();
    else if (waiting > 0 || problems.length > 0) this.become("stopped");
  }

  private become(state: Leaving["state"]): void {
    this.state = state;
    this.onChange();
  }
}

export function leavingTemplate(
  leaving: Leaving,
  acts: { goOn: () => void; leaveIt: () => void; stay: () => void },
): TemplateResult | typeof nothing {
  const button = (text: string, act: () => void) =>
    html`<button type="button" class="link-button" @click=${act}>${text}</button>`;
  switch (leaving.state) {
    case "staying":
      return nothing;
    case "asking":
      return html`<div class="leaving" role="alert"><p>${count(leaving.drafts, "comment is", "comments are")} not finished. What is unfinished stays on this device and is no part of your marking.</p>
        ${button("Go on writing", acts.goOn)} ${button("Check answers without it", acts.leaveIt)}</div>`;
    case "waiting":
      return html`<div class="leaving" role="status"><p>Sending what is left. Your answers open as soon as everything has arrived.</p>
        ${button("Stay here", acts.stay)}</div>`;
    case "stopped":
      return html`<div class="leaving" role="alert"><p>Something needs you first: see the marked places above.</p>
        ${button("Close", acts.stay)}</div>`;
  }
}

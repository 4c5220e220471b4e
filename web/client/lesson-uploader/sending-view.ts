/** How far a film is, and what can be done about it while it is being sent. */

import { html, nothing, type TemplateResult } from "lit";
import { doubtAbout } from "./check";
import type { Look } from "./film";
import type { Planned } from "./plan";
import { bytesText, leftText, percentOf } from "./progress";
import type { Shrinking } from "./shrinking";
import type { TransferState } from "./transfer";
import type { Verdict } from "./verdict";

const SAID_EVERY = 25; // percent, aloud
const WAITING = {
  unreachable: "The server cannot be reached just now. Trying again by itself; nothing is lost.",
  busy: "The server is busy. Trying again by itself; nothing is lost.",
  "disk-full":
    "There is no room for the film on the server just now. Trying again by itself; nothing is lost. If it lasts, tell your provider.",
};

/** How a film stands that has been chosen. */
export interface Standing {
  file: File | undefined;
  isWhole: boolean; // not a smaller copy
  look: Look | undefined;
  waiting: readonly Planned[]; // to be sent after it
  sent: number; // bytes
  state: TransferState | "choosing";
  verdict: Verdict | undefined;
  isHeld: boolean; // until there is Wi-Fi
  isAsking: boolean; // whether to throw away what has been sent
}

export interface Sending extends Standing {
  speed: number | undefined; // bytes a second
  shrinking: Shrinking | undefined;
}

export interface SendingEvents {
  onPause(): void;
  onGoOn(): void;
  onShrink(): void;
  onAsk(isAsking: boolean): void;
  onGiveUp(): void;
}

/** Shows how far a film is. */
export function sendingTemplate(sending: Sending, events: SendingEvents): TemplateResult {
  const { file, look, sent, state, speed, shrinking } = sending;
  const size = file?.size ?? 0;
  const percent = percentOf(sent, size);
  const doubt = state === "sending" ? doubtAbout(look) : "";
  const rest = { bytesLeft: size - sent, bytesPerSecond: speed, durationMs: look?.durationMs };
  return html`
    ${filmTemplate(sending)}
    <progress class="uploader__bar" max=${Math.max(1, size)} .value=${sent}
      aria-label="Sent so far" aria-valuetext="${percent} %"></progress>
    <p class="uploader__figures figures"><strong>${percent} %</strong>
      <span>${bytesText(sent)} of ${bytesText(size)}</span>
      <span class="quiet">${speed ? html`${bytesText(speed)}/s · ${leftText(size - sent, speed)}` : nothing}</span></p>
    ${shrinking?.isBusy ? nothing : stateTemplate(sending, percent)}
    ${doubt ? html`<p class="uploader__doubt">${doubt}</p>` : nothing}
    ${sending.isWhole ? shrinking?.template(rest, look, events.onShrink) : nothing}
    ${shrinking?.isBusy ? nothing : sending.isAsking ? askingTemplate(events) : buttonsTemplate(sending, events)}
  `;
}

/** Names a film, and those that follow it. */
export function filmTemplate({ file, look, waiting }: Standing): TemplateResult {
  return html`<p class="uploader__name">${file?.name}
      <span class="quiet figures">${sizeText(file?.size ?? 0, look?.durationMs)}</span></p>
    ${queueTemplate(waiting)}`;
}

function stateTemplate(sending: Sending, percent: number): TemplateResult {
  const said = percent - (percent % SAID_EVERY);
  const isAllSent = sending.sent >= (sending.file?.size ?? 0) - 1;
  return html`<p class="uploader__state uploader__state--${sending.state}" role="status">${stateWords(sending, isAllSent)}
    ${said > 0 ? html`<span class="govuk-visually-hidden">${said} % sent.</span>` : nothing}</p>`;
}

function buttonsTemplate({ state, isHeld }: Sending, events: SendingEvents): TemplateResult {
  const isPaused = state === "paused" || state === "signed-out";
  const goOn = isHeld ? "Send over the mobile network" : "Go on";
  return html`<div class="button-row">
    ${
      state === "signed-out"
        ? html`<a class="govuk-button" href="/sign-in" target="_blank" rel="noopener">Sign in (opens in a new tab)</a>`
        : nothing
    }
    <button type="button" class="govuk-button govuk-button--secondary"
      @click=${isPaused ? events.onGoOn : events.onPause}>${isPaused ? goOn : "Pause"}</button>
    ${
      state === "waiting"
        ? html`<button type="button" class="govuk-button govuk-button--secondary" @click=${events.onGoOn}>Try now</button>`
        : nothing
    }
    <button type="button" class="uploader__quiet" @click=${() => events.onAsk(true)}>Cancel this upload</button>
  </div>`;
}

/** Asks before what has been sent is thrown away. */
function askingTemplate(events: SendingEvents): TemplateResult {
  return html`<div class="uploader__asking" role="group" aria-labelledby="uploader-asking">
    <p id="uploader-asking"><strong>Throw away what has been sent?</strong> To send this film later, you would begin at its first byte again.</p>
    <div class="button-row">
      <button type="button" class="govuk-button govuk-button--warning" @click=${events.onGiveUp}>Throw it away</button>
      <button type="button" class="govuk-button govuk-button--secondary" @click=${() => events.onAsk(false)}>Keep sending</button>
    </div>
  </div>`;
}

/** Says what is still to be sent after the present film. */
function queueTemplate(waiting: readonly Planned[]): TemplateResult | typeof nothing {
  if (waiting.length === 0) return nothing;
  return html`<p class="quiet">Then: ${waiting.map(({ file }) => file.name).join(", ")}. Keep this page open.</p>`;
}

/** Returns how an upload stands, in words. */
function stateWords({ state, verdict, isHeld }: Standing, isAllSent: boolean): string {
  switch (state) {
    case "waiting":
      if (!navigator.onLine)
        return "There is no network. The upload goes on by itself when it is back; nothing is lost.";
      return WAITING[verdict?.kind === "again" ? verdict.why : "unreachable"];
    case "paused":
      if (isHeld)
        return "Waiting for Wi-Fi: nothing is sent over the mobile network. What has been sent is kept.";
      return "Paused. What has been sent is kept.";
    case "signed-out":
      return "You have been signed out. Sign in in a new tab, then come back: the upload goes on where it stopped.";
    default:
      return isAllSent
        ? "Waiting for the server to confirm that every byte has arrived."
        : "Sending. Keep this page open; it goes on by itself if the connection breaks.";
  }
}

/** Returns a film's size and length. */
function sizeText(bytes: number, durationMs: number | undefined): string {
  if (durationMs === undefined) return bytesText(bytes);
  const seconds = Math.round(durationMs / 1000);
  const length = seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  return `${bytesText(bytes)}, ${length}`;
}

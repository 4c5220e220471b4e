/** The player's buttons. */

import { html, nothing, type TemplateResult } from "lit";
import { camerasTemplate } from "./cameras";
import { captionsTemplate } from "./captions";
import { choiceTemplate } from "./choice";
import { AUTO, type Choice, choiceOf, type Quality, qualityText } from "./quality";
import { type Stretch, timeText } from "./time";

export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];
const SPEED_OPTIONS = SPEEDS.map((speed) => ({ value: String(speed), text: `${speed}×` }));

export interface ControlsState {
  isPlaying: boolean;
  isMuted: boolean;
  isFull: boolean;
  hasSound: boolean;
  loudness: number; // 0 to 2
  speed: number;
  lessonMs: number;
  durationMs: number;
  choice: Choice;
  qualities: readonly Quality[];
  quality: Quality | undefined;
  cameras: readonly Stretch[]; // that show the present moment
  camera: Stretch | undefined;
  languages: readonly [language: string, label: string][];
  language: string; // of the captions; empty for none
}

export interface ControlsEvents {
  onToggle(): void;
  onNudge(ms: number): void;
  onStep(direction: 1 | -1): void;
  onSpeed(speed: number): void;
  onQuality(choice: Choice): void;
  onCamera(camera: Stretch): void;
  onCaptions(language: string): void;
  onMute(): void;
  onLoudness(level: number): void;
  onFull(): void;
}

const ICONS = {
  play: "M7 4.5v15l13-7.5z",
  pause: "M6.5 5h3.5v14H6.5zM14 5h3.5v14H14z",
  frameBack: "M16 6l-8 6 8 6zM6 6v12",
  frameOn: "M8 6l8 6-8 6zM18 6v12",
  quiet: "M4 9.5v5h3.5L12 18V6L7.5 9.5zM16 9.5l5 5M21 9.5l-5 5",
  loud: "M4 9.5v5h3.5L12 18V6L7.5 9.5zM15.5 9a4.5 4.5 0 010 6M18 6.5a8 8 0 010 11",
  full: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  small: "M9 4v5H4M20 9h-5V4M15 20v-5h5M4 15h5v5",
};

/** Draws the row of controls under the timeline. */
export function controlsTemplate(state: ControlsState, events: ControlsEvents): TemplateResult {
  return html`
    <div class="player__controls" role="group" aria-label="Player">
      ${button(state.isPlaying ? "Pause" : "Play", icon(state.isPlaying ? ICONS.pause : ICONS.play), () => events.onToggle(), "player__button--main")}
      <button type="button" class="player__button" @click=${() => events.onNudge(-5000)} aria-label="−5 s, go back">−5 s</button>
      <button type="button" class="player__button" @click=${() => events.onNudge(5000)} aria-label="+5 s, go forward">+5 s</button>
      ${button("Back one frame", icon(ICONS.frameBack), () => events.onStep(-1), "player__button--wide-only")}
      ${button("Forward one frame", icon(ICONS.frameOn), () => events.onStep(1), "player__button--wide-only")}
      <span class="player__time figures"><span class="govuk-visually-hidden">Lesson time </span>${timeText(state.lessonMs)}<span class="player__length"> / ${timeText(state.durationMs)}</span></span>
      ${choiceTemplate("Speed", SPEED_OPTIONS, String(state.speed), (speed) => events.onSpeed(Number(speed)), "player__speed")}
      ${camerasTemplate(state.cameras, state.camera, events.onCamera)}
      ${captionsTemplate(state.languages, state.language, events.onCaptions)}
      ${qualityTemplate(state, events)}
      ${state.hasSound ? soundTemplate(state, events) : html`<span class="player__silent">No sound</span>`}
      ${button(state.isFull ? "Leave full screen" : "Full screen", icon(state.isFull ? ICONS.small : ICONS.full), () => events.onFull())}
    </div>
  `;
}

function qualityTemplate({ choice, qualities, quality }: ControlsState, events: ControlsEvents) {
  if (qualities.length < 2) return nothing;
  const auto = choice === AUTO && quality ? `Auto (${qualityText(quality)})` : "Auto";
  const chosen = qualities.some((each) => choiceOf(each) === choice) ? choice : AUTO;
  const offered = qualities.map((each) => ({ value: choiceOf(each), text: qualityText(each) }));
  return choiceTemplate(
    "Quality",
    [{ value: AUTO, text: auto }, ...offered],
    chosen,
    (value) => events.onQuality(value),
    "player__quality",
  );
}

function soundTemplate(state: ControlsState, events: ControlsEvents): TemplateResult {
  const percent = Math.round(state.loudness * 100);
  const isQuiet = state.isMuted || state.loudness === 0;
  return html`<span class="player__sound">
    <button type="button" class="player__button" @click=${() => events.onMute()} aria-pressed=${state.isMuted}
      aria-label="Mute" title="Mute">${icon(isQuiet ? ICONS.quiet : ICONS.loud)}</button>
    <input class="player__loudness" type="range" min="0" max="2" step="0.05" .value=${String(state.loudness)}
      aria-label="Volume" aria-valuetext="${percent} %${percent > 100 ? ", amplified" : ""}" title="Volume: ${percent} %"
      @input=${(event: Event) => events.onLoudness(Number((event.target as HTMLInputElement).value))}
      @keydown=${(event: Event) => event.stopPropagation()}>
  </span>`;
}

function button(name: string, content: TemplateResult, onClick: () => void, kind = ""): TemplateResult {
  return html`<button type="button" class="player__button ${kind}" aria-label=${name} title=${name} @click=${onClick}>${content}</button>`;
}

function icon(path: string): TemplateResult {
  return html`<svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" focusable="false"><path d=${path}></path></svg>`;
}

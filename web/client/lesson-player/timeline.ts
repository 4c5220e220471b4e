/** The whole lesson as a line: takes, gaps, the present moment, a marker for each comment. */

import { html, nothing, svg, type TemplateResult } from "lit";
import type { CommentKind } from "../api/types";
import { MOST_LANES, type Place, placesOf } from "./lanes";
import { type Preview, previewTemplate } from "./storyboard";
import { type Gap, type Stretch, timeSpoken, timeText } from "./time";
import { type Peaks, waveformPath } from "./waveform";

/** One comment on the timeline. */
export interface Marker {
  id: string;
  atMs: number;
  untilMs: number | null;
  kind: CommentKind;
  label: string;
  colour: number; // 0 to 7: the first tag's place in the rubric
  isSelected: boolean;
}

export interface TimelineState {
  durationMs: number;
  lessonMs: number;
  bufferedMs: number;
  widthPx: number;
  stretches: readonly Stretch[];
  gaps: readonly Gap[];
  markers: readonly Marker[];
  /** Whether more film is still arriving. */
  isGrowing: boolean;
  peaksOf(stretch: Stretch): Peaks | undefined;
  /** What is shown of the moment that is pointed at. */
  preview: Preview | undefined;
}

export interface TimelineEvents {
  onSeek(lessonMs: number): void;
  onNudge(ms: number): void;
  onMarker(id: string): void;
  /** A moment is pointed at, or none any more. */
  onPoint(lessonMs: number | undefined): void;
}

export const TARGET_PX = 24;

const WIDTH = 1000;
const HEIGHT = 20;
// While the line has the focus; what the keys do elsewhere on a page is not the player's to say.
const KEYS: Record<string, number> = {
  ArrowLeft: -5000,
  ArrowRight: 5000,
  ArrowDown: -5000,
  ArrowUp: 5000,
  PageDown: -30_000,
  PageUp: 30_000,
};
const LITTLE_MS = 1000;

// Shape says the kind; colour is never the only sign.
const SIGNS: Record<CommentKind, string> = {
  strength: "M0 -8 L8 6 L-8 6 Z",
  target: "M-8 0 A8 8 0 1 0 8 0 A8 8 0 1 0 -8 0 Z M-3 0 A3 3 0 1 1 3 0 A3 3 0 1 1 -3 0 Z",
  question: "M0 -9 L9 0 L0 9 L-9 0 Z",
  note: "M-7 -7 H7 V7 H-7 Z",
};

/** Draws the timeline. */
export function timelineTemplate(state: TimelineState, events: TimelineEvents): TemplateResult {
  const markers = state.markers.toSorted((one, other) => one.atMs - other.atMs);
  const stop = Math.max(
    0,
    markers.findIndex((each) => each.isSelected),
  );
  const places = placesOf(
    markers.map((each) => each.atMs),
    state.durationMs,
    state.widthPx,
    TARGET_PX,
  );
  const lanes = Math.min(MOST_LANES, 1 + Math.max(0, ...places.map((each) => each.lane)));
  return html`
    <div class="timeline timeline--lanes-${lanes}">
      ${lineTemplate(state)}
      ${sliderTemplate(state, events)}
      ${previewTemplate(state.preview)}
      ${
        markers.length === 0
          ? nothing
          : html`<ol class="timeline__markers" aria-label="Comments on the timeline: left and right arrow keys go through them" @keydown=${goThrough}>
            ${markers.map((each, index) => markerTemplate(each, places[index] ?? { share: 0, lane: 0 }, index === stop, events))}
          </ol>`
      }
    </div>
  `;
}

/** One stop of the Tab key for all markers, or those of a long lesson would stand between a person and Play. */
function goThrough(event: KeyboardEvent): void {
  const buttons = [...(event.currentTarget as Element).querySelectorAll("button")];
  const present = buttons.indexOf(event.target as HTMLButtonElement);
  const next = { ArrowLeft: present - 1, ArrowRight: present + 1, Home: 0, End: buttons.length - 1 }[
    event.key
  ];
  if (next === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  buttons[Math.min(Math.max(0, next), buttons.length - 1)]?.focus();
}

/** Puts every marker at its share of the width. Markup with style attributes is refused by the page's policy. */
export function placeMarkers(root: ParentNode): void {
  for (const place of root.querySelectorAll<HTMLElement & { share?: number }>(".timeline__place")) {
    place.style.setProperty("inset-inline-start", `${(place.share ?? 0) * 100}%`);
  }
}

function lineTemplate(state: TimelineState): TemplateResult {
  const x = (ms: number) => (state.durationMs > 0 ? (ms / state.durationMs) * WIDTH : 0);
  const { lessonMs, bufferedMs } = state;
  return html`<svg class="timeline__line" viewBox="0 0 ${WIDTH} ${HEIGHT + 8}" preserveAspectRatio="none" aria-hidden="true" focusable="false">
    ${state.stretches.map((each) => bar("timeline__take", x(each.startMs), x(each.endMs)))}
    ${bar("timeline__buffered", x(lessonMs), x(Math.max(lessonMs, bufferedMs)))}
    ${state.stretches
      .filter((each) => each.startMs < lessonMs)
      .map((each) => bar("timeline__played", x(each.startMs), x(Math.min(each.endMs, lessonMs))))}
    ${state.stretches.map((each) => waveTemplate(state.peaksOf(each), x(each.startMs), x(each.endMs)))}
    ${state.gaps.map((each) => bar("timeline__gap", x(each.startMs), x(each.endMs)))}
    ${state.markers.map((each) =>
      each.untilMs === null
        ? nothing
        : svg`<rect class="timeline__span timeline__span--${each.kind}" x=${x(each.atMs)} y="0"
            width=${Math.max(3, x(each.untilMs) - x(each.atMs))} height="5"></rect>`,
    )}
  </svg>`;
}

function waveTemplate(peaks: Peaks | undefined, from: number, to: number): TemplateResult | typeof nothing {
  if (!peaks || to <= from) return nothing;
  return svg`<path class="timeline__wave" transform="translate(${from} 8)" d=${waveformPath(peaks, to - from, HEIGHT)}></path>`;
}

function bar(name: string, from: number, to: number): TemplateResult {
  return svg`<rect class=${name} x=${from} y="8" width=${Math.max(0, to - from)} height=${HEIGHT}></rect>`;
}

function sliderTemplate(state: TimelineState, events: TimelineEvents): TemplateResult {
  const pressed = (event: KeyboardEvent) => {
    const nudge = KEYS[event.key];
    if (nudge === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    events.onNudge(event.shiftKey ? Math.sign(nudge) * LITTLE_MS : nudge);
  };
  const slid = (event: Event) => events.onSeek(Number((event.target as HTMLInputElement).value));
  const pointed = (event: PointerEvent) => {
    const { left, width } = (event.target as Element).getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - left) / Math.max(1, width)));
    events.onPoint(Math.round(share * state.durationMs));
  };
  return html`<input class="timeline__slider" type="range" min="0" max=${Math.max(1, state.durationMs - 1)} step="1"
    .value=${String(state.lessonMs)} aria-label="Lesson time"
    aria-valuetext="${timeSpoken(state.lessonMs)} of ${timeSpoken(state.durationMs)}${state.isGrowing ? ", more is arriving" : ""}"
    @input=${slid} @keydown=${pressed} @pointermove=${pointed} @pointerleave=${() => events.onPoint(undefined)}
    @pointercancel=${() => events.onPoint(undefined)} @pointerup=${(event: PointerEvent) => event.pointerType !== "mouse" && events.onPoint(undefined)}>`;
}

function markerTemplate(
  marker: Marker,
  { share, lane }: Place,
  isStop: boolean,
  { onMarker }: TimelineEvents,
): TemplateResult {
  const when =
    marker.untilMs === null
      ? timeSpoken(marker.atMs)
      : `${timeSpoken(marker.atMs)} to ${timeSpoken(marker.untilMs)}`;
  return html`<li class="timeline__place timeline__place--lane-${lane}" .share=${share}>
    <button type="button" class="timeline__marker timeline__marker--${marker.kind}" aria-pressed=${marker.isSelected} tabindex=${isStop ? 0 : -1}
      title="${timeText(marker.atMs)} ${marker.label}" @click=${() => onMarker(marker.id)}>
      <svg viewBox="-12 -12 24 24" width="22" height="22" aria-hidden="true" focusable="false">
        <path fill-rule="evenodd" d=${SIGNS[marker.kind]}></path>
      </svg>
      <span class="govuk-visually-hidden">${marker.kind} at ${when}: ${marker.label}</span>
    </button>
  </li>`;
}

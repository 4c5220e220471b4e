/** The whole lesson as a line: takes, gaps, the present moment, a marker for each comment. */

import { html, nothing, svg, type TemplateResult } from "lit";
import type { CommentKind } from "../api/types";
import { type Gap, type Stretch, timeSpoken, timeText } from "./time";

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
  stretches: readonly Stretch[];
  gaps: readonly Gap[];
  markers: readonly Marker[];
}

const WIDTH = 1000;
const HEIGHT = 56;
const LINE_Y = 40;

// Shape says the kind; colour is never the only sign.
const SIGNS: Record<CommentKind, string> = {
  strength: "M0 -8 L8 6 L-8 6 Z",
  target: "M-7 -7 H7 V7 H-7 Z",
  question: "M0 -9 L9 0 L0 9 L-9 0 Z",
  note: "M-6 0 A6 6 0 1 0 6 0 A6 6 0 1 0 -6 0 Z",
};

/** Draws the timeline; `onSeek` gets a lesson time, `onMarker` the id of a comment. */
export function timelineTemplate(
  state: TimelineState,
  onSeek: (lessonMs: number) => void,
  onMarker: (id: string) => void,
): TemplateResult {
  const x = (ms: number) => (state.durationMs > 0 ? (ms / state.durationMs) * WIDTH : 0);
  const seekTo = (event: MouseEvent) => {
    const box = (event.currentTarget as SVGElement).getBoundingClientRect();
    onSeek(Math.round(((event.clientX - box.left) / box.width) * state.durationMs));
  };
  return html`
    <div class="timeline">
      <svg class="timeline__line" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true"
        @click=${seekTo}>
        ${state.stretches.map((each) => bar("timeline__take", x(each.startMs), x(each.endMs)))}
        ${state.gaps.map((each) => bar("timeline__gap", x(each.startMs), x(each.endMs)))}
        ${bar("timeline__buffered", x(state.lessonMs), x(Math.max(state.lessonMs, state.bufferedMs)))}
        ${bar("timeline__played", 0, x(state.lessonMs))}
        ${state.markers.map((each) =>
          each.untilMs === null
            ? nothing
            : svg`<rect class="timeline__span timeline__span--${each.kind}" x=${x(each.atMs)} y="28"
                width=${Math.max(2, x(each.untilMs) - x(each.atMs))} height="6"></rect>`,
        )}
      </svg>
      <ol class="timeline__markers" aria-label="Comments on the timeline">
        ${state.markers.map((each) => markerTemplate(each, x(each.atMs) / WIDTH, onMarker))}
      </ol>
      <svg class="timeline__now" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">
        <rect class="timeline__head" x=${Math.max(0, x(state.lessonMs) - 1.5)} y="24" width="3" height="30"></rect>
      </svg>
    </div>
  `;
}

function bar(name: string, from: number, to: number): TemplateResult {
  return svg`<rect class=${name} x=${from} y=${LINE_Y - 4} width=${Math.max(0, to - from)} height="10"></rect>`;
}

function markerTemplate(marker: Marker, share: number, onMarker: (id: string) => void): TemplateResult {
  const when =
    marker.untilMs === null
      ? timeSpoken(marker.atMs)
      : `${timeSpoken(marker.atMs)} to ${timeSpoken(marker.untilMs)}`;
  // Placed by a property of the element itself: markup with style attributes would be refused by the page's policy.
  return html`<li class="timeline__place" .share=${share}>
    <button type="button" class="timeline__marker timeline__marker--${marker.kind}" aria-pressed=${marker.isSelected}
      title="${timeText(marker.atMs)} ${marker.label}" @click=${() => onMarker(marker.id)}>
      <svg viewBox="-12 -12 24 24" width="24" height="24" aria-hidden="true" focusable="false">
        <path d=${SIGNS[marker.kind]}></path>
      </svg>
      <span class="govuk-visually-hidden">${marker.kind} at ${when}: ${marker.label}</span>
    </button>
  </li>`;
}

/** Puts every marker at its share of the width. */
export function placeMarkers(root: ParentNode): void {
  for (const place of root.querySelectorAll<HTMLElement & { share?: number }>(".timeline__place")) {
    place.style.setProperty("inset-inline-start", `${(place.share ?? 0) * 100}%`);
  }
}

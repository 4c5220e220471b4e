/** Small pictures along the film, shown above the timeline where somebody points. */

import { html, nothing, type TemplateResult } from "lit";
import type { Stretch } from "./time";
import { timeText } from "./time";

/** One small picture: which part of which sheet is shown from when to when, in media time. */
export interface Cue {
  fromMs: number;
  untilMs: number;
  sheet: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

const CUE = /^([\d:.]+) --> ([\d:.]+)\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)$/gm;

/** Reads the cues of a storyboard. */
export function cuesOf(vtt: string): Cue[] {
  return [...vtt.matchAll(CUE)].map(([, from = "", until = "", sheet = "", ...box]) => {
    const [x = 0, y = 0, width = 0, height = 0] = box.map(Number);
    return { fromMs: clockMs(from), untilMs: clockMs(until), sheet, x, y, width, height };
  });
}

/** Returns the cue that shows a media time. */
export function cueAt(cues: readonly Cue[], mediaMs: number): Cue | undefined {
  return cues.findLast((cue) => cue.fromMs <= mediaMs) ?? cues[0];
}

function clockMs(clock: string): number {
  return Math.round(clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0) * 1000);
}

/** Fetches each take's storyboard once, when it is first wanted. */
export class Storyboards {
  private readonly fetched = new Map<string, readonly Cue[]>();

  constructor(private readonly onFetched: () => void) {}

  /** Returns the picture of a lesson time and where its sheet is; undefined where there is none, or not yet. */
  at(stretch: Stretch, lessonMs: number): { cue: Cue; address: string } | undefined {
    const address = stretch.take.storyboard;
    if (!address) return undefined;
    const cues = this.fetched.get(address);
    if (!cues) void this.fetch(address);
    const cue = cues && cueAt(cues, lessonMs - stretch.startMs);
    return cue && { cue, address: address.replace(/[^/]*$/, cue.sheet) };
  }

  private async fetch(address: string): Promise<void> {
    this.fetched.set(address, []);
    const response = await fetch(address, { credentials: "same-origin" }).catch(() => undefined);
    if (!response?.ok) {
      this.fetched.delete(address);
      return;
    }
    this.fetched.set(address, cuesOf(await response.text()));
    this.onFetched();
  }
}

export interface Preview {
  lessonMs: number;
  /** Where on the timeline, from 0 to 1. */
  share: number;
  picture: { cue: Cue; address: string } | undefined;
}

/** Draws the picture and the time of the moment that is pointed at. */
export function previewTemplate(preview: Preview | undefined): TemplateResult | typeof nothing {
  if (!preview) return nothing;
  return html`<div class="preview" .share=${preview.share} aria-hidden="true">
    ${preview.picture ? html`<div class="preview__picture" .picture=${preview.picture}></div>` : nothing}
    <span class="preview__time figures">${timeText(preview.lessonMs)}</span></div>`;
}

/** Puts the preview where it belongs. Markup with style attributes is refused by the page's policy. */
export function placePreview(root: ParentNode): void {
  const box = root.querySelector<HTMLElement & Pick<Preview, "share">>(".preview");
  box?.style.setProperty("--share", String(box.share));
  const picture = root.querySelector<HTMLElement & Pick<Preview, "picture">>(".preview__picture");
  if (!picture?.picture) return;
  const { cue, address } = picture.picture;
  picture.style.setProperty("width", `${cue.width}px`);
  picture.style.setProperty("height", `${cue.height}px`);
  picture.style.setProperty("background-image", `url("${address}")`);
  picture.style.setProperty("background-position", `-${cue.x}px -${cue.y}px`);
}

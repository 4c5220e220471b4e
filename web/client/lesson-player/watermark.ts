/** The viewer's name over the picture, in another corner every minute: who films the screen is known by it. */

import { html, nothing, type TemplateResult } from "lit";

const MOVED_EVERY_MS = 60_000;
const CORNERS = 4;

/** Draws the watermark; nothing without a name. */
export function watermarkTemplate(name: string, now: number): TemplateResult | typeof nothing {
  if (!name) return nothing;
  const corner = Math.floor(now / MOVED_EVERY_MS) % CORNERS;
  return html`<p class="player__watermark player__watermark--${corner}" aria-hidden="true">${name}</p>`;
}

/** What is said, as text over the picture, in the language that somebody has chosen. */

import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Caption } from "../api/types";
import { choiceTemplate } from "./choice";
import type { Stretch } from "./time";

export const NO_CAPTIONS = "";

/** Returns the languages that any film of the lesson is captioned in, each once, by its own name. */
export function languagesOf(captions: readonly Caption[]): [language: string, label: string][] {
  const byLanguage = new Map(captions.map(({ language, label }) => [language, label]));
  return [...byLanguage].sort(([, one], [, other]) => one.localeCompare(other));
}

/** Draws the tracks of the film on the screen. */
export function tracksTemplate(captions: readonly Caption[], shown: Stretch | undefined): TemplateResult {
  const own = captions.filter(({ take }) => take === shown?.take.id);
  return html`${repeat(
    own,
    ({ src }) => src,
    ({ src, language, label }) => html`<track kind="captions" src=${src} srclang=${language} label=${label}>`,
  )}`;
}

/** Shows the captions of one language, and fetches no others. */
export function showCaptions(video: HTMLVideoElement | null, language: string): void {
  for (const track of video?.textTracks ?? []) {
    const mode = language !== NO_CAPTIONS && track.language === language ? "showing" : "disabled";
    if (track.mode !== mode) track.mode = mode;
  }
}

/** Draws the choice of captions; nothing where there are none. */
export function captionsTemplate(
  languages: readonly [string, string][],
  chosen: string,
  onCaptions: (language: string) => void,
): TemplateResult | typeof nothing {
  if (languages.length === 0) return nothing;
  const offered = languages.map(([language, text]) => ({ value: language, text, language }));
  return choiceTemplate(
    "Captions",
    [{ value: NO_CAPTIONS, text: "No captions" }, ...offered],
    chosen,
    onCaptions,
  );
}

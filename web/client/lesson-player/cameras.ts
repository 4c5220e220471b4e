/** Several cameras of one moment: which there are, and the choice between them. */

import { html, nothing, type TemplateResult } from "lit";
import type { Stretch } from "./time";

/** Returns the films that show a moment of lesson time, in a steady order. */
export function camerasAt(stretches: readonly Stretch[], lessonMs: number): Stretch[] {
  return stretches
    .filter(({ startMs, endMs }) => startMs <= lessonMs && lessonMs < endMs)
    .sort(
      (one, other) =>
        cameraOf(one).localeCompare(cameraOf(other)) || one.take.id.localeCompare(other.take.id),
    );
}

/** Returns what a camera is called. */
export function cameraText(cameras: readonly Stretch[], camera: Stretch): string {
  return cameraOf(camera) || `Camera ${cameras.indexOf(camera) + 1}`;
}

/** Draws the choice between cameras; nothing where there is one. */
export function camerasTemplate(
  cameras: readonly Stretch[],
  shown: Stretch | undefined,
  onCamera: (camera: Stretch) => void,
): TemplateResult | typeof nothing {
  if (cameras.length < 2) return nothing;
  const chosen = (event: Event) => {
    const camera = cameras[(event.target as HTMLSelectElement).selectedIndex];
    if (camera) onCamera(camera);
  };
  return html`<label class="player__speed player__choice"><span class="govuk-visually-hidden">Camera</span>
    <select @change=${chosen}>
      ${cameras.map((camera) => html`<option .selected=${camera.take.id === shown?.take.id}>${cameraText(cameras, camera)}</option>`)}
    </select></label>`;
}

function cameraOf({ take }: Stretch): string {
  return take.camera ?? "";
}

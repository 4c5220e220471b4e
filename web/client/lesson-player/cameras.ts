/** Several cameras of one moment: which there are, and the choice between them. */

import { nothing, type TemplateResult } from "lit";
import { choiceTemplate } from "./choice";
import { covers, type Stretch } from "./time";

/** Returns the films that show a moment of lesson time, in a steady order. */
export function camerasAt(stretches: readonly Stretch[], lessonMs: number): Stretch[] {
  return stretches
    .filter((stretch) => covers(stretch, lessonMs))
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
  const options = cameras.map((camera) => ({ value: camera.take.id, text: cameraText(cameras, camera) }));
  return choiceTemplate("Camera", options, shown?.take.id ?? "", (id) => {
    const camera = cameras.find(({ take }) => take.id === id);
    if (camera) onCamera(camera);
  });
}

function cameraOf({ take }: Stretch): string {
  return take.camera ?? "";
}

/** Several films of one lesson: in which order they are sent, and which camera each is of. Pure. */

import { refusalOf } from "./check";

/** A film that is to be sent. */
export interface Planned {
  file: File;
  camera: string; // empty where there is one
}

/** Whether films follow one another, or were taken at the same time. */
export type Way = "pieces" | "cameras";

export interface Plan {
  films: readonly Planned[];
  way: Way;
  arrived: number; // films of the lesson that have been sent before
}

/** Plans films in the order in which they were made, as far as the device knows it. */
export function planOf(files: readonly File[], arrived = 0): Plan {
  const inOrder = [...files].sort(
    (one, other) =>
      one.lastModified - other.lastModified ||
      one.name.localeCompare(other.name, undefined, { numeric: true }),
  );
  return { films: inOrder.map((file) => ({ file, camera: "" })), way: "pieces", arrived };
}

/** Plans the same films another way; cameras need names. */
export function another(plan: Plan, way: Way): Plan {
  const films = plan.films.map(({ file }, index) => ({
    file,
    camera: way === "cameras" ? `Camera ${plan.arrived + index + 1}` : "",
  }));
  return { ...plan, films, way };
}

/** Puts a film one place earlier. */
export function earlier(plan: Plan, index: number): Plan {
  const films = [...plan.films];
  films.splice(index - 1, 0, ...films.splice(index, 1));
  return { ...plan, films };
}

/** Leaves a film out. */
export function without(plan: Plan, index: number): Plan {
  return { ...plan, films: plan.films.filter((_, each) => each !== index) };
}

/** Returns the films that can be sent at all. */
export function sendableOf(films: readonly Planned[], largest: number): readonly Planned[] {
  return films.filter(({ file }) => refusalOf(file, largest) === "");
}

/** Whether a film has to wait until an earlier one of the same camera lies on the lesson's timeline. */
export function hasToWait(next: Planned, sent: readonly Planned[]): boolean {
  return sent.some(({ camera }) => camera === next.camera);
}

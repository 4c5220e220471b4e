/** Smaller copies of films, kept on the device until they have arrived: the browser's private files (OPFS). */

import { digestOf } from "./digest";

const PREFIX = "smaller-";
const KEPT_MS = 14 * 24 * 3600 * 1000;

/** Where a copy is written; it is there as a whole once `stream` is closed, and not at all before. */
export interface Draft {
  stream: FileSystemWritableFileStream;
  /** Returns the copy, once the stream is closed. */
  finished(): Promise<File>;
}

/** Whether this device can keep a copy. */
export function canKeep(): boolean {
  return "storage" in navigator && "createWritable" in (globalThis.FileSystemFileHandle?.prototype ?? {});
}

/** Returns the smaller copy of a film that was made here earlier, if there is one. */
export async function copyOf(file: File): Promise<File | undefined> {
  try {
    const folder = await navigator.storage.getDirectory();
    const handle = await folder.getFileHandle(await nameOf(file));
    const copy = await handle.getFile();
    return copy.size > 0 ? shownAs(file, copy) : undefined;
  } catch {
    return undefined;
  }
}

/** Begins a smaller copy of a film; throws where there is no room. */
export async function beginCopyOf(file: File): Promise<Draft> {
  const folder = await navigator.storage.getDirectory();
  const handle = await folder.getFileHandle(await nameOf(file), { create: true });
  const stream = await handle.createWritable();
  return { stream, finished: async () => shownAs(file, await handle.getFile()) };
}

/** Forgets the smaller copy of a film. */
export async function forgetCopyOf(file: File): Promise<void> {
  const folder = await navigator.storage.getDirectory().catch(() => undefined);
  await folder?.removeEntry(await nameOf(file)).catch(() => undefined);
}

/** Forgets copies that were never sent to their end. */
export async function forgetOldCopies(now: number): Promise<void> {
  const folder = await navigator.storage.getDirectory().catch(() => undefined);
  if (!folder) return;
  for await (const [name, handle] of folder.entries()) {
    if (!name.startsWith(PREFIX) || handle.kind !== "file") continue;
    const { lastModified } = await (handle as FileSystemFileHandle).getFile();
    if (now - lastModified > KEPT_MS) await folder.removeEntry(name).catch(() => undefined);
  }
}

async function nameOf(file: File): Promise<string> {
  return PREFIX + (await digestOf(file)).replaceAll(/[^0-9a-z.-]/gi, "_");
}

function shownAs(file: File, copy: File): File {
  const name = `${file.name.replace(/\.[^.]*$/, "")} (smaller).mp4`;
  return new File([copy], name, { type: "video/mp4", lastModified: file.lastModified });
}

/** Whole parts of a film straight into the store; what comes after them goes by tus. */

import { request } from "../api/request";

interface NextParts {
  offset: number; // bytes that are durable
  part_size: number;
  parts: { number: number; href: string }[];
}

/**
 * Sends as many whole parts of an upload as there are; throws when one cannot be sent.
 *
 * `onSent` hears how many bytes have left this device in all.
 */
export async function sendParts(
  upload: string,
  file: File,
  onSent: (bytes: number) => void,
  stop: AbortSignal,
): Promise<void> {
  for (;;) {
    const next = await request<NextParts>("POST", `${upload}/parts`, undefined, stop);
    onSent(next.offset);
    if (next.parts.length === 0) return;
    const sent = new Map<number, number>();
    const tell = (number: number, bytes: number) => {
      sent.set(number, bytes);
      onSent(next.offset + [...sent.values()].reduce((sum, each) => sum + each, 0));
    };
    await Promise.all(
      next.parts.map(({ number, href }) => {
        const from = (number - 1) * next.part_size;
        const part = file.slice(from, from + next.part_size);
        return put(href, part, (bytes) => tell(number, bytes), stop);
      }),
    );
  }
}

/** Sends one part. Not by fetch: it does not tell how far it is. */
function put(href: string, part: Blob, onSent: (bytes: number) => void, stop: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest();
    const fail = () => reject(new Error(`The store answered with ${sending.status}`));
    sending.upload.addEventListener("progress", ({ loaded }) => onSent(loaded));
    sending.addEventListener("load", () => (sending.status < 300 ? resolve() : fail()));
    sending.addEventListener("error", fail);
    sending.addEventListener("abort", fail);
    stop.addEventListener("abort", () => sending.abort());
    sending.open("PUT", href);
    sending.send(part);
  });
}

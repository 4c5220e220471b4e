/** One film on its way by tus, for as long as it takes. Knows nothing of the page. */

import {
  type DetailedError,
  defaultOptions,
  type HttpRequest,
  type HttpResponse,
  Upload,
} from "tus-js-client";
import { ProblemError } from "../api/request";
import { digestOf } from "./digest";
import { patienceMs, problemOf, type Verdict, verdictOn, waitMs } from "./verdict";

const WATCH_MS = 1000;
// A clock that jumps has slept: the connection it had is most likely gone, though nobody told.
const SLEPT_MS = 10_000;
const QUIET_MS = 4000;
const MOST_FAILURES = 3;

export type TransferState = "sending" | "waiting" | "paused" | "signed-out" | "refused" | "arrived";

/** An upload that was begun on this device and is not finished. */
export interface Begun {
  filename: string;
  size: number;
  begunAt: Date;
  arrived: number; // bytes that the server has
  url: string;
  key: string;
}

export interface TransferEvents {
  /** The state changed; `verdict` says why where a try failed. */
  onState(state: TransferState, verdict?: Verdict): void;
  /** So many bytes have left this device; never the whole file before the server has acknowledged it. */
  onSent(bytes: number): void;
}

/** An answer to HEAD after which tus-js-client would quietly begin again from the first byte. */
class Unanswered extends Error {
  constructor(readonly status: number) {
    super(`HEAD was answered with ${status}`);
  }
}

/** Sends a film, goes on after every break by itself, and says so only when the last byte is acknowledged. */
export class Transfer {
  state: TransferState = "sending";

  private readonly upload: Upload;
  private tries = 0;
  private failures = 0; // of parts
  private parts: AbortController | undefined; // that are sent, or have been in this attempt
  private sent = 0;
  private again: ReturnType<typeof setTimeout> | undefined;
  private watch: ReturnType<typeof setInterval> | undefined;
  private lastSign = 0;
  private lastTick = 0;

  constructor(
    private readonly file: File,
    observation: string,
    camera: string,
    private readonly events: TransferEvents,
    private isDirect = false, // whole parts go straight to the store
  ) {
    this.upload = new Upload(file, {
      endpoint: "/api/uploads",
      metadata: { filename: file.name, filetype: file.type, observation, camera },
      fingerprint: () => fingerprintOf(file, observation),
      removeFingerprintOnSuccess: true,
      // The server acknowledges whatever has arrived, so one long request resends least on a poor link.
      chunkSize: Number.POSITIVE_INFINITY,
      // tus-js-client's own retries stop for good while the device says that it is offline.
      retryDelays: null,
      onAfterResponse: (request, response) => this.answered(request, response),
      onUploadUrlAvailable: () => void this.sendDirectly(),
      onProgress: (bytes) => this.progressed(bytes),
      onSuccess: () => this.become("arrived"),
      onError: (error) => void this.failed(error),
    });
  }

  /** Starts, where an upload of the same film stopped if there is one. */
  async start(): Promise<void> {
    globalThis.addEventListener("online", this.wake);
    document.addEventListener("visibilitychange", this.wake);
    this.watch = setInterval(() => this.look(), WATCH_MS);
    this.alive();
    const earlier = await this.upload.findPreviousUploads().catch(() => []);
    const latest = earlier.at(-1);
    if (latest) this.upload.resumeFromPreviousUpload(latest);
    if (this.state === "sending") this.upload.start();
  }

  pause(): void {
    this.interrupt();
    this.become("paused");
  }

  resume(): void {
    if (this.state === "arrived" || this.state === "refused") return;
    this.interrupt();
    this.alive();
    this.sent = 0;
    this.become("sending");
    this.upload.start();
  }

  /** Stops and has the server forget what it has. */
  async giveUp(): Promise<void> {
    this.close();
    await this.upload.abort(true).catch(() => undefined);
  }

  /** Lets go of everything but what the server has. */
  close(): void {
    this.parts?.abort();
    clearTimeout(this.again);
    clearInterval(this.watch);
    globalThis.removeEventListener("online", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
    if (this.state !== "arrived") void this.upload.abort();
  }

  private interrupt(): void {
    clearTimeout(this.again);
    this.parts?.abort();
    this.parts = undefined;
    void this.upload.abort();
  }

  /** Sends what can go straight to the store; the rest, and all that cannot, goes by tus. */
  private async sendDirectly(): Promise<void> {
    if (!this.isDirect || this.parts || !this.upload.url) return;
    const parts = new AbortController();
    this.parts = parts;
    void this.upload.abort();
    try {
      const { sendParts } = await import("./direct");
      await sendParts(this.upload.url, this.file, (bytes) => this.progressed(bytes), parts.signal);
    } catch (error) {
      if (this.parts !== parts || this.state !== "sending") return;
      this.isDirect = !(error instanceof ProblemError && !error.isPassing) && ++this.failures < MOST_FAILURES;
      if (this.isDirect) return this.tryAgain({ kind: "again", why: "unreachable" });
    }
    if (this.parts === parts && this.state === "sending") this.upload.start();
  }

  private become(state: TransferState, verdict?: Verdict): void {
    this.state = state;
    if (state === "arrived" || state === "refused") this.close();
    this.events.onState(state, verdict);
  }

  private alive(): void {
    this.lastSign = this.lastTick = performance.now();
  }

  private progressed(bytes: number): void {
    if (bytes > this.sent) this.alive();
    if (this.sent > 0 && bytes > this.sent) this.tries = 0;
    this.sent = bytes;
    this.events.onSent(Math.min(bytes, this.file.size - 1));
  }

  private answered(request: HttpRequest, response: HttpResponse): void {
    this.alive();
    const status = response.getStatus();
    const isGone = status === 404 || status === 410; // expired: the film has to be sent anew
    if (request.getMethod() === "HEAD" && status >= 300 && !isGone) throw new Unanswered(status);
  }

  private async failed(error: Error | DetailedError): Promise<void> {
    const response = "originalResponse" in error ? error.originalResponse : null;
    const cause = "causingError" in error ? error.causingError : null;
    const status = cause instanceof Unanswered ? cause.status : (response?.getStatus() ?? 0);
    const verdict = verdictOn(status, problemOf(response?.getBody()));
    if (status === 0 && !(await isReadable(this.file))) {
      const message = `“${this.file.name}” cannot be read any more. If it is on a card or another device, connect it again; then choose the same file to go on where it stopped.`;
      this.become("refused", { kind: "refused", message });
    } else if (verdict.kind !== "again") {
      this.become(verdict.kind, verdict);
    } else if (this.state === "sending") {
      this.tryAgain(verdict);
    }
  }

  private tryAgain(verdict: Verdict): void {
    this.become("waiting", verdict);
    this.again = setTimeout(() => this.resume(), waitMs(this.tries++));
  }

  /** Breaks an attempt off that shows no sign of life. */
  private look(): void {
    const now = performance.now();
    const hasSlept = now - this.lastTick > SLEPT_MS;
    this.lastTick = now;
    if (this.state !== "sending") return;
    if (this.sent > 0) this.events.onSent(Math.min(this.sent, this.file.size - 1)); // nothing new is news too
    const sent = this.sent === 0 ? "nothing yet" : this.sent < this.file.size ? "some" : "all";
    const quietMs = now - this.lastSign;
    if (quietMs > patienceMs(sent) || (hasSlept && quietMs > QUIET_MS)) this.resume();
  }

  /** The network, the device or the person is back: no reason to wait. */
  private wake = (): void => {
    if (document.visibilityState !== "visible") return;
    if (this.state === "waiting" || this.state === "signed-out") this.resume();
    else if (this.state === "sending" && performance.now() - this.lastSign > QUIET_MS) this.resume();
  };
}

/** Returns the uploads of an observation that were begun here and not finished, the latest first. */
export async function begunUploads(observation: string): Promise<Begun[]> {
  const storage = defaultOptions.urlStorage;
  const kept = (await storage.findAllUploads().catch(() => [])).filter(
    (each) => each.metadata.observation === observation && each.uploadUrl && each.size,
  );
  const begun = await Promise.all(
    kept.map(async ({ metadata, size, creationTime, uploadUrl, urlStorageKey }) => {
      const answer = await fetch(uploadUrl ?? "", {
        method: "HEAD",
        headers: { "Tus-Resumable": "1.0.0" },
      }).catch(() => undefined);
      const arrived = Number(answer?.headers.get("Upload-Offset") ?? 0);
      const isOver = answer && (answer.status === 404 || answer.status === 410 || arrived === size);
      if (isOver) {
        await storage.removeUpload(urlStorageKey);
        return undefined;
      }
      const begunAt = new Date(creationTime);
      const filename = metadata.filename ?? "";
      return { filename, size: size ?? 0, begunAt, arrived, url: uploadUrl ?? "", key: urlStorageKey };
    }),
  );
  return begun
    .filter((each) => each !== undefined)
    .sort((one, other) => other.begunAt.getTime() - one.begunAt.getTime());
}

/** Has the server and this device forget an unfinished upload. */
export async function forget(begun: Begun): Promise<void> {
  await Upload.terminate(begun.url).catch(() => undefined);
  await defaultOptions.urlStorage.removeUpload(begun.key);
}

/** Knows a film again by its content: phones hand the same film out under a new name each time it is chosen. */
async function fingerprintOf(file: File, observation: string): Promise<string> {
  return `film/${observation}/${await digestOf(file)}`;
}

async function isReadable(file: File): Promise<boolean> {
  return file
    .slice(0, 1)
    .arrayBuffer()
    .then(
      () => true,
      () => false,
    );
}

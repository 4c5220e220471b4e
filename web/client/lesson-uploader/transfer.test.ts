import type { HttpRequest, HttpResponse, UploadOptions } from "tus-js-client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Transfer, type TransferState } from "./transfer";

/** Stands for tus-js-client: the test says what the server answers. */
class FakeUpload {
  static latest: FakeUpload;
  starts = 0;
  aborts = 0;
  resumedFrom: unknown;

  constructor(
    _: File,
    readonly options: UploadOptions,
  ) {
    FakeUpload.latest = this;
  }

  start(): void {
    this.starts++;
  }

  abort(): Promise<void> {
    this.aborts++;
    return Promise.resolve();
  }

  findPreviousUploads(): Promise<unknown[]> {
    return Promise.resolve([{ uploadUrl: "/older" }, { uploadUrl: "/newer" }]);
  }

  resumeFromPreviousUpload(upload: unknown): void {
    this.resumedFrom = upload;
  }

  /** Answers a request as tus-js-client passes answers on: what the hook throws comes back as the cause. */
  answer(method: string, status: number, body = ""): void {
    const request = { getMethod: () => method } as HttpRequest;
    const response = { getStatus: () => status, getBody: () => body } as HttpResponse;
    try {
      void this.options.onAfterResponse?.(request, response);
    } catch (cause) {
      this.fail({ originalResponse: null, causingError: cause });
      return;
    }
    if (status >= 300) this.fail({ originalResponse: response, causingError: null });
  }

  silence(): void {
    this.fail({ originalResponse: null, causingError: null });
  }

  private fail(facts: object): void {
    this.options.onError?.(Object.assign(new Error("tus"), facts));
  }
}

vi.mock("tus-js-client", () => ({
  get Upload() {
    return FakeUpload;
  },
  defaultOptions: {},
}));

const file = new File(["0123456789"], "lesson.mp4", { type: "video/mp4" });

describe("a film on its way", () => {
  let states: TransferState[];
  let sent: number[];
  let transfer: Transfer;
  const tus = () => FakeUpload.latest;
  const settle = () => vi.advanceTimersByTimeAsync(0);

  beforeEach(async () => {
    vi.useFakeTimers();
    states = [];
    sent = [];
    transfer = new Transfer(file, "observation", "", {
      onState: (state) => states.push(state),
      onSent: (bytes) => sent.push(bytes),
    });
    await transfer.start();
  });

  afterEach(() => {
    transfer.close();
    vi.useRealTimers();
  });

  it("goes on from the latest upload of the same film", () => {
    expect(tus().resumedFrom).toEqual({ uploadUrl: "/newer" });
    expect(tus().starts).toBe(1);
  });

  it.each([401, 403, 423, 500, 502, 503])(
    "does not begin again at the first byte when HEAD is answered %d",
    async (status) => {
      expect(() => tus().answer("HEAD", status)).not.toThrow();
      await settle();
      expect(states).toHaveLength(1);
      expect(states).not.toContain("sending");
    },
  );

  it("begins anew where the server has forgotten the film", async () => {
    const answered = () =>
      tus().options.onAfterResponse?.(
        { getMethod: () => "HEAD" } as HttpRequest,
        { getStatus: () => 404 } as HttpResponse,
      );
    expect(answered).not.toThrow();
  });

  it("tries again by itself for as long as it takes", async () => {
    for (let tries = 0; tries < 30; tries++) {
      tus().silence();
      await settle();
      expect(transfer.state).toBe("waiting");
      await vi.advanceTimersByTimeAsync(10_000);
      expect(transfer.state).toBe("sending");
    }
  });

  it("goes on at once when the network is back", async () => {
    tus().silence();
    await settle();
    globalThis.dispatchEvent(new Event("online"));
    expect(transfer.state).toBe("sending");
    expect(tus().starts).toBe(2);
  });

  it("breaks a silent connection off and goes on", async () => {
    tus().options.onProgress?.(3, 10);
    await vi.advanceTimersByTimeAsync(29_000);
    expect(tus().starts).toBe(1);
    await vi.advanceTimersByTimeAsync(3000);
    expect(tus().starts).toBe(2);
    expect(transfer.state).toBe("sending");
  });

  it("waits for a person who was signed out, and goes on when they come back", async () => {
    tus().answer("PATCH", 401);
    await settle();
    expect(transfer.state).toBe("signed-out");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(tus().starts).toBe(1);
    document.dispatchEvent(new Event("visibilitychange"));
    expect(transfer.state).toBe("sending");
  });

  it("stays paused until somebody says otherwise", async () => {
    transfer.pause();
    globalThis.dispatchEvent(new Event("online"));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(transfer.state).toBe("paused");
    transfer.resume();
    expect(transfer.state).toBe("sending");
  });

  it("never says that all is sent before the last byte is acknowledged", () => {
    tus().options.onProgress?.(10, 10);
    expect(sent).toEqual([9]);
    expect(states).toEqual([]);
    tus().options.onSuccess?.({ lastResponse: {} as HttpResponse });
    expect(states).toEqual(["arrived"]);
  });

  it("gives up only where sending again cannot help", async () => {
    const problem = { type: "/problems/not-agreed", title: "Not agreed", detail: "Ask.", status: 409 };
    tus().answer("POST", 409, JSON.stringify(problem));
    await settle();
    expect(transfer.state).toBe("refused");
  });
});

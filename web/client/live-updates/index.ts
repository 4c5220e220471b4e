import { exchange, needsReload, showProgress } from "./exchange";

const SHORTEST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
const GATHER_MS = 300; // several acts at once ask for the page once
const AWAY_MS = 30_000; // a page that was hidden for longer may have slept through messages
const NO_LONGER_ALLOWED = 1008; // RFC 6455, policy violation

/**
 * `<live-updates topics="observation:… observation:…">`: keeps the `data-live` regions of a page as they are on
 * the server. Hears by socket that something happened, never what; then reads the page again.
 *
 * Event, on the document, for islands that keep themselves up to date: `live:message` {topic, action, id}.
 */
class LiveUpdates extends HTMLElement {
  #socket: WebSocket | undefined;
  #wait = SHORTEST_WAIT_MS;
  #retry: number | undefined;
  #gathering: number | undefined;
  #hasBeenOpen = false;
  #hiddenAt = 0;

  connectedCallback(): void {
    this.setAttribute("role", "status");
    this.className = "govuk-visually-hidden";
    window.addEventListener("online", this.#connectNow);
    document.addEventListener("visibilitychange", this.#seen);
    this.#connect();
  }

  disconnectedCallback(): void {
    window.removeEventListener("online", this.#connectNow);
    document.removeEventListener("visibilitychange", this.#seen);
    window.clearTimeout(this.#retry);
    window.clearTimeout(this.#gathering);
    this.#socket?.close();
  }

  /** A socket of the network before may look open for minutes, so it is not trusted. */
  #connectNow = (): void => {
    window.clearTimeout(this.#retry);
    const former = this.#socket;
    this.#connect();
    former?.close();
  };

  #seen = (): void => {
    if (document.visibilityState === "hidden") this.#hiddenAt = performance.now();
    else if (this.#hiddenAt > 0 && performance.now() - this.#hiddenAt > AWAY_MS) this.#connectNow();
  };

  #connect(): void {
    const address = new URL("/ws", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    for (const topic of (this.getAttribute("topics") ?? "").split(" ").filter(Boolean)) {
      address.searchParams.append("topic", topic);
    }
    const socket = new WebSocket(address);
    this.#socket = socket;
    socket.addEventListener("open", () => {
      this.#wait = SHORTEST_WAIT_MS;
      // What happened while nobody listened.
      if (this.#hasBeenOpen) this.#refreshSoon();
      this.#hasBeenOpen = true;
    });
    socket.addEventListener("message", (event: MessageEvent<string>) => this.#hear(event.data));
    socket.addEventListener("close", (event) => {
      if (socket !== this.#socket || event.code === NO_LONGER_ALLOWED || !this.isConnected) return;
      this.#connectLater();
    });
  }

  #connectLater(): void {
    // Half of the wait is random, so that a restarted server is not met by everybody at once.
    this.#retry = window.setTimeout(() => this.#connect(), this.#wait * (0.5 + Math.random() / 2));
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MS);
  }

  #hear(text: string): void {
    const message = JSON.parse(text) as { action: string; id: string; step?: string; progress?: number };
    document.dispatchEvent(new CustomEvent("live:message", { detail: message }));
    const { id, step, progress } = message;
    if (step !== undefined && progress !== undefined && showProgress(document, { id, step, progress }))
      return;
    this.#refreshSoon();
  }

  #refreshSoon(): void {
    window.clearTimeout(this.#gathering);
    this.#gathering = window.setTimeout(() => void this.#refresh(), GATHER_MS);
  }

  async #refresh(): Promise<void> {
    if (!document.querySelector("[data-live]")) return;
    const answer = await fetch(location.href, { headers: { accept: "text/html" } }).catch(() => undefined);
    if (!answer?.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (needsReload(document, fresh)) {
      location.reload();
    } else if (exchange(document, fresh)) {
      this.textContent = "This page has been brought up to date.";
    }
  }
}

customElements.define("live-updates", LiveUpdates);

import type { CommentKind } from "../api/types";
import type { LessonPlayer } from "../lesson-player/lesson-player";
import type { Marker } from "../lesson-player/timeline";

const AT = /^#at=(\d+)$/;

/**
 * Puts the film above the comments that the server has written, and shows the frame of whichever is chosen.
 *
 * Attributes: `observation`, `lesson` (ids). Comments are elements with `data-comment`, `data-at-ms`,
 * `data-until-ms`, `data-kind`, each with a link to `#at=MS`.
 */
export class LessonFeedback extends HTMLElement {
  private player: LessonPlayer | undefined;

  connectedCallback(): void {
    const player = document.createElement("lesson-player");
    player.setAttribute("lesson", this.getAttribute("lesson") ?? "");
    this.prepend(player);
    this.player = player;
    this.mark();
    this.addEventListener("click", this.clicked);
    globalThis.addEventListener("hashchange", this.addressed);
    player.addEventListener("lesson-marker", (event) => {
      const { id } = (event as CustomEvent<{ id: string }>).detail;
      const moment = this.moments.find((each) => each.dataset.comment === id);
      if (moment) this.choose(moment);
    });
    player.addEventListener("lesson-time", (event) => {
      this.follow((event as CustomEvent<{ lessonTime: number }>).detail.lessonTime);
    });
    player.addEventListener("lesson-ready", () => {
      if (location.hash) this.addressed();
    });
  }

  disconnectedCallback(): void {
    globalThis.removeEventListener("hashchange", this.addressed);
  }

  private get moments(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>("[data-comment]")];
  }

  private clicked = (event: Event): void => {
    const link = (event.target as Element).closest<HTMLAnchorElement>('a[href^="#at="]');
    const moment = link?.closest<HTMLElement>("[data-comment]");
    if (!moment) return;
    event.preventDefault();
    this.choose(moment);
  };

  /** Links elsewhere on the page, and links to it, name a moment too. */
  private addressed = (): void => {
    const at = AT.exec(location.hash)?.[1];
    const moment = this.moments.find((each) => each.dataset.atMs === at);
    if (moment) this.choose(moment);
    else if (at) void this.player?.seek(Number(at));
  };

  private choose(moment: HTMLElement): void {
    for (const each of this.moments) {
      const isChosen = each === moment;
      each.toggleAttribute("data-chosen", isChosen);
      each.querySelector('a[href^="#at="]')?.setAttribute("aria-current", String(isChosen));
    }
    this.mark();
    this.player?.pause();
    void this.player?.seek(Number(moment.dataset.atMs));
    this.player?.scrollIntoView({ block: "nearest" });
  }

  /** Shows which comments speak of the moment on the screen. */
  private follow(lessonMs: number): void {
    for (const each of this.moments) {
      const atMs = Number(each.dataset.atMs);
      const untilMs = Number(each.dataset.untilMs ?? atMs + 2000);
      each.toggleAttribute("data-present", atMs <= lessonMs && lessonMs <= untilMs);
    }
  }

  private mark(): void {
    // A comment may stand on the page twice, cited and in the list of all; the timeline marks it once.
    const once = new Map(this.moments.map((each) => [each.dataset.comment, each]));
    for (const each of this.moments) {
      if (each.hasAttribute("data-chosen")) once.set(each.dataset.comment, each);
    }
    if (this.player) this.player.markers = [...once.values()].map(markerOf);
  }
}

function markerOf(moment: HTMLElement): Marker {
  const { comment = "", atMs = "0", untilMs, kind = "note" } = moment.dataset;
  return {
    id: comment,
    atMs: Number(atMs),
    untilMs: untilMs === undefined ? null : Number(untilMs),
    kind: kind as CommentKind,
    label:
      moment.querySelector("[data-text]")?.textContent?.trim() ??
      moment.textContent?.trim().slice(0, 80) ??
      "",
    colour: 0,
    isSelected: moment.hasAttribute("data-chosen"),
  };
}

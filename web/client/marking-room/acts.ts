/** What can be done in the room, by key or by button. */

import { timeSpoken } from "../lesson-player/time";
import { type CommentActs, inOrder } from "./comments";
import type { ComposerActs } from "./composer";
import type { RubricActs } from "./criterion";
import type { Act } from "./keys";
import type { MarkingRoom } from "./marking-room";
import { spanOf } from "./span";
import { whenSpoken } from "./words";
import { isEmpty } from "./writing";

export interface RoomActs {
  /** Returns whether there was anything to do. */
  act: (act: Act) => boolean;
  composer: ComposerActs;
  comments: CommentActs;
  rubric: RubricActs;
  nextToDo: () => void;
  leave: (goal: string, isSure: boolean) => void;
  ready: () => void;
  goToAddress: () => void;
}

export function actsOf(room: MarkingRoom): RoomActs {
  const focus = async (selector: string, isQuiet = false): Promise<void> => {
    await room.updateComplete;
    room.querySelector<HTMLElement>(selector)?.focus({ preventScroll: isQuiet });
  };
  const focusFilm = () => focus(".room__film", true);
  const focusComposer = () => {
    room.side = "comments";
    return focus("#comment-text");
  };
  const focusComment = (id: string) => focus(`[data-comment="${CSS.escape(id)}"]`);

  const begin = (atMs: number, untilMs: number | null): void => {
    if (room.isLocked || !room.hasFilm) return;
    room.reel.stop();
    room.player?.pause();
    room.leaving.cancel();
    room.writing?.begin(atMs, untilMs);
    void focusComposer();
  };

  const mark = (lessonMs: number): void => {
    if (room.isLocked || !room.hasFilm) return;
    if (room.spanStartMs === undefined) {
      room.spanStartMs = lessonMs;
      room.said = `A span begins at ${timeSpoken(lessonMs)}. Press R again where it ends, Escape to drop it.`;
      return;
    }
    const { atMs, untilMs } = spanOf(room.spanStartMs, lessonMs);
    room.spanStartMs = undefined;
    begin(atMs, untilMs);
  };

  const choose = (id: string): void => {
    const comment = room.outbox?.comments.get(id);
    if (!comment) return;
    room.reel.stop();
    room.selected = id;
    room.player?.pause();
    void room.player?.seek(comment.words.at_ms);
    void room.updateComplete.then(() => {
      room.querySelector(`[data-comment="${CSS.escape(id)}"]`)?.scrollIntoView({ block: "nearest" });
    });
  };

  const go = (by: number): boolean => {
    const { shown } = room;
    const present = shown.findIndex((comment) => comment.id === room.selected);
    const next = shown[present < 0 ? (by > 0 ? 0 : shown.length - 1) : present + by];
    if (!next) return false;
    choose(next.id);
    void focusComment(next.id);
    return true;
  };

  const edit = (id: string): void => {
    if (room.isLocked || !room.writing) return;
    room.reel.stop();
    room.player?.pause();
    room.leaving.cancel();
    room.selected = id;
    room.writing.edit(id);
    void focusComposer();
  };

  const save = async (): Promise<void> => {
    const saved = await room.writing?.save();
    await focusFilm();
    if (!saved) return;
    room.selected = saved.id;
    room.said = `Comment saved at ${whenSpoken(saved.words)}.`;
    if (saved.isNew) void room.player?.play();
    else void focusComment(saved.id);
  };

  const nextToDo = (): void => {
    const codes = [...(room.rubricState?.missing.keys() ?? [])];
    const present = document.activeElement?.closest<HTMLElement>(".criterion")?.id.replace("criterion-", "");
    const all = [...room.querySelectorAll<HTMLElement>(".criterion")].map((each) =>
      each.id.replace("criterion-", ""),
    );
    const after = codes.find((code) => all.indexOf(code) > all.indexOf(present ?? ""));
    goTo(after ?? codes[0] ?? all[0]);
  };

  const goTo = (code: string | undefined): void => {
    if (code === undefined) return;
    room.side = "rubric";
    void room.updateComplete.then(() => {
      const criterion = room.querySelector<HTMLElement>(`#criterion-${CSS.escape(code)}`);
      criterion?.scrollIntoView({ block: "nearest" });
      const chosen = criterion?.querySelector<HTMLElement>("input:checked:not(:disabled)");
      const first = criterion?.querySelector<HTMLElement>("input:not(:disabled), textarea");
      (chosen ?? first ?? criterion)?.focus({ preventScroll: true });
    });
  };

  const stop = (): boolean => {
    if (room.spanStartMs !== undefined) {
      room.spanStartMs = undefined;
      room.said = "The span is dropped.";
      return true;
    }
    if (room.reel.showing) {
      room.reel.stop(room.player ?? undefined);
      return true;
    }
    if (!document.activeElement?.closest(".room__rubric")) return false;
    void focusFilm();
    return true;
  };

  const leave = (goal: string, isSure: boolean): void => {
    const { writing, outbox, leaving } = room;
    if (!writing || !outbox) return;
    if (writing.composing && isEmpty(writing.composing.words)) writing.keep();
    const drafts = [...(writing.composing ? [writing.composing] : []), ...writing.drafts()];
    if (drafts.length > 0 && !isSure) {
      leaving.ask(drafts);
      return;
    }
    leaving.wait(goal, () => location.assign(goal));
    void outbox.flush().then(() => leaving.see(outbox.standing));
  };

  const act = (name: Act): boolean => {
    const player = room.player;
    if (!player) return false;
    if (name === "stop") return stop();
    if (name === "previous") return go(-1);
    if (name === "next") return go(1);
    const acts: Record<Exclude<Act, "stop" | "previous" | "next">, () => void> = {
      toggle: () => player.toggle(),
      slower: () => player.slower(),
      faster: () => player.faster(),
      back: () => void player.nudge(-5000),
      forward: () => void player.nudge(5000),
      "back-little": () => void player.nudge(-1000),
      "forward-little": () => void player.nudge(1000),
      "frame-back": () => void player.step(-1),
      "frame-forward": () => void player.step(1),
      comment: () => begin(player.lessonTime, null),
      span: () => mark(player.lessonTime),
      edit: () => edit(room.selected),
      rubric: () => nextToDo(),
      help: () => room.querySelector<HTMLDialogElement>("dialog.help")?.showModal(),
    };
    acts[name]();
    return true;
  };

  return {
    act,
    nextToDo,
    leave,
    ready: () => {
      room.hasFilm = true;
      if (room.writing?.composing) void room.player?.seek(room.writing.composing.words.at_ms);
    },
    // The check page links here with the code of a criterion or a field.
    goToAddress: () => {
      const code = decodeURIComponent(location.hash.slice(1));
      if (code && room.querySelector(`#criterion-${CSS.escape(code)}`)) goTo(code);
    },
    composer: {
      change: (words) => room.writing?.change(words),
      save: () => void save(),
      keep: () => {
        room.writing?.keep();
        void focusFilm();
      },
      discard: () => {
        const id = room.writing?.composing?.id;
        if (id) room.writing?.discard(id);
        void focus(room.writing?.removed ? "[data-undo]" : ".room__film");
      },
      lessonTime: () => room.player?.lessonTime ?? 0,
    },
    comments: {
      choose,
      edit,
      remove: (id) => {
        room.writing?.remove(id);
        void focus("[data-undo]");
      },
      discard: (id) => {
        room.writing?.discard(id);
        void focus("[data-undo]");
      },
      undo: () => {
        const removed = room.writing?.removed;
        room.writing?.undo();
        if (removed?.kind === "comment") void focusComment(removed.comment.id);
        else void focusComposer();
      },
      settle: (id, words) => void room.outbox?.settleComment(id, words),
      filter: (filter) => {
        room.filter = filter;
      },
    },
    rubric: {
      change: (words) => void room.outbox?.putSheet(words),
      cite: (criterion) => {
        const last = room.citing;
        room.citing = criterion;
        void focus(
          criterion ? `#cite-${CSS.escape(criterion)} :is(input, button)` : `#reason-${CSS.escape(last)}`,
        );
      },
      show: (id) => {
        room.side = "comments";
        choose(id);
      },
      reel: (criterion) => {
        const { player, reel } = room;
        if (!player) return;
        if (reel.showing?.criterion === criterion) {
          reel.stop(player);
          return;
        }
        const tagged = inOrder(room.outbox?.comments.values() ?? []).filter((comment) =>
          comment.words.tags.includes(criterion),
        );
        void reel.play(player, criterion, tagged);
      },
      leave: () => void focusFilm(),
    },
  };
}

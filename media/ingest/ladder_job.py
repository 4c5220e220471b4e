"""Making the smaller renditions of a film, piece by piece, by whichever workers there are.

Each piece is a job. What it made is put into the store, and last of all a note of it; whoever finds every
piece's note there makes the playlists. That may be two at once, who then write the same.
"""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog

from infra.session import Actor, Session
from media.ingest import sandbox
from media.ingest.ladder import Piece, joined, pieces, variants
from media.ingest.package import MASTER
from media.ingest.packaged import Cut, cuts, init_of
from media.ingest.playlist import Shown, master_playlist, media_playlist
from media.ingest.refusal import sentence
from media.ingest.sandbox import Progress
from media.ingest.workspace import attempt
from media.storage import Missing, Storage
from media.take import TRIES, Take

if TYPE_CHECKING:
    from media.ingest.workflow import Ingest

log = structlog.get_logger()

LADDER = "ladder"  # the workflow, with the arguments provider, take, prefix and number (of the piece)
PIECE_ALLOWED_S = 3600.0
NOTE = re.compile(r"ladder-\d{4}\.json")


async def start_ladder(session: Session, storage: Storage, take: Take) -> None:
    """Queue the pieces of a take whose package is complete."""
    assert take.package_key is not None
    attempt_name = take.package_key.rsplit("/")[-1]
    for number in range(len(await _pieces(storage, take))):
        await session.start(
            LADDER, f"{LADDER}-{take.id}-{attempt_name}-{number}",
            provider=str(take.provider_id), take=str(take.id), prefix=take.package_key, number=number,
        )  # fmt: skip


class LadderJob:
    """One piece of the work."""

    def __init__(self, ingest: Ingest, provider_id: UUID, take_id: UUID, prefix: str) -> None:
        self._ingest = ingest
        self._storage = ingest.storage
        self._actor = Actor.system(provider_id)
        self._take_id = take_id
        self._prefix = prefix

    async def climb(self, number: int) -> None:
        """Make a piece, and the playlists when it was the last one; raises what went wrong three times."""
        for tried in range(1, TRIES + 1):
            take = await self._take()
            if take is None:
                await self._remove_notes()
                return
            try:
                await self._make(take, number)
                if not await self._removed_if_erased():
                    await self._assemble(take)
                return
            except Exception as error:  # the edge of a job: whatever it was, it is tried again, and counted
                said = error.complaint if isinstance(error, sandbox.StepCrashed) else ""
                log.warning(
                    "ladder.crashed", take=str(self._take_id), number=number, error=repr(error), said=said
                )
                if tried == TRIES:
                    raise
                await asyncio.sleep(self._ingest.pauses_s[min(tried, len(self._ingest.pauses_s)) - 1])

    async def need_attention(self) -> None:
        """Say that there are no smaller renditions. The film plays all the same."""
        async with self._ingest.sessions.open(self._actor) as session:
            take = await session.get(Take, self._take_id, lock=True)
            if take.package_key == self._prefix and take.problem is None:
                take.problem = sentence("no_smaller")
                session.journal("take.ladder_failed", take, topic=take.topic)

    async def _take(self) -> Take | None:
        """Return the take, while the package is still the one that people watch and has no renditions yet."""
        async with self._ingest.sessions.open(self._actor, write=False) as session:
            take = await session.get(Take, self._take_id)
        return take if take.package_key == self._prefix and "ladder" not in take.media else None

    async def _removed_if_erased(self) -> bool:
        """Remove what has just been stored of a film that was deleted meanwhile; returns whether it was."""
        async with self._ingest.sessions.open(self._actor, write=False) as session:
            take = await session.get(Take, self._take_id)
        if take.state == "deleted":
            await self._storage.delete_tree(self._prefix)
        return take.state == "deleted"

    async def _make(self, take: Take, number: int) -> None:
        note = f"{self._prefix}/{_note_name(number)}"
        try:
            await self._storage.stat(note)
        except Missing:
            piece = (await _pieces(self._storage, take))[number]
            playlist = take.media["package"]["tracks"][piece.kind]["playlist"]
            text = await read_text(self._storage, f"{self._prefix}/{playlist}")
            await self._encode(take, piece, text, number)

    async def _encode(self, take: Take, piece: Piece, playlist: str, number: int) -> None:
        init, share = init_of(playlist), cuts(playlist)[piece.first : piece.end]
        names = [init, *(cut.name for cut in share)]
        async with (
            self._storage.fetch_all(self._prefix, names) as package,
            attempt(self._ingest.work) as own,
        ):
            folder = own / LADDER
            folder.mkdir()
            request = {
                "folder": str(folder.absolute()),
                "package": str(package.absolute()),
                "probe": take.media,
                "kind": piece.kind,
                "first": piece.first,
                "init": init,
                "cuts": [cut.facts() for cut in share],
            }
            facts = await sandbox.run(LADDER, request, allowed_s=PIECE_ALLOWED_S, on_progress=_unheard)
            await self._storage.put_all(self._prefix, sorted(folder.iterdir()))
            await self._write(own, _note_name(number), json.dumps(facts["renditions"]))

    async def _assemble(self, take: Take) -> None:
        """Write the playlists, once the notes of all pieces are there."""
        count = len(await _pieces(self._storage, take))
        stored = {each.key for each in await self._storage.contents(self._prefix)}
        notes = [f"{self._prefix}/{_note_name(number)}" for number in range(count)]
        there = [note for note in notes if note in stored]
        await self._report(len(there) / count)
        if len(there) < count:
            return
        stretches = [json.loads(await read_text(self._storage, note)) for note in notes]
        made = joined(stretch for piece in stretches for stretch in piece)
        tracks = take.media["package"]["tracks"]
        shown = {name: rendition.shown for name, rendition in made.items()}
        choice = variants(_shown(tracks, "video"), _shown(tracks, "audio"), shown)
        async with attempt(self._ingest.work) as own:
            for name, rendition in made.items():
                await self._write(own, name, media_playlist(rendition))
            await self._write(own, MASTER, master_playlist(choice))
        async with self._ingest.sessions.open(self._actor) as session:
            row = await session.get(Take, self._take_id, lock=True)
            if row.package_key == self._prefix and "ladder" not in row.media:
                row.media = row.media | {"ladder": sorted(name.removesuffix(".m3u8") for name in made)}
                session.journal("take.ladder_ready", row, topic=row.topic)
        await self._remove_notes()

    async def _remove_notes(self) -> None:
        """Remove what pieces have noted: whoever was to read it has, or it is of no use any more."""
        for stored in await self._storage.contents(self._prefix):
            if NOTE.fullmatch(stored.key.rsplit("/")[-1]):
                await self._storage.delete(stored.key)

    async def _report(self, progress: float) -> None:
        async with self._ingest.sessions.open(self._actor) as session:
            take = await session.get(Take, self._take_id)
            if take.topic is not None:
                session.announce("take.progress", take.topic, take.id, step=LADDER, progress=progress)

    async def _write(self, own: Path, name: str, text: str) -> None:
        (own / name).write_text(text)
        await self._storage.put(f"{self._prefix}/{name}", own / name)


async def read_text(storage: Storage, key: str) -> str:
    """Return a stored text; raises Missing."""
    return b"".join([block async for block in storage.read(key)]).decode()


async def _pieces(storage: Storage, take: Take) -> list[Piece]:
    listed: dict[str, list[Cut]] = {"video": [], "audio": []}
    for kind, track in take.media["package"]["tracks"].items():
        listed[kind] = cuts(await read_text(storage, f"{take.package_key}/{track['playlist']}"))
    return pieces(listed["video"], listed["audio"])


def _shown(tracks: dict[str, Any], kind: str) -> Shown | None:
    return Shown(**tracks[kind]) if kind in tracks else None


def _note_name(number: int) -> str:
    return f"ladder-{number:04d}.json"


async def _unheard(progress: Progress) -> None:
    """Do nothing: pieces are counted instead."""

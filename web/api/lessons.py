"""A lesson's timeline and its film, authorised request by request."""

import re
from datetime import timedelta
from typing import Literal
from uuid import UUID

from aiohttp import hdrs, web
from pydantic import Field
from sqlalchemy import select

from infra.errors import Invalid, NotFound, Problem
from infra.journal import JournalEntry
from infra.session import Session
from media.caption import Caption
from media.lesson import Lesson, caption_of, captions, takes
from media.storage import Missing, Storage
from media.take import Take
from observe.observation import of_lesson
from web.api.models import ApiModel, Whole
from web.call import Call
from web.routes import RouteTable

routes = RouteTable()

WATCHED_EVERY = timedelta(hours=1)
LINKED_S = 60  # an address of the store is good for so long
PACKAGE_FILE = re.compile(r"[a-z0-9_-]{1,60}\.(m3u8|mp4|m4s|jpg|vtt|json)")
CONTENT_TYPES = {
    "m3u8": "application/vnd.apple.mpegurl",
    "mp4": "video/mp4",
    "m4s": "video/iso.segment",
    "jpg": "image/jpeg",
    "vtt": "text/vtt",
    "json": "application/json",
}
PLAYED_AT_MOST = 200  # spans of one report
LONGEST_MS = 24 * 3_600_000
LAST_FRAME_MS = 1_000  # a player's clock may run so far beyond a film's last picture


class TakeBody(ApiModel):
    """One take on lesson time."""

    id: UUID
    position_ms: int
    duration_ms: int | None
    camera: str | None
    filename: str
    state: Literal["receiving", "processing", "ready", "failed", "deleted"]
    step: str
    progress: float
    problem: str | None
    is_growing: bool
    hls: str | None
    qualities: list[str]
    poster: str | None
    storyboard: str | None
    peaks: str | None
    width: int | None
    height: int | None
    has_audio: bool
    frame_ms: float | None


class CaptionBody(ApiModel):
    """The captions of one take in one language, on the take's own media time."""

    take: UUID
    language: str
    label: str
    src: str


class LessonBody(ApiModel):
    """A lesson and its takes, in order of lesson time."""

    id: UUID
    title: str
    duration_ms: int | None
    takes: list[TakeBody]
    captions: list[CaptionBody]


class PlayedSpan(ApiModel):
    """A stretch of lesson time that was played without a pause."""

    from_ms: Whole = Field(ge=0, le=LONGEST_MS)
    until_ms: Whole = Field(ge=0, le=LONGEST_MS)


class PlayedBody(ApiModel):
    """What has been played of one take since the last report."""

    take: UUID
    spans: list[PlayedSpan] = Field(min_length=1, max_length=PLAYED_AT_MOST)


def take_body(take: Take) -> TakeBody:
    """Return a take as players need it."""
    folder = f"/api/lessons/{take.lesson_id}/hls/{take.id}"
    fps = take.media.get("fps")
    made = take.media.get("illustrated", {}) if take.is_watchable else {}
    return TakeBody.model_construct(
        id=take.id,
        position_ms=take.position_ms,
        duration_ms=take.duration_ms,
        camera=take.camera,
        filename=take.filename,
        state=take.state,
        step=take.step,
        progress=take.progress,
        problem=take.problem,
        is_growing=take.is_growing,
        hls=f"{folder}/master.m3u8" if take.is_watchable else None,
        qualities=take.media.get("ladder", []),
        poster=f"{folder}/poster.jpg" if made.get("poster") else None,
        storyboard=f"{folder}/storyboard.vtt" if made.get("storyboard") else None,
        peaks=f"{folder}/peaks.json" if made.get("peaks") else None,
        width=take.media.get("width"),
        height=take.media.get("height"),
        has_audio=bool(take.media.get("has_audio")),
        frame_ms=1000 / fps if fps else None,
    )


@routes.get("/api/lessons/{lesson}", action="lesson.watch", returns=LessonBody)
async def get_lesson(call: Call) -> web.StreamResponse:
    """Read a lesson's timeline."""
    async with call.session() as session:
        lesson_id = call.id("lesson")
        await of_lesson(session, lesson_id, to="lesson.watch")
        lesson = await session.get(Lesson, lesson_id)
        return call.json(
            LessonBody.model_construct(
                id=lesson.id,
                title=lesson.title,
                duration_ms=lesson.duration_ms,
                takes=[take_body(take) for take in await takes(session, lesson_id)],
                captions=[_caption_body(lesson_id, each) for each in await captions(session, lesson_id)],
            )
        )


@routes.get("/api/lessons/{lesson}/captions/{caption}", action="lesson.watch")
async def get_captions(call: Call) -> web.StreamResponse:
    """Fetch captions, as WebVTT."""
    async with call.session() as session:
        await of_lesson(session, call.id("lesson"), to="lesson.watch")
        caption = await caption_of(session, call.id("lesson"), call.id("caption"))
    headers = {hdrs.CACHE_CONTROL: "private, max-age=5"}
    return web.Response(text=caption.text, content_type="text/vtt", headers=headers)


@routes.get("/api/lessons/{lesson}/hls/master.m3u8", action="lesson.watch")
async def get_master_playlist(call: Call) -> web.StreamResponse:
    """Play a lesson: the playlist of its first take."""
    async with call.session(write=True) as session:
        first = await _first_take(session, call.id("lesson"))
        await _note_watching(session, first)
        location = f"/api/lessons/{first.lesson_id}/hls/{first.id}/master.m3u8"
    return web.Response(status=307, headers={hdrs.LOCATION: location, hdrs.CACHE_CONTROL: "no-store"})


@routes.get("/api/lessons/{lesson}/hls/{take}/{file}", action="lesson.watch")
async def get_package_file(call: Call) -> web.StreamResponse:
    """Fetch a playlist, a segment or a picture of one take."""
    name = call.request.match_info["file"]
    match = PACKAGE_FILE.fullmatch(name)
    if match is None:
        raise NotFound("file", name)
    is_playlist = name == "master.m3u8"
    async with call.session(write=is_playlist) as session:
        take = await _watchable_take(session, call.id("lesson"), call.id("take"))
        if is_playlist:
            await _note_watching(session, take)
        key = f"{take.package_key}/{name}"
    try:
        return await _package_file(call.services.ingest.storage, key, match[1])
    except Missing:
        raise NotFound("file", name) from None


@routes.add("POST", "/api/lessons/{lesson}/played", action="lesson.watch", body=PlayedBody, status=204)
async def note_played(call: Call) -> web.StreamResponse:
    """Note which stretches of a take have been played: who watched which children, and when."""
    body = await call.body(PlayedBody)
    async with call.session(write=True) as session:
        take = await _watchable_take(session, call.id("lesson"), body.take)
        if wrong := [
            Problem(f"spans.{number}", "A span must lie within the take, and end after it begins.")
            for number, span in enumerate(body.spans)
            if not _lies_within(take, span)
        ]:
            raise Invalid(wrong)
        session.journal("lesson.played", take, spans=[[span.from_ms, span.until_ms] for span in body.spans])
    return web.Response(status=204)


def _caption_body(lesson_id: UUID, caption: Caption) -> CaptionBody:
    return CaptionBody.model_construct(
        take=caption.take_id,
        language=caption.language,
        label=caption.label,
        src=f"/api/lessons/{lesson_id}/captions/{caption.id}",
    )


def _lies_within(take: Take, span: PlayedSpan) -> bool:
    end = take.position_ms + (take.duration_ms or 0) + LAST_FRAME_MS
    return take.position_ms <= span.from_ms < span.until_ms <= end


async def _package_file(storage: Storage, key: str, kind: str) -> web.StreamResponse:
    # Revoked within seconds, also from the browser's own cache.
    headers = {hdrs.CACHE_CONTROL: "private, max-age=5"}
    if kind == "m3u8":  # it may grow, and the names in it are relative to where it is served
        headers[hdrs.CACHE_CONTROL] = "no-store"
        content = b"".join([block async for block in storage.read(key)])
        return web.Response(body=content, content_type=CONTENT_TYPES[kind], headers=headers)
    if (link := await storage.link(key, LINKED_S)) is not None:
        return web.Response(status=307, headers=headers | {hdrs.LOCATION: link})
    async with storage.fetch(key) as path:
        response = web.FileResponse(path, headers=headers)
        response.content_type = CONTENT_TYPES[kind]
        return response


async def _watchable_take(session: Session, lesson_id: UUID, take_id: UUID) -> Take:
    await of_lesson(session, lesson_id, to="lesson.watch")
    take = await session.get(Take, take_id)
    if take.lesson_id != lesson_id or not take.is_watchable:
        raise NotFound("take", take_id)
    return take


async def _first_take(session: Session, lesson_id: UUID) -> Take:
    await of_lesson(session, lesson_id, to="lesson.watch")
    for take in await takes(session, lesson_id):
        if take.is_watchable:
            return take
    raise NotFound("lesson", lesson_id)


async def _note_watching(session: Session, take: Take) -> None:
    """Write down who watched which children, at most once an hour for each person and take."""
    latest = await session.first(
        select(JournalEntry.at)
        .where(JournalEntry.subject_id == take.id, JournalEntry.actor_id == session.actor.person_id)
        .where(JournalEntry.action == "lesson.watched")
        .order_by(JournalEntry.at.desc())
    )
    if latest is None or session.now - latest > WATCHED_EVERY:
        session.journal("lesson.watched", take)

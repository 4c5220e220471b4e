"""Films on their way in, by the tus protocol (https://tus.io/protocols/resumable-upload, version 1.0)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from datetime import datetime
from typing import Any
from uuid import UUID

from aiohttp import web

from media.storage import StorageAway
from media.upload import tus
from media.upload.receive import Destination
from observe.access import PUBLIC
from observe.film import may_receive
from web.api.models import ApiModel
from web.call import Call
from web.guard import problem_response
from web.problems import BY_STATUS, Answer
from web.routes import RouteTable

routes = RouteTable()

PATH = "/api/uploads"
CHUNK = 256 * 1024
REFUSED_AFTER_S = 0.5  # of a body that nobody reads
Headers = dict[str, dict[str, Any]]
RESUMABLE: Headers = {"Tus-Resumable": {"type": "string", "enum": [tus.VERSION], "required": True}}
BYTES: dict[str, Any] = {"type": "integer", "minimum": 0, "maximum": 2**53}
LENGTH: Headers = {"Upload-Length": BYTES}
METADATA: Headers = {
    "Upload-Metadata": {
        "type": "string",
        "description": "observation, filename, filetype, camera, started_at",
    }
}
CREATING = (400, 404, 408, 409, 412, 413, 415, 460, 507)
WRITING = (400, 408, 409, 412, 413, 415, 423, 460, 507)
OFFSET: Headers = {"Upload-Offset": BYTES | {"required": True}}


@routes.add("OPTIONS", PATH, action=PUBLIC, status=204)
async def describe_uploads(call: Call) -> web.StreamResponse:
    """Say which version and extensions of tus are spoken."""
    return _response(tus.options(call.settings.largest_upload))


@routes.add(
    "POST", PATH, action="lesson.upload", status=201, headers=RESUMABLE | LENGTH | METADATA, problems=CREATING
)
async def create_upload(call: Call) -> web.StreamResponse:
    """Begin an upload to the lesson of the observation that its metadata names."""
    return await _told(call, _create(call))


@routes.add("HEAD", PATH + "/{upload}", action="lesson.upload", headers=RESUMABLE, problems=(423,))
async def get_upload_offset(call: Call) -> web.StreamResponse:
    """Say how many bytes of an upload are durable."""
    return await _told(call, call.services.uploads.status(call.actor, call.id("upload")))


@routes.add(
    "PATCH",
    PATH + "/{upload}",
    action="lesson.upload",
    status=204,
    headers=RESUMABLE | OFFSET,
    consumes=tus.BODY_TYPE,
    problems=WRITING,
)
async def append_to_upload(call: Call) -> web.StreamResponse:
    """Add bytes to an upload at its offset."""
    uploads = call.services.uploads
    return await _told(call, uploads.append(call.actor, call.id("upload"), call.request.headers, _body(call)))


@routes.add(
    "DELETE",
    PATH + "/{upload}",
    action="lesson.upload",
    status=204,
    headers=RESUMABLE,
    problems=(400, 412, 423),
)
async def terminate_upload(call: Call) -> web.StreamResponse:
    """Give up an unfinished upload."""
    return await _told(
        call, call.services.uploads.terminate(call.actor, call.id("upload"), call.request.headers)
    )


class PartBody(ApiModel):
    """Where one part goes by PUT."""

    number: int
    href: str


class PartsBody(ApiModel):
    """Where the next parts go; none: send the rest by PATCH, from the offset on."""

    offset: int
    part_size: int
    parts: list[PartBody]


@routes.add(
    "POST",
    PATH + "/{upload}/parts",
    action="lesson.upload",
    returns=PartsBody,
    problems=(409, 423, 503),
)
async def get_next_parts(call: Call) -> web.StreamResponse:
    """Count the parts that have come straight to the store, and say where the next go."""
    try:
        found = await call.services.uploads.direct.next(call.actor, call.id("upload"))
    except tus.ProtocolError as error:
        return problem_response(_answer(error))
    except StorageAway:
        return problem_response(Answer(503, *BY_STATUS[503]))
    parts = [PartBody(number=number, href=href) for number, href in found.links.items()]
    return call.json(PartsBody(offset=found.offset, part_size=found.part_size, parts=parts))


async def _create(call: Call) -> tus.Reply:
    creation = tus.parse_creation(call.request.headers, call.settings.largest_upload)
    observation_id = _observation(creation.metadata)
    async with call.session(write=False) as session:
        observation = await may_receive(session, observation_id)
    destination = Destination(
        lesson_id=observation.lesson_id,
        topic=observation.id,
        camera=creation.metadata.get("camera") or None,
        started_at=_started_at(creation.metadata),
    )
    # Whole, since not every client knows how to read an address that begins with a slash (RFC 9110, 10.2.2).
    scheme = "https" if call.settings.is_served_securely else "http"
    within = f"{scheme}://{call.request.host}{PATH}"
    return await call.services.uploads.create(call.actor, creation, destination, _body(call), within=within)


def _observation(metadata: dict[str, str]) -> UUID:
    try:
        return UUID(metadata.get("observation", ""))
    except ValueError:
        raise tus.ProtocolError(400, "Upload-Metadata must name the observation by its id") from None


def _started_at(metadata: dict[str, str]) -> datetime | None:
    value = metadata.get("started_at")
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise tus.ProtocolError(400, "started_at must be a date and time as in RFC 3339") from None
    if moment.tzinfo is None:
        raise tus.ProtocolError(400, "started_at needs its offset from UTC")
    return moment


async def _body(call: Call) -> AsyncIterator[bytes]:
    async for chunk in call.request.content.iter_chunked(CHUNK):
        yield chunk


async def _told(call: Call, reply: Awaitable[tus.Reply]) -> web.StreamResponse:
    """Return the answer, or the protocol's refusal as a problem."""
    try:
        return _response(await reply)
    except tus.ProtocolError as error:
        response = problem_response(_answer(error))
        response.headers.update({"Tus-Resumable": tus.VERSION} | error.headers)
        _hang_up_soon(call.request)
        return response


def _answer(error: tus.ProtocolError) -> Answer:
    kind, title, _ = BY_STATUS[error.status]
    return Answer(error.status, kind, title, error.message)


def _hang_up_soon(request: web.Request) -> None:
    """End a refused body early: a browser looks at the answer only once it can send no more."""
    content, protocol = request.content, request.protocol

    def hang_up() -> None:
        if not content.is_eof():
            protocol.force_close()

    asyncio.get_running_loop().call_later(REFUSED_AFTER_S, hang_up)


def _response(reply: tus.Reply) -> web.Response:
    return web.Response(status=reply.status, headers=reply.headers)

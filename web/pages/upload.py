"""Where a trainee sends the film of their lesson."""

from collections.abc import AsyncIterator

from aiohttp import BodyPartReader, web

from media.lesson import takes
from media.upload import tus
from media.upload.receive import Destination
from observe.film import conflict_with_film, may_receive
from observe.observation import load
from web.api.lessons import take_body
from web.call import Call
from web.routes import RouteTable

routes = RouteTable()

CHUNK = 256 * 1024
LONGEST_CAMERA = 60  # characters
NO_FILM = "Choose the film of the lesson."
PROBLEMS = {
    408: "The connection broke before the film had arrived. Send it again.",
    413: "The film is larger than we take, or there is no room left for films of your provider. "
    "Ask an administrator of your provider.",
    507: "There is no room for the film just now. Try again later.",
}


@routes.get("/observations/{observation}/upload", action="lesson.upload")
async def show_upload(call: Call) -> web.StreamResponse:
    """Show the uploader, or why nothing can be sent now."""
    return await _upload_page(call, "")


@routes.post("/observations/{observation}/upload", action="lesson.upload")
async def send_plainly(call: Call) -> web.StreamResponse:
    """Receive a film from a form, without script: it cannot be resumed."""
    async with call.session(write=False) as session:
        observation = await may_receive(session, call.id("observation"))
    try:
        is_sent = await _receive(call, Destination(lesson_id=observation.lesson_id, topic=observation.id))
    except tus.ProtocolError as error:
        return await _upload_page(call, PROBLEMS.get(error.status, error.message), status=error.status)
    if not is_sent:
        return await _upload_page(call, NO_FILM, status=422)
    return call.see_other(f"/observations/{observation.id}/upload?done=film_sent")


async def _receive(call: Call, destination: Destination) -> bool:
    """Stream the form's film into an upload, whatever its size; returns whether there was one."""
    if not call.request.content_type.startswith("multipart/"):
        return False
    camera = None
    async for part in await call.request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        if part.name == "camera":
            camera = (await part.read_chunk(LONGEST_CAMERA * 4)).decode(errors="replace").strip()
        elif part.name == "film" and part.filename:
            where = Destination(
                lesson_id=destination.lesson_id,
                topic=destination.topic,
                camera=(camera or "")[:LONGEST_CAMERA] or None,
            )
            await call.services.uploads.accept(call.actor, part.filename, where, _chunks(part))
            return True
    return False


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(CHUNK):
        yield chunk


async def _upload_page(call: Call, problem: str, status: int = 200) -> web.Response:
    async with call.session(write=False) as session:
        observation = await load(session, call.id("observation"), to="lesson.upload")
        conflict = await conflict_with_film(session, observation)
        found = await takes(session, observation.lesson_id)
    return await call.page(
        "upload.html",
        status=status,
        observation=observation,
        takes=[take_body(take) for take in found],
        refusal=conflict.reason if conflict else None,
        problem=problem,
        largest_upload=call.settings.largest_upload,
        is_direct=call.settings.direct_uploads,
    )

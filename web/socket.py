"""One socket per page: it hears, by ids only, what happens to the observations that the page shows."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from uuid import UUID

from aiohttp import WSCloseCode, web

from infra.errors import DomainError, NotFound
from infra.hub import Announcement
from observe.access import SIGNED_IN
from observe.activity import may_hear
from observe.observation import load
from web.call import Call
from web.guard import Forged, authenticate, check_origin
from web.routes import RouteTable

routes = RouteTable()

TOPIC = "observation:"
MOST_TOPICS = 20
# A sign-in or a role that is taken away closes the socket within this many seconds.
RECHECK_EVERY = 4.0


@routes.get("/ws", action=SIGNED_IN)
async def open_socket(call: Call) -> web.StreamResponse:
    """Follow observations as they change."""
    if "Authorization" not in call.request.headers:
        check_origin(call.request, call.settings.public_url)
    topics = [_observation_id(topic) for topic in call.request.query.getall("topic", [])]
    if len(topics) > MOST_TOPICS:
        raise Forged(text="too many topics")
    async with call.session() as session:
        for topic in topics:
            await load(session, topic, to="observation.see")
    socket = web.WebSocketResponse(heartbeat=20, max_msg_size=4096)
    with call.services.sessions.hub.subscribe(topics) as announcements:
        await socket.prepare(call.request)
        tasks = [
            asyncio.create_task(_speak(call, socket, announcements)),
            asyncio.create_task(_recheck(call, socket, topics)),
        ]
        try:
            async for _ in socket:
                pass
        finally:
            for task in tasks:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                    await task
    return socket


async def _speak(
    call: Call, socket: web.WebSocketResponse, announcements: AsyncIterator[Announcement]
) -> None:
    async for announcement in announcements:
        async with call.session() as session:
            try:
                observation = await load(session, announcement.topic, to="observation.see")
                is_for_them = await may_hear(session, observation, announcement)
            except DomainError:
                is_for_them = False
        if is_for_them:
            await socket.send_json(_message(announcement))


async def _recheck(call: Call, socket: web.WebSocketResponse, topics: list[UUID]) -> None:
    while True:
        await asyncio.sleep(RECHECK_EVERY)
        person = await authenticate(call.request)
        try:
            if person is None:
                raise NotFound("sign_in")
            call.person = person
            async with call.session() as session:
                for topic in topics:
                    await load(session, topic, to="observation.see")
        except DomainError:
            await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"no longer allowed")
            return


def _message(announcement: Announcement) -> dict[str, object]:
    message: dict[str, object] = {
        "topic": f"{TOPIC}{announcement.topic}",
        "action": announcement.action,
        "id": str(announcement.subject_id),
    }
    if announcement.step is not None:
        message |= {"step": announcement.step, "progress": announcement.progress}
    return message


def _observation_id(topic: str) -> UUID:
    try:
        return UUID(topic.removeprefix(TOPIC))
    except ValueError:
        raise NotFound("topic", topic) from None

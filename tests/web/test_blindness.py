"""Second marking is blind: nothing that a marker can fetch depends on what the other marker has done.

One world is asked the same questions before the other marker does anything, after they have written a draft,
and after they have submitted. The answers must be the same, byte for byte.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType
from sqlalchemy import select

from infra.errors import Invalid
from infra.ids import new_id
from infra.session import Actor
from observe import mark_sheet
from observe.moderation.decision import decide
from observe.people import Membership
from tests.support.world import Tenant
from tests.web.conftest import Service
from web.all_routes import ALL_ROUTES

CHANGING = ("Date",)
# Figures of the whole service; the socket, which is listened to; a page that suggests a new password.
ELSEWHERE = ("/metrics", "/ws", "/people/new")
# Further roles that a second marker may hold: each opens more pages, none may open the other sheet.
ROLES = (
    ["assessor"],
    ["assessor", "lead_moderator"],
    ["assessor", "administrator"],
    ["assessor", "external_examiner", "administrator", "lead_moderator"],
)
EARS_OPEN = 0.3  # seconds for an announcement that must not come


@dataclass
class World:
    """One observation with two markers, and what its paths name."""

    service: Service
    tenant: Tenant
    observation: UUID
    things: Mapping[str, str]
    first_comment: UUID


@pytest.fixture
async def world(service: Service, tenant: Tenant) -> World:
    arranged = await tenant.arrange()
    take = await service.film(tenant, arranged)
    things = {
        "observation": str(arranged),
        "lesson": str(take.lesson_id),
        "take": str(take.id),
        "file": "master.m3u8",
        "person": str(tenant.people["first"]),
    }
    return World(service, tenant, arranged, things, new_id())


async def give_roles(world: World, who: str, roles: list[str]) -> None:

    async with world.service.sessions.open(Actor.system(world.tenant.provider_id)) as session:
        member = await session.first(
            select(Membership).where(Membership.person_id == world.tenant.people[who])
        )
        assert member is not None
        member.roles = roles


async def everything(world: World, headers: Mapping[str, str]) -> dict[str, tuple[int, object, bytes]]:
    """Return the answer to every question that the routes let one ask, and to some they should refuse."""
    answers: dict[str, tuple[int, object, bytes]] = {}
    for route in ALL_ROUTES:
        if route.method != "GET" or route.path in ELSEWHERE:
            continue
        names = re.findall(r"{(\w+)}", route.path)
        if any(name not in world.things for name in names):
            continue
        path = re.sub(r"{(\w+)}", lambda match: world.things[match[1]], route.path)
        for method in ("GET", "HEAD"):
            answers[f"{method} {path}"] = await ask(world, method, path, headers)
    base = f"/api/observations/{world.observation}"
    answers["their comment"] = await ask(world, "DELETE", f"{base}/comments/{world.first_comment}", headers)
    answers["their pair"] = await ask(world, "POST", f"/moderation/{world.observation}/decision", headers)
    return answers


async def ask(world: World, method: str, path: str, headers: Mapping[str, str]) -> tuple[int, object, bytes]:
    async with world.service.client.request(method, path, headers=headers, allow_redirects=False) as response:
        shown = {name: value for name, value in response.headers.items() if name not in CHANGING}
        return response.status, shown, await response.read()


def follow(observation: UUID) -> str:
    """Return the address of a socket that follows an observation."""
    return f"/ws?topic=observation:{observation}"


async def overheard(socket: ClientWebSocketResponse) -> list[str]:
    """Return what a socket says within a moment."""
    heard: list[str] = []
    while True:
        try:
            message = await socket.receive(timeout=EARS_OPEN)
        except TimeoutError:
            return heard
        if message.type == WSMsgType.TEXT:
            heard.append(message.data)


@pytest.mark.parametrize("roles", ROLES, ids="+".join)
@pytest.mark.parametrize(("watching", "acting"), [("second", "first"), ("first", "second")])
async def test_a_marker_learns_nothing_of_the_other_before_both_sheets_are_locked(
    world: World, roles: list[str], watching: str, acting: str
) -> None:
    tenant, arranged = world.tenant, world.observation
    await give_roles(world, watching, roles)
    headers = await world.service.cookie(tenant, watching)
    await everything(world, headers)  # opening a film is itself written in the journal, once an hour
    before = await everything(world, headers)
    async with world.service.client.ws_connect(follow(arranged), headers=headers) as socket:
        await tenant.comment(acting, arranged, "A secret comment.")
        await save_draft(tenant, acting, arranged)
        assert await everything(world, headers) == before
        await tenant.mark(acting, arranged, worst_on=frozenset({"TS1"}), words="A secret rationale.")
        assert await everything(world, headers) == before
        assert await overheard(socket) == []
    for status, shown, body in before.values():
        assert b"secret" not in body, (status, shown)


async def save_draft(tenant: Tenant, who: str, arranged: UUID) -> None:
    async with tenant.sessions.open(tenant.actor(who)) as session:
        await mark_sheet.save(session, arranged, {}, {}, 0)


async def test_once_both_are_locked_each_may_see_the_other(world: World) -> None:
    tenant, arranged = world.tenant, world.observation
    await tenant.mark("first", arranged)
    await tenant.mark("second", arranged)
    path = f"/api/observations/{arranged}/comments"
    response = await world.service.get(path, await world.service.cookie(tenant, "second"))
    assert {each["text"] for each in (await response.json())["comments"]} == {
        "Seen. (first)",
        "Seen. (second)",
    }


async def test_a_lead_moderator_who_marks_cannot_decide_or_peek(world: World) -> None:
    tenant, arranged = world.tenant, world.observation
    await give_roles(world, "second", ["assessor", "lead_moderator"])
    await tenant.mark("first", arranged)
    second = Actor(tenant.people["second"], tenant.provider_id, frozenset({"assessor", "lead_moderator"}))
    async with world.service.sessions.open(second, write=False) as session:
        with pytest.raises(Invalid, match="own marking"):
            await decide(session, arranged, {})


async def test_a_trainee_hears_nothing_of_their_marking(world: World) -> None:
    tenant, arranged = world.tenant, world.observation
    headers = await world.service.cookie(tenant, "trainee")
    await everything(world, headers)
    before = await everything(world, headers)
    async with world.service.client.ws_connect(follow(arranged), headers=headers) as socket:
        await tenant.comment("first", arranged, "A secret comment.")
        await save_draft(tenant, "first", arranged)
        assert await overheard(socket) == []
    after = await everything(world, headers)
    # That nothing may be added to the film once marking has begun is all that they learn.
    assert {path for path in before if before[path] != after[path]} <= {
        f"{method} /observations/{arranged}/upload" for method in ("GET", "HEAD")
    }

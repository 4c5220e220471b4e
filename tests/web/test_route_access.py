"""Route × role × tenant, generated from the route table: nobody reaches what is not theirs."""

import base64
import re
from collections.abc import Mapping
from uuid import UUID

import pytest
from aiohttp import ClientResponse

from infra.ids import new_id
from observe.access import ACCESS, PUBLIC, SIGNED_IN, may
from observe.caption import add_caption
from observe.framework import list_frameworks, list_rubrics
from observe.observation import Observation
from tests.support.world import ROLES_OF, Tenant, build_tenant
from tests.web.conftest import SAME_ORIGIN, Service
from web.all_routes import ALL_ROUTES
from web.app import build_app
from web.routes import Route, RouteTable

CAPTIONS = b"WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n"
TUS = {"Tus-Resumable": "1.0.0"}
CHANGING = ("Date", "Set-Cookie", "Content-Length")
# 415 and 422: what was sent is looked at before anything is loaded.
REFUSED = (403, 404, 415, 422)
WITH_ID = [route for route in ALL_ROUTES if "{" in route.path]


async def things_of(service: Service, tenant: Tenant) -> dict[str, str]:
    """Return an id of everything that a path can name, all of one provider."""
    arranged = await tenant.arrange()
    take = await service.film(tenant, arranged)
    comment = await tenant.comment("first", arranged, "Clear.")
    waiting = await tenant.arrange(title="Not filmed yet")
    metadata = f"observation {_base64(str(waiting))},filename {_base64('lesson.mp4')}"
    headers = await service.cookie(tenant, "trainee") | TUS
    created = await service.client.post(
        "/api/uploads", headers=headers | {"Upload-Length": "10", "Upload-Metadata": metadata}
    )
    assert created.status == 201, await created.text()
    async with service.sessions.open(tenant.actor("trainee")) as session:
        caption = await add_caption(
            session,
            arranged,
            take_id=take.id,
            language="en",
            content=CAPTIONS,
        )
    async with service.sessions.open(tenant.actor("administrator"), write=False) as session:
        framework, rubric = (await list_frameworks(session))[0], (await list_rubrics(session))[0]
    return {
        "observation": str(arranged),
        "lesson": str(take.lesson_id),
        "take": str(take.id),
        "file": "master.m3u8",
        "caption": str(caption.id),
        "comment": str(comment),
        "person": str(tenant.people["mentor"]),
        "framework": str(framework.id),
        "rubric": str(rubric.id),
        "upload": created.headers["Location"].rsplit("/", 1)[-1],
    }


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def fill(path: str, things: Mapping[str, str]) -> str:
    """Return a path with its ids."""
    return re.sub(r"{(\w+)}", lambda match: things[match[1]], path)


async def call(service: Service, route: Route, path: str, headers: Mapping[str, str]) -> ClientResponse:
    body = None if route.method in ("GET", "HEAD", "OPTIONS") else b"{}"
    return await service.client.request(
        route.method, path, headers={**TUS, **headers}, allow_redirects=False, data=body
    )


async def shape(response: ClientResponse, things: Mapping[str, str]) -> tuple[object, ...]:
    """Return everything of an answer that could tell one thing from another, without the ids asked for."""
    text = (await response.read()).decode()
    for value in things.values():
        text = text.replace(value, "…")
    headers = {name: value for name, value in response.headers.items() if name not in CHANGING}
    return response.status, headers, text


async def test_every_route_that_is_served_declares_a_known_action(service: Service) -> None:
    declared = {(route.method, route.path) for route in ALL_ROUTES}
    for served in build_app(service.services.settings, works=False).router.routes():
        assert served.resource is not None
        path = served.resource.canonical
        if path.startswith("/static/"):
            continue
        method = "GET" if (served.method, path) not in declared else served.method
        assert (method, path) in declared, f"{served.method} {path} is served but not declared"
    assert {route.action for route in ALL_ROUTES} <= set(ACCESS) | {PUBLIC, SIGNED_IN}


def test_a_route_cannot_be_declared_without_a_known_action() -> None:
    with pytest.raises(TypeError):
        RouteTable().get("/somewhere")  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="unknown action"):
        RouteTable().get("/somewhere", action="lesson.borrow")


async def test_nobody_gets_in_without_signing_in(service: Service, tenant: Tenant) -> None:
    things = await things_of(service, tenant)
    for route in ALL_ROUTES:
        response = await call(service, route, fill(route.path, things), SAME_ORIGIN)
        if route.action == PUBLIC:
            assert response.status not in (401, 403), route
        elif route.is_api:
            assert response.status == 401, route
        else:
            assert (response.status, response.headers["Location"][:8]) == (303, "/sign-in"), route


async def test_another_providers_ids_answer_exactly_like_ids_of_nothing(
    service: Service, tenant: Tenant
) -> None:
    things = await things_of(service, tenant)
    other = await build_tenant(service.sessions, "south")
    nothing = {name: str(new_id()) for name in things} | {"file": "master.m3u8"}
    leaks = []
    for who in ROLES_OF:
        headers = await service.cookie(other, who)
        for route in WITH_ID:
            theirs = await shape(await call(service, route, fill(route.path, things), headers), things)
            missing = await shape(await call(service, route, fill(route.path, nothing), headers), nothing)
            if theirs != missing or theirs[0] not in REFUSED:
                leaks.append((who, route.method, route.path, theirs[0], missing[0]))
    assert leaks == []


async def test_within_a_provider_every_route_keeps_to_the_access_table(
    service: Service, tenant: Tenant
) -> None:
    things = await things_of(service, tenant)
    async with service.sessions.open(tenant.actor("administrator"), write=False) as session:
        arranged = await session.get(Observation, UUID(things["observation"]))
    wrong = []
    for who in ROLES_OF:
        headers = await service.cookie(tenant, who)
        for route in ALL_ROUTES:
            if route.action in (PUBLIC, SIGNED_IN) or route.path.startswith("/api/uploads/{upload}"):
                continue
            concerns_lesson = "{observation}" in route.path or "{lesson}" in route.path
            relations = arranged.relations_of(tenant.people[who]) if concerns_lesson else frozenset()
            is_allowed = may(tenant.actor(who), route.action, relations)
            if not concerns_lesson:
                is_allowed = is_allowed or route.path in ("/api/observations", "/api/uploads")
            if is_allowed and route.method not in ("GET", "HEAD"):
                continue  # it would do the thing; what follows from that has tests of its own
            response = await call(service, route, fill(route.path, things), headers)
            is_wrong = response.status in (401, 403) or response.status >= 500
            if is_wrong if is_allowed else response.status not in REFUSED:
                wrong.append((who, route.method, route.path, response.status, is_allowed))
    assert wrong == []


async def test_an_upload_is_only_its_owners(service: Service, tenant: Tenant) -> None:
    things = await things_of(service, tenant)
    route = next(each for each in ALL_ROUTES if (each.method, each.path) == ("HEAD", "/api/uploads/{upload}"))
    for who in ROLES_OF:
        response = await call(service, route, fill(route.path, things), await service.cookie(tenant, who))
        assert response.status == (200 if who == "trainee" else 404 if who == "other_trainee" else 403), who


async def test_what_another_site_makes_a_browser_send_is_refused(service: Service, tenant: Tenant) -> None:
    things = await things_of(service, tenant)
    signed_in = await service.cookie(tenant, "administrator")
    cookie = {"Cookie": signed_in["Cookie"]}
    for route in ALL_ROUTES:
        if route.method in ("GET", "HEAD", "OPTIONS"):
            continue
        for forged in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
            response = await call(service, route, fill(route.path, things), cookie | forged)
            assert response.status == 403, (route, forged)


async def test_a_role_that_is_taken_away_is_gone_with_the_next_request(
    service: Service, tenant: Tenant
) -> None:
    things = await things_of(service, tenant)
    headers = await service.cookie(tenant, "first")
    assert (await service.get(f"/observations/{things['observation']}/mark", headers)).status == 200
    admin = await service.cookie(tenant, "administrator")
    ended = await service.client.post(
        f"/people/{tenant.people['first']}/end", headers=admin, allow_redirects=False
    )
    assert ended.status == 303
    gone = await service.get(f"/api/lessons/{things['lesson']}", headers)
    assert gone.status == 401


@pytest.mark.parametrize(
    "body", [{"role": "administrator"}, {"provider_id": str(new_id())}, {"version": 0, "x": 1}]
)
async def test_fields_that_nobody_asked_for_are_refused(
    service: Service, tenant: Tenant, body: dict[str, object]
) -> None:
    things = await things_of(service, tenant)
    path = f"/api/observations/{things['observation']}/comments/{new_id()}"
    response = await service.client.put(
        path, headers=await service.cookie(tenant, "first"), json={"at_ms": 1, "text": "Hello", **body}
    )
    assert response.status == 422

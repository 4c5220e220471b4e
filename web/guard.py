"""What stands before every handler: who asks, whether another site forged it, whether the role may at all."""

import hmac
from collections.abc import Awaitable, Callable
from urllib.parse import quote

import structlog
from aiohttp import hdrs, web

from infra.errors import DomainError, Forbidden
from infra.session import Actor
from observe.access import PUBLIC, may_ever
from web.auth import sign_in
from web.call import SERVICES, Call, SignedIn
from web.problems import Answer, answer_to
from web.routes import Route

log = structlog.get_logger()

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class SignInNeeded(web.HTTPUnauthorized):
    """Nobody is signed in."""


class Forged(web.HTTPForbidden):
    """Another site made the browser send this."""


def guarded(route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return the aiohttp handler of a route, with everything that stands before it."""

    async def handle(request: web.Request) -> web.StreamResponse:
        call = Call(request, None)
        try:
            call.person = await authenticate(request, route.action)
            if route.action != PUBLIC:
                _check_role(call, route)
            return await route.handler(call)
        except (DomainError, web.HTTPException) as error:
            return await answer(call, route, error)
        except ConnectionError:
            raise
        except Exception as error:
            log.exception("request.failed", path=request.path, method=request.method)
            return await answer(call, route, error)

    return handle


async def authenticate(request: web.Request, action: str = PUBLIC) -> SignedIn | None:
    """Return whoever makes the request, or None; raises Forged when a cookie was used from another site."""
    services = request.app[SERVICES]
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    async with services.sessions.open(Actor.system(), write=False) as session:
        if scheme.lower() == "bearer":
            found = await sign_in.whose_token(session, token.strip())
            if found is None:
                return None
            person, scopes = found
            if scopes and action != PUBLIC and action not in scopes:
                raise Forbidden(action)
            return person
        cookie = request.cookies.get(cookie_name(services.settings.is_served_securely), "")
        known = await sign_in.who_is(session, cookie) if cookie else None
        if known is None:
            return None
        now = session.now
    person, seen_at = known
    if request.method not in SAFE_METHODS:
        check_origin(request, services.settings.public_url)
    if now - seen_at > sign_in.SEEN_EVERY and person.sign_in_id is not None:
        async with services.sessions.open(Actor.system()) as session:
            await sign_in.touch(session, person.sign_in_id)
    return person


def cookie_name(is_secure: bool) -> str:
    """Return the name of the cookie; over https a `__Host-` one, which no other host can set."""
    return "__Host-observe" if is_secure else "observe"


def check_origin(request: web.Request, public_url: str) -> None:
    """Pass when the browser says that our own page made the request; raises Forged otherwise.

    Fetch Metadata (W3C), else the Origin header; a request with a cookie and neither is refused.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site == "same-origin":
            return
        raise Forged
    origin = request.headers.get(hdrs.ORIGIN, "")
    own = (public_url, f"{request.scheme}://{request.host}")
    if not any(hmac.compare_digest(origin, each) for each in own):
        raise Forged


def _check_role(call: Call, route: Route) -> None:
    if call.person is None:
        raise SignInNeeded
    if not may_ever(call.actor, route.action):
        raise Forbidden(route.action)


async def answer(call: Call, route: Route | None, error: Exception) -> web.StreamResponse:
    """Return the problem document or page for an error."""
    is_api = call.request.path.startswith("/api/") if route is None else route.is_api
    if isinstance(error, SignInNeeded) and not is_api:
        back = f"?next={quote(call.request.path_qs)}" if call.request.method == "GET" else ""
        return call.see_other(f"/sign-in{back}")
    told = answer_to(error)
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = {hdrs.ALLOW: ", ".join(sorted(error.allowed_methods))}
    else:
        allowed = {}
    response = (
        problem_response(told) if is_api else await call.page("error.html", status=told.status, problem=told)
    )
    response.headers.update(allowed)
    if told.status == 401:
        response.headers[hdrs.WWW_AUTHENTICATE] = "Bearer"
    return response


def problem_response(told: Answer) -> web.Response:
    """Return a problem+json response."""
    return web.json_response(told.document(), status=told.status, content_type="application/problem+json")

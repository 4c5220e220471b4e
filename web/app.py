"""The composition root: the only place that wires the rooms together."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import structlog
from aiohttp import hdrs, web
from sqlalchemy.exc import OperationalError

from infra.clock import Clock, SystemClock
from infra.settings import Settings
from web import health, openapi
from web.all_routes import ALL_ROUTES
from web.call import SERVICES, Call, Services
from web.deployment import Deployment
from web.guard import answer, guarded
from web.problems import BY_STATUS
from web.templating import Templates

log = structlog.get_logger()

STATIC = Path(__file__).parent / "static"
HASHED = {hdrs.CACHE_CONTROL: "public, max-age=31536000, immutable"}
SECURITY_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# {store} is where pictures and film come from, where they lie in a store with addresses of its own.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:{store}; "
    "media-src 'self' blob:{store}; connect-src 'self'{store}; font-src 'self'; worker-src 'self' blob:; "
    "manifest-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def build_app(settings: Settings, clock: Clock | None = None, *, works: bool = True) -> web.Application:
    """Return the service; with `works`, jobs are done in this process too."""
    app = web.Application(middlewares=[_measure, _last_resort], client_max_size=2 * 1024**2)
    deployment = Deployment(settings, clock or SystemClock())
    app[SERVICES] = Services(
        settings=settings,
        sessions=deployment.sessions,
        templates=Templates(STATIC),
        ingest=deployment.ingest,
        uploads=deployment.uploads,
        static=STATIC,
    )
    app[openapi.DESCRIPTION] = openapi.describe(ALL_ROUTES, settings.public_url)
    for route in ALL_ROUTES:
        handler = guarded(route)
        app.router.add_route(route.method, route.path, handler)
        if route.method == "GET" and not route.path.startswith("/ws"):
            app.router.add_route("HEAD", route.path, handler)
    app.router.add_get("/static/{file}", _static_file)
    app.on_response_prepare.append(_secure(settings, deployment.ingest.storage.origin))

    async def run(_: web.Application) -> AsyncIterator[None]:
        await deployment.start(works=works, receives=True)
        yield
        await deployment.close()

    app.cleanup_ctx.append(run)
    return app


async def _static_file(request: web.Request) -> web.StreamResponse:
    path = STATIC / request.match_info["file"]
    if path.parent != STATIC or not path.is_file() or path.suffix == ".map":
        raise web.HTTPNotFound
    return web.FileResponse(path, headers=HASHED)


def _secure(
    settings: Settings, store: str | None
) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    policy = CONTENT_SECURITY_POLICY.format(store=f" {store}" if store else "")
    always = SECURITY_HEADERS | {"Content-Security-Policy": policy}

    async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
        for name, value in always.items():
            response.headers.setdefault(name, value)
        if settings.is_served_securely:
            response.headers.setdefault("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
        if not request.path.startswith("/static/"):
            response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")

    return add_headers


@web.middleware
async def _measure(request: web.Request, handler: Handler) -> web.StreamResponse:
    began = time.perf_counter()
    status = 500
    try:
        response = await handler(request)
        status = response.status
        return response
    except web.HTTPException as error:
        status = error.status
        raise
    finally:
        resource = request.match_info.route.resource
        route = resource.canonical if resource is not None else "none"
        health.REQUESTS.labels(request.method, route, status).inc()
        health.SECONDS.labels(request.method, route).observe(time.perf_counter() - began)


@web.middleware
async def _last_resort(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what no route has answered: unknown paths, wrong methods, a database that is away."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status not in BY_STATUS:
            raise
        return await answer(Call(request, None), None, error)
    except OperationalError:
        log.exception("database.unavailable", path=request.path)
        return await answer(Call(request, None), None, web.HTTPServiceUnavailable())

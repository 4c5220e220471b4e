"""Whether the service lives, can work, and how it does."""

import shutil

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest
from sqlalchemy import text

from observe.access import PUBLIC
from web.call import Call
from web.routes import RouteTable

routes = RouteTable()

REQUESTS = Counter("observe_requests_total", "Requests answered", ("method", "route", "status"))
SECONDS = Histogram("observe_request_seconds", "Time to answer a request", ("method", "route"))
FREE_BYTES = Gauge("observe_free_disk_bytes", "Free bytes where uploads are spooled")


@routes.get("/healthz", action=PUBLIC)
async def is_alive(call: Call) -> web.StreamResponse:
    """Answer that the process lives."""
    return web.Response(text="ok\n")


@routes.get("/readyz", action=PUBLIC)
async def is_ready(call: Call) -> web.StreamResponse:
    """Answer whether the database can be reached and uploads have room."""
    async with call.services.sessions.database.engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
    if shutil.disk_usage(call.settings.data).free < call.settings.disk_reserve:
        return web.Response(status=503, text="disk reserve reached\n")
    return web.Response(text="ready\n")


@routes.get("/metrics", action=PUBLIC)
async def metrics(call: Call) -> web.StreamResponse:
    """Return figures for Prometheus."""
    FREE_BYTES.set(shutil.disk_usage(call.settings.data).free)
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

"""One request, and who makes it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, ValidationError

from infra.errors import Invalid, NotFound, Problem
from infra.session import Actor, Session, Sessions
from infra.settings import Settings

if TYPE_CHECKING:
    from media.ingest.workflow import Ingest
    from media.upload.receive import Uploads
    from web.templating import Templates

M = TypeVar("M", bound=BaseModel)
LARGEST_JSON = 1024**2


@dataclass(frozen=True)
class SignedIn:
    """Whoever is signed in, as pages show them."""

    person_id: UUID
    name: str
    email: str
    time_zone: str
    provider_id: UUID
    provider_name: str
    provider_time_zone: str
    roles: tuple[str, ...]
    sign_in_id: UUID | None = None  # None when a token was shown instead of a cookie

    @property
    def actor(self) -> Actor:
        """The same person, as sessions know them."""
        return Actor(self.person_id, self.provider_id, frozenset(self.roles), self.name)


@dataclass(frozen=True)
class Services:
    """What handlers stand on; wired once, in `web.app`."""

    settings: Settings
    sessions: Sessions
    templates: Templates
    ingest: Ingest
    uploads: Uploads
    static: Path


SERVICES = web.AppKey("services", Services)


class Call:
    """A request with its actor; what every handler is given."""

    def __init__(self, request: web.Request, person: SignedIn | None) -> None:
        self.request = request
        self.person = person
        self.services = request.app[SERVICES]

    @property
    def settings(self) -> Settings:
        """The settings of the service."""
        return self.services.settings

    @property
    def actor(self) -> Actor:
        """Who asks; a route that is open to nobody in particular has no actor."""
        return self.person.actor if self.person else Actor(None, None)

    @asynccontextmanager
    async def session(self, *, write: bool | None = None) -> AsyncIterator[Session]:
        """Open one transaction for the actor; GET and HEAD only read unless they say otherwise."""
        if self.person is None:
            raise AssertionError("nobody is signed in")
        writes = self.request.method not in ("GET", "HEAD") if write is None else write
        async with self.services.sessions.open(self.actor, write=writes) as session:
            yield session

    def id(self, name: str) -> UUID:
        """Return an id out of the path; raises NotFound when it cannot be one."""
        try:
            return UUID(self.request.match_info[name])
        except ValueError:
            raise NotFound(name, self.request.match_info[name]) from None

    def query(self, name: str, default: str = "") -> str:
        """Return one parameter of the address."""
        return self.request.query.get(name, default)

    async def body(self, model: type[M]) -> M:
        """Return the JSON body; raises Invalid naming what is wrong with it."""
        text = await self.request.content.read(LARGEST_JSON + 1)
        while len(text) <= LARGEST_JSON and (more := await self.request.content.read(LARGEST_JSON)):
            text += more
        if len(text) > LARGEST_JSON:
            raise web.HTTPRequestEntityTooLarge(LARGEST_JSON, len(text))
        try:
            return model.model_validate_json(text)
        except ValidationError as error:
            raise Invalid(problems_of(error)) from None

    async def form(self) -> Form:
        """Return what a page's form sent."""
        return Form(await self.request.post())

    async def page(self, template: str, *, status: int = 200, **context: Any) -> web.Response:
        """Return a page."""
        html = self.services.templates.render(template, self, context)
        return web.Response(text=html, status=status, content_type="text/html")

    def json(self, value: BaseModel, *, status: int = 200) -> web.Response:
        """Return a model as JSON."""
        return web.Response(text=value.model_dump_json(), status=status, content_type="application/json")

    def see_other(self, path: str) -> web.Response:
        """Send the browser to another page after a form."""
        return web.Response(status=303, headers={"Location": path})


class Form:
    """The fields of a form, as text."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._fields = fields

    def text(self, name: str) -> str:
        """Return a field without spaces around it; empty when it was not sent."""
        value = self._fields.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    def file(self, name: str) -> bytes:
        """Return what a file field holds; empty when no file was chosen."""
        value = self._fields.get(name)
        return bytes(value.file.read()) if isinstance(value, web.FileField) else b""

    def all(self, name: str) -> list[str]:
        """Return every value of a field that may be sent several times."""
        values = self._fields.getall(name, []) if hasattr(self._fields, "getall") else []
        return [value.strip() for value in values if isinstance(value, str)]

    def names(self) -> list[str]:
        """Return the names of the fields that were sent."""
        return list(dict.fromkeys(self._fields))

    def values(self) -> dict[str, str]:
        """Return every text field, to fill the form again."""
        return {name: value for name, value in self._fields.items() if isinstance(value, str)}

    def id(self, name: str) -> UUID | None:
        """Return a field that names something, or None when it is empty; raises Invalid otherwise."""
        value = self.text(name)
        if not value:
            return None
        try:
            return UUID(value)
        except ValueError:
            raise Invalid([Problem(name, "Choose one of the list.")]) from None

    def model(self, model: type[M]) -> M:
        """Return the fields as a model; raises Invalid naming what is wrong."""
        try:
            return model.model_validate_strings(self.values())
        except ValidationError as error:
            raise Invalid(problems_of(error)) from None


def problems_of(error: ValidationError) -> list[Problem]:
    """Return a validation error's findings, by field."""
    return [
        Problem(".".join(str(part) for part in each["loc"]) or "body", each["msg"])
        for each in json.loads(error.json(include_url=False, include_input=False))
    ]

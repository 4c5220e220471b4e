"""Every route declares its action; what is not declared cannot be reached."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from pydantic import BaseModel

from observe.access import ACCESS, PUBLIC, SIGNED_IN
from web.call import Call

Handler = Callable[[Call], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Route:
    """One method on one path: what it does, to whom it is open, what goes in and comes out."""

    method: str
    path: str
    action: str  # a key of observe.access.ACCESS, or PUBLIC, or SIGNED_IN
    handler: Handler
    summary: str
    body: type[BaseModel] | None = None
    returns: type[BaseModel] | None = None
    status: int = 200
    problems: tuple[int, ...] = ()  # statuses of problems beyond those every route can answer with
    headers: Mapping[str, Mapping[str, Any]] = field(
        default_factory=dict
    )  # their JSON Schemas; `required` is ours
    consumes: str | None = None  # the media type of a body that is not JSON

    @property
    def is_api(self) -> bool:
        """Whether a machine calls it: errors are then problem+json instead of pages."""
        return self.path.startswith("/api/")


class RouteTable:
    """The routes of one file."""

    def __init__(self) -> None:
        self.routes: list[Route] = []

    def add(
        self,
        method: str,
        path: str,
        *,
        action: str,
        body: type[BaseModel] | None = None,
        returns: type[BaseModel] | None = None,
        status: int = 200,
        problems: tuple[int, ...] = (),
        headers: Mapping[str, Mapping[str, Any]] | None = None,
        consumes: str | None = None,
    ) -> Callable[[Handler], Handler]:
        """Declare a handler, summarised by its docstring; raises ValueError for an unknown action."""
        if action not in (PUBLIC, SIGNED_IN) and action not in ACCESS:
            raise ValueError(f"{method} {path} declares the unknown action {action!r}")

        def declare(handler: Handler) -> Handler:
            summary = (handler.__doc__ or "").strip().split("\n")[0].rstrip(".")
            self.routes.append(
                Route(
                    method,
                    path,
                    action,
                    handler,
                    summary,
                    body,
                    returns,
                    status,
                    problems,
                    headers or {},
                    consumes,
                )
            )
            return handler

        return declare

    def get(
        self, path: str, *, action: str, returns: type[BaseModel] | None = None
    ) -> Callable[[Handler], Handler]:
        """Declare what reads."""
        return self.add("GET", path, action=action, returns=returns)

    def post(self, path: str, *, action: str) -> Callable[[Handler], Handler]:
        """Declare what a page's form does."""
        return self.add("POST", path, action=action)

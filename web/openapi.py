"""The API's own description (OpenAPI 3.1), generated from the routes and models that serve it."""

import re
from typing import Any

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from observe.access import PUBLIC
from web.call import Call
from web.problems import BY_STATUS, TYPE_PREFIX
from web.routes import Route, RouteTable

routes = RouteTable()

SCHEMA = "#/components/schemas/{model}"
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": f"{TYPE_PREFIX}… names what went wrong"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What to do next"},
    },
}
DESCRIPTION = web.AppKey("description", dict[str, Any])


@routes.get("/api/openapi.json", action=PUBLIC)
async def get_description(call: Call) -> web.StreamResponse:
    """Read this description."""
    return web.json_response(call.request.app[DESCRIPTION])


def describe(described: list[Route], public_url: str) -> dict[str, Any]:
    """Return the OpenAPI document of the routes that machines call."""
    api = [route for route in described if route.is_api]
    models = {model for route in api for model in (route.body, route.returns) if model is not None}
    schemas = _schemas(sorted(models, key=lambda model: model.__name__))
    paths: dict[str, dict[str, Any]] = {}
    for route in api:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Observe",
            "version": "1",
            "description": "Lesson observation and assessment. Errors are problem+json (RFC 9457).",
        },
        "servers": [{"url": public_url}],
        "paths": paths,
        "components": {
            "schemas": {**schemas, "Problem": PROBLEM},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"bearer": []}],
    }


def _schemas(models: list[type[BaseModel]]) -> dict[str, Any]:
    _, top = models_json_schema([(model, "validation") for model in models], ref_template=SCHEMA)
    definitions: dict[str, Any] = top.get("$defs", {})
    return definitions


def _operation(route: Route) -> dict[str, Any]:
    statuses = set(route.problems)
    parameters = _parameters(route.path)
    has_ids = bool(parameters)
    parameters += _headers(route)
    if route.action != PUBLIC:
        statuses |= {401, 403}
    if has_ids:
        statuses.add(404)
    if route.body is not None:
        statuses |= {413, 422}
    operation: dict[str, Any] = {
        "summary": route.summary,
        "operationId": route.handler.__name__,
        "parameters": parameters,
        "responses": {
            str(route.status): _success(route),
            **{str(status): _problem(status) for status in sorted(statuses)},
        },
    }
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": _model(route.body)}}
    if route.consumes is not None:
        binary = {"schema": {"type": "string", "format": "binary"}}
        operation["requestBody"] = {"required": True, "content": {route.consumes: binary}}
    if route.action == PUBLIC:
        operation["security"] = []
    return operation


def _parameters(path: str) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string"} if name == "file" else {"type": "string", "format": "uuid"},
        }
        for name in re.findall(r"{(\w+)}", path)
    ]


def _headers(route: Route) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "header",
            "required": schema.get("required", False),
            "schema": {key: value for key, value in schema.items() if key != "required"},
        }
        for name, schema in route.headers.items()
    ]


def _success(route: Route) -> dict[str, Any]:
    if route.returns is None:
        return {"description": route.summary}
    return {"description": route.summary, "content": {"application/json": _model(route.returns)}}


def _problem(status: int) -> dict[str, Any]:
    return {
        "description": BY_STATUS[status][1],
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _model(model: type[BaseModel]) -> dict[str, Any]:
    return {"schema": {"$ref": SCHEMA.format(model=model.__name__)}}

"""The API does what its own description says, whatever is sent to it."""

import asyncio
import sys
from pathlib import Path

import pytest

from infra.session import Actor
from tests.support.world import Tenant
from tests.web.conftest import Service
from web.all_routes import ALL_ROUTES
from web.auth.sign_in import make_token

# It cannot make bodies of the media type of tus; clients of the protocol try that operation.
FOREIGN = ("--exclude-operation-id", "append_to_upload")
CONFIG = Path(__file__).with_name("schemathesis.toml")


async def test_every_route_that_machines_call_is_described(service: Service) -> None:
    response = await service.client.get("/api/openapi.json")
    description = await response.json()
    assert description["openapi"].startswith("3.1")
    described = {(method, path) for path, item in description["paths"].items() for method in item}
    assert described == {(each.method.lower(), each.path) for each in ALL_ROUTES if each.is_api}


@pytest.mark.parametrize("who", ["first", "trainee", "administrator"])
async def test_schemathesis_finds_nothing(service: Service, tenant: Tenant, who: str) -> None:
    arranged = await tenant.arrange()
    await service.film(tenant, arranged)
    async with service.sessions.open(Actor.system()) as session:
        token = await make_token(session, f"{who}@north.example", [])
    url = service.client.make_url("/api/openapi.json")
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run", str(url)]
    options = ["--url", str(url.origin()), "--header", f"Authorization: Bearer {token}"]
    bounds = ["--max-examples", "15", "--seed", "1", "--no-color", *FOREIGN]
    process = await asyncio.create_subprocess_exec(
        *command, *options, *bounds, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()

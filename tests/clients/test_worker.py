"""Commands that run beside the server, each in a process of its own."""

import pytest

from infra.session import Actor
from media.take import Take
from tests.clients.conftest import Service
from tests.support.footage import lesson_film
from tests.support.server import run, working


@pytest.mark.parametrize("service", [["--no-works"]], indirect=True)
async def test_a_worker_of_its_own_prepares_what_the_server_received(service: Service) -> None:
    await service.send(lesson_film())
    assert not (await service.take()).is_watchable
    async with working(service.server.data):
        await service.until_watchable()
    assert "whole" in await run("journal", "verify", "--data", str(service.server.data))


@pytest.mark.parametrize("service", [["--no-works"]], indirect=True)
async def test_an_operator_begins_again_with_what_failed_for_a_reason_of_ours(service: Service) -> None:
    await service.send(lesson_film())
    take = await service.take()
    async with service.sessions.open(Actor.system(service.tenant.provider_id)) as session:
        (await session.get(Take, take.id)).fail("The disk was full.")
    data = ("--data", str(service.server.data))
    assert f"Begun again: {take.filename}" in await run("media", "retry", *data)
    assert "No film failed" in await run("media", "retry", *data)
    async with working(service.server.data):
        await service.until_watchable()
        await service.until_complete()

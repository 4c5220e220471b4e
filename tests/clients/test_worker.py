"""Commands that run beside the server, each in a process of its own."""

import pytest

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

"""A film sent with aiotus, over a connection that breaks."""

from aiotus import RetryConfiguration, upload

from tests.clients.conftest import Service, hash_of
from tests.support.footage import lesson_film
from tests.support.tcp_proxy import proxied

MEBIBYTE = 1024**2


async def test_aiotus_sends_a_film_over_a_break(service: Service) -> None:
    film = lesson_film()
    headers = {"Authorization": f"Bearer {await service.token()}"}
    metadata = {"observation": str(service.observation_id).encode(), "filename": "Lekcja 📚.mp4".encode()}
    async with proxied(service.server.port) as link:
        link.cut_after(10 * MEBIBYTE)
        with film.open("rb") as content:
            address = await upload(
                f"http://localhost:{link.port}/api/uploads",
                content,
                metadata,
                headers=headers,
                config=RetryConfiguration(retry_attempts=5, max_retry_period_seconds=0.5),
                chunksize=3 * MEBIBYTE,
            )
    assert address is not None
    assert await service.stored_hash() == hash_of(film)
    assert (await service.take()).filename == "Lekcja 📚.mp4"

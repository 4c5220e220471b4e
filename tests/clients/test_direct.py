"""Films that go straight from the browser into the store, in Chromium, over a connection that breaks."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.clients.conftest import Service, hash_of, service_on
from tests.clients.test_tus_js import says, send
from tests.support.browser import chromium, open_page
from tests.support.footage import lesson_film
from tests.support.s3 import BUCKET, CREDENTIALS, client_of, s3_server
from tests.support.tcp_proxy import Proxy, proxied


@pytest.fixture
async def line() -> AsyncIterator[Proxy]:
    """The browser's line to the store."""
    async with proxied(0) as proxy:
        yield proxy


@pytest.fixture
async def service(
    migrated_sqlite: Path, tmp_path: Path, line: Proxy, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Service]:
    """A server whose films go straight to S3."""
    with s3_server("moto", tmp_path / "moto" / "data") as address:
        client_of(address).put_bucket_cors(
            Bucket=BUCKET,
            CORSConfiguration={"CORSRules": [{"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["*"]}]},
        )
        line.target_port = urlsplit(address).port or 0
        environ = CREDENTIALS | {
            "OBSERVE_STORAGE_URL": f"s3://{BUCKET}/films",
            "OBSERVE_S3_ENDPOINT": f"http://127.0.0.1:{line.port}",
            "OBSERVE_DIRECT_UPLOADS": "yes",
        }
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        async with service_on(migrated_sqlite, tmp_path, environ=environ) as running:
            yield running


@pytest.mark.parametrize("is_cut", [False, True])
async def test_a_film_goes_straight_to_the_store(service: Service, line: Proxy, is_cut: bool) -> None:
    film = lesson_film()
    size = film.stat().st_size
    line.bytes_per_second = 6 * 1024**2
    async with chromium() as browser, proxied(service.server.port) as link:
        page, faults = await open_page(browser)
        before = await send(page, link, service, film)
        if is_cut:
            await line.until_uploaded(size // 2)
            line.cut()
        await says(page, "Ready to watch.")
        by_the_service = link.uploaded - before
        assert faults == []
    assert by_the_service < size * 0.4, "most of it went by way of the service"
    take = await service.take()
    assert take.sha256 == hash_of(film)


async def test_a_store_out_of_reach_does_not_matter(service: Service, line: Proxy) -> None:
    film = lesson_film()
    async with chromium() as browser, proxied(service.server.port) as link:
        page, _ = await open_page(browser)
        await page.route("**/films/**", lambda route: route.abort())
        await send(page, link, service, film)
        await says(page, "Ready to watch.")
    assert (await service.take()).sha256 == hash_of(film)

"""The player shows the right picture in every quality, from the disk and from S3, also after a change."""

import asyncio
import os
from collections.abc import AsyncIterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from media.storage import Storage
from media.storage.connect import open_storage
from media.take import Take
from tests.clients.conftest import PASSWORD, Service, service_on
from tests.media.clips import BITS, Clip, make, played
from tests.media.test_package import B_FRAMES, uneven_times
from tests.support.browser import chromium, open_page, sign_in
from tests.support.s3 import BUCKET, CREDENTIALS, client_of, s3_server

CLIP = Clip(seconds=24, size=(1280, 720), times=uneven_times(430), options=B_FRAMES)
READ = """(bits) => {
  const film = document.querySelector('video');
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [film.videoWidth, film.videoHeight];
  const picture = canvas.getContext('2d');
  picture.drawImage(film, 0, 0);
  let number = 0;
  for (let bit = 0; bit < bits; bit++) {
    const at = Math.floor((bit + 0.5) * canvas.width / bits);
    if (picture.getImageData(at, canvas.height >> 1, 1, 1).data[0] > 128) number |= 1 << bit;
  }
  return number;
}"""
SEEK = "(ms) => document.querySelector('lesson-player').seek(ms)"


@pytest.fixture(params=["disk", "s3"])
async def service(
    request: pytest.FixtureRequest,
    migrated_sqlite: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Service]:
    """A running server that keeps its films on the disk or in S3."""
    if request.param == "disk":
        async with service_on(migrated_sqlite, tmp_path) as running:
            yield running
        return
    with s3_server("moto", tmp_path / "moto" / "data") as address:
        client_of(address).put_bucket_cors(
            Bucket=BUCKET,
            CORSConfiguration={"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]},
        )
        environ = {"OBSERVE_STORAGE_URL": f"s3://{BUCKET}/films", "OBSERVE_S3_ENDPOINT": address}
        for name, value in (CREDENTIALS | environ).items():
            monkeypatch.setenv(name, value)
        async with service_on(migrated_sqlite, tmp_path, environ=CREDENTIALS | environ) as running:
            yield running


def store_of(service: Service) -> Storage:
    """Return where the server keeps its films."""
    url = os.environ.get("OBSERVE_STORAGE_URL", (service.server.data / "store").as_uri())
    return open_storage(url, os.environ.get("OBSERVE_S3_ENDPOINT", ""))


async def sent(service: Service, film: Path) -> Take:
    """Send a film, and wait until it has all its renditions."""
    await service.send(film)
    return await service.until_complete()


async def pictures(service: Service, take: Take, folder: Path) -> list[tuple[Fraction, int]]:
    """Return when each picture of the film is shown, and its number."""
    assert take.package_key is not None
    store = store_of(service)
    names = [each.key.rsplit("/")[-1] for each in await store.contents(take.package_key)]
    wanted = [name for name in names if name.startswith(("video-init", "video-0"))]
    async with store.fetch_all(take.package_key, wanted) as package:
        for name in wanted:
            (folder / name).write_bytes((package / name).read_bytes())
    return played(folder)


async def quality_of(page: Page, name: str) -> None:
    """Choose a quality, as a person would."""
    await page.locator(".player__quality select").select_option(label=name)


async def until_high(page: Page, height: int) -> None:
    """Wait until the picture has so many lines."""
    async with asyncio.timeout(20):
        while await page.evaluate("document.querySelector('video').videoHeight") != height:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def shown_at(page: Page, moment: Fraction) -> Any:
    """Seek to a lesson time; returns the number of the picture that is shown then."""
    await page.evaluate(SEEK, round(moment * 1000))
    return await page.evaluate(READ, BITS)


async def test_every_quality_shows_the_same_picture_at_the_same_time(
    service: Service, tmp_path: Path
) -> None:
    take = await sent(service, make(tmp_path / "film.mp4", CLIP))
    folder = tmp_path / "package"
    folder.mkdir()
    film = await pictures(service, take, folder)
    sought = film[3::29]
    async with chromium() as browser:
        page, faults = await open_page(browser)
        await sign_in(page, service.server.url, service.email, PASSWORD)
        await page.goto(f"{service.server.url}/observations/{service.observation_id}")
        await expect(page.locator(".player__quality option")).to_have_count(5, timeout=20_000)
        for name in ("720p", "360p", "240p", "720p"):
            await quality_of(page, name)
            for moment, number in sought:
                assert await shown_at(page, moment) == number, (name, float(moment))
        moment, number = sought[4]
        assert await shown_at(page, moment) == number
        await quality_of(page, "240p")  # the picture stays where it was
        await expect(page.locator(".player__quality select")).to_have_value("240")
        await until_high(page, 240)
        assert await page.evaluate(READ, BITS) == number
        await quality_of(page, "Sound and stills")
        await page.evaluate(SEEK, 13_000)
        still = await page.evaluate(READ, BITS)
        assert any(number == still for time, number in film if 7 <= time <= 13)
        assert faults == []

"""After a film is deleted no byte of it is left, wherever one looks; what was judged stays."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import MetaData, Table, func, select

from infra.ids import new_id
from infra.journal import JournalEntry
from media.caption import Caption
from media.erase import Eraser, erase_film
from media.ingest.ladder_job import LadderJob
from media.ingest.steps import TakeJob
from media.storage import Storage
from media.storage.disk import DiskStorage
from media.storage.s3 import S3Storage
from media.take import Take
from media.upload.receive import Uploads
from media.upload.record import Upload
from tests.media.conftest import LARGEST, Studio
from tests.media.sending import NAME, create
from tests.media.test_ingest import STEPS, actions, at_once, ingested, sent
from tests.support.s3 import BUCKET, client_of, s3_server
from tools.footage import FOOTAGE

WORDS = "what the pupils said"
STRETCH = 64  # bytes


@pytest.fixture(scope="module", params=["disk", "moto"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str | None]:
    """The address of an S3 server; None for the disk."""
    if request.param == "disk":
        yield None
        return
    with s3_server("moto", tmp_path_factory.mktemp("moto") / "data") as address:
        yield address


@pytest.fixture
def store(server: str | None, studio: Studio) -> Storage:
    """An empty store."""
    if server is None:
        return DiskStorage(studio.folder / "store")
    return S3Storage(client_of(server), BUCKET, str(new_id()), part_size=5 * 1024 * 1024)


@pytest.fixture
def house(studio: Studio, store: Storage) -> Studio:
    """A studio on that store."""
    uploads = Uploads(studio.sessions, studio.spool, store, largest=LARGEST)
    return replace(studio, uploads=uploads, ingest=replace(studio.ingest, storage=store))


async def erased(house: Studio) -> None:
    """Delete the film of the lesson, and do the job that this begins."""
    async with house.sessions.open(house.owner) as session:
        uploads = [str(upload) for upload in await session.all(select(Upload.id))]
        await erase_film(session, house.lesson_id, "asked for by the school", house.lesson_id)
    eraser = Eraser(house.ingest.storage, house.spool)
    for _ in range(2):  # a job may be done twice
        await eraser.erase(str(house.provider_id), str(house.lesson_id), uploads)


async def stretches(house: Studio, take: Take) -> set[bytes]:
    """Return stretches of the film and of everything that was made of it."""
    found = set()
    for stored in await house.ingest.storage.contents(take.folder):
        content = b"".join([block async for block in house.ingest.storage.read(stored.key)])
        if len(content) >= 8 * STRETCH and not stored.key.endswith((".m3u8", "-init.mp4", ".vtt", ".json")):
            found.add(content[len(content) // 2 :][:STRETCH])
    return found


async def every_value(house: Studio) -> list[str]:
    """Return every value of every table, the engine's own among them."""
    found = []
    database = house.sessions.database
    async with database.engine.connect() as connection:
        if not database.is_sqlite:  # row-level security shows nothing to nobody
            await connection.execute(select(func.set_config("observe.provider", "*", True)))
        tables: list[Table] = await connection.run_sync(_tables)
        for table in tables:
            found += [str(value) for row in await connection.execute(select(table)) for value in row]
    return found


def _tables(connection: Any) -> list[Table]:
    everything = MetaData()
    everything.reflect(connection)
    return [*everything.sorted_tables]


async def test_no_byte_of_a_deleted_film_is_left(house: Studio, store: Storage) -> None:
    film = FOOTAGE / "clip.mp4"
    take = await ingested(house, await sent(house, film))
    assert take.package_key is not None
    for number in range(2):
        await LadderJob(house.ingest, house.provider_id, take.id, take.package_key).climb(number)
    async with house.sessions.open(house.owner) as session:
        caption = Caption(
            take_id=take.id,
            language="en",
            label="English",
            text=WORDS,
            added_by=new_id(),
            added_at=session.now,
        )
        session.add(caption)
    await create(house, 12 * 1024 * 1024, film.read_bytes() * 2)  # another is on its way
    await house.uploads.hand_over.settle()
    known = await stretches(house, take)
    assert len(known) > 10

    await erased(house)
    assert await store.contents(str(house.provider_id)) == []
    if isinstance(store, S3Storage):
        assert await store.unfinished("") == []
    assert list(house.spool.folder.iterdir()) == []
    for file in house.folder.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        assert not any(stretch in content for stretch in known), file
    values = await every_value(house)
    assert len(values) > 50
    for words in (film.name, "lesson.mp4", NAME, WORDS):
        assert not any(words in value for value in values), words
    left = await house.take(take.id)
    assert (left.state, left.sha256, left.duration_ms) == ("deleted", take.sha256, take.duration_ms)
    assert "lesson.film_deleted" in await actions(house)


async def test_the_reason_is_written_down_once(house: Studio) -> None:
    await ingested(house, await sent(house, FOOTAGE / "clip.mp4"))
    await erased(house)
    async with house.sessions.open(house.owner, write=False) as session:
        [entry] = await session.all(select(JournalEntry).where(JournalEntry.action == "lesson.film_deleted"))
    assert entry.details == {"reason": "asked for by the school", "takes": 1}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
async def test_a_film_that_is_deleted_while_it_is_prepared_leaves_nothing(
    house: Studio, store: Storage, step: str, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_id = await sent(house, FOOTAGE / "clip.mp4")
    do: Any = getattr(TakeJob, f"_{step}")

    async def deleting(*arguments: Any) -> Any:
        if when == "before":
            await erased(house)
        result = await do(*arguments)
        if when == "after":
            await erased(house)
        return result

    monkeypatch.setattr(TakeJob, f"_{step}", deleting)
    monkeypatch.setattr("media.take.TRIES", 1)
    await house.ingest.run(house.provider_id, take_id, at_once)
    assert (await house.take(take_id)).state == "deleted"
    assert await store.contents(str(house.provider_id)) == []
    assert list(house.ingest.work.glob("*")) == []

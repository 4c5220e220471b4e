"""What nothing names is found and removed, and nothing else ever is."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from infra.ids import new_id
from media.ingest.ladder_job import LadderJob
from media.storage import Storage, Stored
from media.storage.disk import DiskStorage
from media.storage.move import Moved, copy_all
from media.storage.s3 import S3Storage
from media.sweep import Kept, find_orphans, orphaned, remove
from tests.media.conftest import Studio
from tests.media.sending import create
from tests.media.test_ingest import ingested, names, sent
from tests.support.s3 import BUCKET, client_of, s3_server
from tools.footage import FOOTAGE

NAMES = st.sampled_from(["original", "package-1/video.m3u8", "package-2/video.m3u8"])
FOLDERS = st.sampled_from(["p/l/t1", "p/l/t2", "p/l2/t3"])
KEPT = st.builds(Kept, st.sampled_from([None, "package-1", "package-2"]), st.booleans(), st.booleans())


@given(st.sets(st.tuples(FOLDERS, NAMES)), st.dictionaries(FOLDERS, KEPT))
def test_what_a_take_needs_is_never_an_orphan(keys: set[tuple[str, str]], kept: dict[str, Kept]) -> None:
    stored = [Stored(f"{folder}/{name}", 1) for folder, name in keys]
    lost = {each.key for each in orphaned(stored, kept)}
    for folder, name in keys:
        take = kept.get(folder)
        is_needed = (
            take is not None
            and take.has_film
            and (name == "original" or take.is_under_way or name.split("/")[0] == take.package)
        )
        assert (f"{folder}/{name}" in lost) is not is_needed


def test_what_lies_where_no_take_can_be_is_an_orphan() -> None:
    assert [each.key for each in orphaned([Stored("p/stray", 1), Stored("p", 1)], {})] == ["p/stray", "p"]


async def test_a_sweep_removes_only_what_nothing_names(studio: Studio, tmp_path: Path) -> None:
    take = await ingested(studio, await sent(studio, FOOTAGE / "clip.mp4"))
    waiting = await create(studio, 10, b"hello")
    kept = set(await names(studio))
    for key in (
        f"{take.folder}/package-{new_id()}/video.m3u8",
        f"{studio.provider_id}/{new_id()}/{new_id()}/original",
    ):
        (tmp_path / "stray").write_bytes(b"stray")
        await studio.storage.put(key, tmp_path / "stray")
    stray = studio.spool.path(new_id())
    stray.write_bytes(b"of no upload")
    young = await find_orphans(studio.sessions, studio.storage, studio.spool)
    assert (young.objects, len(young.spooled)) == ([], 1)
    orphans = await find_orphans(studio.sessions, studio.storage, studio.spool, timedelta())
    assert (len(orphans.objects), orphans.byte_size, orphans.spooled) == (2, 10, [type(waiting)(stray.stem)])
    await remove(orphans, studio.storage, studio.spool)
    assert not await find_orphans(studio.sessions, studio.storage, studio.spool, timedelta())
    assert set(await names(studio)) == kept
    assert studio.spool.path(waiting).exists()


async def test_film_moves_to_s3_and_back_and_what_broke_off_is_begun_again(
    studio: Studio, tmp_path: Path
) -> None:
    take = await ingested(studio, await sent(studio, FOOTAGE / "clip.mp4"))
    assert take.package_key is not None
    for number in range(2):
        await LadderJob(studio.ingest, studio.provider_id, take.id, take.package_key).climb(number)
    everything = [str(studio.provider_id)]
    with s3_server("moto", tmp_path / "moto" / "data") as address:
        there: Storage = S3Storage(client_of(address), BUCKET)
        told: list[Moved] = []

        def breaks(moved: Moved, count: int) -> None:
            told.append(moved)
            if len(told) == 5:
                raise ConnectionError

        try:
            await copy_all(studio.storage, there, everything, breaks)
        except ConnectionError:
            told.clear()
        count = await copy_all(studio.storage, there, everything, lambda moved, _: told.append(moved))
        assert count == len(told) == len(await names(studio))
        assert [moved.is_new for moved in told] == [False] * 5 + [True] * (count - 5)
        back = DiskStorage(tmp_path / "back")
        await copy_all(there, back, everything, lambda *_: None)
    for stored in await studio.storage.contents(everything[0]):
        assert await back.stat(stored.key) == stored
        assert await back.sha256(stored.key) == await studio.storage.sha256(stored.key)
    moved = replace(studio, ingest=replace(studio.ingest, storage=back))
    assert (await moved.take(take.id)).is_watchable

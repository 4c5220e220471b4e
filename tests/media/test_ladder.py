"""The smaller renditions show what the film shows, at the same times, whoever made which piece."""

import hashlib
import json
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.ingest import ladder
from media.ingest.ladder import PIECE_S, Piece, facts_of, joined, pieces, rungs_below
from media.ingest.ladder_job import LadderJob
from media.ingest.packaged import Cut, cuts
from media.ingest.playlist import Rendition, Segment
from media.take import Take
from tests.media.clips import Clip, make, played
from tests.media.conftest import Studio
from tests.media.packages import climb, packaged
from tests.media.sending import eventually
from tests.media.test_ingest import Worker, ingested, sent
from tests.media.test_package import B_FRAMES, uneven_times

LENGTHS = st.lists(st.fractions(min_value=Fraction(1, 2), max_value=20), max_size=200)


def cuts_of(lengths: list[Fraction]) -> list[Cut]:
    """Return segments of these lengths."""
    return [
        Cut(f"video-{n:05d}.m4s", sum(lengths[:n], Fraction()), length) for n, length in enumerate(lengths)
    ]


@given(LENGTHS, st.integers(0, 5))
def test_the_pieces_are_the_whole_each_part_once(lengths: list[Fraction], sounds: int) -> None:
    video = cuts_of(lengths)
    found = pieces(video, cuts_of([Fraction(4)] * sounds))
    assert [piece for piece in found if piece.kind == "audio"] == [Piece("audio", 0, sounds)] * bool(sounds)
    shares = [piece for piece in found if piece.kind == "video"]
    assert [number for piece in shares for number in range(piece.first, piece.end)] == list(range(len(video)))
    for piece in shares[:-1]:
        assert sum(cut.duration for cut in video[piece.first : piece.end]) >= PIECE_S


@given(LENGTHS.filter(bool), st.randoms())
def test_stretches_in_any_order_are_joined_to_what_they_were_cut_from(
    lengths: list[Fraction], chance: object
) -> None:
    segments = [Segment(f"video-360-{n:05d}.m4s", length, n) for n, length in enumerate(lengths)]
    whole = Rendition(playlist="video-360.m3u8", init="i.mp4", codec="avc1", segments=tuple(segments))
    middle = len(segments) // 2
    parts = [part for part in (segments[:middle], segments[middle:]) if part]
    stretches = [
        facts_of(Rendition(playlist="video-360.m3u8", init="i.mp4", codec="avc1", segments=tuple(part)))
        for part in reversed(parts)
    ]
    assert joined(json.loads(json.dumps(stretches))) == {"video-360.m3u8": whole}


@pytest.mark.parametrize(
    ("size", "names"),
    [
        ((1920, 1080), ["video-720", "video-360", "video-240"]),
        ((720, 1280), ["video-360", "video-240"]),
        ((320, 240), []),
        ((853, 480), ["video-360", "video-240"]),
    ],
)
def test_nothing_is_made_larger(size: tuple[int, int], names: list[str]) -> None:
    assert [rung.name for rung in rungs_below(*size)] == names


CLIPS = {
    "reordered pictures": ("mp4", Clip(seconds=14, size=(1280, 720), options=B_FRAMES)),
    "variable rate": ("mp4", Clip(seconds=14, size=(640, 480), times=uneven_times(240), options=B_FRAMES)),
    "encoded, late sound": (
        "mov",
        Clip(
            seconds=9,
            size=(640, 360),
            sound_starts_at=1.5,
            video="libx265",
            options={"x265-params": "log-level=none"},
        ),
    ),
}


@pytest.mark.parametrize("name", CLIPS)
def test_every_rendition_shows_each_picture_at_its_time(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ladder, "PIECE_S", 5)
    kind, clip = CLIPS[name]
    found, package = packaged(make(tmp_path / f"f.{kind}", clip), tmp_path / "package")
    climb(tmp_path / "package", found, package)
    film = played(tmp_path / "package")
    starts = [cut.start for cut in cuts((tmp_path / "package" / "video.m3u8").read_text())]
    assert len(starts) > 2
    for rung in rungs_below(*clip.size):
        assert played(tmp_path / "package", rung.name) == film
        assert [cut.start for cut in cuts((tmp_path / "package" / f"{rung.name}.m3u8").read_text())] == starts
    stills = played(tmp_path / "package", ladder.STILLS)
    assert [time for time, _ in stills] == pytest.approx(starts, abs=1e-5)
    assert set(stills) <= set(film)
    master = (tmp_path / "package" / "master.m3u8").read_text()
    rates = [
        int(line.split("BANDWIDTH=")[1].split(",")[0]) for line in master.splitlines() if "STREAM-INF" in line
    ]
    assert all(one > other for one, other in pairwise(rates))


async def climbed(studio: Studio, take: Take, count: int) -> Take:
    """Make the pieces here and now, the last one first."""
    assert take.package_key is not None
    for number in reversed(range(count)):
        job = LadderJob(studio.ingest, studio.provider_id, take.id, take.package_key)
        await job.climb(number)
    return await studio.take(take.id)


async def test_the_last_piece_makes_the_playlists(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ladder, "PIECE_S", 5)
    film = make(tmp_path / "f.mp4", Clip(seconds=14, size=(640, 480), options=B_FRAMES))
    take = await ingested(studio, await sent(studio, film))
    before = await hashes(studio, take)
    take = await climbed(studio, take, 3)
    assert "ladder" not in take.media
    assert await hashes(studio, take) | before == await hashes(studio, take)
    take = await climbed(studio, take, 4)
    assert take.media["ladder"] == ["audio-low", "video-240", "video-360", "video-stills"]
    after = await hashes(studio, take)
    assert not any(name.endswith(".json") and "ladder" in name for name in after)
    assert await hashes(studio, await climbed(studio, take, 4)) == after
    (tmp_path / "note").write_text("of a worker that died while it tidied up")
    await studio.storage.put(f"{take.package_key}/ladder-0001.json", tmp_path / "note")
    assert await hashes(studio, await climbed(studio, take, 1)) == after


async def hashes(studio: Studio, take: Take) -> dict[str, str]:
    """Return what each file of the package hashes to."""
    assert take.package_key is not None
    stored = await studio.storage.contents(take.package_key)
    return {each.key.rsplit("/")[-1]: await studio.storage.sha256(each.key) for each in stored}


async def laddered(studio: Studio, take_id: UUID) -> Take:
    """Wait until all renditions are there."""

    async def are_there() -> bool:
        take = await studio.take(take_id)
        stored = await studio.storage.contents(take.folder)
        return "ladder" in take.media and not any("/ladder-" in each.key for each in stored)

    await eventually(are_there)
    return await studio.take(take_id)


async def test_two_workers_share_the_work_and_one_that_is_killed_changes_nothing(
    studio: Studio, tmp_path: Path
) -> None:
    film = make(tmp_path / "f.mp4", Clip(seconds=40, size=(640, 480), options=B_FRAMES))
    alone = Worker(studio, name="alone")
    undisturbed = await laddered(studio, await sent(studio, film))
    expected = await hashes(studio, undisturbed)
    alone.kill()

    take_id = await sent(studio, film)
    workers = [Worker(studio, name="one"), Worker(studio, name="other")]
    await eventually(lambda: under_way(studio, take_id))
    workers[0].kill()
    take = await laddered(studio, take_id)
    workers[1].kill()
    assert take.duration_ms == undisturbed.duration_ms
    assert await hashes(studio, take) == expected
    assert hashlib.sha256(film.read_bytes()).hexdigest() == take.sha256


async def under_way(studio: Studio, take_id: UUID) -> bool:
    """Whether some pieces are made, and some are not."""
    take = await studio.take(take_id)
    stored = await studio.storage.contents(take.folder)
    return any("/ladder-" in each.key for each in stored) and "ladder" not in take.media

"""Whatever cameras and tools make, Chromium plays it in every quality, without a single error."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from media.ingest.illustrate import illustrate
from media.ingest.packaged import cuts
from tests.media.clips import Clip, make
from tests.media.packages import climb, packaged
from tests.media.test_browser import address, page
from tests.media.test_package import B_FRAMES, uneven_times
from tests.support import zoo

__all__ = ["address", "page"]  # fixtures

QUIET = {"x265-params": "log-level=none"}
FAST = {"deadline": "realtime"}
PIECES = {"movflags": "frag_keyframe+empty_moov"}
PQ = {"x265-params": "log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"}
PLAY = """async ([address, level]) => {
  const player = new Hls({startLevel: level, autoStartLoad: true});
  const errors = [];
  player.on(Hls.Events.ERROR, (_, error) => errors.push(error.details));
  const parsed = new Promise((resolve) => player.once(Hls.Events.MANIFEST_PARSED, resolve));
  player.loadSource(address);
  player.attachMedia(film);
  await parsed;
  player.currentLevel = level;
  await film.play();
  const past = (seconds) => new Promise((resolve) => {
    const look = () => film.currentTime >= seconds || errors.length ? resolve() : setTimeout(look, 50);
    setTimeout(resolve, 15000);
    look();
  });
  await past(0.6);
  const end = film.duration;
  film.currentTime = Math.max(0, end - 0.7);
  await past(end - 0.3);
  const seen = {errors, time: film.currentTime, duration: end, width: film.videoWidth};
  player.destroy();
  return seen;
}"""

SYNTHETIC: dict[str, tuple[str, Clip]] = {
    "variable rate": ("mp4", Clip(seconds=9, size=(640, 480), times=uneven_times(160), options=B_FRAMES)),
    "turned": ("mov", Clip(seconds=6, size=(640, 360), rotation=90)),
    "HEVC, turned": ("mov", Clip(seconds=6, size=(640, 360), video="libx265", rotation=270, options=QUIET)),
    "HDR": ("mp4", Clip(seconds=6, size=(640, 360), video="libx265", pix_fmt="yuv420p10le", options=PQ)),
    "VP9": ("webm", Clip(seconds=6, size=(640, 360), video="libvpx-vp9", audio="libopus", options=FAST)),
    "odd size": ("mkv", Clip(seconds=6, size=(642, 358), video="mpeg4", options={})),
    "index first": ("mp4", Clip(seconds=6, size=(640, 360), container={"movflags": "faststart"})),
    "in pieces": ("mp4", Clip(seconds=6, size=(640, 360), container=PIECES)),
    "an edit list": ("mov", Clip(seconds=6, size=(640, 360), starts_at=0.4, options=B_FRAMES)),
    "silent": ("mp4", Clip(seconds=6, size=(640, 360), audio=None)),
    "sound alone": ("m4a", Clip(seconds=6, video=None)),
    "a transport stream": ("ts", Clip(seconds=6, size=(640, 360), options=B_FRAMES)),
}  # fmt: skip


def plays(source: Path, page: Page, address: str, tmp_path: Path) -> None:
    """Package a film with all that belongs to it, and play every quality of it to its end."""
    folder = tmp_path / "package"
    found, package = packaged(source, folder)
    climb(folder, found, package)
    illustrate(folder, package.tracks, folder)
    levels = (folder / "master.m3u8").read_text().count("#EXT-X-STREAM-INF")
    assert levels >= 2
    for level in range(levels):
        page.goto(f"{address}/page.html")
        seen = page.evaluate(PLAY, [f"{address}/package/master.m3u8", level])
        assert seen["errors"] == [], level
        assert seen["time"] >= seen["duration"] - 0.3
        assert abs(seen["duration"] - package.duration_ms / 1000) < 0.2
        assert (seen["width"] > 0) is (package.video is not None)
    for playlist in folder.glob("*.m3u8"):
        for cut in cuts(playlist.read_text()):
            assert cut.name.endswith(".m3u8") or (folder / cut.name).exists()


@pytest.mark.parametrize("name", SYNTHETIC)
def test_every_kind_of_film_plays_in_every_quality(
    name: str, page: Page, address: str, tmp_path: Path
) -> None:
    kind, clip = SYNTHETIC[name]
    plays(make(tmp_path / f"film.{kind}", clip), page, address, tmp_path)


def test_a_film_that_was_cut_off_plays_as_far_as_it_goes(page: Page, address: str, tmp_path: Path) -> None:
    clip = Clip(seconds=12, size=(640, 360), container={"movflags": "faststart"})
    source = make(tmp_path / "film.mp4", clip)
    source.write_bytes(source.read_bytes()[: source.stat().st_size * 2 // 3])
    plays(source, page, address, tmp_path)


@pytest.mark.parametrize("name", zoo.CLIPS)
def test_film_of_real_cameras_plays_in_every_quality(
    name: str, page: Page, address: str, tmp_path: Path
) -> None:
    plays(zoo.clip(name), page, address, tmp_path)

"""The films that are measured on: made once of real footage, under build/bench/films."""

import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]

from bench.report import FOLDER
from tools.footage import FOOTAGE, repeat

FILMS = FOLDER / "films"
LESSON_S = 45 * 60
MOVING_S = 60
PEER: str = imageio_ffmpeg.get_ffmpeg_exe()


def peer_version() -> str:
    """Return what the peer calls itself."""
    words = subprocess.run([PEER, "-version"], capture_output=True, text=True, check=True).stdout.split()
    return f"FFmpeg {words[2]}"


def lesson(*, index_first: bool) -> Path:
    """Return 45 minutes of 720p H.264 and AAC: a real clip, repeated without being encoded again."""
    film = FILMS / "lesson-45.mp4"
    if not film.exists():
        _made(film, lambda target: repeat(FOOTAGE / "clip.mp4", target, LESSON_S))
    if not index_first:
        return film
    first = FILMS / "lesson-45-index-first.mp4"
    if not first.exists():
        _made(first, lambda target: _run("-i", film, "-c", "copy", "-movflags", "+faststart", target))
    return first


def moving() -> Path:
    """Return a minute of 1080p film: people walking, filmed by a camera; else a moving pattern."""
    film = FILMS / "moving-1080.mp4"
    if not film.exists():
        _made(film, _make_moving)
    return film


def hevc() -> Path:
    """Return a short 1080p film as phones make it: HEVC, 10 bits."""
    film = FILMS / "hevc-1080.mp4"
    if not film.exists():
        _made(
            film,
            lambda target: _run(
                "-i", moving(), "-t", "20", "-c:v", "libx265", "-preset", "ultrafast",
                "-pix_fmt", "yuv420p10le", "-tag:v", "hvc1", "-an", target,
            ),
        )  # fmt: skip
    return film


def _make_moving(target: Path) -> None:
    source = _people()
    wanted = (
        ["-stream_loop", "-1", "-i", source]
        if source
        else ["-f", "lavfi", "-i", "testsrc2=size=1920x1080:rate=30"]
    )
    _run(
        *wanted, "-t", str(MOVING_S), "-vf", "scale=1920:1080,fps=25,noise=alls=6:allf=t", "-an",
        "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-g", "50", target,
    )  # fmt: skip


def _people() -> Path | None:
    """Return the clip of people walking that Debian's opencv-doc carries; None where it cannot be had."""
    clip = FILMS / "vtest.avi"
    if clip.exists():
        return clip
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            subprocess.run(["apt-get", "download", "opencv-doc"], cwd=folder, check=True, capture_output=True)
            package = next(folder.glob("*.deb"))
            subprocess.run(
                ["dpkg-deb", "-x", str(package), "out"], cwd=folder, check=True, capture_output=True
            )
            found = next((folder / "out").rglob("vtest.avi*"))
        except (OSError, subprocess.CalledProcessError, StopIteration):
            return None
        if found.suffix == ".gz":
            subprocess.run(["gunzip", str(found)], check=True)
            found = found.with_suffix("")
        found.replace(clip) if found.stat().st_dev == FILMS.stat().st_dev else clip.write_bytes(
            found.read_bytes()
        )
    return clip


def _made(film: Path, make: Callable[[Path], None]) -> None:
    film.parent.mkdir(parents=True, exist_ok=True)
    draft = film.with_stem(f"{film.stem}-draft")
    make(draft)
    draft.replace(film)


def _run(*words: object) -> None:
    subprocess.run([PEER, "-v", "error", "-y", *map(str, words)], check=True)

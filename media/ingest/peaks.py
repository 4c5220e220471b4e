"""How loud a film is at which moment, for the waveform in its timeline."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np

from media.ingest.packaged import Cut, open_track
from media.ingest.source import decoded

PER_SECOND = 10
LOUDEST = 255


def peaks(package: Path, init: str, cuts: Sequence[Cut], target: Path) -> None:
    """Write the loudest sample of every tenth of a second of a package's sound, as JSON from 0 to 255."""
    end = cuts[-1].start + cuts[-1].duration
    found = np.zeros(max(1, int(end * PER_SECOND) + 1), np.float32)
    with open_track(package, [init, *(cut.name for cut in cuts)]) as container:
        stream = container.streams.audio[0]
        for packet in container.demux(stream):
            for frame in decoded(packet):
                _note(found, frame)
    loud = np.minimum(LOUDEST, np.round(found * LOUDEST)).astype(int)
    target.write_text(json.dumps({"per_second": PER_SECOND, "peaks": loud.tolist()}, separators=(",", ":")))


def _note(found: Any, frame: Any) -> None:
    """Put a frame's loudest samples where they are heard."""
    if frame.pts is None or frame.format.name != "fltp":
        raise av.error.InvalidDataError(0, "AAC decodes to planes of floats, with their times")
    loud = np.abs(frame.to_ndarray()).max(axis=0)
    rate = frame.sample_rate
    first = round(frame.pts * frame.time_base * rate)
    slots = (np.arange(first, first + len(loud)) * PER_SECOND) // rate
    begin, end = int(slots[0]), min(int(slots[-1]), len(found) - 1)
    for slot in range(max(0, begin), end + 1):
        found[slot] = max(found[slot], float(loud[slots == slot].max(initial=0.0)))

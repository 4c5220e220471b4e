"""Which smaller renditions a film gets, and how the work is cut into pieces that workers can share. Pure.

The pieces are stretches of the package, from one segment to another: whoever makes one needs nothing of the
others, and a piece comes out the same whoever makes it. Their segments begin where those of the package do,
so a player changes from one rendition to another without a seam.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from media.ingest.packaged import Cut
from media.ingest.playlist import Rendition, Segment, Shown, Variant

PIECE_S = 180  # of film in one piece: minutes of work, of which a worker that dies loses no more
STILLS, LOW_SOUND = "video-stills", "audio-low"
STILLS_SIDE = 360


@dataclass(frozen=True)
class Rung:
    """One smaller rendition of the picture."""

    name: str
    short_side: int  # pixels
    options: Mapping[str, str]  # of the encoder


# Bit rates leave room for sound: 400 kbit/s and 180 kbit/s in all are what slow lines carry.
RUNGS = (
    Rung("video-720", 720, {"preset": "veryfast", "crf": "23", "maxrate": "2000k", "bufsize": "4000k"}),
    Rung("video-360", 360, {"preset": "veryfast", "crf": "24", "maxrate": "330k", "bufsize": "660k"}),
    Rung("video-240", 240, {"preset": "veryfast", "crf": "26", "maxrate": "120k", "bufsize": "240k"}),
)
STILLS_OPTIONS = {"preset": "veryfast", "crf": "27"}


@dataclass(frozen=True)
class Piece:
    """One share of the work: segments `first` (inclusive) to `end` of one track of the package."""

    kind: str  # "video" or "audio"
    first: int
    end: int


def rungs_below(width: int, height: int) -> list[Rung]:
    """Return the renditions that are smaller than the film itself, the largest first."""
    return [rung for rung in RUNGS if rung.short_side < min(width, height)]


def pieces(video: Sequence[Cut], audio: Sequence[Cut]) -> list[Piece]:
    """Cut the work into pieces of about `PIECE_S`; the sound, which is little work, stays in one."""
    found = [Piece("audio", 0, len(audio))] if audio else []
    starts = [0] if video else []
    for number, cut in enumerate(video):
        if cut.start - video[starts[-1]].start >= PIECE_S:
            starts.append(number)
    return found + [Piece("video", first, end) for first, end in pairwise([*starts, len(video)])]


def facts_of(rendition: Rendition) -> dict[str, Any]:
    """Return what is known of a stretch of a rendition as JSON; `joined` reads it back."""
    return vars(rendition) | {
        "segments": [
            [segment.name, *segment.duration.as_integer_ratio(), segment.byte_size]
            for segment in rendition.segments
        ]
    }


def joined(stretches: Iterable[dict[str, Any]]) -> dict[str, Rendition]:
    """Return the whole renditions, by playlist, of stretches in any order."""
    found: dict[str, list[dict[str, Any]]] = {}
    for stretch in stretches:
        found.setdefault(stretch["playlist"], []).append(stretch)
    return {playlist: _join(parts) for playlist, parts in found.items()}


def variants(video: Shown | None, audio: Shown | None, made: Mapping[str, Shown]) -> list[Variant]:
    """Return what there is to choose from, the best first; the poorest lines get the low sound."""
    low = made.get(f"{LOW_SOUND}.m3u8", audio)
    if video is None:
        return [Variant(None, audio), Variant(None, low)] if low is not audio else [Variant(None, audio)]
    found = [Variant(video, audio)]
    for name, sound in (("video-720", audio), ("video-360", low), ("video-240", low)):
        if (rung := made.get(f"{name}.m3u8")) is not None:
            found.append(Variant(rung, sound))
    if (stills := made.get(f"{STILLS}.m3u8")) is not None:
        # A still may come late without the sound having to wait: its peaks do not count.
        found.append(Variant(replace(stills, peak=stills.average), low))
    return found


def _join(parts: list[dict[str, Any]]) -> Rendition:
    rows = sorted(row for part in parts for row in part["segments"])
    segments = tuple(Segment(name, Fraction(over, under), size) for name, over, under, size in rows)
    return Rendition(**{**parts[0], "segments": segments})

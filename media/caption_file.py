"""Captions as people send them (WebVTT or SubRip), brought to plain WebVTT. Pure."""

import html
import io
import re

import webvtt
from webvtt.errors import MalformedCaptionError, MalformedFileError

LARGEST = 512 * 1024  # bytes; three hours of talk are about 200 kB
TIMING = re.compile(r"\s*\d+:\d{1,2}:\d{1,2}[,.]\d+\s*-->\s*\d+:\d{1,2}:\d{1,2}[,.]\d+")
TOO_LARGE = f"The file is larger than {LARGEST // 1024} kB: captions are text, not film."
OF_ANOTHER_FILM = "All of it comes after the end of the film. Are these the captions of another film?"
NOT_UTF_8 = "The text is not UTF-8. Save the captions as UTF-8 and send them again."


class BadCaptions(ValueError):
    """A file that cannot be read as captions; says why, and in which line where that is known."""


def read_captions(content: bytes, duration_ms: int | None = None) -> str:
    """Return the captions of a WebVTT or SubRip file as WebVTT whose cues hold text and nothing else.

    Styles, regions, positions and tags are left out. `duration_ms` is how long the film is, where known.
    Raises BadCaptions. Source: WebVTT (W3C Candidate Recommendation, 2019), chapters 4 and 6.
    """
    if len(content) > LARGEST:
        raise BadCaptions(TOO_LARGE)
    cues = _cues(_decoded(content).lstrip())
    if not cues:
        raise BadCaptions("There are no captions in this file.")
    for cue in cues:
        if cue.start_time >= cue.end_time:
            raise BadCaptions(f"The caption at {cue.start} ends before it begins.")
    if duration_ms is not None and min(cue.start_in_seconds for cue in cues) * 1000 >= duration_ms:
        raise BadCaptions(OF_ANOTHER_FILM)
    plain = [webvtt.Caption(cue.start, cue.end, _plain(cue.text)) for cue in cues]
    return webvtt.WebVTT(captions=plain).content + "\n"


def _plain(text: str) -> str:
    """Return the text of a cue as it is written in WebVTT; a blank line would end the cue."""
    lines = html.unescape(text).splitlines()
    return html.escape("\n".join(line for line in lines if line.strip()), quote=False)


def _decoded(content: bytes) -> str:
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise BadCaptions(NOT_UTF_8) from None


def _cues(text: str) -> list[webvtt.Caption]:
    try:
        if text.startswith("WEBVTT"):
            found = webvtt.from_buffer(io.StringIO(text), format="vtt", strict=True)
        else:
            _check_timings(text)
            found = webvtt.from_buffer(io.StringIO(text), format="srt")
    except MalformedFileError:
        raise BadCaptions("This is neither a WebVTT (.vtt) nor a SubRip (.srt) file.") from None
    except MalformedCaptionError as error:
        raise BadCaptions(f"A caption cannot be read: {error}.") from None
    return [cue for cue in found.captions if _plain(cue.text)]


def _check_timings(text: str) -> None:
    """Refuse what a lenient reader would leave out unseen."""
    for number, line in enumerate(text.splitlines(), 1):
        if "-->" in line and not TIMING.match(line):
            raise BadCaptions(f"Line {number} should say from when until when: “{line.strip()[:60]}”.")

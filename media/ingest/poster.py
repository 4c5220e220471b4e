"""One still of a film, upright, to recognise it by."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from media.ingest.packaged import Cut, open_track
from media.ingest.source import decoded
from media.ingest.transcode import fitted

TRIED_AT = (0.1, 0.3, 0.5, 0.02)  # of the whole; the clearest is taken


def poster(package: Path, init: str, cuts: Sequence[Cut], target: Path) -> None:
    """Write the clearest of a few pictures of a package's track as JPEG."""
    tried = [cuts[int(len(cuts) * part)] for part in TRIED_AT]
    pictures = [frame for cut in tried for frame in first_picture(package, init, cut)]
    if pictures:
        clearest = max(pictures, key=_contrast)
        target.write_bytes(jpeg(upright(clearest, fitted(clearest.width, clearest.height))))


def first_picture(package: Path, init: str, cut: Cut) -> Iterator[Any]:
    """Yield the picture with which a segment begins, if it can be decoded. It needs no other."""
    with open_track(package, [init, cut.name]) as container:
        stream = container.streams.video[0]
        stream.thread_type = "NONE"  # one picture: threads would only hold it back
        for packet in container.demux(stream):
            yield from [*decoded(packet), *_held_back(stream)][:1]
            return


def upright(frame: Any, size: tuple[int, int]) -> Any:
    """Return the picture in this size (as coded), turned as players turn it: an array of RGB."""
    width, height = size
    rgb = VideoReformatter().reformat(frame, width=width, height=height, format="rgb24").to_ndarray()
    # Rotation is counter-clockwise, in quarter turns, as numpy turns.
    return np.ascontiguousarray(np.rot90(rgb, round(frame.rotation / 90) % 4))


def jpeg(rgb: Any) -> bytes:
    """Return a picture as JPEG."""
    picture = av.VideoFrame.from_ndarray(rgb, format="rgb24")
    encoder: Any = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height = picture.width, picture.height
    encoder.pix_fmt = "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    encoder.options = {"qmin": "3", "qmax": "3"}
    packets = [*encoder.encode(picture.reformat(format="yuvj420p")), *encoder.encode(None)]
    return b"".join(bytes(packet) for packet in packets)


def _held_back(stream: Any) -> list[Any]:
    """Return what a decoder that reorders pictures has not given out yet."""
    try:
        return list(stream.codec_context.decode(None))
    except av.FFmpegError:
        return []


def _contrast(frame: Any) -> float:
    small = VideoReformatter().reformat(frame, width=160, height=90, format="gray")
    return float(np.std(small.to_ndarray()))

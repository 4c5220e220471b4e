"""One still of a film, upright, to recognise it by."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from media.ingest.probe import Probe
from media.ingest.source import first_video, open_source
from media.ingest.transcode import decoded, fitted

TRIED_AT = (0.1, 0.3, 0.5, 0.02)  # of the whole; the clearest is taken
PACKETS_TRIED = 120


def poster(source: Path, probe: Probe, target: Path) -> bool:
    """Write the clearest of a few keyframes as JPEG; returns whether there is one."""
    if probe.video is None:
        return False
    with open_source(source, probe.demuxer) as container:
        stream = first_video(container)
        stream.codec_context.skip_frame = "NONKEY"
        length = container.duration or 0
        found = [_picture_after(container, stream, round(length * part)) for part in TRIED_AT]
        pictures = [picture for picture in found if picture is not None]
        if not pictures:
            return False
        clearest = max(pictures, key=_contrast)
        target.write_bytes(_jpeg(clearest, probe.video.rotation))
    return True


def _picture_after(container: Any, stream: Any, at: int) -> Any:
    """Return the first keyframe that decodes near `at` (microseconds), or None."""
    try:
        container.seek(at)
        for tried, packet in enumerate(container.demux(stream)):
            for frame in decoded(packet):
                return frame
            if tried > PACKETS_TRIED:
                return None
    except av.FFmpegError:
        return None
    return None


def _contrast(frame: Any) -> float:
    small = VideoReformatter().reformat(frame, width=160, height=90, format="gray")
    return float(np.std(small.to_ndarray()))


def _jpeg(frame: Any, rotation: int) -> bytes:
    width, height = fitted(frame.width, frame.height)
    rgb = VideoReformatter().reformat(frame, width=width, height=height, format="rgb24").to_ndarray()
    # Rotation is counter-clockwise, in quarter turns, as numpy turns.
    upright: Any = np.ascontiguousarray(np.rot90(rgb, round(rotation / 90) % 4))
    picture = av.VideoFrame.from_ndarray(upright, format="rgb24")
    encoder: Any = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height = picture.width, picture.height
    encoder.pix_fmt = "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    encoder.options = {"qmin": "3", "qmax": "3"}
    packets = [*encoder.encode(picture.reformat(format="yuvj420p")), *encoder.encode(None)]
    return b"".join(bytes(packet) for packet in packets)

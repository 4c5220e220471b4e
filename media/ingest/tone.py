"""Film of high dynamic range, as phones record it, brought to what every screen shows.

The codes become light (SMPTE ST 2084, or ARIB STD-B67 with the system gamma of BT.2100 for 1,000 cd/m²), the
brightest parts are compressed (Reinhard et al., "Photographic Tone Reproduction for Digital Images", 2002,
equation 4) around the reference white of BT.2408, and colours of BT.2020 become those of BT.709. All of it is
one table of colours, which FFmpeg applies.
"""

from pathlib import Path
from typing import Any

import numpy as np
from av.filter import Graph

REFERENCE_WHITE = 203.0  # cd/m²: what BT.2408 calls the white of a page in HDR
PEAK = 1000.0  # cd/m²: what phones are graded to
POINTS = 33  # along each side of the table
SMPTE2084, ARIB_STD_B67 = 16, 18  # FFmpeg's numbers of the transfer characteristics (ITU-T H.273)

_TO_709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]]
)  # BT.2087
_LUMA_2020 = np.array([0.2627, 0.6780, 0.0593])


def is_needed(stream: Any) -> bool:
    """Whether a video stream is of high dynamic range."""
    return stream.codec_context.color_trc in (SMPTE2084, ARIB_STD_B67)


def light(codes: Any, transfer: int) -> Any:
    """Return cd/m² of RGB codes from 0 to 1, in the last axis."""
    if transfer == SMPTE2084:
        m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
        root = codes ** (1 / m2)
        return 10_000 * (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(codes <= 0.5, codes**2 / 3, (np.exp((codes - c) / a) + b) / 12)
    luma = np.maximum(scene @ _LUMA_2020, 1e-9)[..., None]
    return PEAK * luma**0.2 * scene


def shown(nits: Any) -> Any:
    """Return BT.709 codes from 0 to 1 of light in BT.2020 colours."""
    relative = nits / REFERENCE_WHITE
    brightest = np.maximum(relative.max(axis=-1, keepdims=True), 1e-9)
    white = PEAK / REFERENCE_WHITE
    compressed = brightest * (1 + brightest / white**2) / (1 + brightest)
    linear = np.clip((relative * np.minimum(compressed, 1) / brightest) @ _TO_709.T, 0, 1)
    return linear ** (1 / 2.4)  # BT.1886


def write_table(path: Path, transfer: int) -> None:
    """Write the table of colours as FFmpeg's lut3d reads it; red changes fastest."""
    side = np.linspace(0, 1, POINTS)
    blue, green, red = np.meshgrid(side, side, side, indexing="ij")
    colours = shown(light(np.stack([red, green, blue], axis=-1), transfer)).reshape(-1, 3)
    rows = "\n".join(f"{r:.5f} {g:.5f} {b:.5f}" for r, g, b in colours)
    path.write_text(f"LUT_3D_SIZE {POINTS}\n{rows}\n")


class ToneMap:
    """Scales pictures and brings them to BT.709."""

    def __init__(self, stream: Any, size: tuple[int, int], folder: Path) -> None:
        table = folder / "tone.cube"
        write_table(table, stream.codec_context.color_trc)
        width, height = size
        self._graph = Graph()
        chain = [
            self._graph.add_buffer(template=stream, time_base=stream.time_base),
            self._graph.add("scale", f"{width}:{height}:in_color_matrix=bt2020"),
            self._graph.add("format", "gbrp10le"),
            self._graph.add("lut3d", file=str(table.absolute()), interp="tetrahedral"),
            self._graph.add("scale", "out_color_matrix=bt709:out_range=tv"),
            self._graph.add("format", "yuv420p"),
            self._graph.add("buffersink"),
        ]
        self._graph.link_nodes(*chain).configure()

    def apply(self, frame: Any) -> Any:
        """Return the picture as every screen shows it; its time stays."""
        self._graph.push(frame)
        return self._graph.pull()

"""Pictures of two fields, as camcorders and broadcasts have them, made whole: screens show them combed."""

from typing import Any

from av import FFmpegError
from av.filter import Graph

# One picture for one, so that each keeps its time; those that say they are progressive stay as they are.
FILTER, OPTIONS = "bwdif", "mode=send_frame:deint=interlaced"
_NOT_SAID, _PROGRESSIVE = 0, 1  # FFmpeg's AVFieldOrder


def is_interlaced(stream: Any, frame: Any) -> bool:
    """Whether a video stream, or the first of its pictures, says that it is of two fields."""
    order = stream.codec_context.field_order
    return bool(frame.interlaced_frame) or order not in (_NOT_SAID, _PROGRESSIVE)


class Deinterlacer:
    """Makes pictures whole; it holds one back, because each needs its neighbours."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._graph: Graph | None = None
        self._form: tuple[object, ...] | None = None  # of the pictures that the graph is made for

    def take(self, frame: Any) -> list[Any]:
        """Take the next picture (None at the end); returns those that are whole now, with their times."""
        if frame is None:
            return self._drain()
        form = (frame.format.name, frame.width, frame.height)
        ended = [] if form == self._form else self._drain()
        if self._graph is None:
            self._graph, self._form = self._new_graph(frame), form
        self._graph.push(frame)
        return ended + self._pull()

    def _new_graph(self, frame: Any) -> Graph:
        graph = Graph()
        source = graph.add_buffer(
            width=frame.width,
            height=frame.height,
            format=frame.format.name,
            time_base=self._stream.time_base,
        )
        graph.link_nodes(source, graph.add(FILTER, OPTIONS), graph.add("buffersink")).configure()
        return graph

    def _drain(self) -> list[Any]:
        if self._graph is None:
            return []
        self._graph.push(None)
        whole = self._pull()
        self._graph = None
        return whole

    def _pull(self) -> list[Any]:
        whole: list[Any] = []
        assert self._graph is not None
        while True:
            try:
                frame: Any = self._graph.pull()
            except (BlockingIOError, EOFError, FFmpegError):
                return whole
            # The filter counts in halves of the stream's own ticks.
            frame.pts = round(frame.pts * frame.time_base / self._stream.time_base)
            frame.time_base = self._stream.time_base
            whole.append(frame)

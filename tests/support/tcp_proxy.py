"""A poor connection: a TCP proxy that can cut what goes through it, hold it, or answer for the target."""

import asyncio
import contextlib
from collections.abc import AsyncIterator


class Proxy:
    """Passes bytes from its own port to another one."""

    def __init__(self, target_port: int) -> None:
        self.target_port = target_port
        self.port = 0
        self.uploaded = 0  # bytes towards the target
        self.is_open = True  # while it is not, new connections are refused
        self.is_hung = False  # while it is, new connections are taken and never answered
        self.answer: bytes | None = None  # what every new connection gets in place of the target's answer
        self.bytes_per_second: int | None = None  # towards the target
        self._cut_at: int | None = None  # of `uploaded`
        self._longest: int | None = None  # bytes of one connection, one way
        self._moved = asyncio.Condition()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Cut everything and stop."""
        self.cut()
        for task in list(self._tasks):
            task.cancel()
        if self._server is not None:
            self._server.close()

    def cut(self) -> None:
        """Break every connection, now."""
        for writer in list(self._writers):
            writer.transport.abort()

    def cut_after(self, count: int) -> None:
        """Break every connection once so many more bytes have gone towards the target."""
        self._cut_at = self.uploaded + count

    def cut_every(self, count: int) -> None:
        """Break every connection each time so many bytes have gone through it, either way."""
        self._longest = count

    def heal(self) -> None:
        """Be a good connection again; what hangs is broken off."""
        self.is_open, self.is_hung, self.answer, self._longest = True, False, None, None
        self.cut()

    async def until_uploaded(self, count: int) -> None:
        """Return once so many bytes in all have gone towards the target."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.uploaded >= count)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.is_open:
            writer.transport.abort()
            return
        if self.is_hung or self.answer is not None:
            self._writers.add(writer)
            await reader.read(1)
            if self.answer is not None:
                writer.write(self.answer)
                writer.close()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, far_writer}
        for source, sink, is_up in ((reader, far_writer, True), (far_reader, writer, False)):
            task = asyncio.create_task(self._pump(source, sink, is_up))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, is_up: bool) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while chunk := await source.read(16 * 1024):
                passed += len(chunk)
                if self._longest is not None and passed > self._longest:
                    sink.transport.abort()
                    break
                sink.write(chunk)
                await sink.drain()
                if is_up:
                    await self._count(len(chunk))
                    if self.bytes_per_second:
                        await asyncio.sleep(len(chunk) / self.bytes_per_second)
        self._writers.discard(sink)
        with contextlib.suppress(OSError):
            sink.close()

    async def _count(self, moved: int) -> None:
        async with self._moved:
            self.uploaded += moved
            self._moved.notify_all()
        if self._cut_at is not None and self.uploaded >= self._cut_at:
            self._cut_at = None
            self.cut()


@contextlib.asynccontextmanager
async def proxied(target_port: int) -> AsyncIterator[Proxy]:
    """Stand between a browser and a port for as long as the context is open."""
    proxy = Proxy(target_port)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.close()

"""The real service in a process of its own, which can be killed and started again."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import aiohttp

READY_WITHIN = 30.0
POLL = 0.05


class Server:
    """`observe serve` on a port and a data folder."""

    def __init__(self, data: Path, port: int, environ: Mapping[str, str], words: Sequence[str] = ()) -> None:
        self.data = data
        self.port = port
        self.log = data.parent / "server.log"
        self._environ = dict(environ)
        self._words = words
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://localhost:{self.port}"

    @property
    def pid(self) -> int:
        """The number of its process."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start, and return once it is ready."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *observe("serve", "--port", str(self.port), "--data", str(self.data), *self._words),
                stdout=log,
                stderr=log,
                env=os.environ | self._environ,
            )
        async with asyncio.timeout(READY_WITHIN), aiohttp.ClientSession() as client:
            while not await _answers(client, f"{self.url}/readyz"):
                assert self._process.returncode is None, self.log.read_text()
                await asyncio.sleep(POLL)

    async def kill(self) -> None:
        """End it as a power cut would (`kill -9`)."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """End it in order."""
        await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(how)
            await self._process.wait()


def observe(*words: str) -> list[str]:
    """Return the command line of `observe …` with this interpreter."""
    return [sys.executable, "-m", "web.cli", *words]


async def run(*words: str) -> str:
    """Run `observe …` to its end; returns what it printed."""
    process = await asyncio.create_subprocess_exec(
        *observe(*words), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.asynccontextmanager
async def serving(
    data: Path,
    *,
    port: int | None = None,
    environ: Mapping[str, str] | None = None,
    words: Sequence[str] = (),
) -> AsyncIterator[Server]:
    """Serve a data folder for as long as the context is open."""
    server = Server(data, port or free_port(), environ or {}, words)
    try:
        await server.start()
        yield server
    finally:
        await server.stop()
        _show(server.log)


@contextlib.asynccontextmanager
async def working(data: Path) -> AsyncIterator[None]:
    """Do the jobs of a data folder in a process of its own for as long as the context is open."""
    log = data.parent / "worker.log"
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *observe("worker", "--executor", "worker-1", "--data", str(data)), stdout=output, stderr=output
        )
    try:
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        _show(log)


def _show(log: Path) -> None:
    """Write the log where pytest shows it when the test fails."""
    sys.stderr.write(f"--- {log}\n{log.read_text(errors='replace')}")


async def _answers(client: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with client.get(url) as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False

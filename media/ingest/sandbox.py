"""Each step that opens what somebody sent runs in a child process, which can do little else.

`python -m media.ingest.sandbox` reads one request as a line of JSON on its standard input (after which film
may follow, as it arrives) and writes lines of JSON: how far it is, and at last what it found or why it
refuses. The parent keeps the watch: a decoder that waits for itself uses no processor time, so a limit on
that alone would never end it.
"""

import asyncio
import contextlib
import io
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, cast

from media.ingest.confine import confine
from media.ingest.refusal import Refusal

SILENCE_S = 180.0  # no step is so long without getting further
REPORTED_AFTER_S = 0.5
LONGEST_LINE = 4 * 1024 * 1024  # bytes
LOGGED = 2_000  # bytes of what the child complained of

# No secret of ours is in there.
_ENVIRONMENT = {
    "PATH": os.defpath,
    "PYTHONPATH": str(Path(__file__).parents[2]),
    "LC_ALL": "C.UTF-8",
}


class StepCrashed(Exception):
    """The child died, was killed, or answered nonsense: another try may go better."""

    def __init__(self, step: str, reason: str, complaint: str) -> None:
        super().__init__(f"{step}: {reason}")
        self.step = step
        self.reason = reason
        self.complaint = complaint


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a step is, and what of its work can be taken from its folder already."""

    progress: float
    made: list[str] = field(default_factory=list)  # names of files that are whole
    playlists: dict[str, str] = field(default_factory=dict)  # texts, which name no other files
    duration_ms: int | None = None  # how long what the playlists name lasts


OnProgress = Callable[[Progress], Awaitable[None]]


class Child:
    """One step in a process of its own."""

    def __init__(self, step: str, process: asyncio.subprocess.Process) -> None:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        self._step = step
        self._process = process
        self._input = process.stdin
        self._lines = process.stdout
        self._complaint = asyncio.create_task(_tail(process.stderr))

    @classmethod
    async def start(
        cls, step: str, request: dict[str, Any], *, cpu_s: float, module: str = "media.ingest.sandbox"
    ) -> Self:
        """Start a step; it works in `request["folder"]`."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", module, str(os.getpid()), str(int(cpu_s) + 1),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=LONGEST_LINE,
            cwd=request["folder"],
            env=_ENVIRONMENT,
        )  # fmt: skip
        child = cls(step, process)
        await child.feed(json.dumps({"step": step} | request).encode() + b"\n")
        return child

    async def feed(self, data: bytes) -> None:
        """Give it more to read, once it has read most of what it was given."""
        with contextlib.suppress(ConnectionError):
            self._input.write(data)
            await self._input.drain()

    def end_input(self) -> None:
        """Let it read the end."""
        with contextlib.suppress(ConnectionError):
            self._input.close()

    async def answer(self, on_progress: OnProgress, *, silence_s: float | None) -> dict[str, Any]:
        """Return its result; raises Refusal, or StepCrashed, also when it says nothing for so long."""
        try:
            while line := await asyncio.wait_for(self._lines.readline(), silence_s):
                message = json.loads(line)
                if "progress" in message:
                    await on_progress(Progress(**message))
                elif "refused" in message:
                    raise Refusal(message["refused"], **message["facts"])
                else:
                    result: dict[str, Any] = message["result"]
                    return result
        except TimeoutError:
            raise StepCrashed(self._step, "took too long", "") from None
        except (ValueError, TypeError):
            raise StepCrashed(self._step, "answered nonsense", "") from None
        code = await self._process.wait()
        raise StepCrashed(self._step, f"ended with {code}", await self._complaint)

    async def close(self) -> None:
        """End it, whatever it does."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await asyncio.shield(self._process.wait())
        self._complaint.cancel()


async def run(
    step: str,
    request: dict[str, Any],
    *,
    allowed_s: float,
    on_progress: OnProgress,
    module: str = "media.ingest.sandbox",
) -> dict[str, Any]:
    """Run a step in a child and return its result; raises Refusal or StepCrashed.

    `allowed_s` limits both the time on the wall and, twice over (two processors), that of the processor.
    """
    child = await Child.start(step, request, cpu_s=allowed_s * 2, module=module)
    try:
        child.end_input()
        async with asyncio.timeout(allowed_s):
            return await child.answer(on_progress, silence_s=SILENCE_S)
    except TimeoutError:
        raise StepCrashed(step, "took too long", "") from None
    finally:
        await child.close()


async def _tail(stream: asyncio.StreamReader) -> str:
    tail = b""
    while block := await stream.read(LOGGED):
        tail = (tail + block)[-LOGGED:]
    return tail.decode(errors="replace")


class _Reporter:
    """Says how far a step is, but not all the time, and always what it has made."""

    def __init__(self) -> None:
        self._at = time.monotonic()

    def __call__(self, *, progress: float, **made: Any) -> None:
        if made or time.monotonic() - self._at >= REPORTED_AFTER_S:
            self._at = time.monotonic()
            _say(progress=round(progress, 3), **made)


def _say(**message: Any) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _perform(request: dict[str, Any]) -> dict[str, Any]:
    """Do one step. The decoders are loaded only here, in the child that is already confined."""
    import av.logging

    from media.ingest.illustrate import illustrate
    from media.ingest.package import package_file
    from media.ingest.probe import Limits, Probe, probe
    from media.ingest.rungs import make_piece
    from media.ingest.stream import NotStreamable, Pipe, package_stream

    av.logging.set_level(av.logging.PANIC)
    folder, report = Path(request["folder"]), _Reporter()
    match request["step"]:
        case "probe":
            return probe(Path(request["source"]), Limits(**request["limits"])).facts()
        case "package":
            return package_file(
                Path(request["source"]), Probe.from_facts(request["probe"]), folder, report
            ).facts()
        case "stream":
            pipe = Pipe(cast(io.BufferedReader, sys.stdin.buffer).read1)
            try:
                return package_stream(pipe, request["demuxer"], Limits(**request["limits"]), folder, report)
            except NotStreamable:
                return {}
        case "illustrate":
            return illustrate(Path(request["package"]), request["tracks"], folder)
        case "ladder":
            return make_piece(request, folder, report)
        case unknown:
            raise ValueError(unknown)


def main() -> None:
    """Be the child."""
    is_offline = confine(int(sys.argv[1]), int(sys.argv[2]))
    request = json.loads(sys.stdin.buffer.readline())
    try:
        result = _perform(request)
    except Refusal as refusal:
        _say(refused=refusal.code, facts=refusal.facts)
    else:
        _say(result=result | {"is_offline": is_offline})


if __name__ == "__main__":
    main()

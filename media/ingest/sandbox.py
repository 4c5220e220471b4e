"""Each step that opens what somebody sent runs in a child process, which can do little else.

`python -m media.ingest.sandbox` reads one request as JSON on its standard input and writes lines of JSON:
how far it is, and at last what it found or why it refuses. The parent keeps the watch: a decoder that waits
for itself uses no processor time, so a limit on that alone would never end it.
"""

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from media.ingest.confine import confine
from media.ingest.refusal import Refusal

SILENCE_S = 180.0  # no step is so long without getting further
REPORTED_AFTER_S = 0.5
LONGEST_LINE = 1024 * 1024  # bytes
LOGGED = 2_000  # bytes of what the child complained of

_ROOT = str(Path(__file__).parents[2])


class StepCrashed(Exception):
    """The child died, was killed, or answered nonsense: another try may go better."""

    def __init__(self, step: str, reason: str, complaint: str) -> None:
        super().__init__(f"{step}: {reason}")
        self.step = step
        self.reason = reason
        self.complaint = complaint


async def run(
    step: str,
    request: dict[str, Any],
    *,
    allowed_s: float,
    on_progress: Callable[[float], Awaitable[None]],
    module: str = "media.ingest.sandbox",
) -> dict[str, Any]:
    """Run a step in a child and return its result; raises Refusal or StepCrashed.

    `allowed_s` limits both the time on the wall and, twice over (two processors), that of the processor.
    """
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", module, str(os.getpid()), str(int(allowed_s * 2) + 1),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=LONGEST_LINE,
        cwd=request["folder"],
        env={"PATH": os.defpath, "PYTHONPATH": _ROOT, "LC_ALL": "C.UTF-8"},  # no secret of ours is in there
    )  # fmt: skip
    assert child.stdin
    assert child.stdout
    assert child.stderr
    complaint = asyncio.create_task(_tail(child.stderr))
    try:
        with contextlib.suppress(ConnectionError):
            child.stdin.write(json.dumps({"step": step} | request).encode())
            await child.stdin.drain()
            child.stdin.close()
        async with asyncio.timeout(allowed_s):
            answer = await _answer(child.stdout, on_progress)
        if answer is None:
            code = await child.wait()
            raise StepCrashed(step, f"ended with {code}", await complaint)
        return answer
    except TimeoutError:
        raise StepCrashed(step, "took too long", "") from None
    except ValueError:
        raise StepCrashed(step, "answered nonsense", "") from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await asyncio.shield(child.wait())
        complaint.cancel()


async def _answer(
    lines: asyncio.StreamReader, on_progress: Callable[[float], Awaitable[None]]
) -> dict[str, Any] | None:
    """Return the result, None when the child ended without one; raises Refusal, TimeoutError, ValueError."""
    while line := await asyncio.wait_for(lines.readline(), SILENCE_S):
        message = json.loads(line)
        if "progress" in message:
            await on_progress(float(message["progress"]))
        elif "refused" in message:
            raise Refusal(message["refused"], **message["facts"])
        else:
            result: dict[str, Any] = message["result"]
            return result
    return None


async def _tail(stream: asyncio.StreamReader) -> str:
    tail = b""
    while block := await stream.read(LOGGED):
        tail = (tail + block)[-LOGGED:]
    return tail.decode(errors="replace")


class _Reporter:
    """Says how far a step is, but not all the time."""

    def __init__(self) -> None:
        self._at = time.monotonic()

    def __call__(self, progress: float) -> None:
        if time.monotonic() - self._at >= REPORTED_AFTER_S:
            self._at = time.monotonic()
            _say(progress=round(progress, 3))


def _say(**message: Any) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _perform(request: dict[str, Any]) -> dict[str, Any]:
    """Do one step. The decoders are loaded only here, in the child that is already confined."""
    import av.logging

    from media.ingest.package import Packaging
    from media.ingest.poster import poster
    from media.ingest.probe import Limits, Probe, probe

    av.logging.set_level(av.logging.PANIC)
    source, folder = Path(request["source"]), Path(request["folder"])
    match request["step"]:
        case "probe":
            return probe(source, Limits(**request["limits"])).facts()
        case "package":
            package = Packaging(source, Probe.from_facts(request["probe"]), folder, _Reporter())
            return package.run().facts()
        case "illustrate":
            return {"is_made": poster(source, Probe.from_facts(request["probe"]), folder / "poster.jpg")}
        case unknown:
            raise ValueError(unknown)


def main() -> None:
    """Be the child."""
    is_offline = confine(int(sys.argv[1]), int(sys.argv[2]))
    request = json.load(sys.stdin)
    try:
        result = _perform(request)
    except Refusal as refusal:
        _say(refused=refusal.code, facts=refusal.facts)
    else:
        _say(result=result | {"is_offline": is_offline})


if __name__ == "__main__":
    main()

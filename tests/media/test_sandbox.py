"""What somebody sent is opened by a child that can do no harm, and that never outlives its parent."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from media.ingest import sandbox, workspace
from media.ingest.sandbox import Progress, StepCrashed
from tests.media.sending import until

ROOT = Path(__file__).parents[2]


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that is dead but not yet buried does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


async def run(step: str, folder: Path, *, allowed_s: float = 60, **more: Any) -> dict[str, Any]:
    """Run a misbehaving child."""

    async def heard(_: Progress) -> None:
        raise AssertionError("it reports nothing")

    return await sandbox.run(
        step,
        {"folder": str(folder)} | more,
        allowed_s=allowed_s,
        on_progress=heard,
        module="tests.media.misbehaving",
    )


@pytest.mark.parametrize("step", ["eat", "die", "babble", "fill", "hoard"])
async def test_a_child_that_goes_wrong_is_a_crash_that_can_be_tried_again(step: str, tmp_path: Path) -> None:
    with pytest.raises(StepCrashed):
        await run(step, tmp_path)


async def test_a_child_that_waits_for_ever_is_ended(tmp_path: Path) -> None:
    with pytest.raises(StepCrashed, match="too long"):
        await run("wait", tmp_path, allowed_s=3)
    assert not is_alive(int((tmp_path / "child.pid").read_text()))


async def test_a_child_that_falls_silent_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "SILENCE_S", 2.0)
    with pytest.raises(StepCrashed, match="too long"):
        await run("wait", tmp_path)


async def test_a_child_whose_job_is_cancelled_is_ended(tmp_path: Path) -> None:
    task = asyncio.create_task(run("wait", tmp_path))
    await until(lambda: (tmp_path / "child.pid").exists() and (tmp_path / "child.pid").read_text())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not is_alive(int((tmp_path / "child.pid").read_text()))


async def test_a_child_has_no_network_and_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBSERVE_SECRET_KEY", "x" * 40)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1")
    answer = await run("call", tmp_path, port=server.sockets[0].getsockname()[1])
    server.close()
    # A host may forbid namespaces; then the whitelist of protocols is what stands.
    assert answer["reached"] is not answer["is_offline"]
    assert (await run("tell", tmp_path))["secrets"] == []


async def test_a_child_dies_with_a_killed_parent_and_its_folder_is_swept(tmp_path: Path) -> None:
    script = (
        "import asyncio, pathlib, sys\n"
        "from media.ingest.workspace import attempt\n"
        "from tests.media.test_sandbox import run\n"
        "async def main():\n"
        "    async with attempt(pathlib.Path(sys.argv[1])) as folder:\n"
        "        await run('wait', folder)\n"
        "asyncio.run(main())\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT)
    await until(lambda: [file for file in tmp_path.glob("*/child.pid") if file.read_text()])
    child = int(next(tmp_path.glob("*/child.pid")).read_text())
    assert workspace.sweep(tmp_path) == 0
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    await until(lambda: not is_alive(child))
    assert workspace.sweep(tmp_path) == 1
    assert list(tmp_path.iterdir()) == []


async def test_attempts_at_the_same_time_leave_each_other_alone(tmp_path: Path) -> None:
    async with workspace.attempt(tmp_path) as one, workspace.attempt(tmp_path) as other:
        assert one != other
        assert one.is_dir()
        assert other.is_dir()
    assert list(tmp_path.iterdir()) == []

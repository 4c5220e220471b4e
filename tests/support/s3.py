"""Real S3 servers: moto keeps the rules of parts, nanio checks every signature."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from media.storage.s3 import connect
from tests.support.server import free_port

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

READY_WITHIN_S = 30
BUCKET = "lessons"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "observe",
    "AWS_SECRET_ACCESS_KEY": "three-quiet-words",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@contextmanager
def s3_server(kind: str, folder: Path) -> Iterator[str]:
    """Run a server with an empty bucket; yields its address."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    words = {
        "moto": ["moto.server", "--host", "127.0.0.1", "--port", str(port)],
        "nanio": [
            "nanio", "serve", "--host", "127.0.0.1", "--port", str(port), "--data-dir", str(folder),
            "--no-access-log", "--log-level", "error",
        ],
    }[kind]  # fmt: skip
    keys = {"NANIO_ACCESS_KEY": "observe", "NANIO_SECRET_KEY": "three-quiet-words"}
    with (folder.parent / f"{kind}-{port}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *words], stdout=log, stderr=log, env=os.environ | CREDENTIALS | keys
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(address)
            with credentials():
                connect(address).create_bucket(Bucket=BUCKET)
            yield address
        finally:
            process.kill()
            process.wait()


@contextmanager
def credentials() -> Iterator[None]:
    """Let boto3 find the credentials of these servers."""
    before = {name: os.environ.get(name) for name in CREDENTIALS}
    os.environ.update(CREDENTIALS)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def client_of(address: str, *, patience_s: float = 30) -> "S3Client":
    """Return a client of such a server."""
    with credentials():
        return connect(address, patience_s=patience_s)


def _wait(address: str) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(address, timeout=1)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(address)

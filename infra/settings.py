"""Settings come from the environment, under one prefix; secrets may come from a file."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

PREFIX = "OBSERVE_"
SHORTEST_SECRET = 32
GIBIBYTE = 1024**3


class WeakSettings(Exception):
    """The settings are not fit to run with; names every problem, each with what to do."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What an operator can set. See docs/operating.md."""

    data: Path  # embedded database, spool, stored lessons, work in progress
    database_url: str
    storage_url: str  # file:///folder, or s3://bucket/prefix
    public_url: str  # the address people type, without a trailing slash
    secret_key: str
    is_production: bool = False
    largest_upload: int = 16 * GIBIBYTE  # bytes
    disk_reserve: int = GIBIBYTE  # bytes that uploads never take
    workers: int = 1  # jobs of one process at a time
    s3_endpoint: str = ""  # of a store that is not Amazon's own
    direct_uploads: bool = False  # browsers send parts of films straight to a store in S3
    provider_quota: int = 0  # bytes of film that one provider may keep; 0: as many as there is room for

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], *, data: Path | None = None) -> "Settings":
        """Read the settings; raises WeakSettings naming each that cannot be used."""
        read = _Reader(environ)
        data = (data or Path(read.text("DATA", "data"))).resolve()
        is_production = read.text("ENVIRONMENT", "development") == "production"
        settings = cls(
            data=data,
            database_url=read.text("DATABASE_URL", f"sqlite+aiosqlite:///{data / 'observe.sqlite'}"),
            storage_url=read.text("STORAGE_URL", (data / "store").as_uri()),
            public_url=read.text("PUBLIC_URL", "http://localhost:8080").rstrip("/"),
            secret_key=read.secret("SECRET_KEY") or ("" if is_production else _kept_secret(data)),
            is_production=is_production,
            largest_upload=read.number("LARGEST_UPLOAD", 16 * GIBIBYTE),
            disk_reserve=read.number("DISK_RESERVE", GIBIBYTE),
            workers=read.number("WORKERS", 1),
            s3_endpoint=read.text("S3_ENDPOINT", "").rstrip("/"),
            direct_uploads=read.text("DIRECT_UPLOADS", "no") == "yes",
            provider_quota=read.number("PROVIDER_QUOTA", 0),
        )
        if problems := (*read.problems, *settings.problems()):
            raise WeakSettings(problems)
        return settings

    def problems(self) -> tuple[str, ...]:
        """Return why these settings must not be run with; empty when they may."""
        found = []
        if urlsplit(self.database_url).scheme not in ("sqlite+aiosqlite", "postgresql+psycopg"):
            found.append("OBSERVE_DATABASE_URL must begin sqlite+aiosqlite:// or postgresql+psycopg://")
        storage = urlsplit(self.storage_url)
        if storage.scheme not in ("file", "s3") or (storage.scheme == "s3") != bool(storage.netloc):
            found.append("OBSERVE_STORAGE_URL must be file:///folder or s3://bucket/prefix")
        if self.s3_endpoint and urlsplit(self.s3_endpoint).scheme not in ("http", "https"):
            found.append("OBSERVE_S3_ENDPOINT must begin http:// or https://")
        if urlsplit(self.public_url).scheme not in ("http", "https"):
            found.append("OBSERVE_PUBLIC_URL must begin http:// or https://")
        if self.is_production:
            found += self._production_problems()
        return tuple(found)

    def _production_problems(self) -> list[str]:
        found = []
        if len(self.secret_key) < SHORTEST_SECRET:
            found.append(
                f"OBSERVE_SECRET_KEY or OBSERVE_SECRET_KEY_FILE must hold at least {SHORTEST_SECRET} "
                "random characters in production"
            )
        if not self.is_served_securely:
            found.append("OBSERVE_PUBLIC_URL must begin https:// in production")
        return found

    @property
    def is_served_securely(self) -> bool:
        """Whether people reach the service by https."""
        return self.public_url.startswith("https://")


class _Reader:
    """Reads single settings and remembers what was wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def text(self, name: str, default: str) -> str:
        return self._environ.get(PREFIX + name) or default

    def number(self, name: str, default: int) -> int:
        value = self.text(name, str(default))
        if not value.isdigit():
            self.problems.append(f"{PREFIX}{name} must be a whole number, not {value!r}")
            return default
        return int(value)

    def secret(self, name: str) -> str:
        file = self._environ.get(f"{PREFIX}{name}_FILE")
        if not file:
            return self.text(name, "")
        try:
            return Path(file).read_text().strip()
        except OSError as error:
            self.problems.append(f"{PREFIX}{name}_FILE cannot be read: {error.strerror}")
            return ""


def _kept_secret(data: Path) -> str:
    """Return the secret kept beside the embedded data, made at first use."""
    path = data / "secret.key"
    if not path.exists():
        data.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text().strip()

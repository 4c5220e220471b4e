"""One unbroken stretch of captured media within a lesson, from its first byte to something one can watch."""

from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from infra.database import Identified, ProviderOwned, Record
from infra.errors import Conflict

State = Literal["receiving", "processing", "ready", "failed", "deleted"]
Step = Literal["receive", "probe", "package", "verify", "publish", "illustrate"]

# Crashes of one step (of the sandbox or of the whole worker) before a person has to look.
TRIES = 3
# How long the original of a refused film stays, in case the refusal is ours to mend.
REFUSED_KEPT = timedelta(days=7)


class Take(ProviderOwned, Identified, Record):
    """An uploaded file or a live connection, placed on lesson time."""

    __tablename__ = "take"

    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lesson.id"), index=True)
    filename: Mapped[str]  # as the device called it; shown to people, never used as a path
    topic: Mapped[UUID | None] = mapped_column(default=None)  # what pages follow; opaque here
    position_ms: Mapped[int] = mapped_column(default=0)  # lesson time of its media time 0
    duration_ms: Mapped[int | None] = mapped_column(default=None)
    camera: Mapped[str | None] = mapped_column(default=None)
    started_at: Mapped[datetime | None] = mapped_column(default=None)  # when filming began, where known
    byte_size: Mapped[int | None] = mapped_column(default=None)
    sha256: Mapped[str | None] = mapped_column(default=None)  # hex; present once the server has hashed it
    state: Mapped[State] = mapped_column(Text, default="receiving")
    step: Mapped[str] = mapped_column(default="receive")
    progress: Mapped[float] = mapped_column(default=0.0)  # 0…1, of the present step
    tries: Mapped[int] = mapped_column(default=0)  # of the present step
    problem: Mapped[str | None] = mapped_column(
        default=None
    )  # why it failed, or what of it is missing, in words
    media: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)  # what probe found
    refused_at: Mapped[datetime | None] = mapped_column(default=None)  # when it proved to be no film
    original_key: Mapped[str | None] = mapped_column(default=None)  # the file as it was sent
    package_key: Mapped[str | None] = mapped_column(default=None)  # storage prefix of what may be watched

    @property
    def is_watchable(self) -> bool:
        """Whether film of it can be watched, if perhaps not to its end yet."""
        return self.package_key is not None

    @property
    def is_growing(self) -> bool:
        """Whether more film is still being added to what can be watched."""
        is_under_way = self.state in ("receiving", "processing")
        return is_under_way and self.package_key is not None and "package" not in self.media

    @property
    def expected_ms(self) -> int:
        """Return how long it is once all of it can be watched, as far as that is known by now."""
        promised_ms = self.media.get("duration_ms") if self.is_growing else None
        return max(self.duration_ms or 0, promised_ms or 0)

    @property
    def folder(self) -> str:
        """Return the storage prefix under which everything of this take lies."""
        return f"{self.provider_id}/{self.lesson_id}/{self.id}"

    def begin(self, step: Step) -> None:
        """Start a step, or start it again: `tries` says how often."""
        self.tries = self.tries + 1 if self.step == step else 1
        self.step, self.progress = step, 0.0
        if self.state == "receiving":
            self.state = "processing"

    def arrive(self, *, original_key: str, byte_size: int) -> None:
        """Note that the whole file is stored as it was sent."""
        self.original_key, self.byte_size = original_key, byte_size
        self.state = "processing"

    def show(self, *, package_key: str, position_ms: int, duration_ms: int) -> None:
        """Name a package that people may watch as it grows. A take that was shown never moves."""
        if self.package_key is None:
            self.position_ms = position_ms
        self.package_key, self.duration_ms = package_key, duration_ms

    def publish(self, note: str | None) -> None:
        """Say that all of the film can be watched, or what of it cannot."""
        self.state, self.step, self.progress, self.problem = "ready", "publish", 1.0, note

    def retry(self) -> None:
        """Begin again after a failure; raises Conflict when there is none, or nothing to begin with."""
        if self.state != "failed" or self.original_key is None:
            raise Conflict("wrong_state", state=self.state, wanted="failed")
        self.state, self.problem, self.refused_at, self.tries = "processing", None, None, 0

    def erase(self) -> None:
        """Forget all that names or describes the film; where it lay on lesson time stays."""
        self.state, self.step, self.progress, self.problem = "deleted", "deleted", 1.0, None
        self.filename, self.camera, self.started_at = "", None, None
        self.media, self.original_key, self.package_key = {}, None, None

    def fail(self, problem: str) -> None:
        """Give up, and say why. What was sent is kept; what was watchable stays watchable."""
        self.state, self.problem = "failed", problem

    def refuse(self, problem: str, at: datetime) -> None:
        """Say why this file can never be film. What was sent is kept for REFUSED_KEPT."""
        self.fail(problem)
        self.refused_at = at

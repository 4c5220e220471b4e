"""Lesson time: where takes lie on it, what is missing between them, and which picture is shown when. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class Stretch:
    """One take on lesson time: from `start_ms` (inclusive) for `duration_ms`."""

    take_id: UUID
    start_ms: int
    duration_ms: int

    @property
    def end_ms(self) -> int:
        """Return the lesson time just after its last moment."""
        return self.start_ms + self.duration_ms

    def covers(self, lesson_ms: int) -> bool:
        """Whether this take shows that moment."""
        return self.start_ms <= lesson_ms < self.end_ms


@dataclass(frozen=True)
class Gap:
    """A stretch of lesson time that no take shows."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True)
class Position:
    """A moment within one take: media time from the take's first picture."""

    take_id: UUID
    media_ms: int


class Timeline:
    """All watchable takes of one lesson, in the order of lesson time."""

    def __init__(self, stretches: Iterable[Stretch]) -> None:
        self.stretches = tuple(sorted(stretches, key=lambda stretch: (stretch.start_ms, stretch.take_id.int)))
        self._by_take = {stretch.take_id: stretch for stretch in self.stretches}

    @property
    def duration_ms(self) -> int:
        """Return the lesson time at which the last take ends; 0 for a lesson without film."""
        return max((stretch.end_ms for stretch in self.stretches), default=0)

    def gaps(self) -> tuple[Gap, ...]:
        """Return what is missing between the lesson's start and its end, in order."""
        found, covered_ms = [], 0
        for stretch in self.stretches:
            if stretch.start_ms > covered_ms:
                found.append(Gap(covered_ms, stretch.start_ms))
            covered_ms = max(covered_ms, stretch.end_ms)
        return tuple(found)

    def locate(self, lesson_ms: int, prefer: UUID | None = None) -> Position | None:
        """Return the moment that shows `lesson_ms`, in take `prefer` where it can; None in a gap."""
        covering = [stretch for stretch in self.stretches if stretch.covers(lesson_ms)]
        if not covering:
            return None
        chosen = next((stretch for stretch in covering if stretch.take_id == prefer), covering[0])
        return Position(chosen.take_id, lesson_ms - chosen.start_ms)

    def lesson_ms(self, position: Position) -> int:
        """Return the lesson time of a moment within a take; raises KeyError for a take that is not here."""
        return self._by_take[position.take_id].start_ms + position.media_ms


@dataclass(frozen=True)
class Placed:
    """What placing a new take needs to know of one that is already there."""

    camera: str | None
    started_at: datetime | None
    start_ms: int
    duration_ms: int


def place(placed: Iterable[Placed], *, camera: str | None, started_at: datetime | None) -> int:
    """Return the lesson time at which a new take begins.

    By the clock where both this take and an earlier one say when filming began (never before lesson time 0:
    takes that are published do not move); otherwise straight after what the same camera has filmed.
    """
    others = tuple(placed)
    if started_at is not None:
        for other in sorted(others, key=lambda take: take.start_ms):
            if other.started_at is not None:
                since_ms = round((started_at - other.started_at).total_seconds() * 1000)
                return max(0, other.start_ms + since_ms)
    return max((other.start_ms + other.duration_ms for other in others if other.camera == camera), default=0)

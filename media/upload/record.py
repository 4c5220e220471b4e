"""What the database knows of an upload: how much of it is durable, and who may write."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from infra.database import Identified, ProviderOwned, Record

# After its last byte, how long an unfinished upload waits for the rest.
KEPT = timedelta(days=7)


class Upload(ProviderOwned, Identified, Record):
    """One file on its way. `offset` counts bytes that are fsynced: it is never above what is on disk."""

    __tablename__ = "upload"

    owner_id: Mapped[UUID]  # who may resume it; opaque here
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lesson.id"), index=True)
    take_id: Mapped[UUID] = mapped_column(ForeignKey("take.id"), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    length: Mapped[int | None] = mapped_column(default=None)  # bytes; None until declared
    offset: Mapped[int] = mapped_column(default=0)
    # Not `metadata`: that name is SQLAlchemy's.
    described: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    received_at: Mapped[datetime | None] = mapped_column(default=None)  # when the last byte was durable
    completed_at: Mapped[datetime | None] = mapped_column(default=None)  # when the whole had been hashed
    # What the store calls this upload where it takes parts as they arrive, and the bytes that it has.
    multipart: Mapped[str | None] = mapped_column(default=None)
    shipped: Mapped[int] = mapped_column(default=0)
    # The one writer, until when it may be presumed alive, and whether somebody waits for it to let go.
    writer: Mapped[UUID | None] = mapped_column(default=None)
    writer_until: Mapped[datetime | None] = mapped_column(default=None)
    is_wanted: Mapped[bool] = mapped_column(default=False)

    @property
    def is_received(self) -> bool:
        """Whether every byte is durable."""
        return self.length is not None and self.offset == self.length

    def advance(self, offset: int, now: datetime) -> None:
        """Acknowledge bytes that are durable; never goes back."""
        if offset < self.offset or (self.length is not None and offset > self.length):
            raise AssertionError(f"an offset cannot go from {self.offset} to {offset} of {self.length}")
        self.offset = offset
        self.expires_at = now + KEPT
        if self.is_received:
            self.received_at = now

    def lose(self, offset: int) -> None:
        """Admit that fewer bytes are on the disk than were acknowledged (a disk that was restored)."""
        self.offset, self.received_at = min(self.offset, offset), None

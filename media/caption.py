"""What is said in a take, as text: WebVTT, on the take's own media time."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from infra.database import Identified, ProviderOwned, Record


class Caption(ProviderOwned, Identified, Record):
    """The captions of one take in one language."""

    __tablename__ = "caption"
    __table_args__ = (UniqueConstraint("take_id", "language"),)

    take_id: Mapped[UUID] = mapped_column(ForeignKey("take.id"), index=True)
    language: Mapped[str]  # BCP 47
    label: Mapped[str]  # the language by its own name
    text: Mapped[str]  # WebVTT
    added_by: Mapped[UUID]  # opaque here
    added_at: Mapped[datetime]

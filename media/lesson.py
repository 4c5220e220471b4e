"""What was taught, and how long it lasted. Knows nothing of who taught it."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from infra.database import Identified, ProviderOwned, Record
from infra.errors import NotFound
from infra.session import Session
from media.caption import Caption
from media.take import Take
from media.timeline import Stretch, Timeline


class Lesson(ProviderOwned, Identified, Record):
    """One lesson: the one timeline that all its takes lie on."""

    __tablename__ = "lesson"

    title: Mapped[str]
    duration_ms: Mapped[int | None] = mapped_column(default=None)  # end of its last watchable take


async def takes(session: Session, lesson_id: UUID) -> list[Take]:
    """Return the lesson's takes in the order of lesson time."""
    return await session.all(
        select(Take).where(Take.lesson_id == lesson_id).order_by(Take.position_ms, Take.id)
    )


async def captions(session: Session, lesson_id: UUID) -> list[Caption]:
    """Return the captions of the lesson's takes, by language."""
    return await session.all(
        select(Caption)
        .join(Take, Take.id == Caption.take_id)
        .where(Take.lesson_id == lesson_id)
        .order_by(Caption.language, Caption.id)
    )


async def caption_of(session: Session, lesson_id: UUID, caption_id: UUID) -> Caption:
    """Return captions of one of the lesson's takes; raises NotFound when they are of another lesson."""
    caption = await session.first(
        select(Caption)
        .join(Take, Take.id == Caption.take_id)
        .where(Take.lesson_id == lesson_id, Caption.id == caption_id)
    )
    if caption is None:
        raise NotFound("caption", caption_id)
    return caption


async def timeline(session: Session, lesson_id: UUID) -> Timeline:
    """Return where the lesson's watchable takes lie on lesson time."""
    return Timeline(
        Stretch(take.id, take.position_ms, take.duration_ms)
        for take in await takes(session, lesson_id)
        if take.is_watchable and take.duration_ms
    )

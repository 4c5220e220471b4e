"""Captions of a lesson's film: who may add and remove them, and what is kept."""

from collections.abc import Sequence
from uuid import UUID

from babel import Locale, UnknownLocaleError
from babel.localedata import locale_identifiers
from sqlalchemy import select

from infra.errors import Conflict, Invalid, Problem
from infra.session import Session
from media.caption import Caption
from media.caption_file import BadCaptions, read_captions
from media.lesson import caption_of
from media.take import Take
from observe.observation import Observation, load


def languages() -> Sequence[tuple[str, str]]:
    """Return every language as (BCP 47 tag, its name in English), in the order of the names.

    Not by their own names: those are in as many files, which stay in memory once they are read (130 MB).
    """
    names = Locale("en").languages
    tags = (tag for tag in locale_identifiers() if "_" not in tag)
    found = ((tag, names.get(tag) or _own_name(tag)) for tag in tags)
    return sorted((each for each in found if each[1]), key=lambda language: language[1].casefold())


async def add_caption(
    session: Session, observation_id: UUID, *, take_id: UUID | None, language: str, content: bytes
) -> Caption:
    """Add captions to a take, in place of those in the same language.

    Raises Invalid naming `take`, `language` or `captions`, Conflict("wrong_state") when the observation was
    called off.
    """
    observation = await _may_caption(session, observation_id)
    take = await session.first(
        select(Take).where(
            Take.id == take_id, Take.lesson_id == observation.lesson_id, Take.state != "deleted"
        )
    )
    if take is None:
        raise Invalid([Problem("take", "Choose the film that is captioned.")])
    label = _own_name(language)
    if not label:
        raise Invalid([Problem("language", "Choose the language of the captions.")])
    try:
        text = read_captions(content, take.duration_ms)
    except BadCaptions as bad:
        raise Invalid([Problem("captions", str(bad))]) from None
    caption = await session.first(
        select(Caption).where(Caption.take_id == take.id, Caption.language == language)
    )
    if caption is not None:
        await session.delete(caption)
        await session.flush()
    caption = session.add(
        Caption(
            take_id=take.id,
            language=language,
            label=label,
            text=text,
            added_by=session.person_id,
            added_at=session.now,
        )
    )
    session.journal("caption.added", take, topic=observation.id, language=language)
    return caption


async def remove_caption(session: Session, observation_id: UUID, caption_id: UUID) -> None:
    """Remove captions; raises NotFound when they are not of this observation's film."""
    observation = await _may_caption(session, observation_id)
    caption = await caption_of(session, observation.lesson_id, caption_id)
    take = await session.get(Take, caption.take_id)
    await session.delete(caption)
    session.journal("caption.removed", take, topic=observation.id, language=caption.language)


async def _may_caption(session: Session, observation_id: UUID) -> Observation:
    observation = await load(session, observation_id, to="caption.write")
    if observation.state == "cancelled":
        raise Conflict("wrong_state", state=observation.state, wanted="scheduled")
    return observation


def _own_name(language: str) -> str:
    """Return what a language calls itself; empty for none that is known."""
    try:
        name = Locale.parse(language, sep="-").get_display_name()
    except (UnknownLocaleError, ValueError, TypeError):
        return ""
    return (name or "")[:1].upper() + (name or "")[1:]

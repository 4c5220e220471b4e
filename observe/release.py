"""Showing a trainee what was agreed about their lesson, and what they see."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from infra.errors import Conflict, NotFound
from infra.session import Session
from observe.access import may
from observe.comment import Comment
from observe.mark_sheet import MarkSheet
from observe.moderation.decision import AgreedJudgement, agreed_judgement
from observe.observation import Observation, load
from observe.target import Target, targets_of

TARGETS_FIELD = "targets"


@dataclass(frozen=True)
class Feedback:
    """What a trainee reads about one lesson."""

    observation: Observation
    agreed: AgreedJudgement
    sheets: list[MarkSheet]  # of the markers whose judgement stands
    comments: list[Comment]  # theirs, meant as feedback, in order of lesson time
    targets: list[Target]


async def release(session: Session, observation_id: UUID) -> Observation:
    """Let the trainee read the feedback; sets the targets that the standing sheets name. One act, once."""
    observation = await load(session, observation_id, to="observation.release", lock=True)
    agreed = await agreed_judgement(session, observation)
    if agreed is None:
        raise Conflict("wrong_state", state=observation.state, wanted="released")
    observation.release(session.now)
    texts = [text for sheet in await _standing_sheets(session, agreed) for text in _targets(sheet)]
    for position, text in enumerate(texts):
        session.add(
            Target(
                enrolment_id=observation.enrolment_id,
                observation_id=observation.id,
                position=position,
                text=text,
            )
        )
    session.journal("observation.released", observation, topic=observation.id, agreed=str(agreed.id))
    return observation


async def feedback(session: Session, observation_id: UUID) -> Feedback:
    """Return what the trainee reads; raises NotFound before release, as if there were nothing.

    A lead moderator sees it as soon as it is agreed, to check it before releasing it.
    """
    observation = await load(session, observation_id, to="feedback.see")
    agreed = await agreed_judgement(session, observation)
    is_early = observation.state == "agreed" and may(session.actor, "observation.release")
    if agreed is None or not (observation.state == "released" or is_early):
        raise NotFound("feedback", observation_id)
    sheets = await _standing_sheets(session, agreed)
    comments = await session.all(
        select(Comment)
        .where(Comment.observation_id == observation.id, Comment.deleted_at.is_(None))
        .where(Comment.visibility == "feedback")
        .where(Comment.author_id.in_([sheet.assessor_id for sheet in sheets]))
        .order_by(Comment.at_ms, Comment.created_at, Comment.id)
    )
    return Feedback(observation, agreed, sheets, comments, await targets_of(session, observation))


async def _standing_sheets(session: Session, agreed: AgreedJudgement) -> list[MarkSheet]:
    """Return the first marker's sheet, and the second's when any of its judgements stands."""
    ids = [agreed.first_sheet_id]
    if agreed.second_sheet_id is not None and "second" in agreed.sources:
        ids.append(agreed.second_sheet_id)
    sheets = await session.all(select(MarkSheet).where(MarkSheet.id.in_(ids)))
    return sorted(sheets, key=lambda sheet: ids.index(sheet.id))


def _targets(sheet: MarkSheet) -> list[str]:
    value = sheet.fields.get(TARGETS_FIELD, [])
    return [text.strip() for text in value if text.strip()] if isinstance(value, list) else []

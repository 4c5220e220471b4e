"""The agreed judgement: what stands after moderation. Only this is released and counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ForeignKey, Text, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from infra.database import Identified, ProviderOwned, Record
from infra.errors import Invalid, Problem
from infra.session import Session
from observe.moderation.pair import MarkedPair, pair_of
from observe.observation import Observation, load
from observe.people import Person

Basis = Literal["single_marking", "within_tolerance", "adjudicated"]
Source = Literal["first", "second", "moderator"]


@dataclass(frozen=True)
class Ruling:
    """A lead moderator's decision on one discrepant criterion."""

    level: str
    reason: str


class AgreedJudgement(ProviderOwned, Identified, Record):
    """The level that stands for each criterion of one observation, and why. Written once."""

    __tablename__ = "agreed_judgement"

    observation_id: Mapped[UUID] = mapped_column(ForeignKey("observation.id"), unique=True)
    first_sheet_id: Mapped[UUID] = mapped_column(ForeignKey("mark_sheet.id"))
    second_sheet_id: Mapped[UUID | None] = mapped_column(ForeignKey("mark_sheet.id"))
    basis: Mapped[Basis] = mapped_column(Text)
    judgements: Mapped[dict[str, Any]]  # by criterion: {level, source, reason}
    decided_by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime]
    decided_by: Mapped[Person] = relationship(lazy="joined", init=False)

    @property
    def sources(self) -> set[str]:
        """Whose judgements stand: first, second, moderator."""
        return {each["source"] for each in self.judgements.values()} or {"first"}


def settle(pair: MarkedPair, rulings: Mapping[str, Ruling]) -> dict[str, dict[str, str]]:
    """Return what stands for each criterion: within tolerance the first judgement, beyond it the ruling.

    Raises Invalid naming every discrepant criterion without a level of the scale or without a reason.
    """
    scale = pair.first.rubric.scale
    levels = {level.code for level in scale.levels} if scale else set()
    problems: list[Problem] = []
    agreed = {code: _standing(level, "first") for code, level in pair.first.levels.items()}
    for discrepancy in pair.discrepancies:
        ruling = rulings.get(discrepancy.criterion)
        if ruling is None or ruling.level not in levels:
            problems.append(Problem(discrepancy.criterion, "Choose the level that stands."))
        elif not ruling.reason.strip():
            problems.append(Problem(discrepancy.criterion, "Give the reason for your decision."))
        else:
            source = _source(ruling.level, discrepancy.first, discrepancy.second)
            agreed[discrepancy.criterion] = _standing(ruling.level, source, ruling.reason.strip())
    if problems:
        raise Invalid(problems)
    return agreed


async def decide(session: Session, observation_id: UUID, rulings: Mapping[str, Ruling]) -> AgreedJudgement:
    """Write the agreed judgement of an observation.

    Raises Conflict unless every sheet is locked and nothing has been agreed yet; Invalid as `settle` does,
    and when the moderator marked the lesson themselves.
    """
    observation = await load(session, observation_id, to="moderation.decide", lock=True)
    if observation.part_of(session.actor.person_id) is not None or session.actor.person_id is None:
        raise Invalid(
            [Problem("decision", "Nobody moderates their own marking. Ask another lead moderator.")]
        )
    pair = await pair_of(session, observation)
    observation.agree()
    agreed = session.add(
        AgreedJudgement(
            observation_id=observation.id,
            first_sheet_id=pair.first.id,
            second_sheet_id=pair.second.id if pair.second else None,
            basis=_basis(pair),
            judgements=settle(pair, rulings),
            decided_by_id=session.actor.person_id,
            decided_at=session.now,
        )
    )
    await session.flush()
    session.journal(
        "judgement.agreed", agreed, topic=observation.id, basis=agreed.basis, judgements=agreed.judgements
    )
    return agreed


async def agreed_judgement(session: Session, observation: Observation) -> AgreedJudgement | None:
    """Return what stands for an observation, once something does."""
    return await session.first(
        select(AgreedJudgement).where(AgreedJudgement.observation_id == observation.id)
    )


def _basis(pair: MarkedPair) -> Basis:
    if pair.second is None:
        return "single_marking"
    return "adjudicated" if pair.discrepancies else "within_tolerance"


def _source(level: str, first: str | None, second: str | None) -> Source:
    if level == first:
        return "first"
    return "second" if level == second else "moderator"


def _standing(level: str, source: Source, reason: str = "") -> dict[str, str]:
    return {"level": level, "source": source, "reason": reason}

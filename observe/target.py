"""Action steps agreed from an observation and carried to the next."""

from uuid import UUID

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from infra.database import Identified, ProviderOwned, Record
from infra.session import Session
from observe.observation import Observation


class Target(ProviderOwned, Identified, Record):
    """One action step of one trainee."""

    __tablename__ = "target"

    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"), index=True)
    observation_id: Mapped[UUID] = mapped_column(ForeignKey("observation.id"))
    position: Mapped[int]  # order within its observation, from 0
    text: Mapped[str]


async def targets_of(session: Session, observation: Observation) -> list[Target]:
    """Return the targets set at this observation, in order."""
    return await session.all(
        select(Target).where(Target.observation_id == observation.id).order_by(Target.position)
    )


async def carried_to(session: Session, observation: Observation) -> list[Target]:
    """Return the targets that earlier observations of the trainee set, for this one to look at."""
    earlier = select(Observation.id).where(
        Observation.enrolment_id == observation.enrolment_id,
        Observation.starts_at < observation.starts_at,
        Observation.released_at.is_not(None),
    )
    return await session.all(
        select(Target).where(Target.observation_id.in_(earlier)).order_by(Target.id, Target.position)
    )


async def targets_for_trainee(session: Session) -> list[Target]:
    """Return the targets of the actor's own released observations, latest first."""
    own = select(Observation.id).where(
        Observation.trainee_id == session.actor.person_id, Observation.released_at.is_not(None)
    )
    return await session.all(
        select(Target).where(Target.observation_id.in_(own)).order_by(Target.id.desc(), Target.position)
    )

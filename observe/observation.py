"""One occasion on which a lesson is observed: who teaches, who marks, by which rubric, how far it is."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import ForeignKey, Text, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from infra.database import Identified, ProviderOwned, Record
from infra.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from infra.session import Actor, Session
from media.lesson import Lesson
from observe.access import Relation, allow, may, relations_allowed
from observe.framework import RubricEdition
from observe.people import Membership, Person
from observe.programme import Enrolment, Placement

Mode = Literal["recorded", "live", "on_site"]
Part = Literal["first", "second"]
State = Literal["scheduled", "ready", "marked", "agreed", "released", "cancelled"]


class Assignment(ProviderOwned, Identified, Record):
    """Who marks an observation, and as which of its markers."""

    __tablename__ = "assignment"
    __table_args__ = (
        UniqueConstraint("observation_id", "part"),
        UniqueConstraint("observation_id", "assessor_id"),
    )

    observation_id: Mapped[UUID] = mapped_column(ForeignKey("observation.id"))
    assessor_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    part: Mapped[Part] = mapped_column(Text)
    assigned_at: Mapped[datetime]
    assessor: Mapped[Person] = relationship(lazy="joined", init=False)


class Observation(ProviderOwned, Identified, Record):
    """One lesson observed: scheduled → ready → marked → agreed → released, or cancelled.

    It is `marked` only when every marker assigned has submitted, so that its state tells one blind marker
    nothing about the other.
    """

    __tablename__ = "observation"

    title: Mapped[str]  # what the lesson is about, e.g. "Year 5: equivalent fractions"
    mode: Mapped[Mode] = mapped_column(Text)
    starts_at: Mapped[datetime]
    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"), index=True)
    placement_id: Mapped[UUID] = mapped_column(ForeignKey("placement.id"))
    trainee_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    mentor_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    rubric_id: Mapped[UUID] = mapped_column(ForeignKey("rubric_edition.id"))
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lesson.id"), unique=True)
    state: Mapped[State] = mapped_column(Text, default="scheduled")
    released_at: Mapped[datetime | None] = mapped_column(default=None)
    trainee: Mapped[Person] = relationship(lazy="joined", init=False, foreign_keys=[trainee_id])
    placement: Mapped[Placement] = relationship(lazy="joined", init=False)
    rubric_edition: Mapped[RubricEdition] = relationship(lazy="joined", init=False)
    assignments: Mapped[list[Assignment]] = relationship(
        lazy="selectin", init=False, order_by=Assignment.part, default_factory=list
    )

    def relations_of(self, person_id: UUID | None) -> frozenset[Relation]:
        """Return how a person stands to this observation."""
        relations: set[Relation] = set()
        if person_id is None:
            return frozenset()
        if person_id == self.trainee_id:
            relations.add("own")
        if person_id == self.mentor_id:
            relations.add("mentee")
        if part := self.part_of(person_id):
            relations.add(part)
        return frozenset(relations)

    def part_of(self, person_id: UUID | None) -> Part | None:
        """Return which of the markers a person is, if any."""
        for assignment in self.assignments:
            if assignment.assessor_id == person_id:
                return assignment.part
        return None

    def marker(self, part: Part) -> Person | None:
        """Return the first or the second marker, if there is one."""
        return next((each.assessor for each in self.assignments if each.part == part), None)

    def film_became_ready(self) -> None:
        """The lesson can be watched: marking may begin."""
        if self.state == "scheduled":
            self.state = "ready"

    def every_sheet_is_submitted(self) -> None:
        """Every assigned marker has submitted; raises Conflict from any other state than ready."""
        self._move("ready", "marked")

    def await_another_sheet(self) -> None:
        """Another marker was assigned, or an amendment begun; raises Conflict once agreed."""
        if self.state not in ("scheduled", "ready"):
            self._move("marked", "ready")

    def agree(self) -> None:
        """An agreed judgement stands; raises Conflict unless marked."""
        self._move("marked", "agreed")

    def release(self, at: datetime) -> None:
        """Show the trainee; raises Conflict unless agreed."""
        self._move("agreed", "released")
        self.released_at = at

    def cancel(self) -> None:
        """Call the observation off; raises Conflict once somebody's sheet is in."""
        if self.state not in ("scheduled", "ready"):
            raise Conflict("wrong_state", state=self.state, wanted="cancelled")
        self.state = "cancelled"

    def film_was_deleted(self, *, is_being_marked: bool) -> None:
        """Wait for another film, if it was not judged yet; raises Conflict while judgements need it."""
        if self.state in ("marked", "agreed") or (self.state == "ready" and is_being_marked):
            raise Conflict("wrong_state", state=self.state, wanted="released")
        if self.state == "ready":
            self.state = "scheduled"

    def _move(self, before: State, after: State) -> None:
        if self.state != before:
            raise Conflict("wrong_state", state=self.state, wanted=after)
        self.state = after


async def load(session: Session, observation_id: UUID, *, to: str, lock: bool = False) -> Observation:
    """Return the observation if the actor may do `to` with it.

    Raises Forbidden when they may see it but not do that, NotFound when they may not even see it.
    """
    observation = await session.get(Observation, observation_id, lock=lock)
    if "system" in session.actor.roles:
        return observation
    relations = observation.relations_of(session.actor.person_id)
    if may(session.actor, to, relations):
        return observation
    if may(session.actor, "observation.see", relations):
        raise Forbidden(to)
    raise NotFound("observation", observation_id)


async def of_lesson(session: Session, lesson_id: UUID, *, to: str) -> Observation:
    """Return the observation of a lesson if the actor may do `to` with it; raises as `load` does."""
    observation_id = await session.first(select(Observation.id).where(Observation.lesson_id == lesson_id))
    if observation_id is None:
        raise NotFound("lesson", lesson_id)
    try:
        return await load(session, observation_id, to=to)
    except NotFound:
        raise NotFound("lesson", lesson_id) from None


async def visible(session: Session, *, to: str = "observation.see") -> list[Observation]:
    """Return every observation with which the actor may do `to`, soonest first."""
    statement = select(Observation).order_by(Observation.starts_at, Observation.id)
    allowed = relations_allowed(session.actor, to)
    if "any" not in allowed:
        person_id = session.actor.person_id
        marks = select(Assignment.observation_id).where(Assignment.assessor_id == person_id)
        by_relation = {
            "own": Observation.trainee_id == person_id,
            "mentee": Observation.mentor_id == person_id,
            "first": Observation.id.in_(marks.where(Assignment.part == "first")),
            "second": Observation.id.in_(marks.where(Assignment.part == "second")),
        }
        statement = statement.where(or_(False, *(by_relation[relation] for relation in sorted(allowed))))
    return await session.all(statement)


async def schedule(
    session: Session,
    *,
    placement_id: UUID,
    title: str,
    mode: Mode,
    starts_at: datetime,
    rubric_id: UUID,
    first_marker_id: UUID,
    second_marker_id: UUID | None = None,
) -> Observation:
    """Arrange an observation; raises Invalid naming each field that cannot be right."""
    allow(session, "observation.schedule")
    placement = await session.get(Placement, placement_id)
    edition = await session.get(RubricEdition, rubric_id)
    enrolment = await session.get(Enrolment, placement.enrolment_id)
    markers = [marker for marker in (first_marker_id, second_marker_id) if marker is not None]
    problems = _schedule_problems(placement, edition, enrolment, mode, markers)
    for field, marker in zip(("first_marker_id", "second_marker_id"), markers, strict=False):
        problems += await _marker_problems(session, field, marker)
    if problems:
        raise Invalid(problems)
    lesson = session.add(Lesson(title=title))
    await session.flush()
    observation = session.add(
        Observation(
            title=title,
            mode=mode,
            starts_at=starts_at,
            enrolment_id=enrolment.id,
            placement_id=placement.id,
            trainee_id=enrolment.trainee_id,
            mentor_id=placement.mentor_id,
            rubric_id=edition.id,
            lesson_id=lesson.id,
        )
    )
    await session.flush()
    parts: Iterable[tuple[Part, UUID]] = zip(("first", "second"), markers, strict=False)
    for part, marker in parts:
        _assign(session, observation, marker, part)
    session.journal(
        "observation.scheduled",
        observation,
        topic=observation.id,
        mode=mode,
        trainee=str(observation.trainee_id),
    )
    await session.flush()
    return observation


async def cancel(session: Session, observation_id: UUID) -> Observation:
    """Call an observation off."""
    observation = await load(session, observation_id, to="observation.cancel", lock=True)
    observation.cancel()
    session.journal("observation.cancelled", observation, topic=observation.id)
    return observation


async def assign_second_marker(session: Session, observation_id: UUID, assessor_id: UUID) -> Observation:
    """Ask another assessor for a blind, independent mark sheet.

    Raises Conflict when there is a second marker or it is too late, Invalid for a conflict of interest.
    """
    observation = await load(session, observation_id, to="second_marking.assign", lock=True)
    if observation.marker("second") is not None:
        raise Conflict("second_marker_exists")
    first = observation.marker("first")
    people = [first.id, assessor_id] if first else [assessor_id]
    problems = interest_problems(people, observation.trainee_id, observation.mentor_id)
    problems += await _marker_problems(session, "second_marker_id", assessor_id)
    if problems:
        raise Invalid(problems)
    observation.await_another_sheet()
    _assign(session, observation, assessor_id, "second")
    session.journal("second_marking.assigned", observation, topic=observation.id, assessor=str(assessor_id))
    await session.flush()
    await session.db.refresh(observation, ["assignments"])
    return observation


def interest_problems(markers: list[UUID], trainee_id: UUID, mentor_id: UUID | None) -> list[Problem]:
    """Return what speaks against these markers, first then second, judging this trainee."""
    problems = []
    for field, marker in zip(("first_marker_id", "second_marker_id"), markers, strict=False):
        if marker == trainee_id:
            problems.append(Problem(field, "Nobody marks their own lesson."))
        if marker == mentor_id:
            problems.append(Problem(field, "A mentor does not mark their own trainee."))
    if len(set(markers)) < len(markers):
        problems.append(Problem("second_marker_id", "The second marker must be somebody else."))
    return problems


def may_watch(actor: Actor, observation: Observation) -> bool:
    """Whether the actor may see the film of this observation."""
    return may(actor, "lesson.watch", observation.relations_of(actor.person_id))


def _assign(session: Session, observation: Observation, assessor_id: UUID, part: Part) -> None:
    session.add(
        Assignment(observation_id=observation.id, assessor_id=assessor_id, part=part, assigned_at=session.now)
    )


def _schedule_problems(
    placement: Placement, edition: RubricEdition, enrolment: Enrolment, mode: Mode, markers: list[UUID]
) -> list[Problem]:
    problems = interest_problems(markers, enrolment.trainee_id, placement.mentor_id)
    if edition.published_at is None:
        problems.append(Problem("rubric_id", "Choose a published rubric."))
    if placement.agreement is None:
        problems.append(Problem("placement_id", "The school has not agreed to observations yet."))
    elif mode == "recorded" and not placement.may_record:
        problems.append(Problem("mode", "The school has not agreed that this placement is filmed."))
    return problems


async def _marker_problems(session: Session, field: str, person_id: UUID) -> list[Problem]:
    membership = await session.first(select(Membership).where(Membership.person_id == person_id))
    if membership is None or not membership.is_active or "assessor" not in membership.roles:
        return [Problem(field, "Choose an assessor of this provider.")]
    return []

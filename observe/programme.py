"""Courses, their intakes, the trainees on them and the schools they teach in."""

from datetime import date
from typing import Literal
from uuid import UUID

from sqlalchemy import ForeignKey, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from infra.database import Identified, ProviderOwned, Record
from infra.errors import Conflict, Invalid, Problem
from infra.session import Session
from observe.access import allow
from observe.people import Person
from observe.school_agreement import SchoolAgreement

Qualification = Literal["iQTS", "QTS"]


class Programme(ProviderOwned, Identified, Record):
    """A course that leads to a qualification."""

    __tablename__ = "programme"
    __table_args__ = (UniqueConstraint("provider_id", "title"),)

    title: Mapped[str]
    qualification: Mapped[Qualification] = mapped_column(Text, default="iQTS")


class Cohort(ProviderOwned, Identified, Record):
    """One intake of a programme."""

    __tablename__ = "cohort"
    __table_args__ = (UniqueConstraint("programme_id", "title"),)

    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programme.id"))
    title: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    programme: Mapped[Programme] = relationship(lazy="joined", init=False)


class Enrolment(ProviderOwned, Identified, Record):
    """One trainee in one cohort."""

    __tablename__ = "enrolment"
    __table_args__ = (UniqueConstraint("cohort_id", "trainee_id"),)

    cohort_id: Mapped[UUID] = mapped_column(ForeignKey("cohort.id"))
    trainee_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    cohort: Mapped[Cohort] = relationship(lazy="joined", init=False)
    trainee: Mapped[Person] = relationship(lazy="joined", init=False)


class Placement(ProviderOwned, Identified, Record):
    """A trainee's time in one school."""

    __tablename__ = "placement"

    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"), index=True)
    school: Mapped[str]
    country: Mapped[str]  # ISO 3166-1 alpha-2
    time_zone: Mapped[str]  # where lessons are taught
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    mentor_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), default=None)
    enrolment: Mapped[Enrolment] = relationship(lazy="joined", init=False)
    mentor: Mapped[Person | None] = relationship(lazy="joined", init=False)
    agreement: Mapped[SchoolAgreement | None] = relationship(lazy="joined", init=False)

    @property
    def may_record(self) -> bool:
        """Whether the school has agreed that lessons are filmed."""
        return self.agreement is not None and self.agreement.may_record


async def add_programme(session: Session, *, title: str, qualification: Qualification = "iQTS") -> Programme:
    """Add a course."""
    allow(session, "programme.manage")
    programme = session.add(Programme(title=title, qualification=qualification))
    await session.flush()
    session.journal("programme.added", programme, title=title)
    return programme


async def add_cohort(
    session: Session, *, programme_id: UUID, title: str, starts_on: date, ends_on: date
) -> Cohort:
    """Add an intake; raises Invalid when it ends before it begins."""
    allow(session, "programme.manage")
    await session.get(Programme, programme_id)
    _check_dates(starts_on, ends_on)
    if await session.first(select(Cohort).where(Cohort.programme_id == programme_id, Cohort.title == title)):
        raise Conflict("already_there", title=title)
    cohort = session.add(Cohort(programme_id=programme_id, title=title, starts_on=starts_on, ends_on=ends_on))
    await session.flush()
    session.journal("cohort.added", cohort, title=title)
    return cohort


async def enrol(session: Session, *, cohort_id: UUID, trainee_id: UUID) -> Enrolment:
    """Put a trainee on a cohort; raises Conflict when they are on it already."""
    allow(session, "programme.manage")
    await session.get(Cohort, cohort_id)
    await session.get(Person, trainee_id)
    existing = select(Enrolment).where(Enrolment.cohort_id == cohort_id, Enrolment.trainee_id == trainee_id)
    if await session.first(existing):
        raise Conflict("already_there")
    enrolment = session.add(Enrolment(cohort_id=cohort_id, trainee_id=trainee_id))
    await session.flush()
    session.journal("enrolment.added", enrolment, trainee=str(trainee_id), cohort=str(cohort_id))
    return enrolment


async def place(
    session: Session,
    *,
    enrolment_id: UUID,
    school: str,
    country: str,
    time_zone: str,
    starts_on: date,
    ends_on: date,
    mentor_id: UUID | None = None,
) -> Placement:
    """Place a trainee in a school."""
    allow(session, "programme.manage")
    await session.get(Enrolment, enrolment_id)
    if mentor_id is not None:
        await session.get(Person, mentor_id)
    _check_dates(starts_on, ends_on)
    placement = session.add(
        Placement(
            enrolment_id=enrolment_id,
            school=school,
            country=country,
            time_zone=time_zone,
            starts_on=starts_on,
            ends_on=ends_on,
            mentor_id=mentor_id,
        )
    )
    await session.flush()
    session.journal("placement.added", placement, school=school, country=country)
    return placement


async def cohorts(session: Session) -> list[Cohort]:
    """Return the provider's cohorts, latest first."""
    allow(session, "programme.manage")
    return await session.all(select(Cohort).order_by(Cohort.starts_on.desc(), Cohort.title))


async def enrolments(session: Session) -> list[Enrolment]:
    """Return every enrolment, by the trainee's name."""
    allow(session, "programme.manage")
    found = await session.all(select(Enrolment))
    return sorted(found, key=lambda enrolment: enrolment.trainee.name.casefold())


async def placements(session: Session) -> list[Placement]:
    """Return every placement, by the trainee's name, then by its start."""
    allow(session, "programme.manage")
    found = await session.all(select(Placement))
    return sorted(found, key=lambda each: (each.enrolment.trainee.name.casefold(), each.starts_on))


def _check_dates(starts_on: date, ends_on: date) -> None:
    if ends_on < starts_on:
        raise Invalid([Problem("ends_on", "The last day must not be before the first day.")])

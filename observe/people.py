"""Providers, the people in them, and what each person is there."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from infra.database import Identified, ProviderOwned, Record
from infra.errors import Conflict, Invalid, NotFound, Problem
from infra.journal import JournalHead
from infra.session import Session
from observe.access import allow

Role = Literal["trainee", "mentor", "assessor", "lead_moderator", "external_examiner", "administrator"]
ROLES: tuple[Role, ...] = get_args(Role)


class Provider(Identified, Record):
    """An accredited provider of teacher training: the tenant. Nothing crosses from one to another."""

    __tablename__ = "provider"

    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    time_zone: Mapped[str] = mapped_column(default="Europe/London")  # deadlines are in this zone too

    @classmethod
    def provider_criterion(cls, provider_id: UUID) -> ColumnElement[bool]:
        """A provider is visible to itself."""
        return cls.id == provider_id


class Person(Identified, Record):
    """Somebody who signs in. May belong to several providers."""

    __tablename__ = "person"

    email: Mapped[str] = mapped_column(unique=True)  # lower case
    name: Mapped[str]
    password_hash: Mapped[str | None] = mapped_column(default=None)
    time_zone: Mapped[str] = mapped_column(default="Europe/London")

    @classmethod
    def provider_criterion(cls, provider_id: UUID) -> ColumnElement[bool]:
        """A person is visible to the providers they belong or belonged to."""
        return cls.id.in_(select(Membership.person_id).where(Membership.provider_id == provider_id))


class Membership(ProviderOwned, Identified, Record):
    """A person's roles in one provider."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("provider_id", "person_id"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    roles: Mapped[list[str]]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    person: Mapped[Person] = relationship(lazy="joined", init=False)

    @property
    def is_active(self) -> bool:
        """Whether the person may still act in the provider."""
        return self.ended_at is None


def checked_roles(roles: Iterable[str]) -> list[str]:
    """Return known roles in their order; raises Invalid for an unknown or an empty set."""
    chosen = set(roles)
    if unknown := chosen - set(ROLES):
        raise Invalid([Problem("roles", f"There is no role called {', '.join(sorted(unknown))}.")])
    if not chosen:
        raise Invalid([Problem("roles", "Choose at least one role.")])
    return [role for role in ROLES if role in chosen]


async def found_provider(session: Session, *, code: str, name: str, time_zone: str) -> Provider:
    """Found a provider with an empty journal; raises Conflict. Needs the system's session."""
    if await session.first(select(Provider).where(Provider.code == code)):
        raise Conflict("already_there")
    provider = session.add(Provider(code=code, name=name, time_zone=time_zone))
    await session.flush()
    # Made now, so that the first entries of the journal, however many at once, have an end to append to.
    session.db.add(JournalHead(provider_id=provider.id))
    return provider


async def list_people(session: Session) -> list[Membership]:
    """Return every membership of the provider, active ones first, by name."""
    allow(session, "person.manage")
    memberships = await session.all(select(Membership).join(Person, Membership.person_id == Person.id))
    return sorted(memberships, key=lambda each: (not each.is_active, each.person.name.casefold()))


async def members_with_role(session: Session, role: Role) -> list[Person]:
    """Return the active people who hold `role`, by name."""
    memberships = await session.all(select(Membership).where(Membership.ended_at.is_(None)))
    people = [each.person for each in memberships if role in each.roles]
    return sorted(people, key=lambda person: person.name.casefold())


async def names_of(session: Session, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the names of people of the provider by id; ids of nobody are left out."""
    people = await session.all(select(Person).where(Person.id.in_(set(ids))))
    return {person.id: person.name for person in people}


async def membership_of(session: Session, person_id: UUID) -> Membership:
    """Return a person's membership; raises NotFound."""
    allow(session, "person.manage")
    membership = await session.first(select(Membership).where(Membership.person_id == person_id))
    if membership is None:
        raise NotFound("person", person_id)
    return membership


async def account_for(
    session: Session, *, email: str, name: str, time_zone: str, password_hash: str | None
) -> UUID:
    """Return the id of the account with this e-mail, made if there is none. Needs the system's session.

    Someone known by that e-mail keeps their name and password, and no provider learns that they were known.
    """
    address = email.strip().lower()
    person = await session.first(select(Person).where(Person.email == address))
    if person is None:
        person = session.add(
            Person(email=address, name=name.strip(), password_hash=password_hash, time_zone=time_zone)
        )
        await session.flush()
    return person.id


async def add_member(session: Session, *, person_id: UUID, roles: Iterable[str]) -> Membership:
    """Make an account a member of the provider; raises Invalid, and Conflict for a member."""
    allow(session, "person.manage")
    wanted = checked_roles(roles)
    if await session.first(select(Membership).where(Membership.person_id == person_id)):
        raise Conflict("already_a_member")
    membership = session.add(Membership(person_id=person_id, roles=wanted))
    await session.flush()
    await session.db.refresh(membership, ["person"])
    session.journal("person.added", membership.person, roles=wanted)
    return membership


async def change_roles(session: Session, person_id: UUID, roles: Iterable[str]) -> Membership:
    """Give a person other roles, from their next request on."""
    membership = await membership_of(session, person_id)
    wanted = checked_roles(roles)
    if person_id == session.actor.person_id and "administrator" not in wanted:
        raise Conflict("own_administration")
    session.journal("person.roles_changed", membership.person, before=membership.roles, after=wanted)
    membership.roles = wanted
    return membership


async def end_membership(session: Session, person_id: UUID) -> Membership:
    """End a person's membership: they can no longer sign in here; what they did stays."""
    membership = await membership_of(session, person_id)
    if person_id == session.actor.person_id:
        raise Conflict("own_administration")
    if membership.is_active:
        membership.ended_at = session.now
        session.journal("person.ended", membership.person)
    return membership


async def restore_membership(session: Session, person_id: UUID) -> Membership:
    """Let a person act in the provider again."""
    membership = await membership_of(session, person_id)
    if not membership.is_active:
        membership.ended_at = None
        session.journal("person.restored", membership.person)
    return membership

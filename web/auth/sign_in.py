"""Signing in: who may, for how long, and what a browser carries to show it.

The cookie holds 256 random bits; the database holds only their SHA-256, so that a stolen database signs
nobody in (OWASP ASVS 5.0, 7.2). Rows can be ended at any time.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import argon2
from sqlalchemy import ForeignKey, Select, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from infra.database import Identified, Record
from infra.errors import DomainError
from infra.session import Session
from observe.people import Membership, Person, Provider
from web.call import SignedIn

IDLE_LIMIT = timedelta(hours=12)
ABSOLUTE_LIMIT = timedelta(days=7)
SEEN_EVERY = timedelta(minutes=5)
GUESSES = 10
GUESS_WINDOW = timedelta(minutes=5)
SHORTEST_PASSWORD = 12

_hasher = argon2.PasswordHasher()
# Checked when there is no such person, so that the answer takes as long either way.
_nobodys_hash = _hasher.hash(secrets.token_urlsafe())


class SignInRefused(DomainError):
    """The e-mail and the password do not belong together, or the person is in no provider any more."""


class TooManyGuesses(DomainError):
    """Too many wrong passwords for one e-mail in a short time."""


class SignIn(Identified, Record):
    """One browser signed in as one member of one provider."""

    __tablename__ = "sign_in"

    token_hash: Mapped[str] = mapped_column(unique=True)
    membership_id: Mapped[UUID] = mapped_column(ForeignKey("membership.id"))
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class SignInGuess(Identified, Record):
    """One wrong password."""

    __tablename__ = "sign_in_guess"

    email_hash: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime]


class ApiToken(Identified, Record):
    """A bearer token for a machine that acts as one member of one provider."""

    __tablename__ = "api_token"

    token_hash: Mapped[str] = mapped_column(unique=True)
    membership_id: Mapped[UUID] = mapped_column(ForeignKey("membership.id"))
    scopes: Mapped[list[str]]  # empty: whatever the member may do; else the actions it is limited to
    created_at: Mapped[datetime]


def digest(token: str) -> str:
    """Return what the database keeps of a secret."""
    return hashlib.sha256(token.encode()).hexdigest()


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password (RFC 9106), slow on purpose: call it in a thread."""
    return _hasher.hash(password)


def password_problem(password: str) -> str | None:
    """Return why a password is too weak (NCSC: length over complexity), or None."""
    if len(password) < SHORTEST_PASSWORD:
        return f"Use at least {SHORTEST_PASSWORD} characters. Three random words work well."
    if len(set(password)) < 5:
        return "Use a password that is harder to guess."
    return None


def is_right(password: str, password_hash: str | None) -> bool:
    """Whether the password is the one that was hashed; as slow when there is none."""
    try:
        _hasher.verify(password_hash or _nobodys_hash, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False
    return password_hash is not None


async def find_person(session: Session, email: str) -> Person | None:
    """Return the account of an e-mail; raises TooManyGuesses. Needs the system's session."""
    address = email.strip().lower()
    since = session.now - GUESS_WINDOW
    await session.db.execute(delete(SignInGuess).where(SignInGuess.at < since))
    count = select(func.count()).select_from(SignInGuess).where(SignInGuess.email_hash == digest(address))
    if (await session.first(count) or 0) >= GUESSES:
        raise TooManyGuesses(address)
    return await session.first(select(Person).where(Person.email == address))


async def note_wrong_guess(session: Session, email: str) -> None:
    """Count a wrong password against the e-mail."""
    session.add(SignInGuess(email_hash=digest(email.strip().lower()), at=session.now))


async def memberships_of(session: Session, person: Person) -> list[tuple[Membership, Provider]]:
    """Return where a person may act, by the provider's name."""
    statement = (
        select(Membership, Provider)
        .join(Provider, Membership.provider_id == Provider.id)
        .where(Membership.person_id == person.id, Membership.ended_at.is_(None))
        .order_by(Provider.name)
    )
    return [(row[0], row[1]) for row in await session.rows(statement)]


async def begin(session: Session, membership: Membership) -> str:
    """Begin a sign-in and return the secret that the browser's cookie carries."""
    token = secrets.token_urlsafe(32)
    session.add(
        SignIn(
            token_hash=digest(token), membership_id=membership.id, began_at=session.now, seen_at=session.now
        )
    )
    return token


async def end(session: Session, token: str) -> None:
    """End the sign-in of a cookie."""
    await session.db.execute(delete(SignIn).where(SignIn.token_hash == digest(token)))


async def end_all(session: Session, membership_id: UUID) -> None:
    """End every sign-in and token of a member, on all their devices."""
    await session.db.execute(delete(SignIn).where(SignIn.membership_id == membership_id))
    await session.db.execute(delete(ApiToken).where(ApiToken.membership_id == membership_id))


async def who_is(session: Session, token: str) -> tuple[SignedIn, datetime] | None:
    """Return whoever a cookie signs in, and when they were last seen; None when nobody, or no longer."""
    statement = select(SignIn, Membership, Person, Provider).where(SignIn.token_hash == digest(token))
    row = await _first_member(session, statement.join(Membership, SignIn.membership_id == Membership.id))
    if row is None:
        return None
    sign_in, membership, person, provider = row
    is_over = session.now - sign_in.seen_at > IDLE_LIMIT or session.now - sign_in.began_at > ABSOLUTE_LIMIT
    return None if is_over else (_signed_in(membership, person, provider, sign_in.id), sign_in.seen_at)


async def whose_token(session: Session, token: str) -> tuple[SignedIn, list[str]] | None:
    """Return whoever a bearer token acts as, and the actions it is limited to (empty: not limited)."""
    statement = select(ApiToken, Membership, Person, Provider).where(ApiToken.token_hash == digest(token))
    row = await _first_member(session, statement.join(Membership, ApiToken.membership_id == Membership.id))
    if row is None:
        return None
    api_token, membership, person, provider = row
    return _signed_in(membership, person, provider, None), api_token.scopes


async def touch(session: Session, sign_in_id: UUID) -> None:
    """Remember that the person is still here."""
    sign_in = await session.get(SignIn, sign_in_id)
    sign_in.seen_at = session.now


async def make_token(session: Session, email: str, scopes: list[str]) -> str:
    """Return a new bearer token for the person with this e-mail; raises SignInRefused for nobody's."""
    person = await session.first(select(Person).where(Person.email == email.strip().lower()))
    memberships = await memberships_of(session, person) if person else []
    if not memberships:
        raise SignInRefused(email)
    token = "observe_" + secrets.token_urlsafe(32)
    session.add(
        ApiToken(
            token_hash=digest(token),
            membership_id=memberships[0][0].id,
            scopes=scopes,
            created_at=session.now,
        )
    )
    return token


async def _first_member(
    session: Session, statement: Select[*tuple[Any, ...]]
) -> tuple[Any, Membership, Person, Provider] | None:
    joined = (
        statement.join(Person, Membership.person_id == Person.id)
        .join(Provider, Membership.provider_id == Provider.id)
        .where(Membership.ended_at.is_(None))
    )
    rows = await session.rows(joined)
    return rows[0] if rows else None


def _signed_in(
    membership: Membership, person: Person, provider: Provider, sign_in_id: UUID | None
) -> SignedIn:
    return SignedIn(
        person_id=person.id,
        name=person.name,
        email=person.email,
        time_zone=person.time_zone,
        provider_id=provider.id,
        provider_name=provider.name,
        provider_time_zone=provider.time_zone,
        roles=tuple(membership.roles),
        sign_in_id=sign_in_id,
    )

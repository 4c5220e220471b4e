"""The provider's frameworks and rubrics: editions that can change until published, and never after."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column

from infra.database import Identified, ProviderOwned, Record
from infra.errors import Conflict, Invalid, Problem
from infra.session import Session
from observe.access import allow
from rubrics.framework import Framework
from rubrics.library import load_frameworks, load_rubrics
from rubrics.rubric import Rubric


class Edition(ProviderOwned, Identified, Record):
    """One version of a document that freezes when it is published."""

    __abstract__ = True

    code: Mapped[str]
    version: Mapped[int]
    title: Mapped[str]
    document: Mapped[dict[str, Any]]
    published_at: Mapped[datetime | None] = mapped_column(default=None)

    def publish(self, at: datetime) -> None:
        """Freeze; raises Conflict when it is frozen already."""
        if self.published_at is not None:
            raise Conflict("already_published", code=self.code, version=self.version)
        self.published_at = at

    def revise(self, document: dict[str, Any]) -> None:
        """Replace the document; raises Conflict once published."""
        if self.published_at is not None:
            raise Conflict("already_published", code=self.code, version=self.version)
        self.document = document


class FrameworkEdition(Edition):
    """One version of a framework of standards."""

    __tablename__ = "framework_edition"
    __table_args__ = (UniqueConstraint("provider_id", "code", "version"),)

    @property
    def framework(self) -> Framework:
        """The framework itself."""
        return Framework.model_validate_json(_to_json(self.document))


class RubricEdition(Edition):
    """One version of a rubric. Mark sheets are pinned to it."""

    __tablename__ = "rubric_edition"
    __table_args__ = (UniqueConstraint("provider_id", "code", "version"),)

    @property
    def rubric(self) -> Rubric:
        """The rubric itself."""
        return Rubric.model_validate_json(_to_json(self.document))


E_ = TypeVar("E_", FrameworkEdition, RubricEdition)


async def list_frameworks(session: Session) -> list[FrameworkEdition]:
    """Return every edition of every framework, latest version first."""
    allow(session, "framework.see")
    return await session.all(
        select(FrameworkEdition).order_by(FrameworkEdition.code, FrameworkEdition.version.desc())
    )


async def list_rubrics(session: Session) -> list[RubricEdition]:
    """Return every edition of every rubric, latest version first."""
    allow(session, "framework.see")
    return await session.all(select(RubricEdition).order_by(RubricEdition.code, RubricEdition.version.desc()))


async def framework_edition(session: Session, edition_id: UUID) -> FrameworkEdition:
    """Return one edition of a framework."""
    allow(session, "framework.see")
    return await session.get(FrameworkEdition, edition_id)


async def rubric_edition(session: Session, edition_id: UUID) -> RubricEdition:
    """Return one edition of a rubric."""
    allow(session, "framework.see")
    return await session.get(RubricEdition, edition_id)


async def import_library(session: Session) -> None:
    """Give the provider the shipped frameworks and rubrics, published; those it has are left alone."""
    allow(session, "framework.manage")
    for framework in load_frameworks():
        await _import(session, FrameworkEdition, framework)
    for rubric in load_rubrics():
        await _import(session, RubricEdition, rubric)


async def publish_framework(session: Session, edition_id: UUID) -> FrameworkEdition:
    """Freeze an edition of a framework and offer it."""
    allow(session, "framework.manage")
    edition = await session.get(FrameworkEdition, edition_id, lock=True)
    try:
        edition.framework.check(await _published(session))
    except ValueError as error:
        raise Invalid([Problem("standards", str(error))]) from error
    edition.publish(session.now)
    session.journal("framework.published", edition, code=edition.code, version=edition.version)
    return edition


async def publish_rubric(session: Session, edition_id: UUID) -> RubricEdition:
    """Freeze a rubric's edition and offer it; raises Invalid when it maps to unknown standards."""
    allow(session, "framework.manage")
    edition = await session.get(RubricEdition, edition_id, lock=True)
    try:
        edition.rubric.check(await _published(session))
    except ValueError as error:
        raise Invalid([Problem("criteria", str(error))]) from error
    edition.publish(session.now)
    session.journal("rubric.published", edition, code=edition.code, version=edition.version)
    return edition


async def new_framework_version(session: Session, edition_id: UUID) -> FrameworkEdition:
    """Begin the next version of a framework from this edition."""
    return await _next_version(session, FrameworkEdition, edition_id)


async def new_rubric_version(session: Session, edition_id: UUID) -> RubricEdition:
    """Begin the next version of a rubric from this edition."""
    return await _next_version(session, RubricEdition, edition_id)


async def import_wording(session: Session, edition_id: UUID, wording: Mapping[str, str]) -> FrameworkEdition:
    """Put the official wording beside the standards' codes, in a new version when this one is published.

    Raises Invalid naming codes that the framework does not have.
    """
    allow(session, "framework.manage")
    edition = await session.get(FrameworkEdition, edition_id, lock=True)
    try:
        worded = edition.framework.with_wording(wording)
    except ValueError as error:
        raise Invalid([Problem("wording", str(error))]) from error
    if edition.published_at is not None:
        edition = await new_framework_version(session, edition_id)
        worded = worded.model_copy(update={"version": edition.version})
    edition.revise(worded.model_dump(mode="json"))
    session.journal(
        "framework.worded", edition, code=edition.code, version=edition.version, standards=len(wording)
    )
    return edition


async def _published(session: Session) -> list[Framework]:
    editions = await list_frameworks(session)
    return [each.framework for each in editions if each.published_at is not None]


async def _import(session: Session, kind: type[E_], document: Framework | Rubric) -> None:
    if await session.first(select(kind).where(kind.code == document.code)):
        return
    edition = session.add(
        kind(
            code=document.code,
            version=document.version,
            title=document.title,
            document=document.model_dump(mode="json"),
            published_at=session.now,
        )
    )
    await session.flush()
    noun = "framework" if isinstance(document, Framework) else "rubric"
    session.journal(f"{noun}.published", edition, code=document.code, version=document.version)


async def _next_version(session: Session, kind: type[E_], edition_id: UUID) -> E_:
    allow(session, "framework.manage")
    edition = await session.get(kind, edition_id)
    drafts = select(kind).where(kind.code == edition.code, kind.published_at.is_(None))
    if await session.first(drafts):
        raise Conflict("draft_exists", code=edition.code)
    latest = await session.first(select(func.max(kind.version)).where(kind.code == edition.code))
    version = (latest or 0) + 1
    copy = session.add(
        kind(
            code=edition.code,
            version=version,
            title=edition.title,
            document={**edition.document, "version": version},
        )
    )
    await session.flush()
    session.journal(
        f"{copy.__tablename__.removesuffix('_edition')}.drafted", copy, code=copy.code, version=version
    )
    return copy


def _to_json(document: dict[str, Any]) -> bytes:
    # Strict models read tuples and ids from JSON only, not from Python's lists and strings.
    return json.dumps(document).encode()

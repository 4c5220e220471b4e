"""One assessor's judgements on one observation: draft, then submitted, then immutable."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import ForeignKey, Text, UniqueConstraint, event, inspect, select
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from infra.database import Identified, ProviderOwned, Record
from infra.errors import Conflict, DomainError, Invalid, NotFound, Problem
from infra.session import Session
from observe.framework import RubricEdition
from observe.observation import Observation, Part, load
from observe.people import Person
from rubrics.rubric import Judgement, Missing, Rubric

FieldValue = str | list[str]
LONGEST_TEXT = 20_000


class IncompleteSheet(DomainError):
    """A mark sheet cannot be submitted; names each thing that is missing."""

    def __init__(self, missing: Sequence[Missing]) -> None:
        super().__init__(", ".join(f"{each.where}: {each.what}" for each in missing))
        self.missing = tuple(missing)


class MarkSheet(ProviderOwned, Identified, Record):
    """One version of one assessor's mark sheet. An amendment is a new version with a reason."""

    __tablename__ = "mark_sheet"
    __table_args__ = (UniqueConstraint("observation_id", "assessor_id", "version"),)

    observation_id: Mapped[UUID] = mapped_column(ForeignKey("observation.id"), index=True)
    assessor_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    part: Mapped[Part] = mapped_column(Text)
    rubric_id: Mapped[UUID] = mapped_column(ForeignKey("rubric_edition.id"))
    started_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    judgements: Mapped[dict[str, Any]] = mapped_column(
        default_factory=dict
    )  # by criterion, see rubrics.Judgement
    fields: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)  # by field: text, or a list of texts
    version: Mapped[int] = mapped_column(default=1)
    amendment_reason: Mapped[str | None] = mapped_column(default=None)
    draft_version: Mapped[int] = mapped_column(default=0)
    submitted_at: Mapped[datetime | None] = mapped_column(default=None)
    digest: Mapped[str | None] = mapped_column(
        default=None
    )  # sha-256 of what was submitted; also in the journal
    rubric_edition: Mapped[RubricEdition] = relationship(lazy="joined", init=False)
    assessor: Mapped[Person] = relationship(lazy="joined", init=False)

    @property
    def rubric(self) -> Rubric:
        """The rubric that the sheet is pinned to."""
        return self.rubric_edition.rubric

    @property
    def is_submitted(self) -> bool:
        """Whether the sheet is locked."""
        return self.submitted_at is not None

    @property
    def reference(self) -> str | None:
        """A short name for a submitted sheet that people can quote."""
        return f"MS-{self.id.hex[-8:].upper()}" if self.is_submitted else None

    @property
    def levels(self) -> dict[str, str]:
        """The level given to each criterion that has one."""
        return {code: each.level for code, each in self.judged().items() if each.level is not None}

    def judged(self) -> dict[str, Judgement]:
        """Return the judgements by criterion."""
        return {
            code: Judgement.model_validate_json(json.dumps(each)) for code, each in self.judgements.items()
        }

    def missing(self) -> tuple[Missing, ...]:
        """Return what must still be filled in before the sheet can be submitted."""
        return self.rubric.missing(self.judged(), self.fields)

    def write(
        self,
        judgements: Mapping[str, Judgement],
        fields: Mapping[str, FieldValue],
        seen_version: int,
        at: datetime,
    ) -> None:
        """Rewrite the draft; raises Conflict when it is locked or another version was seen."""
        self._check_draft(seen_version)
        self.judgements = {code: each.model_dump(mode="json") for code, each in judgements.items()}
        self.fields = dict(fields)
        self.draft_version += 1
        self.saved_at = at

    def submit(self, seen_version: int, at: datetime) -> None:
        """Lock the sheet; raises IncompleteSheet, or Conflict when another version was seen."""
        self._check_draft(seen_version)
        if missing := self.missing():
            raise IncompleteSheet(missing)
        self.submitted_at = at
        self.digest = self.content_digest()

    def content_digest(self) -> str:
        """Return the sha-256 of the judgements and fields, in hex."""
        content = {"rubric": str(self.rubric_id), "judgements": self.judgements, "fields": self.fields}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def _check_draft(self, seen_version: int) -> None:
        if self.is_submitted:
            raise Conflict("sheet_submitted")
        if seen_version != self.draft_version:
            raise Conflict("changed_elsewhere", theirs=self)


@event.listens_for(MarkSheet, "before_update")
def _refuse_change_after_submission(_: Mapper[Any], __: object, sheet: MarkSheet) -> None:
    was_submitted = inspect(sheet).attrs.submitted_at.history
    if not was_submitted.has_changes() and sheet.is_submitted:
        raise AssertionError("a submitted mark sheet was about to change")


async def sheets_of(session: Session, observation_id: UUID) -> list[MarkSheet]:
    """Return every version of every mark sheet on an observation, in order of version."""
    return await session.all(
        select(MarkSheet).where(MarkSheet.observation_id == observation_id).order_by(MarkSheet.version)
    )


def is_locked(sheets: Sequence[MarkSheet], assessor_id: UUID) -> bool:
    """Whether an assessor's latest version is submitted."""
    own = [sheet for sheet in sheets if sheet.assessor_id == assessor_id]
    return bool(own) and own[-1].is_submitted


def standing_sheet(sheets: Sequence[MarkSheet], assessor_id: UUID) -> MarkSheet | None:
    """Return an assessor's latest submitted version."""
    submitted = [sheet for sheet in sheets if sheet.assessor_id == assessor_id and sheet.is_submitted]
    return submitted[-1] if submitted else None


async def own_sheet(session: Session, observation_id: UUID) -> MarkSheet:
    """Return the actor's own sheet, the latest version; an unwritten one when they have not begun."""
    observation = await load(session, observation_id, to="mark_sheet.write")
    return await _latest(session, observation) or _fresh(session, observation)


async def save(
    session: Session,
    observation_id: UUID,
    judgements: Mapping[str, Judgement],
    fields: Mapping[str, FieldValue],
    seen_version: int,
) -> MarkSheet:
    """Save the actor's draft.

    Raises Invalid for what the rubric does not have, Conflict("changed_elsewhere", theirs=…) when it was
    changed on another device, Conflict("sheet_submitted") when it is locked.
    """
    observation = await load(session, observation_id, to="mark_sheet.write", lock=True)
    sheet = await _latest(session, observation)
    if sheet is None:
        sheet = _fresh(session, observation)
        session.add(sheet)
    check(sheet.rubric, judgements, fields)
    if not sheet.is_submitted:
        _check_markable(observation)
    sheet.write(judgements, fields, seen_version, session.now)
    await session.flush()
    session.journal("mark_sheet.saved", sheet, topic=observation.id, draft_version=sheet.draft_version)
    return sheet


async def submit(session: Session, observation_id: UUID, seen_version: int) -> MarkSheet:
    """Lock the actor's sheet. Sent again, it answers with the same sheet and receipt.

    Raises IncompleteSheet, Conflict("changed_elsewhere"), and Conflict("wrong_state") without a film.
    """
    observation = await load(session, observation_id, to="mark_sheet.write", lock=True)
    sheet = await _latest(session, observation)
    if sheet is None:
        raise IncompleteSheet(_fresh(session, observation).missing())
    if sheet.is_submitted and seen_version == sheet.draft_version:
        return sheet
    _check_markable(observation)
    sheet.submit(seen_version, session.now)
    await session.flush()
    sheets = await sheets_of(session, observation.id)
    if all(is_locked(sheets, each.assessor_id) for each in observation.assignments):
        observation.every_sheet_is_submitted()
    session.journal(
        "mark_sheet.submitted", sheet, topic=observation.id, reference=sheet.reference, digest=sheet.digest
    )
    return sheet


async def amend(session: Session, observation_id: UUID, reason: str) -> MarkSheet:
    """Begin a new version of the actor's submitted sheet; the old one stands until the new one is submitted.

    Raises Invalid without a reason, Conflict("both_submitted") once the markers may have seen each other's
    sheets, Conflict("wrong_state") once an agreed judgement stands.
    """
    observation = await load(session, observation_id, to="mark_sheet.write", lock=True)
    sheet = await _latest(session, observation)
    if sheet is None or not sheet.is_submitted:
        raise Conflict("not_submitted")
    if not reason.strip():
        raise Invalid([Problem("reason", "Say why the sheet is amended.")])
    if observation.state == "marked" and len(observation.assignments) > 1:
        raise Conflict("both_submitted")
    observation.await_another_sheet()
    draft = session.add(
        MarkSheet(
            observation_id=observation.id,
            assessor_id=sheet.assessor_id,
            part=sheet.part,
            rubric_id=sheet.rubric_id,
            started_at=session.now,
            saved_at=session.now,
            judgements=sheet.judgements,
            fields=sheet.fields,
            version=sheet.version + 1,
            amendment_reason=reason.strip(),
        )
    )
    await session.flush()
    session.journal(
        "mark_sheet.amended", draft, topic=observation.id, version=draft.version, reason=reason.strip()
    )
    return draft


def check(rubric: Rubric, judgements: Mapping[str, Judgement], fields: Mapping[str, FieldValue]) -> None:
    """Raise Invalid for criteria, levels or fields unknown to the rubric, and texts too long to keep."""
    levels = {level.code for level in rubric.scale.levels} if rubric.scale else set()
    criteria = {criterion.code for criterion in rubric.criteria}
    problems = []
    for code, judgement in judgements.items():
        if code not in criteria:
            problems.append(Problem(code, "The rubric has no such criterion."))
        elif judgement.level is not None and judgement.level not in levels:
            problems.append(Problem(code, "The scale has no such level."))
        if len(judgement.rationale) > LONGEST_TEXT:
            problems.append(Problem(code, f"Use at most {LONGEST_TEXT} characters."))
    problems += _field_problems(rubric, fields)
    if problems:
        raise Invalid(problems)


def _field_problems(rubric: Rubric, fields: Mapping[str, FieldValue]) -> list[Problem]:
    problems = []
    known = {field.code: field for field in rubric.fields}
    for code, value in fields.items():
        field = known.get(code)
        if field is None:
            problems.append(Problem(code, "The rubric has no such field."))
        elif isinstance(value, list) != (field.kind == "list"):
            wanted = "a list" if field.kind == "list" else "text"
            problems.append(Problem(code, f"This field takes {wanted}."))
        elif field.kind == "choice" and value not in ("", *field.choices):
            problems.append(Problem(code, "Choose one of the list."))
        if sum(map(len, value)) > LONGEST_TEXT:
            problems.append(Problem(code, f"Use at most {LONGEST_TEXT} characters."))
    return problems


def _check_markable(observation: Observation) -> None:
    if observation.state != "ready":
        raise Conflict("wrong_state", state=observation.state, wanted="marking")


async def _latest(session: Session, observation: Observation) -> MarkSheet | None:
    return await session.first(
        select(MarkSheet)
        .where(MarkSheet.observation_id == observation.id, MarkSheet.assessor_id == session.actor.person_id)
        .order_by(MarkSheet.version.desc())
    )


def _fresh(session: Session, observation: Observation) -> MarkSheet:
    part = observation.part_of(session.actor.person_id)
    if session.actor.person_id is None or part is None:
        raise NotFound("mark_sheet")
    sheet = MarkSheet(
        # The same each time it is asked for, until it is written.
        id=uuid5(observation.id, str(session.actor.person_id)),
        observation_id=observation.id,
        assessor_id=session.actor.person_id,
        part=part,
        rubric_id=observation.rubric_id,
        started_at=session.now,
        saved_at=session.now,
    )
    sheet.rubric_edition = observation.rubric_edition
    return sheet

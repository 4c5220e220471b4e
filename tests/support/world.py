"""Builders: providers with people, observations and marked lessons, made by the services themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import select

from infra.ids import new_id
from infra.session import Actor, Session, Sessions
from observe import comment, mark_sheet, observation, people, programme, school_agreement
from observe.comment import Wording
from observe.framework import RubricEdition, import_library
from observe.observation import Observation
from observe.people import Role
from rubrics.rubric import Judgement, Rubric

ROLES_OF: Mapping[str, Role] = {
    "trainee": "trainee",
    "other_trainee": "trainee",
    "mentor": "mentor",
    "first": "assessor",
    "second": "assessor",
    "other_assessor": "assessor",
    "lead": "lead_moderator",
    "examiner": "external_examiner",
    "administrator": "administrator",
}

NOWHERE = UUID(int=0)


@dataclass
class Tenant:
    """One provider with a person for every part in the work."""

    sessions: Sessions
    provider_id: UUID
    people: dict[str, UUID] = field(default_factory=dict)
    placement_id: UUID = NOWHERE

    def actor(self, key: str) -> Actor:
        """Return a person as sessions know them."""
        return Actor(self.people[key], self.provider_id, frozenset({ROLES_OF[key]}), key)

    async def arrange(
        self, *, rubric: str = "summative", second: str | None = "second", title: str = "Year 5: fractions"
    ) -> UUID:
        """Arrange a recorded observation; returns its id."""
        async with self.sessions.open(self.actor("administrator")) as session:
            edition = await session.first(select(RubricEdition).where(RubricEdition.code == rubric))
            assert edition is not None
            arranged = await observation.schedule(
                session,
                placement_id=self.placement_id,
                title=title,
                mode="recorded",
                starts_at=datetime(2026, 11, 2, 9, 0, tzinfo=UTC),
                rubric_id=edition.id,
                first_marker_id=self.people["first"],
                second_marker_id=self.people[second] if second else None,
            )
            return arranged.id

    async def film(self, observation_id: UUID) -> None:
        """Let the observation be marked, as ingest does when its film can be watched."""
        async with self.sessions.open(Actor.system(self.provider_id)) as session:
            arranged = await session.get(Observation, observation_id)
            arranged.film_became_ready()

    async def comment(self, who: str, observation_id: UUID, text: str, *, at_ms: int = 1_000) -> UUID:
        """Write a comment; returns its id."""
        async with self.sessions.open(self.actor(who)) as session:
            wording = Wording(
                at_ms=at_ms, until_ms=None, kind="strength", text=text, tags=[], visibility="feedback"
            )
            return (await comment.save(session, observation_id, new_id(), wording, 0)).id

    async def mark(
        self, who: str, observation_id: UUID, *, worst_on: frozenset[str] = frozenset(), words: str = "Seen."
    ) -> None:
        """Judge every criterion at the best level, or the worst where named, with evidence, and submit."""
        cited = await self.comment(who, observation_id, f"{words} ({who})")
        async with self.sessions.open(self.actor(who)) as session:
            marked = await session.get(Observation, observation_id)
            rubric = marked.rubric_edition.rubric
            judgements = judge(rubric, cited, worst_on=worst_on, words=words)
            before = await mark_sheet.own_sheet(session, observation_id)
            sheet = await mark_sheet.save(
                session, observation_id, judgements, fill(rubric), before.draft_version
            )
            seen = sheet.draft_version
        async with self.sessions.open(self.actor(who)) as session:
            await mark_sheet.submit(session, observation_id, seen)


def judge(
    rubric: Rubric, cited: UUID, *, worst_on: frozenset[str] = frozenset(), words: str = "Seen."
) -> dict[str, Judgement]:
    """Return a complete set of judgements."""
    assert rubric.scale is not None
    best, worst = rubric.scale.ranked[-1].code, rubric.scale.ranked[0].code
    return {
        each.code: Judgement(
            level=worst if each.code in worst_on else best, rationale=f"{words} {each.code}", cited=(cited,)
        )
        for each in rubric.criteria
    }


def fill(rubric: Rubric) -> dict[str, str | list[str]]:
    """Return a value for every field of a rubric."""
    kinds: dict[str, Callable[[tuple[str, ...]], str | list[str]]] = {
        "list": lambda _: ["Wait after a question."],
        "choice": lambda choices: choices[0],
        "text": lambda _: "A calm lesson.",
    }
    return {each.code: kinds[each.kind](each.choices) for each in rubric.fields}


async def build_tenant(sessions: Sessions, code: str) -> Tenant:
    """Build a provider with one trainee placed in a school that has agreed to be filmed."""
    async with sessions.open(Actor.system()) as system:
        provider = await people.found_provider(
            system, code=code, name=f"Provider {code}", time_zone="Europe/London"
        )
        tenant = Tenant(sessions, provider.id)
        for key in ROLES_OF:
            tenant.people[key] = await people.account_for(
                system,
                email=f"{key}@{code}.example",
                name=f"{key.replace('_', ' ').title()} {code}",
                time_zone="Africa/Lagos",
                password_hash=None,
            )
    async with sessions.open(Actor.system(tenant.provider_id)) as session:
        for key, role in ROLES_OF.items():
            await people.add_member(session, person_id=tenant.people[key], roles=[role])
        await import_library(session)
        tenant.placement_id = await _place(session, tenant)
    return tenant


async def _place(session: Session, tenant: Tenant) -> UUID:

    course = await programme.add_programme(session, title="PGCE with iQTS")
    cohort = await programme.add_cohort(
        session,
        programme_id=course.id,
        title="2026",
        starts_on=date(2026, 9, 1),
        ends_on=date(2027, 7, 31),
    )
    enrolment = await programme.enrol(session, cohort_id=cohort.id, trainee_id=tenant.people["trainee"])
    placement = await programme.place(
        session,
        enrolment_id=enrolment.id,
        school="Lagoon View Primary School",
        country="NG",
        time_zone="Africa/Lagos",
        starts_on=date(2026, 9, 1),
        ends_on=date(2027, 7, 31),
        mentor_id=tenant.people["mentor"],
    )
    await school_agreement.agree(
        session,
        placement_id=placement.id,
        basis="public_task",
        may_record=True,
        agreed_on=date(2026, 9, 1),
        agreed_by="The head teacher",
    )
    return placement.id

"""The sample provider: invented people in every role, in three countries, with one real film."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from rich.table import Table
from sqlalchemy import delete, select

from infra.clock import SystemClock
from infra.database import Record
from infra.ids import new_id
from infra.session import Actor, Session
from infra.settings import Settings
from media.take import Take
from media.upload.receive import Destination
from observe import comment, mark_sheet, observation, people, programme, release, school_agreement
from observe.comment import Wording
from observe.framework import RubricEdition, import_library
from observe.moderation import decision
from observe.observation import Observation
from observe.people import Membership, Person, Provider
from rubrics.rubric import Judgement, Rubric
from web.auth.sign_in import ApiToken, SignIn, hash_password
from web.deployment import Deployment
from web.migrations import migrate_database

CODE = "northbridge"
PASSWORD = "three quiet words"  # noqa: S105 - printed for whoever tries the sample out
CHUNK = 1024**2
READY_WITHIN = 300.0  # seconds
# From a criterion's place in the rubric to an index into the ranked levels, lowest first.
LevelOf = Callable[[int], int]


@dataclass(frozen=True)
class Sample:
    """One invented person."""

    key: str
    name: str
    roles: tuple[str, ...]
    time_zone: str

    @property
    def email(self) -> str:
        """Where nobody reads mail."""
        return f"{self.key}@northbridge.example"


PEOPLE = (
    Sample("amara", "Amara Okafor", ("trainee",), "Africa/Lagos"),
    Sample("diego", "Diego Quispe", ("trainee",), "America/Lima"),
    Sample("hina", "Hina Malik", ("trainee",), "Asia/Karachi"),
    Sample("bola", "Bola Adeyemi", ("mentor",), "Africa/Lagos"),
    Sample("rosa", "Rosa Huamán", ("mentor",), "America/Lima"),
    Sample("helen", "Helen Ashworth", ("assessor",), "Europe/London"),
    Sample("samuel", "Samuel Price", ("assessor",), "Europe/London"),
    Sample("priya", "Priya Nair", ("assessor",), "Asia/Dubai"),
    Sample("margaret", "Margaret Lowe", ("lead_moderator",), "Europe/London"),
    Sample("edwin", "Edwin Clarke", ("external_examiner",), "Europe/London"),
    Sample("joan", "Joan Whitfield", ("administrator",), "Europe/London"),
)


def sign_in_table() -> Table:
    """Return who can sign in and how."""
    table = Table(title=f"Sign in with the password: {PASSWORD}", title_justify="left")
    for heading in ("Name", "Role", "E-mail"):
        table.add_column(heading)
    for person in PEOPLE:
        table.add_row(person.name, ", ".join(person.roles).replace("_", " "), person.email)
    return table


async def build_demo(settings: Settings, film: Path | None, *, reset: bool) -> bool:
    """Build the sample provider; returns False when it is there already and was not to be reset.

    Without `film` no lesson has been filmed yet.
    """
    await asyncio.to_thread(migrate_database, settings)
    deployment = Deployment(settings, SystemClock())
    await deployment.start(works=film is not None, receives=False, executor_id="demo")
    try:
        async with deployment.sessions.open(Actor.system()) as system:
            existing = await system.first(select(Provider).where(Provider.code == CODE))
            if existing is not None and not reset:
                return False
            if existing is not None:
                await _remove(system, existing.id)
        if existing is not None:
            await deployment.ingest.storage.delete_tree(str(existing.id))
        await _Builder(deployment, film).build()
        return True
    finally:
        await deployment.close()


async def _remove(system: Session, provider_id: UUID) -> None:
    """Remove everything of the sample provider, row by row, children first."""
    memberships = select(Membership.id).where(Membership.provider_id == provider_id)
    for kind in (SignIn, ApiToken):
        await system.db.execute(delete(kind).where(kind.membership_id.in_(memberships)))
    person_ids = await system.all(select(Membership.person_id).where(Membership.provider_id == provider_id))
    for table in reversed(Record.metadata.sorted_tables):
        if "provider_id" in table.c:
            await system.db.execute(table.delete().where(table.c.provider_id == provider_id))
    elsewhere = select(Membership.person_id)
    await system.db.execute(delete(Person).where(Person.id.in_(person_ids), Person.id.not_in(elsewhere)))
    await system.db.execute(delete(Provider).where(Provider.id == provider_id))


class _Builder:
    """Does what the people of the sample provider would have done, through the same services."""

    def __init__(self, deployment: Deployment, film: Path | None) -> None:
        self._deployment = deployment
        self._sessions = deployment.sessions
        self._film = film
        self._ids: dict[str, UUID] = {}
        self._provider = UUID(int=0)
        self._today = deployment.sessions.clock.now().date()

    async def build(self) -> None:
        await self._add_people()
        placements = await self._add_programme()
        lessons = await self._arrange(placements)
        if self._film is None:
            return
        for key in ("fractions", "poetry", "rivers", "plants"):
            await self._send_film(lessons[key])
        await self._mark_released(lessons["poetry"])
        await self._mark_discrepant(lessons["fractions"])
        await self._mark_once(lessons["plants"])

    def _actor(self, key: str) -> Actor:
        sample = next(person for person in PEOPLE if person.key == key)
        return Actor(self._ids[key], self._provider, frozenset(sample.roles), sample.name)

    async def _add_people(self) -> None:
        password_hash = await asyncio.to_thread(hash_password, PASSWORD)
        async with self._sessions.open(Actor.system()) as system:
            provider = await people.found_provider(
                system, code=CODE, name="Northbridge Institute of Education", time_zone="Europe/London"
            )
            self._provider = provider.id
            for person in PEOPLE:
                self._ids[person.key] = await people.account_for(
                    system,
                    email=person.email,
                    name=person.name,
                    time_zone=person.time_zone,
                    password_hash=password_hash,
                )
        async with self._sessions.open(Actor.system(self._provider)) as session:
            for person in PEOPLE:
                await people.add_member(session, person_id=self._ids[person.key], roles=person.roles)
            await import_library(session)

    async def _add_programme(self) -> dict[str, UUID]:
        year = self._today.year
        async with self._sessions.open(self._actor("joan")) as session:
            course = await programme.add_programme(session, title="PGCE with iQTS")
            cohorts = [
                await programme.add_cohort(
                    session,
                    programme_id=course.id,
                    title=f"{start} intake {year}",
                    starts_on=date(year, month, 1),
                    ends_on=date(year + 1, month - 1, 28),
                )
                for start, month in (("Spring", 3), ("Autumn", 9))
            ]
            places = (
                ("amara", cohorts[0], "Lagoon View Primary School", "NG", "Africa/Lagos", "bola"),
                ("diego", cohorts[1], "Colegio Los Andes", "PE", "America/Lima", "rosa"),
                ("hina", cohorts[1], "Gulberg Grammar School", "PK", "Asia/Karachi", None),
            )
            found: dict[str, UUID] = {}
            for trainee, cohort, school, country, zone, mentor in places:
                enrolment = await programme.enrol(session, cohort_id=cohort.id, trainee_id=self._ids[trainee])
                placement = await programme.place(
                    session,
                    enrolment_id=enrolment.id,
                    school=school,
                    country=country,
                    time_zone=zone,
                    starts_on=cohort.starts_on,
                    ends_on=cohort.ends_on,
                    mentor_id=self._ids[mentor] if mentor else None,
                )
                await school_agreement.agree(
                    session,
                    placement_id=placement.id,
                    basis="public_task",
                    may_record=True,
                    agreed_on=cohort.starts_on,
                    agreed_by="The head teacher",
                    not_to_be_filmed="Two pupils sit behind the camera." if trainee == "amara" else "",
                )
                found[trainee] = placement.id
            return found

    async def _arrange(self, placements: dict[str, UUID]) -> dict[str, UUID]:
        arranged = (
            ("poetry", "amara", "Year 6: reading a poem aloud", "practice", -21, "samuel", None),
            ("fractions", "amara", "Year 5: equivalent fractions", "summative", -6, "helen", "samuel"),
            ("rivers", "diego", "Year 7: how rivers shape land", "summative", -3, "helen", "priya"),
            ("plants", "diego", "Year 4: what plants need", "practice", -9, "priya", None),
            ("energy", "hina", "Year 8: stores of energy", "formative", -1, "samuel", None),
            ("letters", "hina", "Year 3: writing a letter", "practice", 4, "helen", None),
        )
        found: dict[str, UUID] = {}
        async with self._sessions.open(self._actor("joan")) as session:
            editions = {each.code: each for each in await session.all(select(RubricEdition))}
            for key, trainee, title, rubric, days, first, second in arranged:
                lesson = await observation.schedule(
                    session,
                    placement_id=placements[trainee],
                    title=title,
                    mode="recorded",
                    starts_at=session.now.replace(hour=9, minute=0, second=0, microsecond=0)
                    + timedelta(days=days),
                    rubric_id=editions[rubric].id,
                    first_marker_id=self._ids[first],
                    second_marker_id=self._ids[second] if second else None,
                )
                found[key] = lesson.id
        return found

    async def _send_film(self, observation_id: UUID) -> None:
        assert self._film is not None
        async with self._sessions.open(Actor.system(self._provider), write=False) as session:
            arranged = await session.get(Observation, observation_id)
        trainee = Actor(arranged.trainee_id, self._provider, frozenset({"trainee"}))
        destination = Destination(lesson_id=arranged.lesson_id, topic=arranged.id)
        take_id = await self._deployment.uploads.accept(
            trainee, self._film.name, destination, _chunks(self._film)
        )
        await asyncio.wait_for(self._ready(take_id), READY_WITHIN)

    async def _ready(self, take_id: UUID) -> None:
        while True:
            async with self._sessions.open(Actor.system(self._provider), write=False) as session:
                take = await session.get(Take, take_id)
            if take.state == "failed":
                raise RuntimeError(f"the sample film could not be prepared: {take.problem}")
            if take.state == "ready":
                return
            await asyncio.sleep(0.1)

    async def _mark_released(self, observation_id: UUID) -> None:
        await self._mark("samuel", observation_id, level_of=lambda place: -2 if place % 3 else -1)
        async with self._sessions.open(self._actor("margaret")) as session:
            await decision.decide(session, observation_id, {})
        async with self._sessions.open(self._actor("margaret")) as session:
            await release.release(session, observation_id)

    async def _mark_discrepant(self, observation_id: UUID) -> None:
        await self._mark("helen", observation_id, level_of=lambda _: -1)
        await self._mark("samuel", observation_id, level_of=lambda place: 0 if place == 1 else -1)

    async def _mark_once(self, observation_id: UUID) -> None:
        await self._mark("priya", observation_id, level_of=lambda place: -1 if place % 2 else -2)

    async def _mark(self, assessor: str, observation_id: UUID, *, level_of: LevelOf) -> None:
        """Comment, judge every criterion with evidence, and submit, as one assessor."""
        actor = self._actor(assessor)
        async with self._sessions.open(actor) as session:
            marked = await session.get(Observation, observation_id)
            rubric = marked.rubric_edition.rubric
            ids = [new_id() for _ in REMARKS]
            for number, (comment_id, remark) in enumerate(zip(ids, REMARKS, strict=True)):
                at_ms, until_ms, kind, text = remark
                tag = rubric.criteria[number % len(rubric.criteria)].code
                wording = Wording(
                    at_ms=at_ms, until_ms=until_ms, kind=kind, text=text, tags=[tag], visibility="feedback"
                )
                await comment.save(session, observation_id, comment_id, wording, 0)
        async with self._sessions.open(actor) as session:
            sheet = await mark_sheet.save(
                session, observation_id, _judgements(rubric, ids, level_of), _fields(rubric), 0
            )
            seen = sheet.draft_version
        async with self._sessions.open(actor) as session:
            await mark_sheet.submit(session, observation_id, seen)


REMARKS: tuple[tuple[int, int | None, comment.Kind, str], ...] = (
    (4_200, None, "strength", "You greet the class and say at once what today’s question is."),
    (11_000, 19_500, "strength", "Clear modelling: you think aloud while you work through the example."),
    (27_300, None, "question", "What did you expect the pupils at the back to be doing here?"),
    (38_000, None, "target", "Wait a little longer after the question before you answer it yourself."),
    (52_400, 58_000, "strength", "You come back to the first question, so the lesson closes where it began."),
)


def _judgements(rubric: Rubric, ids: list[UUID], level_of: LevelOf) -> dict[str, Judgement]:
    if rubric.scale is None:
        return {}
    return {
        criterion.code: Judgement(
            level=rubric.scale.ranked[level_of(place)].code,
            rationale="Seen several times in this lesson; the comments show where.",
            cited=(ids[place % len(ids)],),
        )
        for place, criterion in enumerate(rubric.criteria)
    }


def _fields(rubric: Rubric) -> dict[str, str | list[str]]:
    values: dict[str, str | list[str]] = {}
    for field in rubric.fields:
        if field.kind == "list":
            values[field.code] = [
                "Count to five after each question.",
                "Stand where you can see every table.",
            ]
        elif field.kind == "choice":
            values[field.code] = field.choices[0]
        else:
            values[field.code] = "A calm, well-paced lesson with a clear question at its heart."
    return values


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk

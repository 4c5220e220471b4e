"""Courses, intakes, trainees, placements and what schools have agreed to."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any, cast, get_args
from uuid import UUID
from zoneinfo import available_timezones

from aiohttp import web
from babel import Locale
from sqlalchemy import select

from infra.errors import Conflict, Invalid, Problem
from infra.session import Session
from observe import programme, school_agreement
from observe.people import members_with_role
from observe.programme import Programme, Qualification
from observe.school_agreement import Basis
from web.call import Call, Form
from web.problems import answer_to
from web.routes import RouteTable

routes = RouteTable()

BASES: dict[Basis, str] = {
    "public_task": "Public task",
    "legitimate_interests": "Legitimate interests",
    "contract": "Contract",
    "consent": "Consent",
}
COUNTRIES = sorted(
    (
        (code, name)
        for code, name in Locale("en", "GB").territories.items()
        if len(code) == 2 and code.isalpha()
    ),
    key=lambda pair: pair[1],
)


@routes.get("/programme", action="programme.manage")
async def show_programme(call: Call) -> web.StreamResponse:
    """Show everything, with a form for each addition."""
    return await _page(call, "", {}, ())


@routes.post("/programme/programmes", action="programme.manage")
async def add_programme(call: Call) -> web.StreamResponse:
    """Add a course."""

    async def add(session: Session, form: Form) -> None:
        title, qualification = (
            _text(form, "title", "Name the programme."),
            form.text("qualification") or "iQTS",
        )
        if qualification not in get_args(Qualification):
            raise Invalid([Problem("qualification", "Choose a qualification of the list.")])
        await programme.add_programme(session, title=title, qualification=cast(Qualification, qualification))

    return await _add(call, add, "programme")


@routes.post("/programme/cohorts", action="programme.manage")
async def add_cohort(call: Call) -> web.StreamResponse:
    """Add an intake."""

    async def add(session: Session, form: Form) -> None:
        await programme.add_cohort(
            session,
            programme_id=_chosen(form, "programme_id"),
            title=_text(form, "title", "Name the cohort."),
            starts_on=_date(form, "starts_on"),
            ends_on=_date(form, "ends_on"),
        )

    return await _add(call, add, "cohort")


@routes.post("/programme/enrolments", action="programme.manage")
async def enrol(call: Call) -> web.StreamResponse:
    """Put a trainee on a cohort."""

    async def add(session: Session, form: Form) -> None:
        await programme.enrol(
            session, cohort_id=_chosen(form, "cohort_id"), trainee_id=_chosen(form, "trainee_id")
        )

    return await _add(call, add, "enrolled")


@routes.post("/programme/placements", action="programme.manage")
async def place(call: Call) -> web.StreamResponse:
    """Place a trainee in a school."""

    async def add(session: Session, form: Form) -> None:
        if form.text("country") not in dict(COUNTRIES):
            raise Invalid([Problem("country", "Choose a country of the list.")])
        if form.text("time_zone") not in available_timezones():
            raise Invalid([Problem("time_zone", "Choose the school’s time zone.")])
        await programme.place(
            session,
            enrolment_id=_chosen(form, "enrolment_id"),
            school=_text(form, "school", "Name the school."),
            country=form.text("country"),
            time_zone=form.text("time_zone"),
            starts_on=_date(form, "starts_on"),
            ends_on=_date(form, "ends_on"),
            mentor_id=form.id("mentor_id"),
        )

    return await _add(call, add, "placed")


@routes.post("/programme/agreements", action="programme.manage")
async def agree(call: Call) -> web.StreamResponse:
    """Write down what a school has agreed to."""

    async def add(session: Session, form: Form) -> None:
        if form.text("basis") not in BASES:
            raise Invalid([Problem("basis", "Choose the lawful basis.")])
        if form.text("may_record") not in ("yes", "no"):
            raise Invalid([Problem("may_record", "Say whether lessons may be filmed.")])
        await school_agreement.agree(
            session,
            placement_id=_chosen(form, "placement_id"),
            basis=cast(Basis, form.text("basis")),
            may_record=form.text("may_record") == "yes",
            agreed_on=_date(form, "agreed_on"),
            agreed_by=_text(form, "agreed_by", "Say who agreed for the school."),
            not_to_be_filmed=form.text("not_to_be_filmed"),
        )

    return await _add(call, add, "agreement")


async def _add(call: Call, add: Callable[[Session, Form], Awaitable[None]], done: str) -> web.StreamResponse:
    form = await call.form()
    try:
        async with call.session() as session:
            await add(session, form)
    except Invalid as invalid:
        return await _page(call, done, form.values(), invalid.problems)
    except Conflict as conflict:
        problem = Problem(done, answer_to(conflict).title)
        return await _page(call, done, form.values(), (problem,))
    return call.see_other(f"/programme?done={done}")


async def _page(
    call: Call, form_name: str, values: dict[str, str], problems: tuple[Problem, ...]
) -> web.Response:
    async with call.session(write=False) as session:
        context: dict[str, Any] = {
            "programmes": await session.all(select(Programme).order_by(Programme.title)),
            "cohorts": await programme.cohorts(session),
            "enrolments": await programme.enrolments(session),
            "placements": await programme.placements(session),
            "trainees": await members_with_role(session, "trainee"),
            "mentors": await members_with_role(session, "mentor"),
        }
    return await call.page(
        "programme.html",
        status=422 if problems else 200,
        form_name=form_name,
        values=values,
        problems=problems,
        bases=BASES,
        countries=COUNTRIES,
        country_names=dict(COUNTRIES),
        time_zones=sorted(available_timezones()),
        **context,
    )


def _text(form: Form, name: str, message: str) -> str:
    if not form.text(name):
        raise Invalid([Problem(name, message)])
    return form.text(name)


def _chosen(form: Form, name: str) -> UUID:
    chosen = form.id(name)
    if chosen is None:
        raise Invalid([Problem(name, "Choose one of the list.")])
    return chosen


def _date(form: Form, name: str) -> date:
    try:
        return date.fromisoformat(form.text(name))
    except ValueError:
        raise Invalid([Problem(name, "Enter a day.")]) from None

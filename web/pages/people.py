"""The people of a provider and what each may do."""

import asyncio
import secrets
from zoneinfo import available_timezones

from aiohttp import web

from infra.errors import Invalid, Problem
from infra.session import Actor
from observe import people
from observe.people import ROLES
from web.auth import sign_in
from web.call import Call, Form
from web.routes import RouteTable

routes = RouteTable()


@routes.get("/people", action="person.manage")
async def list_people(call: Call) -> web.StreamResponse:
    """List everyone."""
    async with call.session() as session:
        return await call.page("people.html", members=await people.list_people(session))


@routes.get("/people/new", action="person.manage")
async def show_new_person(call: Call) -> web.StreamResponse:
    """Show the form for a new person."""
    return await _form_page(call, {}, [], ())


@routes.post("/people/new", action="person.manage")
async def add_person(call: Call) -> web.StreamResponse:
    """Add a person, or bring somebody known into this provider."""
    form = await call.form()
    try:
        _check(form)
        people.checked_roles(form.all("roles"))
    except Invalid as invalid:
        return await _form_page(call, form.values(), form.all("roles"), invalid.problems)
    password_hash = await asyncio.to_thread(sign_in.hash_password, form.text("password"))
    async with call.services.sessions.open(Actor.system()) as system:
        person_id = await people.account_for(
            system,
            email=form.text("email"),
            name=form.text("name"),
            time_zone=form.text("time_zone"),
            password_hash=password_hash,
        )
    async with call.session() as session:
        await people.add_member(session, person_id=person_id, roles=form.all("roles"))
    return call.see_other("/people?done=person-added")


@routes.get("/people/{person}", action="person.manage")
async def show_person(call: Call) -> web.StreamResponse:
    """Show one person and their roles."""
    async with call.session() as session:
        member = await people.membership_of(session, call.id("person"))
        return await call.page("person.html", member=member, all_roles=ROLES, problems=())


@routes.post("/people/{person}/roles", action="person.manage")
async def change_roles(call: Call) -> web.StreamResponse:
    """Give a person other roles."""
    form = await call.form()
    try:
        async with call.session() as session:
            await people.change_roles(session, call.id("person"), form.all("roles"))
    except Invalid as invalid:
        async with call.session(write=False) as session:
            member = await people.membership_of(session, call.id("person"))
        return await call.page(
            "person.html", status=422, member=member, all_roles=ROLES, problems=invalid.problems
        )
    return call.see_other(f"/people/{call.id('person')}?done=roles")


@routes.post("/people/{person}/end", action="person.manage")
async def end_membership(call: Call) -> web.StreamResponse:
    """Take a person out of the provider; their open pages close."""
    async with call.session() as session:
        member = await people.end_membership(session, call.id("person"))
    async with call.services.sessions.open(Actor.system()) as system:
        await sign_in.end_all(system, member.id)
    return call.see_other(f"/people/{call.id('person')}?done=person-ended")


@routes.post("/people/{person}/restore", action="person.manage")
async def restore_membership(call: Call) -> web.StreamResponse:
    """Let a person in again."""
    async with call.session() as session:
        await people.restore_membership(session, call.id("person"))
    return call.see_other(f"/people/{call.id('person')}?done=person-restored")


async def _form_page(
    call: Call, values: dict[str, str], roles: list[str], problems: tuple[Problem, ...]
) -> web.Response:
    suggestion = values.get("password") or "-".join(secrets.token_hex(2) for _ in range(4))
    return await call.page(
        "person_new.html",
        status=422 if problems else 200,
        values={"time_zone": call.person.provider_time_zone if call.person else "UTC", **values},
        chosen_roles=roles,
        all_roles=ROLES,
        time_zones=sorted(available_timezones()),
        suggested_password=suggestion,
        problems=problems,
    )


def _check(form: Form) -> None:
    problems = []
    if "@" not in form.text("email").strip("@") or " " in form.text("email"):
        problems.append(Problem("email", "Enter an e-mail address, like name@example.org."))
    if not form.text("name"):
        problems.append(Problem("name", "Enter the person’s name."))
    if form.text("time_zone") not in available_timezones():
        problems.append(Problem("time_zone", "Choose a time zone of the list."))
    if weak := sign_in.password_problem(form.text("password")):
        problems.append(Problem("password", weak))
    if problems:
        raise Invalid(problems)

"""Signing in and out."""

import asyncio
from urllib.parse import urlsplit

from aiohttp import web

from infra.session import Actor
from observe.access import PUBLIC, SIGNED_IN
from web.auth import sign_in
from web.auth.sign_in import SignInRefused, TooManyGuesses
from web.call import Call
from web.guard import check_origin, cookie_name
from web.routes import RouteTable

routes = RouteTable()

WRONG = "That e-mail and password do not belong together. Check both and try again."
TOO_MANY = "There were too many wrong passwords. Wait five minutes, then try again."


@routes.get("/sign-in", action=PUBLIC)
async def show_sign_in(call: Call) -> web.StreamResponse:
    """Show the form."""
    if call.person is not None:
        return call.see_other("/")
    return await call.page("sign_in.html", email="", next=_local(call.query("next")), problem=None)


@routes.post("/sign-in", action=PUBLIC)
async def sign_in_now(call: Call) -> web.StreamResponse:
    """Check the e-mail and password, and begin a sign-in."""
    check_origin(call.request, call.settings.public_url)
    form = await call.form()
    email, goal = form.text("email"), _local(form.text("next"))
    try:
        token = await _begin(call, email, form.text("password"))
    except TooManyGuesses:
        return await call.page("sign_in.html", status=429, email=email, next=goal, problem=TOO_MANY)
    except SignInRefused:
        return await call.page("sign_in.html", status=422, email=email, next=goal, problem=WRONG)
    response = call.see_other(goal)
    is_secure = call.settings.is_served_securely
    response.set_cookie(
        cookie_name(is_secure),
        token,
        max_age=int(sign_in.ABSOLUTE_LIMIT.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=is_secure,
        path="/",
    )
    return response


@routes.post("/sign-out", action=SIGNED_IN)
async def sign_out(call: Call) -> web.StreamResponse:
    """End the sign-in of this browser."""
    name = cookie_name(call.settings.is_served_securely)
    async with call.services.sessions.open(Actor.system()) as session:
        await sign_in.end(session, call.request.cookies.get(name, ""))
    response = call.see_other("/sign-in?done=signed-out")
    response.del_cookie(
        name, path="/", secure=call.settings.is_served_securely, httponly=True, samesite="Lax"
    )
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


async def _begin(call: Call, email: str, password: str) -> str:
    sessions = call.services.sessions
    async with sessions.open(Actor.system()) as session:
        person = await sign_in.find_person(session, email)
        memberships = await sign_in.memberships_of(session, person) if person else []
    password_hash = person.password_hash if person else None
    is_right = await asyncio.to_thread(sign_in.is_right, password, password_hash)
    async with sessions.open(Actor.system()) as session:
        if not is_right:
            await sign_in.note_wrong_guess(session, email)
        elif memberships:
            return await sign_in.begin(session, memberships[0][0])
    raise SignInRefused(email)


def _local(goal: str) -> str:
    """Return where to go after signing in: only ever a path of our own."""
    parts = urlsplit(goal)
    is_ours = (
        goal.startswith("/") and not goal.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    )
    return goal if is_ours and "\n" not in goal and "\r" not in goal else "/"

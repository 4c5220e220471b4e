"""Second markings compared, discrepancies decided, agreed judgements released."""

from aiohttp import web
from sqlalchemy import select

from infra.errors import Conflict, Invalid
from infra.session import Session
from observe import release
from observe.comment import Comment
from observe.moderation import decision
from observe.moderation.decision import Ruling
from observe.moderation.pair import MarkedPair, agreement_figures, pair_of, pairs
from observe.observation import Observation, load, visible
from web.call import Call, Form
from web.pages.observation import visible_markers
from web.routes import RouteTable

routes = RouteTable()


@routes.get("/moderation", action="moderation.see")
async def show_moderation(call: Call) -> web.StreamResponse:
    """Show what waits for a second marker, a decision or release, and how far markers agree."""
    async with call.session() as session:
        marked = await pairs(session)
        waiting = [each for each in await visible(session) if each.state in ("scheduled", "ready")]
    return await call.page(
        "moderation.html",
        figures=agreement_figures(marked),
        to_decide=[pair for pair in marked if pair.observation.state == "marked"],
        to_release=[pair for pair in marked if pair.observation.state == "agreed"],
        released=[pair for pair in marked if pair.observation.state == "released"],
        being_marked=[(each, visible_markers(call, each)) for each in waiting],
    )


@routes.get("/moderation/{observation}", action="moderation.see")
async def show_pair(call: Call) -> web.StreamResponse:
    """Show the sheets of one observation side by side."""
    return await _pair_page(call, {}, ())


@routes.post("/moderation/{observation}/decision", action="moderation.decide")
async def decide(call: Call) -> web.StreamResponse:
    """Write the agreed judgement down."""
    form = await call.form()
    try:
        async with call.session() as session:
            await decision.decide(session, call.id("observation"), _rulings(form))
    except Invalid as invalid:
        return await _pair_page(call, form.values(), invalid.problems)
    return call.see_other(f"/moderation/{call.id('observation')}?done=agreed")


@routes.post("/moderation/{observation}/release", action="observation.release")
async def release_now(call: Call) -> web.StreamResponse:
    """Let the trainee read the feedback."""
    async with call.session() as session:
        await release.release(session, call.id("observation"))
    return call.see_other(f"/moderation/{call.id('observation')}?done=released")


def _rulings(form: Form) -> dict[str, Ruling]:
    """Return the fields `level.TS1` and `reason.TS1` of the form, by criterion."""
    names = [name.removeprefix("level.") for name in form.names() if name.startswith("level.")]
    return {name: Ruling(form.text(f"level.{name}"), form.text(f"reason.{name}")) for name in names}


async def _pair_page(call: Call, values: dict[str, str], problems: tuple[object, ...]) -> web.Response:
    async with call.session(write=False) as session:
        observation = await load(session, call.id("observation"), to="moderation.see")
        pair = await _pair_or_none(session, observation)
        comments = await session.all(
            select(Comment)
            .where(Comment.observation_id == observation.id, Comment.deleted_at.is_(None))
            .where(Comment.author_id.in_([each.assessor_id for each in observation.assignments]))
            .order_by(Comment.at_ms)
        )
        agreed = await decision.agreed_judgement(session, observation)
    return await call.page(
        "moderation_pair.html",
        status=422 if problems else 200,
        observation=observation,
        pair=pair,
        rubric=observation.rubric_edition.rubric,
        comments=_by_author(comments) if pair else {},
        markers=visible_markers(call, observation),
        agreed=agreed,
        is_own=observation.part_of(call.actor.person_id) is not None,
        values=values,
        problems=problems,
    )


async def _pair_or_none(session: Session, observation: Observation) -> MarkedPair | None:
    """Return the pair once every sheet is locked; before, the page says who is still marking."""
    try:
        return await pair_of(session, observation)
    except Conflict:
        return None


def _by_author(comments: list[Comment]) -> dict[str, dict[str, Comment]]:
    """Return comments by author and id: an id is its author's own."""
    found: dict[str, dict[str, Comment]] = {}
    for comment in comments:
        found.setdefault(str(comment.author_id), {})[str(comment.id)] = comment
    return found

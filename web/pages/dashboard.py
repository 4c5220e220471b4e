"""What waits for whoever signs in, role by role."""

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from infra.session import Session
from media.lesson import takes
from observe.access import SIGNED_IN, may
from observe.mark_sheet import MarkSheet, own_sheet
from observe.moderation.pair import AgreementFigures, MarkedPair, agreement_figures, pairs
from observe.observation import Observation, visible
from observe.target import targets_for_trainee
from web.api.lessons import TakeBody, take_body
from web.call import Call
from web.routes import RouteTable

routes = RouteTable()


@dataclass(frozen=True)
class Lesson:
    """An observation as a card shows it."""

    observation: Observation
    takes: list[TakeBody] = field(default_factory=list)
    sheet: MarkSheet | None = None


@dataclass(frozen=True)
class ModerationDesk:
    """What waits for a lead moderator."""

    to_decide: list[MarkedPair]
    to_release: list[MarkedPair]
    being_marked: int
    figures: list[AgreementFigures]


@routes.get("/", action=SIGNED_IN)
async def show_dashboard(call: Call) -> web.StreamResponse:
    """Show a section for each of the reader's roles."""
    roles = call.actor.roles
    async with call.session() as session:
        seen = [each for each in await visible(session) if each.state != "cancelled"]
        context: dict[str, Any] = {
            "taught": [await _with_takes(session, each) for each in _related(call, seen, "own")],
            "targets": await targets_for_trainee(session) if "trainee" in roles else [],
            "to_mark": await _to_mark(call, session, seen),
            "mentees": [await _with_takes(session, each) for each in _related(call, seen, "mentee")],
            "desk": await _desk(session, seen) if may(call.actor, "moderation.see") else None,
            "arranged": seen if may(call.actor, "observation.schedule") else [],
            "late": [each for each in seen if each.state == "scheduled" and each.starts_at < session.now],
        }
    return await call.page("dashboard.html", roles=roles, **context)


def _related(call: Call, seen: list[Observation], relation: str) -> list[Observation]:
    return [each for each in seen if relation in each.relations_of(call.actor.person_id)]


async def _with_takes(session: Session, observation: Observation) -> Lesson:
    return Lesson(observation, [take_body(take) for take in await takes(session, observation.lesson_id)])


async def _to_mark(call: Call, session: Session, seen: list[Observation]) -> list[Lesson]:
    if not may(call.actor, "mark_sheet.write", frozenset({"first", "second"})):
        return []
    mine = [each for each in seen if each.part_of(call.actor.person_id) is not None]
    return [
        Lesson(
            each,
            [take_body(take) for take in await takes(session, each.lesson_id)],
            await own_sheet(session, each.id),
        )
        for each in mine
    ]


async def _desk(session: Session, seen: list[Observation]) -> ModerationDesk:
    marked = await pairs(session)
    return ModerationDesk(
        to_decide=[pair for pair in marked if pair.observation.state == "marked"],
        to_release=[pair for pair in marked if pair.observation.state == "agreed"],
        being_marked=sum(each.state in ("scheduled", "ready") for each in seen),
        figures=agreement_figures(marked),
    )

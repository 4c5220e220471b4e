"""Who may do what: one table of action, role and relation.

Everything not in the table is refused. What the actor may not even see answers like what does not exist.
"""

from collections.abc import Mapping
from typing import Literal

from infra.errors import Forbidden
from infra.session import Actor, Session

Relation = Literal[
    "any",  # anything of the provider
    "own",  # the trainee's own observation
    "mentee",  # the mentor's trainee's observation
    "first",  # the observation's first marker
    "second",  # the observation's second marker
]

_MARKER: frozenset[Relation] = frozenset({"first", "second"})
_ANY: frozenset[Relation] = frozenset({"any"})
_OWN: frozenset[Relation] = frozenset({"own"})
_MENTEE: frozenset[Relation] = frozenset({"mentee"})

PUBLIC = "public"  # needs nobody
SIGNED_IN = "signed_in"  # any member of a provider

ACCESS: Mapping[str, Mapping[str, frozenset[Relation]]] = {
    "activity.see": {"administrator": _ANY, "lead_moderator": _ANY},
    "caption.write": {"trainee": _OWN, "lead_moderator": _ANY},
    "comment.see": {"assessor": _MARKER, "lead_moderator": _ANY, "external_examiner": _ANY},
    "comment.write": {"assessor": _MARKER},
    "feedback.see": {
        "trainee": _OWN,
        "mentor": _MENTEE,
        "assessor": _MARKER,
        "lead_moderator": _ANY,
        "external_examiner": _ANY,
    },
    "framework.manage": {"administrator": _ANY},
    "framework.see": {
        "administrator": _ANY,
        "assessor": _ANY,
        "lead_moderator": _ANY,
        "external_examiner": _ANY,
    },
    "lesson.delete": {"administrator": _ANY},
    "lesson.upload": {"trainee": _OWN},
    # Administrators see no film of children by default.
    "lesson.watch": {
        "trainee": _OWN,
        "mentor": _MENTEE,
        "assessor": _MARKER,
        "lead_moderator": _ANY,
        "external_examiner": _ANY,
    },
    "mark_sheet.write": {"assessor": _MARKER},
    "moderation.decide": {"lead_moderator": _ANY},
    "moderation.see": {"lead_moderator": _ANY, "external_examiner": _ANY},
    "observation.cancel": {"administrator": _ANY},
    "observation.release": {"lead_moderator": _ANY},
    "observation.schedule": {"administrator": _ANY},
    "observation.see": {
        "trainee": _OWN,
        "mentor": _MENTEE,
        "assessor": _MARKER,
        "lead_moderator": _ANY,
        "external_examiner": _ANY,
        "administrator": _ANY,
    },
    "person.manage": {"administrator": _ANY},
    "programme.manage": {"administrator": _ANY},
    "second_marking.assign": {"lead_moderator": _ANY},
    "target.see": {"trainee": _OWN, "mentor": _MENTEE, "assessor": _MARKER, "lead_moderator": _ANY},
}


def relations_allowed(actor: Actor, action: str) -> frozenset[Relation]:
    """Return the relations in which the actor may do `action`; empty when in none."""
    by_role = ACCESS[action]
    return frozenset[Relation]().union(*(by_role.get(role, frozenset()) for role in actor.roles))


def may(actor: Actor, action: str, relations: frozenset[Relation] = frozenset()) -> bool:
    """Whether the actor may do `action` to something they stand in `relations` to.

    The role and the relation must meet in one row: being somebody's mentor does not help an assessor.
    """
    return bool(relations_allowed(actor, action) & (relations | {"any"}))


def may_ever(actor: Actor, action: str) -> bool:
    """Whether there is anything at all to which the actor may do `action`."""
    return action in (PUBLIC, SIGNED_IN) or bool(relations_allowed(actor, action))


def allow(session: Session, action: str) -> None:
    """Pass if the actor may do `action` to anything of their provider; raises Forbidden."""
    if "system" not in session.actor.roles and not may(session.actor, action):
        raise Forbidden(action)

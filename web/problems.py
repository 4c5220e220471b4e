"""What went wrong, in words: the one place where domain errors become answers (RFC 9457) and pages."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from infra.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from observe.mark_sheet import IncompleteSheet
from web.auth.sign_in import SignInRefused, TooManyGuesses

TYPE_PREFIX = "/problems/"


@dataclass(frozen=True)
class Answer:
    """One problem, as people and machines are told of it."""

    status: int
    type: str
    title: str  # what happened
    detail: str  # what to do next
    facts: dict[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return the problem+json document."""
        return {
            "type": TYPE_PREFIX + self.type,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **self.facts,
        }


BY_STATUS = {
    400: ("bad-request", "That request could not be read", "Go back, reload the page and try again."),
    401: (
        "sign-in-needed",
        "Please sign in",
        "Sign in and try again. Nothing you typed is lost on this device.",
    ),
    403: (
        "forbidden",
        "You cannot do that",
        "Ask an administrator of your provider if you think you should.",
    ),
    404: ("not-found", "There is nothing here", "Check the address, or begin again from your dashboard."),
    405: ("method-not-allowed", "That cannot be done here", "Go back and try again."),
    408: ("silence", "Nothing arrived for a while", "The upload goes on from where it was."),
    409: ("conflict", "Somebody else changed this first", "Reload the page to see how it stands now."),
    412: ("precondition", "That needs another version of the protocol", "Send Tus-Resumable: 1.0.0."),
    413: ("too-large", "That is too large", "Send something smaller."),
    415: ("unsupported-type", "That kind of content is not accepted here", "Send application/json."),
    422: ("invalid", "Some of that needs another look", "Mend what is named below and send it again."),
    423: ("locked", "Another request is still writing to this", "Try again in a moment."),
    429: ("too-many", "Too many tries", "Wait five minutes, then try again."),
    460: ("checksum-mismatch", "Other bytes arrived than were sent", "Send them again."),
    500: ("fault", "Something broke on our side", "It has been written down. Try again in a moment."),
    503: (
        "unavailable",
        "The service is not available just now",
        "Try again in a minute; what you typed is kept.",
    ),
    507: (
        "disk-full",
        "There is no room for this film just now",
        "It is safe on your device. Try again later.",
    ),
}

CONFLICTS = {
    "already_a_member": (
        "That person is here already",
        "Find them in the list and change their roles instead.",
    ),
    "already_published": ("A published version never changes", "Begin a new version of it."),
    "already_there": ("That is there already", "Choose another name, or use the one in the list."),
    "both_submitted": (
        "Both mark sheets are submitted",
        "A sheet cannot be amended any more; tell the lead moderator what you would change.",
    ),
    "changed_elsewhere": (
        "This was changed on another device",
        "Both texts are kept. Compare them and choose what should stand.",
    ),
    "draft_exists": ("There is a draft of the next version already", "Open that draft and go on from there."),
    "not_agreed": (
        "Nobody has agreed that this lesson is filmed",
        "Ask your provider: the school’s agreement to filming must be written down first.",
    ),
    "not_submitted": ("The mark sheet is not submitted yet", "Finish it first; a draft needs no amendment."),
    "own_administration": ("You cannot do that to yourself", "Ask another administrator."),
    "second_marker_exists": ("There is a second marker already", "Wait for their mark sheet."),
    "sheet_submitted": (
        "Your mark sheet is submitted and locked",
        "Amend it with a reason if something must change.",
    ),
    "still_blind": ("The mark sheets are not all submitted", "Come back when every marker has submitted."),
    "wrong_state": ("This observation is not at that stage", "Reload the page to see how it stands now."),
}


def _conflict(error: Conflict) -> Answer:
    title, detail = CONFLICTS.get(error.reason, BY_STATUS[409][1:])
    facts = {name: value for name, value in error.facts.items() if isinstance(value, str | int)}
    return Answer(409, error.reason.replace("_", "-"), title, detail, facts)


def _invalid(error: Invalid) -> Answer:
    problems = [{"field": each.field, "message": each.message} for each in error.problems]
    return _by_status(422, errors=problems)


def _incomplete(error: IncompleteSheet) -> Answer:
    missing = [{"where": each.where, "what": each.what} for each in error.missing]
    return Answer(
        422,
        "incomplete",
        "The mark sheet is not complete",
        "Fill in what is named below.",
        {"missing": missing},
    )


def _by_status(status: int, **facts: Any) -> Answer:
    type_, title, detail = BY_STATUS[status]
    return Answer(status, type_, title, detail, facts)


_ANSWERS: dict[type[DomainError], Callable[[Any], Answer]] = {
    Conflict: _conflict,
    Forbidden: lambda _: _by_status(403),
    IncompleteSheet: _incomplete,
    Invalid: _invalid,
    NotFound: lambda _: _by_status(404),
    SignInRefused: lambda _: _by_status(401),
    TooManyGuesses: lambda _: _by_status(429),
}


def answer_to(error: Exception) -> Answer:
    """Return what to tell about an error; anything unknown is our own fault."""
    if isinstance(error, web.HTTPException):
        return _by_status(error.status if error.status in BY_STATUS else 400)
    for kind in type(error).__mro__:
        if kind in _ANSWERS:
            return _ANSWERS[kind](error)
    return _by_status(500)

"""What can go wrong in the domain. Errors carry facts; the words people see are made in `web`."""

from collections.abc import Sequence
from dataclasses import dataclass


class DomainError(Exception):
    """Something a person asked for cannot be done, for a reason of the domain."""


class NotFound(DomainError):
    """There is no such thing, or not for this actor: the two are never told apart."""

    def __init__(self, kind: str, subject: object = None) -> None:
        super().__init__(f"{kind} {subject}")
        self.kind = kind
        self.subject = subject


class Forbidden(DomainError):
    """The actor may see the thing but not do this to it."""

    def __init__(self, action: str) -> None:
        super().__init__(action)
        self.action = action


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one field of what was sent."""

    field: str
    message: str


class Invalid(DomainError):
    """What was sent cannot be accepted; names every field that is wrong."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{problem.field}: {problem.message}" for problem in problems))
        self.problems = tuple(problems)


class Conflict(DomainError):
    """The thing is not in a state in which this can be done, or somebody else changed it first."""

    def __init__(self, reason: str, **facts: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.facts = facts

"""The access table, as a table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.ids import new_id
from infra.session import Actor
from observe.access import ACCESS, may, may_ever
from observe.people import ROLES

RELATIONS = ("any", "own", "mentee", "first", "second")


def actor(*roles: str) -> Actor:
    return Actor(new_id(), new_id(), frozenset(roles))


def test_every_role_of_the_table_exists() -> None:
    assert {role for rows in ACCESS.values() for role in rows} <= set(ROLES)


def test_administrators_see_no_film() -> None:
    assert not may_ever(actor("administrator"), "lesson.watch")


def test_an_external_examiner_changes_nothing() -> None:
    allowed = {action for action in ACCESS if may_ever(actor("external_examiner"), action)}
    assert all(action.endswith((".see", ".watch")) for action in allowed)


def test_an_assessor_may_do_nothing_with_a_lesson_that_is_not_assigned_to_them() -> None:
    allowed = {action for action in ACCESS if may(actor("assessor"), action)}
    assert allowed == {"framework.see"}


@pytest.mark.parametrize("relation", ["own", "mentee"])
def test_a_relation_of_another_role_does_not_help_an_assessor(relation: str) -> None:
    assert not may(actor("assessor"), "lesson.watch", frozenset({relation}))  # type: ignore[arg-type]


@given(
    st.sets(st.sampled_from(ROLES)), st.sampled_from(sorted(ACCESS)), st.sets(st.sampled_from(RELATIONS[1:]))
)
def test_whoever_may_do_something_may_ever_do_it(roles: set[str], action: str, relations: set[str]) -> None:
    who = actor(*roles)
    if may(who, action, frozenset(relations)):  # type: ignore[arg-type]
        assert may_ever(who, action)


@given(st.sets(st.sampled_from(ROLES)), st.sampled_from(ROLES), st.sampled_from(sorted(ACCESS)))
def test_another_role_never_takes_anything_away(roles: set[str], more: str, action: str) -> None:
    if may_ever(actor(*roles), action):
        assert may_ever(actor(*roles, more), action)

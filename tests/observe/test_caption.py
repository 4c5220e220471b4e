"""The languages that captions can be in."""

from observe.caption import languages


def test_every_language_that_is_offered_has_a_name() -> None:
    offered = languages()
    assert ("en", "English") in offered
    assert all(name for _, name in offered)
    assert len({tag for tag, _ in offered}) == len(offered) > 200

"""What a take says of itself while it is being prepared."""

from infra.ids import new_id
from media.take import Take


def growing(shown_ms: int, **media: object) -> Take:
    """Return a take of which so much can be watched, while the rest is prepared."""
    take = Take(lesson_id=new_id(), filename="lesson.mp4")
    take.begin("package")
    take.media = media
    take.show(package_key="package", position_ms=0, duration_ms=shown_ms)
    return take


def test_the_next_piece_follows_what_the_film_will_be_not_what_is_ready_of_it() -> None:
    assert growing(60_000, duration_ms=2_400_000).expected_ms == 2_400_000
    assert growing(60_000, duration_ms=None).expected_ms == 60_000
    assert growing(60_000).expected_ms == 60_000


def test_a_whole_film_is_as_long_as_it_is() -> None:
    take = growing(60_000, duration_ms=61_000, package={"duration_ms": 60_000})
    take.publish(note=None)
    assert take.expected_ms == 60_000

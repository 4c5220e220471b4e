"""The original of a refused film is kept for a week, and no longer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from infra.errors import Conflict
from infra.session import Sessions
from media.ingest.workflow import retry
from media.refused import remove_refused
from media.take import REFUSED_KEPT
from tests.media.conftest import Studio
from tests.media.test_ingest import actions, ingested, names, sent
from tools.footage import FOOTAGE


class Later:
    """The machine's clock, ahead by so much."""

    def __init__(self, ahead: timedelta) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        """Return the moment that it will be."""
        return datetime.now(UTC) + self._ahead


def sessions_after(studio: Studio, ahead: timedelta) -> Sessions:
    """Return the studio's sessions at a later moment."""
    return Sessions(studio.sessions.database, Later(ahead), studio.sessions.hub, studio.jobs)


async def test_the_file_of_a_refused_film_goes_after_a_week(studio: Studio) -> None:
    take = await ingested(studio, await sent(studio, b"This is no film at all." * 100))
    assert (take.state, take.refused_at is not None) == ("failed", True)
    almost = sessions_after(studio, REFUSED_KEPT - timedelta(hours=1))
    assert await remove_refused(almost, studio.storage) == 0
    assert await names(studio) == ["original"]
    after = sessions_after(studio, REFUSED_KEPT + timedelta(hours=1))
    assert await remove_refused(after, studio.storage) == 1
    assert await names(studio) == []
    assert (await studio.take(take.id)).problem == take.problem
    assert (await actions(studio, take.id))[-1] == "take.original_removed"
    assert await remove_refused(after, studio.storage) == 0
    with pytest.raises(Conflict):
        async with studio.sessions.open(studio.owner) as session:
            await retry(session, take.id)


async def test_what_is_or_may_become_film_keeps_its_file(studio: Studio) -> None:
    ready = await ingested(studio, await sent(studio, FOOTAGE / "clip.mp4"))
    crashing = replace(studio, ingest=replace(studio.ingest, work=FOOTAGE / "clip.mp4"))
    troubled = await ingested(crashing, await sent(studio, FOOTAGE / "clip.mp4"))
    assert (ready.state, troubled.state, troubled.refused_at) == ("ready", "failed", None)
    kept = await names(studio)
    after = sessions_after(studio, REFUSED_KEPT * 10)
    assert await remove_refused(after, studio.storage) == 0
    assert await names(studio) == kept

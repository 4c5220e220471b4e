"""Durable jobs, on both databases, with real processes that are really killed."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from alembic import command

from infra.database import Database
from infra.jobs import Jobs
from infra.jobs.attempt import ADOPTIONS
from tests.infra.worker import Work
from tests.infra.workshop import Workshop
from web.migrations import migration_config


@pytest.fixture
async def workshop(tmp_path: Path, database_url: str) -> AsyncIterator[Workshop]:
    """An empty database whose jobs nobody does yet."""
    shop = Workshop(tmp_path, database_url, Database(database_url), Jobs(database_url))
    yield shop
    await shop.close()


@asynccontextmanager
async def working(jobs: Jobs, executor_id: str = "here") -> AsyncIterator[None]:
    """Do jobs in this process for as long as the context is open."""
    await jobs.launch(works=True, executor_id=executor_id)
    try:
        yield
    finally:
        await jobs.close()


async def test_migrations_leave_the_tables_of_the_engine_alone(database_url: str) -> None:
    # Raises when it would add, change or drop any table that is there.
    await asyncio.to_thread(command.check, migration_config(database_url))


async def test_what_is_rolled_back_was_never_queued(workshop: Workshop) -> None:
    await workshop.queue("lesson", "job", commits=False)
    assert await workshop.jobs.status("job") is None
    await workshop.queue("lesson", "job")
    status = await workshop.jobs.status("job")
    assert status is not None
    assert status.state == "waiting"


async def test_the_same_job_queued_twice_is_done_once(workshop: Workshop) -> None:
    await workshop.queue("lesson", "job")
    await workshop.queue("lesson", "job")
    async with working(workshop.works_here("here")):
        assert (await workshop.until_ended("job")).state == "done"
        await workshop.queue("lesson", "job")
        await workshop.queue("lesson", "next")
        assert (await workshop.until_ended("next")).state == "done"
    assert workshop.log == ["one by here", "two by here", "three by here"] * 2


async def test_a_worker_killed_within_a_step_resumes_at_that_step(workshop: Workshop) -> None:
    held = workshop.hold("a", "two")
    await workshop.queue("lesson", "job")
    workshop.start("a")
    await workshop.until(lambda: "two by a" in workshop.log)
    workshop.signal("a", signal.SIGKILL)
    held.unlink()
    workshop.start("a")
    assert (await workshop.until_ended("job")).state == "done"
    assert workshop.log == ["one by a", "two by a", "two by a", "three by a"]


async def test_the_job_of_a_dead_worker_is_adopted_by_a_living_one(workshop: Workshop) -> None:
    workshop.hold("a", "two")
    await workshop.queue("lesson", "job")
    workshop.start("a")
    await workshop.until(lambda: "two by a" in workshop.log)
    workshop.start("b")
    workshop.signal("a", signal.SIGKILL)
    assert (await workshop.until_ended("job")).state == "done"
    assert workshop.log == ["one by a", "two by a", "two by b", "three by b"]


async def test_a_worker_that_was_only_frozen_finds_its_job_taken_and_lets_it_be(workshop: Workshop) -> None:
    held = workshop.hold("a", "two")
    await workshop.queue("lesson", "job")
    workshop.start("a")
    await workshop.until(lambda: "two by a" in workshop.log)
    workshop.start("b")
    workshop.signal("a", signal.SIGSTOP)
    assert (await workshop.until_ended("job")).state == "done"
    held.unlink()
    workshop.signal("a", signal.SIGCONT)
    workshop.signal("b", signal.SIGKILL)
    await workshop.queue("lesson", "next")  # which only the thawed one can do, after what it was in
    assert (await workshop.until_ended("next")).state == "done"
    assert workshop.log[:4] == ["one by a", "two by a", "two by b", "three by b"]
    assert workshop.log[4:] == ["one by a", "two by a", "three by a"]


async def test_a_worker_that_stops_in_order_hands_over_what_it_is_in(workshop: Workshop) -> None:
    workshop.hold("here", "two")
    await workshop.queue("lesson", "job")
    async with working(workshop.works_here("here")):
        await workshop.until(lambda: "two by here" in workshop.log)
    async with working(workshop.works_here("next"), "next"):
        assert (await workshop.until_ended("job")).state == "done"
    assert workshop.log == ["one by here", "two by here", "two by next", "three by next"]


async def test_a_job_that_kills_every_worker_is_given_up_and_said_to_have_failed(workshop: Workshop) -> None:
    await workshop.queue("poison", "job")
    for death in range(1, ADOPTIONS + 2):
        workshop.start("a")
        await workshop.until(lambda death=death: workshop.log.count("death of a") == death)  # type: ignore[misc]
        workshop.processes["a"].wait()
    workshop.start("a")
    status = await workshop.until_ended("job")
    assert status.state == "failed"
    assert "given up" in str(status.error)
    assert workshop.log == ["one by a"] + ["death of a"] * 4 + ["poison failed for a take"]
    await workshop.queue("lesson", "next")
    assert (await workshop.until_ended("next")).state == "done"


async def test_a_job_that_raises_has_failed_and_says_why(workshop: Workshop) -> None:
    await workshop.queue("broken", "job")
    async with working(workshop.works_here("here")):
        status = await workshop.until_ended("job")
    assert status.state == "failed"
    assert "nothing can be made of a take" in str(status.error)
    assert workshop.log == ["broken failed for a take"]


async def test_a_cancelled_job_stops_before_its_next_step(workshop: Workshop) -> None:
    held = workshop.hold("here", "one")
    await workshop.queue("lesson", "job")
    await workshop.queue("lesson", "next")
    async with working(workshop.works_here("here")):
        await workshop.until(lambda: "one by here" in workshop.log)
        await workshop.jobs.cancel("job")
        held.unlink()
        assert (await workshop.until_ended("next")).state == "done"
        assert (await workshop.until_ended("job")).state == "cancelled"
    assert workshop.log == ["one by here", "one by here", "two by here", "three by here"]


async def test_a_running_job_says_how_far_it_has_come(workshop: Workshop) -> None:
    workshop.hold("here", "one")
    await workshop.queue("lesson", "job")
    async with working(workshop.works_here("here")):
        await workshop.until(lambda: "one by here" in workshop.log)
        status = await workshop.jobs.status("job")
    assert status is not None
    assert (status.state, status.step, status.progress) == ("running", "one", 0.25)


async def test_scheduled_work_is_done_again_and_again(workshop: Workshop) -> None:
    jobs = Jobs(workshop.url)
    jobs.schedule("tick", "* * * * * *", Work(jobs, workshop.folder, "here").tick)
    async with working(jobs):
        await workshop.until(lambda: workshop.log.count("tick") >= 2)


async def test_workers_with_the_same_schedules_may_start_all_at_once(workshop: Workshop) -> None:
    await workshop.queue("lesson", "job")
    for executor_id in ("a", "b", "c"):
        workshop.start(executor_id)
    assert (await workshop.until_ended("job")).state == "done"
    assert all(process.poll() is None for process in workshop.processes.values())


async def test_a_process_has_one_worker_and_may_have_another_after_it(workshop: Workshop) -> None:
    first, second = workshop.works_here("here"), workshop.works_here("here")
    async with working(first):
        with pytest.raises(RuntimeError):
            await second.launch(works=True, executor_id="other")
    async with working(second, "other"):
        await workshop.queue("lesson", "job")
        assert (await workshop.until_ended("job")).state == "done"
    assert await asyncio.to_thread(lambda: True)  # the loop has threads still

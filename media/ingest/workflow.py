"""From the last byte of an upload to film that can be watched, step by durable step.

receive → probe → package → poster → publish. Each step may be run again, by any worker, after any crash:
what it leaves behind before it is done lies in an attempt's own folder, or under a storage prefix that no
row names. Film is published by one transaction that names a complete prefix.
"""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar
from uuid import UUID

from infra.ids import new_id
from infra.jobs import Jobs
from infra.session import Session, Sessions
from media.ingest.ladder_job import LADDER, LadderJob
from media.ingest.probe import Limits
from media.ingest.steps import TakeJob
from media.storage import Storage
from media.take import Take
from media.upload.hand_over import INGEST

T = TypeVar("T")
OnReady = Callable[[Session, Take], Awaitable[None]]


class RunStep(Protocol):
    """Does a step once, and remembers its result (JSON) when the job is resumed."""

    async def __call__(self, name: str, work: Callable[..., Coroutine[Any, Any, T]], *arguments: Any) -> T:
        """Do the step."""
        ...


async def _nobody_waits(session: Session, take: Take) -> None:
    """Do nothing when film becomes ready."""


@dataclass(frozen=True, kw_only=True)
class Ingest:
    """What the steps stand on; made in the composition root."""

    sessions: Sessions
    storage: Storage
    work: Path  # where attempts leave half-made things
    on_ready: OnReady = _nobody_waits  # called in the transaction that publishes
    limits: Limits = field(default_factory=Limits)
    pauses_s: Sequence[float] = (5.0, 60.0)  # before a step is tried again

    def register(self, jobs: Jobs) -> None:
        """Let jobs called "ingest" do the steps. Before launch."""

        async def ingest(provider: str, take: str) -> None:
            await self.run(UUID(provider), UUID(take), jobs.step)

        async def given_up(provider: str, take: str) -> None:
            await TakeJob(self, UUID(provider), UUID(take)).need_attention()

        async def ladder(provider: str, take: str, prefix: str, number: int) -> None:
            await LadderJob(self, UUID(provider), UUID(take), prefix).climb(number)

        async def ladder_given_up(provider: str, take: str, prefix: str, number: int) -> None:
            await LadderJob(self, UUID(provider), UUID(take), prefix).need_attention()

        jobs.register(INGEST, ingest, on_failure=given_up)
        jobs.register(LADDER, ladder, on_failure=ladder_given_up, is_patient=True)

    async def run(self, provider_id: UUID, take_id: UUID, step: RunStep) -> None:
        """Do every step in turn, until one fails for good; `step` remembers what is done."""
        job = TakeJob(self, provider_id, take_id)
        if not await step("probe", job.probe):
            return
        prefix = await step("package", job.package)
        if prefix is None or not await step("verify", job.verify):
            return
        if await step("publish", job.publish, prefix):
            await step("illustrate", job.illustrate, prefix)


async def retry(session: Session, take_id: UUID) -> None:
    """Begin again with a take that failed, when an operator has mended what was wrong; raises Conflict."""
    take = await session.get(Take, take_id, lock=True)
    take.retry()
    session.journal("take.retried", take, topic=take.topic)
    await session.start(
        INGEST, f"{INGEST}-{take.id}-{new_id()}", provider=str(take.provider_id), take=str(take.id)
    )

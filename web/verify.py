"""Checking the journals of every provider."""

from dataclasses import dataclass

from sqlalchemy import select

from infra.clock import SystemClock
from infra.database import Database
from infra.hub import LocalHub
from infra.journal import JournalEntry, JournalHead, verify
from infra.session import Actor, Session, Sessions
from infra.settings import Settings
from observe.people import Provider


@dataclass(frozen=True)
class Verdict:
    """What was found in one provider's journal."""

    is_whole: bool
    text: str


async def verify_journals(settings: Settings) -> list[Verdict]:
    """Return a verdict on each provider's chain."""
    database = Database(settings.database_url)
    sessions = Sessions(database, SystemClock(), LocalHub())
    try:
        async with sessions.open(Actor.system(), write=False) as session:
            providers = await session.all(select(Provider).order_by(Provider.name))
            return [await _verdict(session, provider) for provider in providers]
    finally:
        await database.close()


async def _verdict(session: Session, provider: Provider) -> Verdict:
    entries = await session.all(
        select(JournalEntry).where(JournalEntry.provider_id == provider.id).order_by(JournalEntry.sequence)
    )
    head = await session.first(select(JournalHead).where(JournalHead.provider_id == provider.id))
    broken = verify(entries, head)
    if broken is None:
        return Verdict(True, f"{provider.name}: {len(entries)} entries, whole")
    return Verdict(False, f"{provider.name}: broken at entry {broken.sequence}: {broken.reason}")

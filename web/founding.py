"""Founding a provider: what has to be there before anybody can sign in."""

import asyncio
import secrets

from infra.clock import SystemClock
from infra.session import Actor
from infra.settings import Settings
from observe import people
from observe.framework import import_library
from web.auth.sign_in import hash_password
from web.deployment import Deployment


async def found(
    settings: Settings, code: str, name: str, time_zone: str, email: str, person_name: str
) -> str:
    """Found a provider with an administrator; returns the password that they begin with.

    An administrator who has an account here keeps their own password. Raises Conflict for a code in use.
    """
    password = "-".join(secrets.token_hex(2) for _ in range(5))
    password_hash = await asyncio.to_thread(hash_password, password)
    deployment = Deployment(settings, SystemClock())
    try:
        async with deployment.sessions.open(Actor.system()) as system:
            provider = await people.found_provider(system, code=code, name=name, time_zone=time_zone)
            person_id = await people.account_for(
                system, email=email, name=person_name, time_zone=time_zone, password_hash=password_hash
            )
        async with deployment.sessions.open(Actor.system(provider.id)) as session:
            await people.add_member(session, person_id=person_id, roles=["administrator"])
            await import_library(session)
    finally:
        await deployment.database.close()
    return password

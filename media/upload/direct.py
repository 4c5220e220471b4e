"""Parts of an upload that go straight from a browser into the store, by addresses that are good for a while.

The store alone is asked what it has: nobody's word is taken for it. The last part always comes by tus, so
that an upload ends, and is told to have ended, in one way only.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from infra.session import Actor, Sessions
from media.storage import InParts, Missing, Part, Storage
from media.upload import tus
from media.upload.hand_over import original_key
from media.upload.lock import Hold, Locked, LockLost, Locks, own_upload
from media.upload.record import Upload
from media.upload.ship import Shipping, advance

LINK_S = 3600  # of one address: a part of 8 MiB takes 18 minutes at 60 kbit/s
AT_ONCE = 2  # addresses: a break costs so many parts on the line


@dataclass(frozen=True)
class Parts:
    """Where the next parts go."""

    offset: int  # bytes that are durable
    part_size: int
    links: dict[int, str]  # by number, from 1; empty: send the rest by PATCH


def contiguous(parts: Iterable[Part], part_size: int) -> int:
    """Return how many bytes whole parts hold, from the first on without a gap."""
    sizes = {part.number: part.byte_size for part in parts}
    number = 0
    while sizes.get(number + 1) == part_size:
        number += 1
    return number * part_size


def before_last(length: int, part_size: int) -> int:
    """Return how many bytes whole parts hold that do not hold the last byte."""
    return (length - 1) // part_size * part_size


class DirectParts:
    """Hands out addresses for parts, and counts what has come to them."""

    def __init__(
        self, sessions: Sessions, locks: Locks, storage: Storage, shipping: Shipping, *, is_allowed: bool
    ) -> None:
        self._is_allowed = is_allowed
        self._sessions = sessions
        self._locks = locks
        self._storage = storage
        self._shipping = shipping

    async def next(self, actor: Actor, upload_id: UUID) -> Parts:
        """Count what the store has got since; returns where the next whole parts go.

        Raises NotFound, ProtocolError 409 where parts go by PATCH only (not allowed, no such store, a length
        that is not known, bytes that wait in a spool) and 423 while another request writes, and StorageAway.
        """
        try:
            async with self._locks.hold(actor, upload_id) as hold:
                if not self._is_allowed or not isinstance(self._storage, InParts):
                    raise tus.ProtocolError(409, "films go by way of the service here")
                upload, length = await self._counted(actor, hold, self._storage)
        except (Locked, LockLost):
            raise tus.ProtocolError(423, "another request writes to this upload") from None
        except Missing:
            raise tus.ProtocolError(409, "the store has forgotten the parts") from None
        size = self._storage.part_size
        first = upload.offset // size + 1
        whole = before_last(length, size) // size
        numbers = range(first, min(whole, first + AT_ONCE - 1) + 1)
        key, multipart = original_key(upload), upload.multipart
        assert multipart is not None
        links = {
            number: await self._storage.link_part(key, multipart, number, size, LINK_S) for number in numbers
        }
        return Parts(upload.offset, size, links)

    async def _counted(self, actor: Actor, hold: Hold, storage: InParts) -> tuple[Upload, int]:
        async with self._sessions.open(actor, write=False) as session:
            upload = await own_upload(session, hold.upload_id)
        length = upload.length
        if not length or upload.received_at is not None or upload.offset != upload.shipped:
            raise tus.ProtocolError(409, "the rest of this upload goes by PATCH")
        if upload.multipart is None:
            upload = await self._shipping.begin(upload)
        assert upload.multipart is not None
        stored = await storage.parts(original_key(upload), upload.multipart)
        counted = min(contiguous(stored, storage.part_size), before_last(length, storage.part_size))
        async with self._sessions.open(actor) as session:
            upload = await own_upload(session, hold.upload_id, lock=True)
            hold.renew(upload, session.now)
            if counted > upload.offset:
                upload.shipped = counted
                await advance(session, upload, counted)
        return upload, length

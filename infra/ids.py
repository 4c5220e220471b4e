"""Identifiers that sort by the time they were made."""

from uuid import UUID

import uuid_utils.compat


def new_id() -> UUID:
    """Return a fresh UUIDv7 (RFC 9562, section 5.7)."""
    return uuid_utils.compat.uuid7()

"""The tus resumable upload protocol 1.0.0, without I/O (https://tus.io/protocols/resumable-upload).

Requests come in as headers and go out as frozen records; what is wrong with one is a `ProtocolError`
with the status the protocol asks for. Core, creation, creation-with-upload, creation-defer-length,
checksum (sha256), expiration and termination.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,creation-defer-length,checksum,expiration,termination"
BODY_TYPE = "application/offset+octet-stream"
LARGEST_METADATA = 8_192  # bytes of the header; names and notes, not files
_NUMBER = re.compile(r"[0-9]{1,18}")
_METADATA_KEY = re.compile(r"[!-+\--~]+")  # printable ASCII but space and comma

# Headers in any case, as HTTP has them.
Headers = Mapping[str, str]


class ProtocolError(Exception):
    """A request that the protocol refuses; `message` says why to whoever writes a client."""

    def __init__(self, status: int, message: str, headers: Headers | None = None) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message
        self.headers = dict(headers or {})


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What to answer: never has a body."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Checksum:
    """What the body of one PATCH must hash to."""

    sha256: bytes


@dataclass(frozen=True, kw_only=True)
class Creation:
    """A request for a new upload."""

    length: int | None  # None: deferred
    metadata: dict[str, str]
    has_body: bool
    checksum: Checksum | None


@dataclass(frozen=True, kw_only=True)
class Append:
    """A request to add bytes at an offset."""

    offset: int
    length: int | None  # the upload's whole length, where it was deferred and is now declared
    checksum: Checksum | None
    body_length: int | None  # of this request, where it says


def check_version(headers: Headers) -> None:
    """Refuse a client of another protocol version with 412, naming ours."""
    if _get(headers, "Tus-Resumable") != VERSION:
        raise ProtocolError(412, f"Tus-Resumable must be {VERSION}", {"Tus-Version": VERSION})


def options(largest: int) -> Reply:
    """Answer OPTIONS: what this server speaks, and the largest upload it takes, in bytes."""
    return Reply(
        status=204,
        headers={
            "Tus-Resumable": VERSION,
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Checksum-Algorithm": "sha256",
            "Tus-Max-Size": str(largest),
        },
    )


def parse_creation(headers: Headers, largest: int) -> Creation:
    """Read a creation request; raises ProtocolError 400, 412, 413 or 415."""
    check_version(headers)
    length = _parse_number(headers, "Upload-Length")
    defer = _get(headers, "Upload-Defer-Length")
    if defer is not None and defer != "1":
        raise ProtocolError(400, "Upload-Defer-Length must be 1")
    if (length is None) == (defer is None):
        raise ProtocolError(400, "exactly one of Upload-Length and Upload-Defer-Length is needed")
    check_length(length, largest)
    has_body = _get(headers, "Content-Type") == BODY_TYPE
    if not has_body and (_parse_number(headers, "Content-Length") or 0) > 0:
        raise ProtocolError(415, f"Content-Type must be {BODY_TYPE}")
    return Creation(
        length=length,
        metadata=parse_metadata(_get(headers, "Upload-Metadata") or ""),
        has_body=has_body,
        checksum=parse_checksum(_get(headers, "Upload-Checksum")),
    )


def parse_append(headers: Headers, largest: int) -> Append:
    """Read a PATCH; raises ProtocolError 400, 412, 413 or 415."""
    check_version(headers)
    if _get(headers, "Content-Type") != BODY_TYPE:
        raise ProtocolError(415, f"Content-Type must be {BODY_TYPE}")
    offset = _parse_number(headers, "Upload-Offset")
    if offset is None:
        raise ProtocolError(400, "Upload-Offset is missing")
    length = _parse_number(headers, "Upload-Length")
    check_length(length, largest)
    return Append(
        offset=offset,
        length=length,
        checksum=parse_checksum(_get(headers, "Upload-Checksum")),
        body_length=_parse_number(headers, "Content-Length"),
    )


def check_length(length: int | None, largest: int) -> None:
    """Refuse with 413 what is larger than the server takes."""
    if length is not None and length > largest:
        raise ProtocolError(413, f"the largest upload is {largest} bytes", {"Tus-Max-Size": str(largest)})


def parse_metadata(header: str) -> dict[str, str]:
    """Read Upload-Metadata: `key base64, key base64, …`, each value UTF-8 text in any script."""
    if len(header) > LARGEST_METADATA:
        raise ProtocolError(400, f"Upload-Metadata is longer than {LARGEST_METADATA} bytes")
    metadata: dict[str, str] = {}
    for pair in header.split(",") if header.strip() else ():
        key, _, value = pair.strip().partition(" ")
        if not _METADATA_KEY.fullmatch(key):
            raise ProtocolError(400, "Upload-Metadata has a key that is empty or not ASCII")
        if key in metadata:
            raise ProtocolError(400, f"Upload-Metadata has the key {key} twice")
        try:
            metadata[key] = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, ValueError):
            raise ProtocolError(400, f"Upload-Metadata: {key} is not base64 of UTF-8") from None
        if "\x00" in metadata[key]:
            raise ProtocolError(400, f"Upload-Metadata: {key} has a zero byte")
    return metadata


def format_metadata(metadata: Mapping[str, str]) -> str:
    """Write Upload-Metadata; `parse_metadata` reads the same back."""
    return ",".join(
        f"{key} {base64.b64encode(value.encode()).decode()}".rstrip() for key, value in metadata.items()
    )


def parse_checksum(header: str | None) -> Checksum | None:
    """Read Upload-Checksum; raises ProtocolError 400 for an algorithm that we do not offer."""
    if header is None:
        return None
    algorithm, _, digest = header.partition(" ")
    if algorithm != "sha256":
        raise ProtocolError(400, "Upload-Checksum must use sha256")
    try:
        sha256 = base64.b64decode(digest, validate=True)
    except (binascii.Error, ValueError):
        sha256 = b""
    if len(sha256) != hashlib.sha256().digest_size:
        raise ProtocolError(400, "Upload-Checksum is not the base64 of a SHA-256")
    return Checksum(sha256=sha256)


def created(location: str, offset: int, expires_at: datetime) -> Reply:
    """Answer a creation."""
    headers = {"Tus-Resumable": VERSION, "Location": location, "Upload-Offset": str(offset)}
    return Reply(status=201, headers=headers | _expires(expires_at))


def appended(offset: int, expires_at: datetime | None) -> Reply:
    """Answer a PATCH: `offset` is what is durable."""
    headers = {"Tus-Resumable": VERSION, "Upload-Offset": str(offset)}
    return Reply(status=204, headers=headers | (_expires(expires_at) if expires_at else {}))


def status(
    offset: int, length: int | None, metadata: Mapping[str, str], expires_at: datetime | None
) -> Reply:
    """Answer HEAD: how much is durable."""
    headers = {"Tus-Resumable": VERSION, "Upload-Offset": str(offset), "Cache-Control": "no-store"}
    headers |= {"Upload-Defer-Length": "1"} if length is None else {"Upload-Length": str(length)}
    if metadata:
        headers["Upload-Metadata"] = format_metadata(metadata)
    return Reply(status=200, headers=headers | (_expires(expires_at) if expires_at else {}))


def terminated() -> Reply:
    """Answer DELETE."""
    return Reply(status=204, headers={"Tus-Resumable": VERSION})


def _expires(expires_at: datetime) -> dict[str, str]:
    return {"Upload-Expires": format_datetime(expires_at, usegmt=True)}


def _get(headers: Headers, name: str) -> str | None:
    if (value := headers.get(name)) is not None:
        return value
    wanted = name.lower()
    return next((value for key, value in headers.items() if key.lower() == wanted), None)


def _parse_number(headers: Headers, name: str) -> int | None:
    value = _get(headers, name)
    if value is None:
        return None
    if not _NUMBER.fullmatch(value):
        raise ProtocolError(400, f"{name} must be a whole number of bytes")
    return int(value)

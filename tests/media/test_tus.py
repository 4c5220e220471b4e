"""The tus protocol, header by header."""

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.upload import tus

LARGEST = 1_000_000
VERSION = {"Tus-Resumable": "1.0.0"}
PATCH = VERSION | {"Content-Type": tus.BODY_TYPE, "Upload-Offset": "0"}

keys = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=","), min_size=1, max_size=20
)
values = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=60)


def refused(status: int, headers: dict[str, str], *, creation: bool) -> tus.ProtocolError:
    """Return the error with which the headers are refused."""
    parse = tus.parse_creation if creation else tus.parse_append
    with pytest.raises(tus.ProtocolError) as caught:
        parse(headers, LARGEST)
    assert caught.value.status == status
    return caught.value


def status_of(read: Callable[[], object]) -> int | None:
    """Return the status with which it is refused, None when it is read."""
    try:
        read()
    except tus.ProtocolError as error:
        return error.status
    return None


@given(st.dictionaries(keys, values, max_size=8))
def test_metadata_in_any_script_survives_the_round_trip(metadata: dict[str, str]) -> None:
    assert tus.parse_metadata(tus.format_metadata(metadata)) == metadata


@given(st.text(max_size=200))
def test_any_metadata_header_is_read_or_refused_with_400(header: str) -> None:
    assert status_of(lambda: tus.parse_metadata(header)) in (None, 400)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "Tus-Resumable",
                "Upload-Length",
                "Upload-Offset",
                "Upload-Defer-Length",
                "Content-Type",
                "Content-Length",
                "Upload-Metadata",
                "Upload-Checksum",
            ]
        ),
        st.sampled_from(
            [
                "",
                "0",
                "1",
                "-1",
                "1.0.0",
                "0.2.2",
                "١",
                "9" * 30,
                tus.BODY_TYPE,
                "text/html",
                "sha256 !",
                "md5 AA==",
                "filename w7w=",
            ]
        ),
    ),
    st.booleans(),
)
def test_any_headers_are_read_or_refused_with_a_status(headers: dict[str, str], creation: bool) -> None:
    parse = tus.parse_creation if creation else tus.parse_append
    assert status_of(lambda: parse(headers, LARGEST)) in (None, 400, 412, 413, 415)


@pytest.mark.parametrize("version", [None, "0.2.2", "1.0.1", ""])
def test_another_version_is_refused_and_told_ours(version: str | None) -> None:
    headers = {} if version is None else {"Tus-Resumable": version}
    assert refused(412, headers, creation=True).headers == {"Tus-Version": "1.0.0"}
    refused(412, PATCH | headers if version is not None else {}, creation=False)


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (400, {}),
        (400, {"Upload-Length": "-1"}),
        (400, {"Upload-Length": "12a"}),
        (400, {"Upload-Length": "٣"}),
        (400, {"Upload-Length": "9" * 19}),
        (400, {"Upload-Length": "5", "Upload-Defer-Length": "1"}),
        (400, {"Upload-Defer-Length": "2"}),
        (413, {"Upload-Length": str(LARGEST + 1)}),
        (415, {"Upload-Length": "5", "Content-Length": "5", "Content-Type": "video/mp4"}),
        (400, {"Upload-Length": "5", "Upload-Metadata": "filename %%%"}),
        (400, {"Upload-Length": "5", "Upload-Metadata": "a eA==,a eA=="}),
        (400, {"Upload-Length": "5", "Upload-Metadata": "a AAA="}),
        (400, {"Upload-Length": "5", "Upload-Metadata": "a /w=="}),
        (400, {"Upload-Length": "5", "Upload-Metadata": "a " + "A" * tus.LARGEST_METADATA}),
        (400, {"Upload-Length": "5", "Upload-Checksum": "md5 AA=="}),
        (400, {"Upload-Length": "5", "Upload-Checksum": "sha256 AA=="}),
    ],
)
def test_a_creation_that_breaks_the_protocol_is_refused(status: int, headers: dict[str, str]) -> None:
    refused(status, VERSION | headers, creation=True)


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (415, {"Content-Type": "application/octet-stream"}),
        (400, {"Upload-Offset": "x"}),
        (400, {"Content-Length": "1e3"}),
        (413, {"Upload-Length": str(LARGEST + 1)}),
        (400, {"Upload-Checksum": "sha256"}),
    ],
)
def test_an_append_that_breaks_the_protocol_is_refused(status: int, headers: dict[str, str]) -> None:
    refused(status, PATCH | headers, creation=False)


def test_an_append_without_an_offset_is_refused() -> None:
    refused(400, VERSION | {"Content-Type": tus.BODY_TYPE}, creation=False)


def test_headers_are_read_in_any_case() -> None:
    digest = hashlib.sha256(b"x").digest()
    append = tus.parse_append(
        {
            "tus-resumable": "1.0.0",
            "CONTENT-TYPE": tus.BODY_TYPE,
            "upload-offset": "7",
            "Upload-length": "9",
            "content-length": "2",
            "upload-checksum": f"sha256 {base64.b64encode(digest).decode()}",
        },
        LARGEST,
    )
    assert append == tus.Append(offset=7, length=9, body_length=2, checksum=tus.Checksum(sha256=digest))


def test_a_length_may_be_deferred_and_a_creation_may_carry_bytes() -> None:
    headers = VERSION | {
        "Upload-Defer-Length": "1",
        "Content-Type": tus.BODY_TYPE,
        "Upload-Metadata": "filename " + base64.b64encode("डेमो.mp4".encode()).decode() + ", is_part",
    }
    assert tus.parse_creation(headers, LARGEST) == tus.Creation(
        length=None, metadata={"filename": "डेमो.mp4", "is_part": ""}, has_body=True, checksum=None
    )


def test_options_name_what_the_server_speaks() -> None:
    reply = tus.options(LARGEST)
    assert reply.status == 204
    assert reply.headers["Tus-Version"] == "1.0.0"
    assert reply.headers["Tus-Max-Size"] == str(LARGEST)
    assert "creation-with-upload" in reply.headers["Tus-Extension"].split(",")


def test_replies_say_what_is_durable_and_until_when() -> None:
    expires = datetime(2026, 3, 1, 12, tzinfo=UTC)
    created = tus.created("/api/uploads/1", 5, expires)
    assert (created.status, created.headers["Location"], created.headers["Upload-Offset"]) == (
        201,
        "/api/uploads/1",
        "5",
    )
    assert created.headers["Upload-Expires"] == "Sun, 01 Mar 2026 12:00:00 GMT"
    known = tus.status(5, 9, {"filename": "Lekcja ł.mov"}, None)
    assert known.headers["Upload-Length"] == "9"
    assert known.headers["Cache-Control"] == "no-store"
    assert tus.parse_metadata(known.headers["Upload-Metadata"]) == {"filename": "Lekcja ł.mov"}
    assert known.headers["Upload-Metadata"].isascii()
    assert tus.status(5, None, {}, expires).headers["Upload-Defer-Length"] == "1"
    assert tus.appended(6, None).headers == {"Tus-Resumable": "1.0.0", "Upload-Offset": "6"}
    assert tus.terminated().status == 204

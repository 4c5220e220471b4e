"""Captions of every make become plain WebVTT, or are refused in words."""

import io

import pytest
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from media.caption_file import LARGEST, BadCaptions, read_captions

SRT = (
    "1\r\n00:00:01,000 --> 00:00:02,500\r\n<i>Bonjour</i>\r\n\r\n"
    "2\r\n00:00:03,000 --> 00:00:04,000\r\nVoilà\r\n"
).encode()
VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\n{}\n"


def test_subrip_becomes_webvtt() -> None:
    text = read_captions(b"\xef\xbb\xbf" + SRT)
    assert text.startswith("WEBVTT\n")
    assert "00:00:01.000 --> 00:00:02.500\nBonjour" in text
    assert "Voilà" in text
    assert read_captions(SRT.decode().encode("utf-16")) == text


@pytest.mark.parametrize(
    "seed",
    [
        "<img src=x onerror=alert(1)>seen",
        "<v <script>alert(1)</script>>seen",
        "<c.big>seen</c>",
        "&lt;script&gt;alert(1)&lt;/script&gt; seen",
        "seen&#10;&#10;00:03.000 --&gt; 00:04.000&#10;another",
    ],
)
def test_a_cue_holds_text_and_nothing_else(seed: str) -> None:
    text = read_captions(VTT.format(seed).encode())
    body = text.split("\n", 3)[3]
    assert "seen" in body
    assert "<" not in body
    assert "-->" not in body
    assert "STYLE" not in read_captions(b"WEBVTT\n\nSTYLE\n::cue { color: red }\n\n" + VTT[8:].encode())


@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1), min_size=1, max_size=5))
def test_words_come_through_unchanged(words: list[str]) -> None:
    escaped = [word.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for word in words]
    cues = "".join(f"00:{n:02}.000 --> 00:{n:02}.500\n{word}\n\n" for n, word in enumerate(escaped))
    text = read_captions(f"WEBVTT\n\n{cues}".encode())
    assert [cue.raw_text for cue in webvtt.from_buffer(io.StringIO(text)).captions] == escaped
    assert read_captions(text.encode()) == text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"hello", "neither"),
        (b"", "neither"),
        (b"WEBVTT\n", "no captions"),
        (b"\xff\xfa\x00", "UTF-8"),
        (b"WEBVTT\n\n00:xx --> 00:02\nhi\n", "cannot be read"),
        (b"1\n00:00:01 --> 00:00:02,000\nhi\n", "Line 2"),
        (b"WEBVTT\n\n00:05.000 --> 00:02.000\nback\n", "ends before it begins"),
        (b"WEBVTT\n\n00:15.000 --> 00:16.000\nlate\n", "another film"),
        (b"WEBVTT\n\n" + b"x" * LARGEST, "larger"),
    ],
)
def test_what_is_wrong_is_said(content: bytes, words: str) -> None:
    with pytest.raises(BadCaptions, match=words):
        read_captions(content, 10_000)

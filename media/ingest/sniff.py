"""What a file is, by its first bytes. Its name and its declared type are what somebody says: not believed.

The demuxer that is returned is forced on the library. Left to itself it would also recognise playlists and
scripts, which name other files and addresses for the server to open.
"""

from pathlib import Path

from media.ingest.refusal import Refusal

SNIFFED = 4096  # bytes

_MOV_ATOMS = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_PICTURE_BRANDS = (b"heic", b"heix", b"heif", b"mif1", b"msf1", b"avif", b"avis", b"crx ", b"jxl ")
_TEXTS = (
    (b"#extm3u", "playlist"),
    (b"ffconcat", "playlist"),
    (b"<mpd", "playlist"),
    (b"<smil", "playlist"),
    (b"[playlist]", "playlist"),
    (b"[reference]", "playlist"),
    (b"v=0", "session_description"),
    (b"<svg", "picture"),
    (b"<!doctype html", "document"),
    (b"<html", "document"),
)
_MAGIC = (
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"II*\x00", "picture"),
    (b"MM\x00*", "picture"),
    (b"BM", "picture"),
    (b"%PDF", "document"),
    (b"{\\rtf", "document"),
    (b"\xd0\xcf\x11\xe0", "document"),
    (b"PK\x03\x04", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"Rar!", "archive"),
)
_TS_PACKETS = ((0, 188), (4, 192))  # plain, and with the arrival times that camcorders put before each


def sniff_file(path: Path) -> str:
    """Return the demuxer to force on a file; raises Refusal."""
    with path.open("rb") as file:
        return sniff(file.read(SNIFFED))


def sniff(head: bytes) -> str:
    """Return the demuxer for a file that begins with `head`; raises Refusal naming what it is instead."""
    if not head:
        raise Refusal("empty")
    if demuxer := _demuxer(head):
        return demuxer
    for magic, code in _MAGIC:
        if head.startswith(magic):
            raise Refusal(code)
    raise Refusal(_text(head))


def _demuxer(head: bytes) -> str | None:
    if head[4:8] in _MOV_ATOMS:
        if head[4:8] == b"ftyp" and head[8:12] in _PICTURE_BRANDS:
            raise Refusal("picture")
        return "mov"
    if head.startswith(b"RIFF"):
        return {b"AVI ": "avi", b"WAVE": "wav"}.get(head[8:12])
    for magic, demuxer in (
        (b"\x1a\x45\xdf\xa3", "matroska"),
        (b"OggS", "ogg"),
        (b"ID3", "mp3"),
        (b"\x00\x00\x01\xba", "mpeg"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    ):
        if head.startswith(magic):
            return demuxer
    if any(_is_transport_stream(head, first, step) for first, step in _TS_PACKETS):
        return "mpegts"
    if head[0] == 0xFF and len(head) > 1 and head[1] & 0xE6 == 0xE2:  # MPEG audio, layer III
        return "mp3"
    return None


def _is_transport_stream(head: bytes, first: int, step: int) -> bool:
    syncs = head[first::step]
    return len(syncs) >= 4 and set(syncs) == {0x47}


def _text(head: bytes) -> str:
    """Return the code of a text that is no film, or "unknown"."""
    text = head.removeprefix(b"\xef\xbb\xbf").replace(b"\x00", b"").lower()
    for encoded_mark in (b"\xff\xfe", b"\xfe\xff"):
        text = text.removeprefix(encoded_mark)
    text = text.lstrip()
    for begin, code in _TEXTS:
        if text.startswith(begin) or (begin.startswith(b"<") and text.startswith(b"<") and begin in text):
            return code
    return "unknown"

"""Packages of films, made here and now as the sandbox's child makes them."""

import io
import json
from pathlib import Path
from typing import Any

from media.ingest.ladder import joined, pieces, variants
from media.ingest.package import Package, package_file
from media.ingest.packaged import cuts, init_of
from media.ingest.playlist import Shown, master_playlist, media_playlist
from media.ingest.probe import Limits, Probe, probe
from media.ingest.rungs import make_piece
from media.ingest.stream import Pipe, package_stream


class Told:
    """Writes the playlists that are told of, and remembers them all."""

    def __init__(self, folder: Path) -> None:
        self.durations: list[int | None] = []
        self._folder = folder
        folder.mkdir()

    def __call__(
        self,
        *,
        progress: float,
        made: list[str] | None = None,
        playlists: dict[str, str] | None = None,
        duration_ms: int | None = None,
    ) -> None:
        """Hear of files that are whole."""
        assert 0 <= progress <= 1
        for name in made or ():
            assert (self._folder / name).stat().st_size > 0
        for name, text in (playlists or {}).items():
            (self._folder / name).write_text(text)
            self.durations.append(duration_ms)


def packaged(source: Path, folder: Path) -> tuple[Probe, Package]:
    """Probe and package a film."""
    told = Told(folder)
    found = probe(source, Limits())
    return found, package_file(source, found, folder, told)


def streamed(source: Path, demuxer: str, folder: Path) -> dict[str, Any]:
    """Package a film read forwards only; returns its facts."""
    film = io.BytesIO(source.read_bytes())
    return package_stream(Pipe(film.read), demuxer, Limits(), folder, Told(folder))


def climb(folder: Path, found: Probe, package: Package) -> None:
    """Add the smaller renditions to a package."""
    tracks = {kind: Shown(**track) for kind, track in package.tracks.items()}
    texts = {kind: (folder / track.playlist).read_text() for kind, track in tracks.items()}
    listed = {kind: cuts(text) for kind, text in texts.items()}
    stretches: list[dict[str, Any]] = []
    for piece in pieces(listed.get("video", []), listed.get("audio", [])):
        request = {
            "package": str(folder),
            "probe": found.facts(),
            "kind": piece.kind,
            "first": piece.first,
            "init": init_of(texts[piece.kind]),
            "cuts": [cut.facts() for cut in listed[piece.kind][piece.first : piece.end]],
        }
        made = make_piece(json.loads(json.dumps(request)), folder, lambda **_: None)
        stretches += json.loads(json.dumps(made))["renditions"]
    renditions = joined(stretches)
    for name, rendition in renditions.items():
        (folder / name).write_text(media_playlist(rendition))
    shown = {name: rendition.shown for name, rendition in renditions.items()}
    choice = variants(tracks.get("video"), tracks.get("audio"), shown)
    (folder / "master.m3u8").write_text(master_playlist(choice))

"""One piece of ingest's work as a command, as the sandbox's child does it: STEP SOURCE FOLDER [PIECES].

PIECE_S in the environment makes pieces of another length.
"""

import json
import os
import resource
import sys
from pathlib import Path

from media.ingest import ladder as plan
from media.ingest.illustrate import illustrate
from media.ingest.ladder import pieces
from media.ingest.package import package_file
from media.ingest.packaged import cuts, init_of
from media.ingest.probe import Limits, probe
from media.ingest.rungs import make_piece

FACTS = "facts.json"


def package(source: Path, folder: Path) -> None:
    """Package a film, with its playlists."""

    def told(*, progress: float, playlists: dict[str, str] | None = None, **_: object) -> None:
        for name, text in (playlists or {}).items():
            (folder / name).write_text(text)

    found = probe(source, Limits())
    made = package_file(source, found, folder, told)
    (folder / FACTS).write_text(json.dumps(found.facts() | {"package": made.facts()}))


def ladder(source: Path, folder: Path, chosen: list[int]) -> None:
    """Make pieces of the smaller renditions of a package; all pictures when none are named."""
    facts = json.loads((source / FACTS).read_text())
    text = (source / "video.m3u8").read_text()
    listed = cuts(text)
    for number, piece in enumerate(pieces(listed, [])):
        if not chosen or number in chosen:
            request = {
                "package": str(source),
                "probe": facts,
                "kind": piece.kind,
                "first": piece.first,
                "init": init_of(text),
                "cuts": [cut.facts() for cut in listed[piece.first : piece.end]],
            }
            make_piece(request, folder, lambda **_: None)


def main() -> None:
    """Do it, and say how much memory it took."""
    step, source, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    plan.PIECE_S = int(os.environ.get("PIECE_S", str(plan.PIECE_S)))
    match step:
        case "package":
            package(source, folder)
        case "ladder":
            ladder(source, folder, [int(word) for word in sys.argv[4:]])
        case "illustrate":
            tracks = json.loads((source / FACTS).read_text())["package"]["tracks"]
            illustrate(source, tracks, folder)
        case unknown:
            raise SystemExit(f"no step {unknown}")
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


if __name__ == "__main__":
    main()

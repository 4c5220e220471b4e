"""The sandbox's child, for many damaged films one after the other: what becomes of each."""

import io
import json
import sys
from pathlib import Path
from typing import Any

from media.ingest.confine import confine
from media.ingest.package import package_file
from media.ingest.probe import Limits, probe
from media.ingest.refusal import Refusal
from media.ingest.sniff import sniff_file
from media.ingest.stream import NotStreamable, Pipe, package_stream


def outcome(source: Path, folder: Path) -> str:
    """Return "film", the code of a refusal, or the name of what should not have happened."""
    folder.mkdir()
    try:
        found = probe(source, Limits())
        package_file(source, found, folder, lambda **_: None)
    except Refusal as refusal:
        return refusal.code
    except Exception as error:  # counted: a step that raises is tried again, and then needs attention
        return f"! {type(error).__name__}: {error}"
    return "film"


def streamed(source: Path, folder: Path) -> str:
    """Return the same for a film that is read forwards only, by a file object."""
    folder.mkdir()
    film = io.BytesIO(source.read_bytes())
    try:
        package_stream(Pipe(film.read), sniff_file(source), Limits(), folder, lambda **_: None)
    except Refusal as refusal:
        return refusal.code
    except NotStreamable:
        return "later"
    except Exception as error:
        return f"! {type(error).__name__}: {error}"
    return "film"


def main() -> None:
    """Be the child."""
    import av.logging

    confine(int(sys.argv[1]), int(sys.argv[2]))
    request: dict[str, Any] = json.loads(sys.stdin.readline())
    av.logging.set_level(av.logging.PANIC)
    folder = Path(request["folder"])
    outcomes = {}
    for name in request["files"]:
        for way, look in (("whole", outcome), ("arriving", streamed)):
            outcomes[f"{name} {way}"] = look(folder / name, folder / f"{name}-{way}")
        print(json.dumps({"progress": 0.5, "made": [name]}), flush=True)  # noqa: T201
    print(json.dumps({"result": outcomes}))  # noqa: T201


if __name__ == "__main__":
    main()

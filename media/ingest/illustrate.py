"""What people see of a film before they play it: a still, pictures along the timeline, how loud it is."""

from pathlib import Path
from typing import Any

from media.ingest.packaged import cuts, init_of
from media.ingest.peaks import peaks
from media.ingest.poster import poster
from media.ingest.storyboard import storyboard


def illustrate(package: Path, tracks: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Write what can be made of a package's tracks into a folder; returns what has been."""
    if "video" in tracks:
        text = (package / tracks["video"]["playlist"]).read_text()
        poster(package, init_of(text), cuts(text), folder / "poster.jpg")
        storyboard(package, init_of(text), cuts(text), folder)
    if "audio" in tracks:
        text = (package / tracks["audio"]["playlist"]).read_text()
        peaks(package, init_of(text), cuts(text), folder / "peaks.json")
    made = {path.name for path in folder.iterdir()}
    return {
        "poster": "poster.jpg" in made,
        "storyboard": "storyboard.vtt" in made,
        "peaks": "peaks.json" in made,
    }

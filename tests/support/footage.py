"""Real camera footage, fetched at set-up."""

import subprocess
import sys
from pathlib import Path

FOOTAGE = Path(__file__).parents[2] / "build/footage"


def lesson_film() -> Path:
    """Return a film of about a minute, made of a real clip; fetches it when it is not there yet."""
    film = FOOTAGE / "lesson.mp4"
    if not film.exists():
        subprocess.run([sys.executable, "-m", "tools.footage"], check=True)
    return film

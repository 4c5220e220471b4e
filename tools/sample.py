"""Fill an empty data folder with the sample provider: `python -m tools.sample --data DIR`.

Prints who can sign in. A folder that holds anything else is left alone, since everybody knows the sample's
passwords; one that an interrupted set-up left half full is filled again.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from tools.footage import FOOTAGE

MARKER = ".sample"  # says in the data folder that the sample is what it holds, and whether it is whole


def show(data: Path) -> None:
    """Build the sample where there is room, else show it; raises CalledProcessError when that fails."""
    marker = data / MARKER
    is_sample = marker.exists() or not data.exists() or not any(data.iterdir())
    if os.environ.get("OBSERVE_DATABASE_URL") or not is_sample:
        return
    observe = [str(Path(sys.executable).parent / "observe"), "demo", "--data", str(data)]
    if marker.exists() and marker.read_text() == "whole":
        subprocess.run(observe, check=True)
        return
    data.mkdir(parents=True, exist_ok=True)
    marker.write_text("unfinished")
    subprocess.run([*observe, "--reset", "--film", str(FOOTAGE / "lesson.mp4")], check=True)
    marker.write_text("whole")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Fill an empty data folder with the sample provider.")
    parser.add_argument("--data", type=Path, required=True)
    try:
        show(parser.parse_args().data)
    except subprocess.CalledProcessError as failed:
        sys.exit(failed.returncode)

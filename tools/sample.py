"""Fill an empty data folder with the sample provider: `python -m tools.sample --data DIR`.

A folder that holds anything of its own is left alone; one that an interrupted set-up left half full is
filled again.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path


def fill(data: Path) -> None:
    """Run `observe demo` on a folder that has no data yet; raises CalledProcessError when it fails."""
    unfinished = data / ".sample-unfinished"
    is_in_use = data.exists() and any(data.iterdir()) and not unfinished.exists()
    if is_in_use or os.environ.get("OBSERVE_DATABASE_URL"):
        return
    data.mkdir(parents=True, exist_ok=True)
    unfinished.touch()
    observe = Path(sys.executable).parent / "observe"
    subprocess.run([observe, "demo", "--reset"], env=os.environ | {"OBSERVE_DATA": str(data)}, check=True)
    unfinished.unlink()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Fill an empty data folder with the sample provider.")
    parser.add_argument("--data", type=Path, required=True)
    try:
        fill(parser.parse_args().data)
    except subprocess.CalledProcessError as failed:
        sys.exit(failed.returncode)

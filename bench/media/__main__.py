"""Every bar for film: `make bench-media`. Names of measurements after it choose some."""

import sys

from bench.media import exactness, preparing, receiving
from bench.report import Row, report

MEASUREMENTS = {measure.__name__: measure for measure in (*preparing.ALL, *exactness.ALL, *receiving.ALL)}


def main() -> int:
    """Measure, and report."""
    rows: list[Row] = []
    for name in sys.argv[1:] or MEASUREMENTS:
        print(f"measuring {name} …", flush=True)
        rows.append(MEASUREMENTS[name]())
        print(f"  {rows[-1].figure}", flush=True)
    return report("media", rows)


if __name__ == "__main__":
    sys.exit(main())

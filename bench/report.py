"""What a measurement found: a table, JSON and a plot under build/bench, and how many bars are held."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

FOLDER = Path(__file__).resolve().parent.parent / "build" / "bench"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One bar."""

    what: str
    bar: str
    figure: str
    peer: str = ""  # who else did it in the same run, and what came out
    is_held: bool
    ratio: float | None = None  # ours against the bar or the peer: 1 or more is as good
    note: str = ""


def report(name: str, rows: list[Row]) -> int:
    """Print and write the rows; returns the exit status: 0 when every bar is held."""
    table = Table(title=f"bench {name}", show_lines=True)
    for column in ("what", "bar", "figure", "peer in the same run", "held"):
        table.add_column(column, overflow="fold")
    for row in rows:
        figure = f"{row.figure}\n{row.note}" if row.note else row.figure
        table.add_row(row.what, row.bar, figure, row.peer, "yes" if row.is_held else "NO")
    Console(width=150).print(table)
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.json").write_text(json.dumps([asdict(row) for row in rows], indent=2))
    _plot(FOLDER / f"{name}.svg", name, rows)
    held = sum(row.is_held for row in rows)
    print(f"held {held} of {len(rows)} bars")
    return 0 if held == len(rows) else 1


def _plot(path: Path, name: str, rows: list[Row]) -> None:
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    drawn = [row for row in rows if row.ratio is not None][::-1]
    figure, axes = pyplot.subplots(figsize=(9, 1 + 0.5 * len(drawn)), layout="constrained")
    ratios = [min(row.ratio or 0, 10) for row in drawn]
    colours = ["#2c7a7b" if row.is_held else "#b7472a" for row in drawn]
    bars = axes.barh([row.what for row in drawn], ratios, color=colours)
    axes.bar_label(bars, [f"{row.ratio:.2f}" for row in drawn], padding=3)
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xlabel("as good as the bar or the peer: 1; better is longer (cut at 10)")
    axes.set_title(f"bench {name}")
    figure.savefig(path)

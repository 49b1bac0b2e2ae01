"""The plot of a run: whole requests side by side, cold start, and pages as the table grows."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.cases import CASES
from benchmarks.sides import OURS

_SHOWN: Final = ("A", "B", "B-edges", "checkout", "five", "five-4ms")

GREEN: Final = "#0b6e4f"
GREY: Final = "#b3b8b5"
INK: Final = "#333333"


def save(parts: Mapping[str, Any], file: Path) -> bool:
    """Draws what `parts` have, the data of each part of a run, into an SVG or PNG.

    Some parts have nothing to draw: says whether there is a picture.
    """
    mpl.use("agg")
    panels: list[Any] = []
    if "requests" in parts:
        panels += [
            (_bars, f"{name}: {CASES[name].title}", _medians(parts["requests"][name]))
            for name in _SHOWN
            if name in parts["requests"]
        ]
    if "executing" in parts:
        panels += [
            (_bars, f"execution alone: {name}", _medians(sides))
            for name, sides in parts["executing"].items()
        ]
    if "cold" in parts:
        both = {side: found["wall_ms"] for side, found in parts["cold"].items()}
        panels.append((_bars, "cold start: import and first answer", both))
    if "growth" in parts:
        panels.append((_lines, "read units of a page as the table grows", parts["growth"]))
    if not panels:
        return False
    columns = 2
    rows = -(-len(panels) // columns)
    with mpl.rc_context({"font.size": 9, "svg.fonttype": "none", "svg.hashsalt": "benchmarks"}):
        figure = Figure(figsize=(12, 2.1 * rows + 0.3), layout="constrained")
        for place, (draw, title, data) in enumerate(panels, 1):
            axes: Any = figure.add_subplot(rows, columns, place)
            axes.set_title(title, loc="left", fontsize=9, color=INK)
            axes.spines[["top", "right"]].set_visible(False)
            draw(axes, data)
        file.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(file, metadata={"Date": None} if file.suffix == ".svg" else None)
    return True


def _medians(sides: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    return {side: timing["p50"] for side, timing in sides.items()}


def _bars(axes: Any, values: Mapping[str, float]) -> None:
    names = list(values)
    colors = [GREEN if name.startswith(OURS) else GREY for name in names]
    bars = axes.barh(names, list(values.values()), color=colors, height=0.7)
    largest = max(values.values())
    digits = 0 if largest >= 100 else 1 if largest >= 10 else 2
    axes.bar_label(bars, fmt=f"%.{digits}f ms", padding=3, color=INK)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.xaxis.set_visible(False)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(left=False)


def _lines(axes: Axes, data: Mapping[str, Any]) -> None:
    found: Any = axes
    drawn: dict[str, list[float]] = {}
    for name, costs in data["costs"].items():
        drawn.setdefault(name.partition(",")[0], [cost["units"] for cost in costs])
    sizes = data["sizes"]
    for name, units in drawn.items():
        found.plot(sizes, units, marker="o", markersize=3, linewidth=1.2, label=name)
    found.set_xscale("log")
    found.set_ylim(bottom=0)
    found.set_xlabel("items in the table")
    found.legend(fontsize=7, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))

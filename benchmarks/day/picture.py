"""The picture of a day: the busiest keys as shares of their limits, and the day by ten minutes."""

from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from benchmarks.day.page import MEASURES, key_name
from benchmarks.day.running import Day, Row
from benchmarks.plot import GREEN, GREY, INK

BARS: Final = 18
COLORS: Final = {"read": "#3a6ea5", "write": GREEN, "transactions": "#b5541c"}


def save(found: Day, file: Path) -> None:
    """Draws it into an SVG or PNG."""
    mpl.use("agg")
    with mpl.rc_context({"font.size": 9, "svg.fonttype": "none", "svg.hashsalt": "day"}):
        figure = Figure(figsize=(11, 9), layout="constrained")
        keys, day = figure.subplots(2, 1, height_ratios=(2.6, 1))
        _bars(keys, found)
        _day(day, found)
        file.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(file, metadata={"Date": None} if file.suffix == ".svg" else None)


def _bars(axes: Any, found: Day) -> None:
    rows = found.rows[:BARS]
    shares = [100 * row.share for row in rows]
    bars = axes.barh(
        range(len(rows)), shares, color=[COLORS[row.measure] for row in rows], height=0.7
    )
    common = [100 * _common(row) for row in rows]
    axes.barh(range(len(rows)), common, color="#ffffff", alpha=0.45, height=0.25)
    axes.bar_label(bars, [f"{row.headroom:.1f}x" for row in rows], padding=3, color=INK)
    axes.set_yticks(range(len(rows)), [key_name(row.kind).replace("`", "") for row in rows])
    axes.invert_yaxis()
    axes.axvline(100, color=INK, linewidth=1, linestyle="--")
    axes.set_xlim(0, max(110, 1.08 * max(shares)))
    axes.set_xlabel(
        "% of the limit at the hardest row's own peak (light: at the common peak); headroom"
    )
    _titled(axes, "The busiest keys and items")
    axes.tick_params(left=False)
    handles = [Patch(color=COLORS[name], label=title) for name, title in MEASURES.items()]
    axes.legend(handles=handles, frameon=False, loc="lower right", bbox_to_anchor=(0.78, 0))


def _common(row: Row) -> float:
    """The share at the common peak."""
    value = row.mean if row.measure == "transactions" else row.peak
    return row.share * value / row.most


def _day(axes: Any, found: Day) -> None:
    for name, title in MEASURES.items():
        shares = found.curve[name]
        hours = np.arange(len(shares)) * 24 / len(shares)
        axes.plot(hours, 100 * shares, color=COLORS[name], linewidth=1.2, label=title)
    axes.set_xlim(0, 24)
    axes.set_ylim(bottom=0)
    axes.set_xticks(range(0, 25, 4))
    axes.axhline(100, color=GREY, linewidth=1, linestyle="--")
    axes.set_xlabel("hour of the day")
    axes.set_ylabel("% of the limit")
    _titled(axes, "The busiest second of the busiest key, by ten minutes of the day")


def _titled(axes: Any, title: str) -> None:
    axes.set_title(title, loc="left", fontsize=9, color=INK)
    axes.spines[["top", "right"]].set_visible(False)

"""The picture of the days: writes of the table, the capacity that follows, and what is refused."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from benchmarks.plot import GREEN, GREY, INK
from benchmarks.scaling.demand import MINUTES, PARTS
from benchmarks.scaling.tracking import Followed

SIZE: Final = "10M"
RED: Final = "#b5541c"
_PART: Final = PARTS.index(("table", "Write"))


def save(days: Sequence[Followed], file: Path) -> None:
    """Draws the days of one size into an SVG or PNG: the sales by the minute, around their hour."""
    mpl.use("agg")
    shown = [each for each in days if each.asked.size.name == SIZE]
    most = 1.05 * max(float(each.capacity[:, _PART].max()) for each in shown)
    with mpl.rc_context({"font.size": 9, "svg.fonttype": "none", "svg.hashsalt": "scaling"}):
        figure = Figure(figsize=(11, 6.4), layout="constrained")
        panels: Any = figure.subplots(2, 2, sharey=True)
        for axes, each in zip(panels.flat, shown, strict=True):
            _draw(axes, each)
            axes.set_ylim(0, most)
        for axes in panels[:, 0]:
            axes.set_ylabel("write units a second")
        for axes in panels[1]:
            axes.set_xlabel("hour of the day")
        panels.flat[0].legend(frameon=False, loc="upper left")
        file.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(file, metadata={"Date": None} if file.suffix == ".svg" else None)


def _draw(axes: Any, found: Followed) -> None:
    sale = found.asked.shape.sale
    step = 1 if sale else 5
    window = slice(sale.start - 60, sale.stop + 120) if sale else slice(0, MINUTES)
    hours = np.arange(MINUTES)[window][::step] / 60
    # A tenth of a unit is not seen.
    asked, served, capacity = (
        units[window, _PART].reshape(-1, step).mean(axis=1).round(1)
        for units in (found.asked.units / 60, found.served / 60, found.capacity)
    )
    axes.fill_between(hours, asked, color=GREY, linewidth=0, label="asked for")
    refused = asked > served + 1
    axes.fill_between(
        hours, served, asked, where=refused, step="post", color=RED, linewidth=0, label="throttled"
    )
    axes.step(hours, capacity, where="post", color=GREEN, linewidth=1.3, label="capacity")
    axes.set_xlim(hours[0], hours[-1] + step / 60)
    axes.set_xticks(range(int(hours[0]), int(hours[-1]) + 2, 1 if sale else 4))
    title = f"{found.asked.shape.name}: {found.lost:.2%} of all units throttled"
    axes.set_title(title, loc="left", fontsize=9, color=INK)
    axes.spines[["top", "right"]].set_visible(False)

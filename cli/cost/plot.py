"""The plot of the cost: over requests a day, and what the bill consists of."""

from copy import replace
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from benchmarks.plot import GREEN, GREY, INK
from cli.cost.advice import after, largest
from cli.cost.bill import bill, total
from cli.cost.plan import Plan
from cli.cost.prices import Prices

AIM: Final = 100
LIMIT: Final = 500
"""Dollars a month for 1,000,000 requests a day."""

BLUE: Final = "#3a6ea5"
ORANGE: Final = "#b5541c"


def save(prices: Prices, file: Path) -> None:
    """Draws it into an SVG or PNG."""
    mpl.use("agg")
    with mpl.rc_context({"font.size": 9, "svg.fonttype": "none", "svg.hashsalt": "cost"}):
        figure = Figure(figsize=(11, 4.6), layout="constrained")
        curves, bars = figure.subplots(1, 2, width_ratios=(1.25, 1))
        _curves(curves, prices)
        _bars(bars, prices)
        figure.savefig(file, metadata={"Date": None} if file.suffix == ".svg" else None)


def _curves(axes: Any, prices: Prices) -> None:
    days = np.logspace(4, 7.5, 36)
    plan = Plan()
    kinds = (
        ("as the template is, 100,000,000 records", plan, GREEN, "-"),
        ("the same, provisioned, half of it used", replace(plan, utilisation=0.5), BLUE, "-"),
        ("after the four small changes", after(plan), ORANGE, "-"),
        ("as it is, without records", replace(plan, records=0), GREY, "--"),
    )
    for title, each, color, style in kinds:
        usd = [total(bill(replace(each, requests_per_day=day), prices)) for day in days]
        axes.plot(days, usd, color=color, linestyle=style, linewidth=1.6, label=title)
    for usd, name in ((AIM, "aim"), (LIMIT, "limit")):
        axes.axhline(usd, color=INK, linewidth=0.8, linestyle=":")
        axes.text(3e7, usd * 1.06, f"${usd}, the {name}", color=INK, ha="right")
    axes.axvline(1e6, color=INK, linewidth=0.8, linestyle=":")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(1e4, 3.2e7)
    axes.set_xticks([1e4, 1e5, 1e6, 1e7], ["10,000", "100,000", "1,000,000", "10,000,000"])
    axes.set_yticks([50, 100, 500, 1_000, 5_000, 10_000])
    axes.yaxis.set_major_formatter("${x:,.0f}")
    axes.minorticks_off()
    axes.set_xlabel("requests a day")
    _titled(axes, "Dollars a month")
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(0, 0.92))


def _bars(axes: Any, prices: Prices) -> None:
    items = largest(bill(Plan(), prices))
    names = [f"{item.service}: {item.name}" for item in items]
    bars = axes.barh(names, [item.usd for item in items], color=GREEN, height=0.7)
    axes.bar_label(bars, fmt="$%.0f", padding=3, color=INK)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.xaxis.set_visible(False)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(left=False)
    _titled(axes, "Items of the month at 1,000,000 requests a day")


def _titled(axes: Any, title: str) -> None:
    axes.set_title(title, loc="left", fontsize=9, color=INK)
    axes.spines[["top", "right"]].set_visible(False)

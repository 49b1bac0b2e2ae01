"""The pictures of a run, as SVG: for a page of either background, or for a document."""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.plot import GREEN, GREY
from load.gathering import ALL
from load.summary import PROMISED, Slice, Summary

BLUE: Final = "#3a6ea5"
ORANGE: Final = "#b5541c"
TEXT: Final = "#010203"
"""Stands for the color of the text around the picture."""

type Draw = Callable[[Summary], Figure | None]
"""Draws a picture of a run, if it has what is to be seen."""

type Look = tuple[str, str]
"""Color and style of a line."""

TOP: Final = 12
TITLES: Final = {
    "U3": "user by e-mail",
    "U7": "users of the organisation",
    "O2": "a user's orders",
    "I4": "revenue",
    "P8": "a product's stock",
    "I1": "invoice by id",
    "I2": "invoices",
    "I5": "top customers",
}


def latencies(found: Summary) -> Figure:
    """Percentiles over time of the rows whose time is promised."""
    figure = Figure(figsize=(12, 5.6), layout="constrained")
    panels = figure.subplots(2, 4, sharex=True, sharey=True)
    times = [one.at for one in found.slices]
    for axes, row in zip(panels.flat, PROMISED, strict=True):
        series = [one.rows.get(row) for one in found.slices]
        for place, (name, look) in enumerate(_LINES.items()):
            values = [None if one is None else one[place] for one in series]
            _line(axes, times, values, name, look)
        _titled(axes, f"{row}: {TITLES[row]}")
        axes.set_yscale("log")
        axes.axhline(2, color=TEXT, linewidth=0.7, linestyle=":")
    for axes in panels[:, 0]:
        axes.set_ylabel("ms", color=TEXT)
    for axes in panels[1]:
        axes.set_xlabel("seconds", color=TEXT)
    panels.flat[0].yaxis.set_major_formatter("{x:g}")
    handles, names = panels.flat[0].get_legend_handles_labels()
    figure.legend(
        handles, names, loc="outside upper center", ncols=4, frameon=False, labelcolor=TEXT
    )
    return figure


_LINES: Final[Mapping[str, Look]] = {
    "own p50": (GREEN, "-"),
    "own p99": (GREEN, "--"),
    "with the store p50": (BLUE, "-"),
    "with the store p99": (BLUE, "--"),
}


def course(found: Summary) -> Figure:
    """The run over time: requests a second, memory, what the machine had to do beside."""
    figure = Figure(figsize=(12, 3.2), layout="constrained")
    rate, memory, other = figure.subplots(1, 3)
    slices = found.slices
    times = [one.at for one in slices]
    _line(rate, times, _rates(slices), "requests a second", (GREEN, "-"))
    failed = [one.errors for one in slices]
    _line(rate, times, failed, "errors", (ORANGE, "-"))
    _titled(rate, "Requests a second, and errors")
    for number in range(found.workers):
        _line(memory, times, [one.rss[number] for one in slices], f"worker {number}", (GREEN, "-"))
    _titled(memory, "Resident memory of each worker, MB")
    _line(other, times, [one.load for one in slices], "load average, 1 minute", (GREY, "-"))
    _line(other, times, [one.bare for one in slices], "one bare boto3 call, ms, p50", (ORANGE, "-"))
    _line(other, times, [one.rows[ALL][0] for one in slices], "own time, ms, p50", (GREEN, "-"))
    _titled(other, "What the machine had beside")
    for axes in (rate, memory, other):
        axes.set_ylim(bottom=0)
        axes.set_xlabel("seconds", color=TEXT)
        axes.legend(frameon=False, fontsize=8, labelcolor=TEXT)
    return figure


def spread(found: Summary) -> Figure | None:
    """How the units are spread over partition keys; None if the store does not tell."""
    heat = found.heat
    if heat is None:
        return None
    figure = Figure(figsize=(12, 3.8), layout="constrained")
    curve, bars = figure.subplots(1, 2, width_ratios=(1, 1.5))
    counts = [int(count) for count in heat.shares if int(count) <= 2 * heat.keys]
    shares = [100 * heat.shares[str(count)] for count in counts]
    curve.plot(counts, shares, color=GREEN, marker="o", markersize=3, linewidth=1.4)
    curve.set_xscale("log")
    curve.set_ylim(0, 102)
    curve.set_xlabel("busiest partition keys", color=TEXT)
    _titled(curve, "Share of all units, %")
    top = heat.busiest[:TOP]
    total = heat.read + heat.write
    names = [f"{one.place}: {one.pk}" for one in top]
    reads, writes = (
        [100 * value / total for value in values]
        for values in zip(*((one.read, one.write) for one in top), strict=True)
    )
    bars.barh(names, reads, color=BLUE, height=0.7, label="read")
    bars.barh(names, writes, left=reads, color=GREEN, height=0.7, label="write")
    bars.invert_yaxis()
    bars.tick_params(axis="y", labelsize=7)
    bars.legend(frameon=False, fontsize=8, labelcolor=TEXT)
    _titled(bars, "The busiest keys, % of all units")
    return figure


def svg(draw: Draw, found: Summary, ink: str) -> str:
    """A picture as text, in which letters and lines have the color `ink`."""
    mpl.use("agg")
    style: dict[Any, Any] = {"font.size": 9, "svg.fonttype": "none", "svg.hashsalt": "load"}
    for part in ("axes.edgecolor", "xtick.color", "ytick.color"):
        style[part] = TEXT
    with mpl.rc_context(style):
        figure = draw(found)
        if figure is None:
            return ""
        text = io.StringIO()
        transparent = ink == "currentColor"
        figure.savefig(text, format="svg", metadata={"Date": None}, transparent=transparent)
    return text.getvalue().replace(TEXT, ink)


def _rates(slices: Sequence[Slice]) -> list[float]:
    ends = [0.0, *(one.at for one in slices)]
    pairs = zip(ends, ends[1:], slices, strict=False)
    return [one.requests / (end - begin) if end > begin else 0.0 for begin, end, one in pairs]


def _line(
    axes: Any, times: Sequence[float], values: Sequence[float | None], name: str, look: Look
) -> None:
    color, style = look
    known = [(at, value) for at, value in zip(times, values, strict=True) if value is not None]
    axes.plot(
        [at for at, _ in known],
        [value for _, value in known],
        color=color,
        linestyle=style,
        linewidth=1.1,
        label=name,
        marker="." if len(known) == 1 else None,
    )


def _titled(axes: Any, title: str) -> None:
    axes.set_title(title, loc="left", fontsize=9, color=TEXT)
    axes.spines[["top", "right"]].set_visible(False)

"""The document of a run, made from its summary and nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.plot import INK
from load import plots, summary
from load.bare import GET
from load.plots import TITLES
from load.summary import PROMISED, Bare, Summary
from local.provision import ROOT

FOLDER: Final = ROOT / "docs" / "load"
AIM: Final = 2.0
"""Milliseconds of own time at the 99th percentile, on an idle machine."""

HOT: Final = 8


def make(found: Summary, file: Path) -> None:
    """Writes the page, the picture and the data beside it."""
    summary.save(found, file.with_suffix(".json"))
    file.with_suffix(".svg").write_text(picture(found), encoding="utf-8")
    file.write_text(page(found, file.stem), encoding="utf-8")


def picture(found: Summary) -> str:
    """Percentiles over time, as SVG."""
    return plots.svg(plots.latencies, found, INK)


def page(found: Summary, name: str) -> str:
    """The page as Markdown. `name` is that of the files beside it."""
    return "\n".join(
        [*_top(found, name), *_promised(found, name), *_rest(found), *_means(found), ""]
    )


def _top(found: Summary, name: str) -> Iterator[str]:
    machine, rate = found.machine, found.requests / found.seconds
    yield f"<!-- Made by `make load` from {name}.json; change load/page.py instead. -->"
    yield f"# {found.requests:,} requests"
    yield ""
    yield (
        f"{found.requests:,} requests in the catalogue's mix, asked of the functions' own handlers "
        f"in {found.workers} processes: **{found.wrong:,} errors**, {rate:,.0f} requests a second "
        f"for {found.seconds / 60:,.0f} minutes, {found.all.calls:.2f} DynamoDB calls a request. "
        f"The authorizer checked {found.checks:,} tokens beside them. [How](README.md) it is done."
    )
    if found.interrupted:
        yield ""
        yield "**It was ended early.**"
    yield ""
    yield f"- **Store**: {found.store}."
    yield (
        f"- **Machine**: {machine.processor}, {machine.cores} cores, {machine.memory_gb:g} GB, "
        f"{machine.system}, Python {machine.python}. Its load average was {machine.load_before:g} "
        f"at the beginning and {machine.load_after:g} at the end: {_state(found)}."
    )
    yield f"- **Command**: `{found.command}`, of commit `{found.commit}`, on {found.began}."
    yield (
        f"- **Data**: {found.tenants} tenants, half of the requests one tenant's, the others by "
        f"Zipf's law; sizes as {found.size} (load/setting.py)"
        + ("." if found.items is None else f"; {found.items:,} items at the end.")
    )
    yield ""


def _state(found: Summary) -> str:
    """The run alone keeps all cores busy; what is beyond its own processes is others'."""
    before = found.machine.load_before >= 0.5
    after = found.machine.load_after - found.workers - 2 >= 0.5
    match before, after:
        case False, False:
            return "the run's own processes, and nothing beside"
        case True, False:
            return "others were at work when it began, and not when it ended"
        case _:
            return "more than the run's own processes, so others were at work"


def _promised(found: Summary, file: str) -> Iterator[str]:
    get = found.bare.get(GET)
    yield "## The rows whose time is promised"
    yield ""
    yield (
        "Milliseconds. *Own* is the handler's time without waiting for the store, *CPU* the "
        "processor time in it, *with the store* all of it. Both are also given as multiples of one "
        "bare boto3 `get_item`, made to the same store between the requests: p99 over its p99."
    )
    yield ""
    yield (
        "| row | requests | own p50 | own p99 | x boto3 | CPU p50 | CPU p99 "
        "| with the store p50 | p99 | x boto3 |"
    )
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    asked = [name for name in PROMISED if name in found.rows]
    for name in asked:
        row = found.rows[name]
        yield _line(
            f"{name} {TITLES[name]}",
            f"{row.requests:,}",
            *(f"{row.own.p50:.2f}", f"**{row.own.p99:.2f}**"),
            _ratio(row.own.p99, get),
            *(f"{row.cpu.p50:.2f}", f"{row.cpu.p99:.2f}"),
            *(f"{row.whole.p50:.2f}", f"{row.whole.p99:.2f}"),
            _ratio(row.whole.p99, get),
        )
    for name, bare in found.bare.items():
        yield _bare(name, bare, get)
    yield ""
    over = [name for name in asked if found.rows[name].own.p99 > AIM]
    if over:
        worst = _ratio(max(found.rows[name].own.p99 for name in over), get)
        yield (
            f"{', '.join(over)}: own time over {AIM:g} ms at the 99th percentile. The machine was "
            f"not idle: the store, the stream function and {found.workers} workers share "
            f"{found.machine.cores} cores, so a request is put aside for others while it is "
            f"measured. As a multiple of one bare boto3 call, which was put aside as often, they "
            f"are at most {worst}; what the processor did for them is in the CPU columns."
        )
    else:
        yield f"All of them under {AIM:g} ms of own time at the 99th percentile."
    yield ""
    yield f"![Percentiles over time]({file}.svg)"
    yield ""


def _bare(name: str, bare: Bare, get: Bare | None) -> str:
    return _line(
        f"one bare boto3 {name}",
        f"{bare.calls:,}",
        *("", "", "", "", ""),
        *(f"{bare.whole.p50:.2f}", f"{bare.whole.p99:.2f}"),
        _ratio(bare.whole.p99, get),
    )


def _ratio(milliseconds: float, get: Bare | None) -> str:
    """Over one call by boto3 at its 99th percentile, if there was one."""
    return f"{milliseconds / get.whole.p99:.2f}" if get else "-"


def _rest(found: Summary) -> Iterator[str]:
    yield "## What else was measured"
    yield ""
    first, last = found.slices[len(found.slices) // 10], found.slices[-1]
    grown = zip(first.rss, last.rss, strict=True)
    memory = ", ".join(f"{a or 0:.0f} to {b or 0:.0f} MB" for a, b in grown)
    yield f"- **Memory** of the workers, from a tenth of the time to the end: {memory}."
    cost = found.cost
    beside = "" if cost.store is None else f", {cost.store:.2f} of the store"
    beside += "" if cost.follower is None else f", {cost.follower:.2f} of the stream function"
    yield (
        f"- **Processor** milliseconds a request: {cost.worker:.2f} of a worker, with what it does "
        f"to ask, to check and to measure{beside}."
    )
    if found.stream is not None:
        yield (
            f"- **The stream** function followed every write, {found.stream.records:,} records, "
            f"{found.stream.failed:,} of them at a second attempt, and was done "
            f"{found.stream.seconds:.0f} s after the last request."
        )
    if found.money is not None:
        money = found.money
        same = "the same" if money.agrees else "NOT the same"
        yield (
            f"- **Money**: by the clients' own books {money.received:,} minor units were paid, "
            f"{money.given_back:,} given back; revenue (I4) says {money.net:,}: {same}."
        )
    if found.skipped:
        told = ", ".join(f"{count:,} of {name}" for name, count in sorted(found.skipped.items()))
        yield f"- **Not asked**, since there was nothing to ask about: {told}."
    yield ""
    if found.heat is not None:
        yield from _heat(found)


def _heat(found: Summary) -> Iterator[str]:
    heat = found.heat
    assert heat is not None
    total = heat.read + heat.write
    yield "## Spread over partition keys"
    yield ""
    yield (
        f"{heat.read:,.0f} read and {heat.write:,.0f} write units of table and indexes went to "
        f"{heat.keys:,} partition keys; the Gini coefficient is {heat.gini:.2f}. The busiest had "
        f"{heat.shares['1']:.1%}, the ten busiest {heat.shares['10']:.1%}, the hundred busiest "
        f"{heat.shares['100']:.1%}. What each has to carry at the peaks is in [a day](day.md)."
    )
    yield ""
    yield "| partition key | of | read units | write units | share |"
    yield "|---|---|--:|--:|--:|"
    for one in heat.busiest[:HOT]:
        share = f"{(one.read + one.write) / total:.2%}"
        yield _line(f"`{one.pk}`", one.place, f"{one.read:,.0f}", f"{one.write:,.0f}", share)
    yield ""


def _means(found: Summary) -> Iterator[str]:
    yield "## The mix"
    yield ""
    yield (
        "Share of the requests as asked and as the catalogue's peaks have it, then per request: "
        "own time and time with the store at the 99th percentile (ms), calls, and units. What a "
        "request needs, such as something in the cart before a checkout, was asked before it and "
        "counts as what it is."
    )
    yield ""
    yield "| row | asked | catalogue | own p99 | with the store | calls | read | write |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|"
    for name, row in found.rows.items():
        yield _line(
            name,
            *(f"{row.share:.2%}", f"{row.wanted:.2%}"),
            *(f"{row.own.p99:.2f}", f"{row.whole.p99:.2f}"),
            *(f"{row.calls:.2f}", f"{row.read:.1f}", f"{row.write:.1f}"),
        )
    yield ""
    yield "## What this tells about AWS, and what it does not"
    yield ""
    yield (
        "It tells that the functions answer the whole mix without an error, that no answer gives "
        "way to a stranger's key, that their memory does not grow, what their own code takes, how "
        "many calls and units a request has, and how these are spread. Own time carries over as a "
        "multiple: a Lambda function has a share of a core by its memory (1,769 MB: one), so "
        "measure one bare boto3 call there.\n\n"
        "It tells nothing of DynamoDB's own latency (single-digit milliseconds, and TLS and the "
        "network to it), of throttling and how partitions split, of cold starts, API Gateway and "
        "IAM, which the isolation tests ask on a cloud that enforces it. For those, run the "
        "[Locust suite](README.md#a-url) against a deployment."
    )


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"

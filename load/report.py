"""A run as one HTML file, which needs nothing else and follows the reader's light or dark."""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Final

from load import plots
from load.summary import PROMISED, Row, Summary

STYLE: Final = (Path(__file__).parent / "report.css").read_text(encoding="utf-8")

FIGURES: Final[tuple[tuple[plots.Draw, str, str], ...]] = (
    (
        plots.latencies,
        "Latency over time",
        "Own time is the handler's without waiting for the store; the dotted line is at 2 ms.",
    ),
    (plots.course, "The run", "Memory of a worker holds the functions and what it knows to ask."),
    (plots.spread, "Spread over partition keys", "Units of the table and its indexes."),
)


def html(found: Summary) -> str:
    """The report."""
    parts = [
        f"<h1>{found.requests:,} requests</h1>",
        f"<p>{escape(_sentence(found))}</p>",
        _cards(found),
        "<h2>The rows whose time is promised</h2>",
        _promised(found),
        *(_figure(found, *figure) for figure in FIGURES),
        "<h2>Every row of the mix</h2>",
        _rows(found),
        _errors(found),
        _hot(found),
        "<h2>How</h2>",
        _facts(found),
    ]
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width'>"
        f"<title>TenantQL: {found.requests:,} requests</title><style>{STYLE}</style>"
        f"<main>{''.join(parts)}</main></html>\n"
    )


def _sentence(found: Summary) -> str:
    early = " Ended early." if found.interrupted else ""
    return f"Asked on {found.began} of {found.store}.{early}"


def _cards(found: Summary) -> str:
    rate = found.requests / found.seconds
    cards = [
        ("errors", f"{found.wrong:,}", "good" if not found.wrong else "bad"),
        ("requests a second", f"{rate:,.0f}", ""),
        ("own time, p50", f"{found.all.own.p50:.2f} ms", ""),
        ("own time, p99", f"{found.all.own.p99:.2f} ms", ""),
        ("with the store, p99", f"{found.all.whole.p99:.2f} ms", ""),
        ("calls a request", f"{found.all.calls:.2f}", ""),
    ]
    if found.heat is not None:
        cards.append(("Gini of units over keys", f"{found.heat.gini:.2f}", ""))
    return (
        "<ul class=cards>"
        + "".join(
            f"<li class='{kind}'><b>{escape(value)}</b>{escape(name)}"
            for name, value, kind in cards
        )
        + "</ul>"
    )


def _promised(found: Summary) -> str:
    head = ["", "requests", "own p50", "own p99", "CPU p50", "CPU p99", "with store p50", "p99"]
    rows = [
        [
            f"{name} {plots.TITLES[name]}",
            f"{row.requests:,}",
            *_times(row.own.p50, row.own.p99, row.cpu.p50, row.cpu.p99),
            *_times(row.whole.p50, row.whole.p99),
        ]
        for name in PROMISED
        if (row := found.rows.get(name)) is not None
    ]
    for name, bare in found.bare.items():
        times = _times(bare.whole.p50, bare.whole.p99)
        rows.append([f"one bare boto3 {name}", f"{bare.calls:,}", "", "", "", "", *times])
    return _table(head, rows) + "<p class=note>Milliseconds.</p>"


def _rows(found: Summary) -> str:
    head = ["", "requests", "share", "catalogue", "own p50", "p99", "p99.9", "CPU mean"]
    head += ["with store p50", "p99", "most", "calls", "read", "write", "bytes"]
    body = [_row(name, row) for name, row in found.rows.items()]
    return _table(head, [*body, _row("all", found.all)])


def _row(name: str, row: Row) -> list[str]:
    return [
        name,
        f"{row.requests:,}",
        f"{row.share:.2%}",
        f"{row.wanted:.2%}",
        *_times(row.own.p50, row.own.p99, row.own.p999, row.cpu_mean),
        *_times(row.whole.p50, row.whole.p99, row.whole.most),
        f"{row.calls:.2f}",
        f"{row.read:.1f}",
        f"{row.write:.1f}",
        f"{row.bytes:,.0f}",
    ]


def _times(*values: float) -> list[str]:
    return [f"{value:.2f}" for value in values]


def _errors(found: Summary) -> str:
    if not found.wrong:
        return "<h2>Errors</h2><p>None: each answer was looked at.</p>"
    rows = [
        [row, code, f"{count:,}"]
        for row, codes in found.errors.items()
        for code, count in codes.items()
    ]
    examples = "".join(f"<pre>{escape(one[:600])}</pre>" for one in found.examples)
    return "<h2>Errors</h2>" + _table(["row", "code", "answers"], rows) + examples


def _hot(found: Summary) -> str:
    if found.heat is None:
        return ""
    total = found.heat.read + found.heat.write
    rows = [
        [f"{one.pk} ({one.place})", f"{one.read:,.0f}", f"{one.write:,.0f}", share]
        for one in found.heat.busiest
        for share in [f"{(one.read + one.write) / total:.2%}"]
    ]
    head = ["partition key", "read units", "write units", "of all units"]
    return "<h2>The busiest keys</h2>" + _table(head, rows)


def _facts(found: Summary) -> str:
    machine, cost = found.machine, found.cost
    facts = {
        "command": found.command,
        "commit": found.commit,
        "machine": f"{machine.processor}, {machine.cores} cores, {machine.memory_gb:g} GB, "
        f"{machine.system}, Python {machine.python}",
        "load average": f"{machine.load_before:g} before, {machine.load_after:g} after",
        "tenants": f"{found.tenants}, the largest {found.size}; {found.workers} workers",
        "authorizer": f"asked {found.checks:,} times beside the requests",
        "processor time of a request": f"worker {cost.worker:.2f} ms"
        + ("" if cost.store is None else f", store {cost.store:.2f} ms")
        + ("" if cost.follower is None else f", stream function {cost.follower:.2f} ms"),
    }
    if found.stream is not None:
        facts["stream"] = f"{found.stream.records:,} records followed"
    if found.money is not None:
        money = found.money
        facts["money"] = (
            f"paid {money.received:,}, given back {money.given_back:,}: "
            f"revenue says {money.net:,} minor units"
        )
    if found.skipped:
        told = ", ".join(f"{name}: {count:,}" for name, count in found.skipped.items())
        facts["nothing to ask about"] = told
    inside = (f"<dt>{escape(name)}<dd>{escape(text)}" for name, text in facts.items())
    return f"<dl>{''.join(inside)}</dl>"


def _figure(found: Summary, draw: plots.Draw, title: str, note: str) -> str:
    text = plots.svg(draw, found, "currentColor")
    if not text:
        return ""
    picture = text[text.index("<svg") :]
    return f"<h2>{escape(title)}</h2><p class=note>{escape(note)}</p><figure>{picture}</figure>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(name)}" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}" for cell in row) for row in rows)
    return f"<div class=wide><table><thead><tr>{top}<tbody>{body}</table></div>"

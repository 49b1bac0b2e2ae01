"""docs/access-patterns.md, from the catalogue, the data model's tables and the marked tests."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final

from local.patterns.catalogue import AREAS, Area, Catalogue, Row
from local.patterns.costs import Costs
from local.patterns.data_model import DataModel
from local.patterns.proofs import Proof
from local.provision import ROOT

FILE: Final = ROOT / "docs" / "access-patterns.md"

HEAD: Final = """\
<!-- Made by `make docs`; change local/patterns/catalogue.toml or docs/data-model.md instead. -->
# The access patterns

What the backend must serve, each row with the GraphQL fields that serve it, its key condition,
index and calls, the capacity units of a typical page or write, and the tests that prove it. This
page is made by `make docs`. A test fails if it is not up to date, if a row that is built has no
field or no test on the local cloud, or if a field of `Query` or `Mutation` belongs to no row.

- **Keys and calls** are those of the tables of [data-model.md](data-model.md), whose notes have
  the conditions in full; `T` stands for `TENANT#{tenant}`. Tests count the calls.
- **Units** are computed, not measured, by DynamoDB's rules (`local/memory/units.py`) from the sizes
  of [typical items](#typical-items): a page of the default 20 entries is 21 items, as one more
  tells whether there is a next page. `R` and `W` are read and write units; writes have every index
  entry in them, and a transaction's are double in the table. What a row reads first is left out
  unless it is named, and so is the stream's work. A row that is *1 a shard* or *1 a category* is
  of one.
- **Tests** have the mark `pattern`, and ask the endpoint itself on a local cloud with IAM on,
  unless they are in `tests/unit`.

`make bench ARGS="run patterns"` measures calls, units and time of the rows in a local cloud.
"""


def page(catalogue: Catalogue, model: DataModel, proofs: Mapping[str, Sequence[Proof]]) -> str:
    """The whole page. Raises KeyError for a row that the data model does not have."""
    costs = Costs(catalogue.sizes, model.indexes)
    parts = [HEAD]
    for area in AREAS:
        rows = {id: row for id, row in catalogue.rows.items() if area.holds(id)}
        parts.append("\n".join(_area(area, rows, model, costs, proofs)))
    parts.append("\n".join(_end(catalogue)))
    return "\n".join(parts)


def _area(
    area: Area,
    rows: Mapping[str, Row],
    model: DataModel,
    costs: Costs,
    proofs: Mapping[str, Sequence[Proof]],
) -> Iterator[str]:
    yield f"## {area.title}\n"
    yield "| id | pattern | fields | calls | units | tests |"
    yield "|---|---|---|---|---|---|"
    for id, row in rows.items():
        fields = "<br>".join(f"`{name}`" for name in row.fields) or "-"
        units = "; ".join(str(costs.of(calls)) for calls in row.typical) or "-"
        shown = f"[{id}](#{id.lower()})" if id in proofs or not row.left else id
        state = f" (*{row.left}*)" if row.left else ""
        tests = len(proofs.get(id, ())) or "-"
        yield f"| {shown} | {row.pattern}{state} | {fields} | {row.calls} | {units} | {tests} |"
    yield f"\nNotes and conditions: [data-model.md](data-model.md#{area.section}).\n"
    for id, row in rows.items():
        if id in proofs or not row.left:
            yield from _row(id, row, model, costs, proofs.get(id, ()))


def _row(
    id: str, row: Row, model: DataModel, costs: Costs, found: Sequence[Proof]
) -> Iterator[str]:
    yield f"### {id}\n"
    yield f"{row.pattern}.\n"
    if row.instead:
        yield f"No field: {row.instead}.\n"
    yield "| operation | table or index | key condition or actions | calls | consistency |"
    yield "|---|---|---|---|---|"
    for each in model.accesses[id]:
        cells = (each.operation, each.place, each.key, each.calls, each.consistency)
        yield f"| {' | '.join(cells)} |"
    yield ""
    for calls in row.typical:
        yield f"- Units: **{costs.of(calls)}** for `{calls}`"
    if row.beside:
        yield f"- Beside that: {row.beside}"
    for file, tests in groupby(found, key=attrgetter("file")):
        names = ", ".join(f"`{test.function}`" for test in tests)
        yield f"- Tests: [{file.removeprefix('tests/')}](../{file}): {names}"
    yield ""


def _end(catalogue: Catalogue) -> Iterator[str]:
    yield "## Fields of no row\n"
    for field, why in catalogue.unnamed.items():
        yield f"- `{field}`: {why}"
    yield "\n## Typical items\n"
    yield "Bytes, names of attributes and keys included.\n"
    yield "| item | bytes |\n|---|---|"
    for name, size in sorted(catalogue.sizes.items()):
        yield f"| {name} | {size:,} |"
    yield ""

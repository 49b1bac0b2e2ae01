"""What a run found: tables to read, targets that are met or not, data for programs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.table import Table


@dataclass(frozen=True)
class Target:
    """A measured value with the most that it may be.

    A ratio is of medians; `p10` and `cpu` are the same of the fastest tenth and of processor time,
    which a busy machine changes less.
    """

    what: str
    value: float
    limit: float
    unit: str = "x"
    p10: float | None = None
    cpu: float | None = None

    @property
    def met(self) -> bool:
        """Whether the value keeps the limit."""
        return self.value <= self.limit

    def data(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "what": self.what,
            "value": self.value,
            "unit": self.unit,
            "p10": self.p10,
            "cpu": self.cpu,
            "target": self.limit,
            "met": self.met,
        }


@dataclass(frozen=True)
class Findings:
    """What one part of the benchmarks found."""

    tables: Sequence[Table]
    data: Any
    targets: Sequence[Target] = field(default_factory=list[Target])


def new_table(title: str, first: str, *numbers: str) -> Table:
    """An empty table: a column of names, then columns of numbers."""
    table = Table(title=title, box=None, header_style="bold", title_justify="left")
    table.add_column(first, min_width=28, no_wrap=True)
    for number in numbers:
        table.add_column(number, justify="right", no_wrap=True)
    return table


def targets_table(targets: Sequence[Target]) -> Table:
    """All targets of a run."""
    table = new_table("Targets", "", "value", "by p10", "by CPU", "target", "")
    for target in targets:
        table.add_row(
            target.what,
            f"{target.value:.2f} {target.unit}",
            *("" if ratio is None else f"{ratio:.2f}" for ratio in (target.p10, target.cpu)),
            f"<= {target.limit:g} {target.unit}",
            "[green]met[/]" if target.met else "[red]not met[/]",
        )
    return table

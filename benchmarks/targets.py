"""What is promised, and whether this run keeps it."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table


@dataclass(frozen=True)
class Target:
    """A measured value with the most that it may be: now, and once operations are compiled."""

    what: str
    value: float
    now: float | None = None
    later: float | None = None
    unit: str = "x"

    def text(self, limit: float | None) -> str:
        """A limit, and whether the value keeps it."""
        if limit is None:
            return ""
        verdict = "[green]met[/]" if self.value <= limit else "[red]not met[/]"
        return f"<= {limit:g} {self.unit}  {verdict}"


def targets_table(targets: Sequence[Target]) -> Table:
    """All targets of a run."""
    table = Table(title="Targets", box=None, header_style="bold", title_justify="left")
    table.add_column("what")
    table.add_column("value", justify="right")
    table.add_column("target")
    table.add_column("later target")
    for target in targets:
        value = f"{target.value:.2f} {target.unit}"
        table.add_row(target.what, value, target.text(target.now), target.text(target.later))
    return table

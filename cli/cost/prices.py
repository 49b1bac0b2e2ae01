"""Prices of AWS, as a dated file of a region has them."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import msgspec

FILE: Final = Path(__file__).parent.parent / "prices" / "us-east-1.toml"

NAMES: Final = (
    *("api_requests", "lambda_requests", "lambda_gb_seconds"),
    *("read_request_units", "write_request_units", "read_capacity_hours", "write_capacity_hours"),
    *("storage", "recovery", "backups", "stream_reads", "sts"),
    *("log_bytes", "log_storage", "metrics", "alarms", "traces", "bytes_out", "active_users"),
    *("composite_alarms", "dashboards", "keys"),
)
"""The prices that a file has to have."""


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`usd` buys `per` units; beyond `over` units of a month they cost `usd_over`.

    `page` is AWS's, and `confirmed` says what else has the figure; empty if nothing could be found.
    """

    usd: float
    per: float
    unit: str
    page: str
    confirmed: str
    over: float = float("inf")
    usd_over: float = 0.0

    def of(self, quantity: float) -> float:
        """Dollars for so many units in a month."""
        within = min(quantity, self.over)
        return (within * self.usd + (quantity - within) * self.usd_over) / self.per


@dataclass(frozen=True)
class Prices:
    """The prices of a region on a day, by their names."""

    region: str
    date: date
    each: dict[str, Price]

    def __getitem__(self, name: str) -> Price:
        return self.each[name]


def load(file: Path = FILE) -> Prices:
    """The prices in `file`. Raises OSError, and ValueError if it is no list of all prices."""
    content = msgspec.toml.decode(file.read_bytes(), type=dict[str, Any])
    try:
        region, day = str(content.pop("region")), msgspec.convert(content.pop("date"), date)
    except KeyError as error:
        raise ValueError(f"{file} has no {error.args[0]}") from None
    each = msgspec.convert(content, dict[str, Price])
    if missing := [name for name in NAMES if name not in each]:
        raise ValueError(f"{file} has no price of {', '.join(missing)}")
    return Prices(region, day, each)

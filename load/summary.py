"""What a run found, as data: the report and the page are made of nothing else."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from load.statistics import Quantiles

PROMISED: Final = ("U3", "U7", "O2", "I4", "P8", "I1", "I2", "I5")
"""The rows whose time the catalogue promises."""


class Machine(msgspec.Struct, frozen=True):
    """What the run was done on. Load averages are of a minute, at the beginning and the end."""

    processor: str
    cores: int
    memory_gb: float
    system: str
    python: str
    load_before: float
    load_after: float


class Row(msgspec.Struct, frozen=True):
    """One row of the catalogue, or all of them: times in milliseconds, the rest per request.

    `own` is without waiting for the store, `whole` with it, `cpu` processor time of the thread.
    """

    requests: int
    share: float
    wanted: float
    own: Quantiles
    whole: Quantiles
    cpu: Quantiles
    own_mean: float
    whole_mean: float
    cpu_mean: float
    calls: float
    read: float
    write: float
    bytes: float


class Bare(msgspec.Struct, frozen=True):
    """One call by boto3 to the same store, in the same moments: milliseconds."""

    calls: int
    whole: Quantiles


class Slice(msgspec.Struct, frozen=True):
    """A few seconds: when they ended, requests, errors, and by row p50 and p99, own and whole."""

    at: float
    requests: int
    errors: int
    rows: Mapping[str, tuple[float, float, float, float]]
    bare: float | None
    rss: Sequence[float | None]
    store_rss: float | None
    waiting: int | None
    """Records of the stream that are not followed yet."""
    load: float


class Hot(msgspec.Struct, frozen=True):
    """A partition key and its units."""

    place: str
    pk: str
    read: float
    write: float


class Heat(msgspec.Struct, frozen=True):
    """How units are spread over partition keys. `shares`: of the so many busiest keys."""

    keys: int
    read: float
    write: float
    gini: float
    shares: Mapping[str, float]
    busiest: Sequence[Hot]


class Cost(msgspec.Struct, frozen=True):
    """Processor milliseconds of a request, by process."""

    worker: float
    store: float | None
    follower: float | None


class Stream(msgspec.Struct, frozen=True):
    """What the stream function followed; `seconds` after the last request it was done."""

    records: int
    failed: int
    seconds: float


class Money(msgspec.Struct, frozen=True):
    """Minor units that were paid and given back, as the clients know, and what revenue says."""

    received: int
    given_back: int
    net: int

    @property
    def agrees(self) -> bool:
        """Whether revenue is what was paid less what was given back."""
        return self.net == self.received - self.given_back


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A run: `seconds` without setting the scene."""

    command: str
    commit: str
    began: str
    seconds: float
    interrupted: bool
    store: str
    workers: int
    tenants: int
    size: str
    seed: int
    machine: Machine
    requests: int
    checks: int
    """Looks of the authorizer at a token, beside the requests."""
    check: Quantiles | None
    errors: Mapping[str, Mapping[str, int]]
    """Answers that were not right: by row and code."""
    examples: Sequence[str]
    skipped: Mapping[str, int]
    """Requests that were drawn and for which there was nothing to ask about."""
    rows: Mapping[str, Row]
    all: Row
    bare: Mapping[str, Bare]
    slices: Sequence[Slice]
    cost: Cost
    items: int | None
    heat: Heat | None
    stream: Stream | None
    money: Money | None

    @property
    def wrong(self) -> int:
        """All answers that were not right."""
        return sum(sum(codes.values()) for codes in self.errors.values())


def load(file: Path) -> Summary:
    """A summary as it was written. Raises msgspec.ValidationError for another file."""
    return msgspec.json.decode(file.read_bytes(), type=Summary)


def save(summary: Summary, file: Path) -> None:
    """Writes it, a line for each slice and row."""
    fields: dict[str, Any] = msgspec.to_builtins(summary)
    lines = [f'"{name}": {_text(value)}' for name, value in fields.items()]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _text(value: Any) -> str:
    if isinstance(value, dict) and len(value) > 3:  # pyright: ignore[reportUnknownArgumentType] - JSON
        inside = [f"{_json(name)}: {_json(each)}" for name, each in value.items()]  # pyright: ignore[reportUnknownVariableType] - JSON
        return "{\n" + ",\n".join(inside) + "}"
    if isinstance(value, list) and len(value) > 3:  # pyright: ignore[reportUnknownArgumentType] - JSON
        return "[\n" + ",\n".join(_json(each) for each in value) + "]"  # pyright: ignore[reportUnknownVariableType] - JSON
    return _json(value)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()

"""What a request of each flow weighs beside the table's units: rounds, and bytes of the answer.

`weights.json` has it, as it was measured last, together with the footprints.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from tenantql.engine.observation import Observation

FILE: Final = Path(__file__).with_name("weights.json")


class Weight(msgspec.Struct, frozen=True, kw_only=True):
    """One request: its rounds by their slowest call, and the bytes of its answer."""

    reads: int = 0
    writes: int = 0
    transactions: int = 0
    bytes: int = 0


def load() -> dict[str, Weight]:
    """The weights as they were measured last, by the names of their flows."""
    return msgspec.json.decode(FILE.read_bytes(), type=dict[str, Weight])


def save(weights: Mapping[str, Weight]) -> None:
    """Write the file, a line for each flow."""
    lines = (
        f'"{name}": {msgspec.json.encode(weight).decode()}' for name, weight in weights.items()
    )
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def weight_of(observed: Observation | None) -> Weight:
    """What the request weighed that was observed; of none, nothing."""
    if observed is None:
        return Weight()
    kinds = ["reads", "writes", "transactions"]
    counts = dict.fromkeys(kinds, 0)
    for one in observed.record:
        counts[max((_kind(call.operation) for call in one.calls), key=kinds.index)] += 1
    return Weight(**counts, bytes=observed.bytes or 0)


def _kind(operation: str) -> str:
    if operation == "TransactWriteItems":
        return "transactions"
    return "reads" if operation in {"GetItem", "BatchGetItem", "Query"} else "writes"

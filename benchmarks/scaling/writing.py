"""Writes the derived limits to where they are deployed from: template.yaml, Terraform's module."""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from benchmarks.scaling.demand import PARTS, SIZES
from benchmarks.scaling.settings import COOLDOWN_IN, COOLDOWN_OUT, TARGET, limits
from local.provision import ROOT, TEMPLATE

CAPACITY: Final = ROOT / "infra" / "terraform" / "tables" / "capacity.json"
"""The limits for Terraform: by size, table or index, and Read or Write."""


SETTINGS: Final = {
    "TargetValue": round(100 * TARGET),
    "ScaleOutCooldown": 60 * COOLDOWN_OUT,
    "ScaleInCooldown": 60 * COOLDOWN_IN,
}
"""Of every scaling policy: per cent of the capacity, and seconds."""


def logical(place: str) -> str:
    """The beginning of the names that template.yaml has for a table or index."""
    if place in {"table", "control"}:
        return {"table": "DataTable", "control": "ControlTable"}[place]
    return f"DataTable{place[0].upper()}{place[1:]}"


def mappings() -> dict[str, str]:
    """The template's mappings of limits, a line each, by name."""
    return {
        name: f"  {name}: {{{', '.join(_sizes(place, kind))}}}\n"
        for place, kind in PARTS
        for name in [f"{logical(place)}{kind}"]
    }


def _sizes(place: str, kind: str) -> Iterator[str]:
    for size in SIZES:
        found = limits(size)[place, kind]
        yield f"{size.name}: {{Least: {found.least}, Most: {found.most}}}"


def template(text: str) -> str:
    """The template with these lines. Raises ValueError if it has not each of them once."""
    for name, line in mappings().items():
        text, found = re.subn(rf"^  {name}: {{.*}}\n", line, text, flags=re.MULTILINE)
        if found != 1:
            raise ValueError(f"template.yaml has {found} mappings {name}")
    for name, value in SETTINGS.items():
        text = re.sub(rf"^( +{name}): \d+$", rf"\1: {value}", text, flags=re.MULTILINE)
    return text


def capacity() -> bytes:
    """The same for Terraform, as JSON."""
    found = {
        "target": SETTINGS["TargetValue"],
        "cooldown_out": SETTINGS["ScaleOutCooldown"],
        "cooldown_in": SETTINGS["ScaleInCooldown"],
        "limits": {
            size.name: {
                f"{place}/{kind}": {"least": each.least, "most": each.most}
                for (place, kind), each in limits(size).items()
            }
            for size in SIZES
        },
    }
    return msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"


def write() -> None:
    """Write both."""
    TEMPLATE.write_text(template(TEMPLATE.read_text(encoding="utf-8")), encoding="utf-8")
    CAPACITY.parent.mkdir(parents=True, exist_ok=True)
    CAPACITY.write_bytes(capacity())

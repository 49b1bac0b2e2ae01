"""What must hold for tables that the stack is given: they take the place of its own, everywhere."""

import json
from typing import Any, Final, cast

from tests.template.stack import Node, Stack, accepts
from tests.template.table_checks import references
from tests.template.told_metrics import watched_by

CHOICES: Final = {
    "DataTable": ("HasOwnDataTable", {"ExistingDataTable", "ExistingDataTableStream"}),
    "ControlTable": ("HasOwnControlTable", {"ExistingControlTable"}),
}
"""By logical id: the condition under which there is such a table, and what stands for it else."""

DATA: Final = "shop-data-basic-02"
CONTROL: Final = "shop-control-02"
STREAM: Final = "2026-02-02T00:00:00.000"
GIVEN: Final = {
    "ExistingDataTable": DATA,
    "ExistingDataTableStream": STREAM,
    "ExistingControlTable": CONTROL,
}
_OWN: Final = {
    "shop-data-basic-01/stream/2026-01-01T00:00:00.000": f"{DATA}/stream/{STREAM}",
    "shop-data-basic-01": DATA,
    "shop-control": CONTROL,
}
_TABLE: Final = "AWS::DynamoDB::Table"
_SCALING: Final = "AWS::ApplicationAutoScaling::"


def tables_are_reached_by_the_choice(template: Node) -> list[str]:
    """Whoever refers to a table does so in an Fn::If that has the given one as its other side."""
    return [
        f"{section}>{place}"
        for section in ("Globals", "Resources", "Outputs")
        for place in _unchosen(template.get(section, {}), "")
    ]


def _unchosen(node: Any, place: str) -> list[str]:
    """The places below `node` that refer to a table without a choice, or choose wrongly."""
    if isinstance(node, list):
        parts = enumerate(cast("list[Any]", node))
        return [found for index, part in parts for found in _unchosen(part, f"{place}>{index}")]
    if not isinstance(node, dict):
        return []
    mapping = cast("Node", node)
    if _is_choice(mapping.get("Fn::If")):
        return []
    if isinstance(mapping.get("Fn::Sub"), list):
        text, given = mapping["Fn::Sub"]
        return _unchosen({"Fn::Sub": text}, place) + _unchosen(given, place)
    if set(mapping) <= {"Ref", "Fn::GetAtt", "Fn::Sub"}:
        return [place] if references(mapping) & {*CHOICES} else []
    return [found for key, part in mapping.items() for found in _unchosen(part, f"{place}>{key}")]


def _is_choice(argument: Any) -> bool:
    """Whether an Fn::If is between one of the tables and what is given for it."""
    if not isinstance(argument, list):
        return False
    condition, own, other = cast("tuple[Any, Any, Any]", argument)
    return any(
        condition == chosen
        and references(own) & {*CHOICES} == {table}
        and references(other) & {*CHOICES} == set()
        and references(other) & given
        for table, (chosen, given) in CHOICES.items()
    )


def given_tables_take_the_place_of_own(template: Node) -> list[str]:
    """The stack is the same but for the names, and makes no table."""
    own = Stack.of(template, CapacityMode="provisioned").resources
    given = Stack.of(template, CapacityMode="provisioned", **GIVEN).resources
    found = [name for name, body in given.items() if body["Type"] == _TABLE]
    wanted = {name: _renamed(body) for name, body in own.items() if body["Type"] != _TABLE}
    found += [f"{name} is there for one alone" for name in wanted.keys() ^ given.keys()]
    return found + [name for name in wanted.keys() & given.keys() if wanted[name] != given[name]]


def _renamed(body: Node) -> Node:
    text = json.dumps(body)
    for name, other in _OWN.items():
        text = text.replace(name, other)
    return json.loads(text)


def own_tables_are_not_renamed_by_the_other(template: Node) -> list[str]:
    """Either table may be given alone."""
    cases = (
        ("DataTable", {name: GIVEN[name] for name in CHOICES["DataTable"][1]}),
        ("ControlTable", {name: GIVEN[name] for name in CHOICES["ControlTable"][1]}),
    )
    return [
        f"with {table} given: {sorted(made)}"
        for table, given in cases
        if (made := {*Stack.of(template, **given).of_type(_TABLE)}) != {*CHOICES} - {table}
    ]


def upkeep_is_one_sides(template: Node) -> list[str]:
    """Whoever keeps the tables up elsewhere gets no scaling and no alarm of them from the stack."""
    resources = Stack.of(
        template, CapacityMode="provisioned", TableUpkeep="elsewhere", **GIVEN
    ).resources
    return [
        name
        for name, body in resources.items()
        if body["Type"].startswith(_SCALING)
        or "TableName"
        in {key for _, _, at in watched_by(body.get("Properties", {})) for key, _ in at}
    ]


def tables_are_given_whole(template: Node) -> list[str]:
    """A table without its stream is refused, and so is upkeep elsewhere of what the stack makes."""
    data = {name: GIVEN[name] for name in CHOICES["DataTable"][1]}
    cases: tuple[tuple[dict[str, str], bool], ...] = (
        ({}, True),
        (GIVEN, True),
        (data, True),
        ({"ExistingControlTable": CONTROL}, True),
        ({"ExistingDataTable": DATA}, False),
        ({"ExistingDataTableStream": STREAM}, False),
        ({"TableUpkeep": "elsewhere", **GIVEN}, True),
        ({"TableUpkeep": "elsewhere"}, False),
        ({"TableUpkeep": "elsewhere", **data}, False),
        ({"TableUpkeep": "elsewhere", "ExistingControlTable": CONTROL}, False),
    )
    return [
        f"{'refuses' if wanted else 'takes'} {given}"
        for given, wanted in cases
        if accepts(template, given) != wanted
    ]

"""Situations: whose keys a request asks for, as seen by whoever sends it.

Every row of the matrix has items of its own, so that rows change nothing of each other's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

INDEXES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "GSI1": ("GSI1PK", "GSI1SK"),
        "GSI2": ("GSI2PK", "GSI2SK"),
        "GSI3": ("GSI3PK", "GSI3SK"),
        "directory": ("DIRPK", "PK"),
        "platform": ("PLATPK", "PLATSK"),
    }
)
"""Partition and sort key of each index of a tenant table (docs/data-model.md)."""


class Whose(StrEnum):
    """To whom a partition key belongs, for the tenant that asks."""

    OWN = "own"
    BOOKKEEPING = "own, under SYS#"
    SHARED = "a table's or a tier's record"
    FOREIGN = "not its own"


class Place(StrEnum):
    """Which table a request names."""

    DATA = "data"
    OTHER = "another data table"
    CONTROL = "control"


@dataclass(frozen=True, slots=True)
class Tenants:
    """The tenants of a run. `long` starts with `short` and a dash, as look-alikes do."""

    short: str = "acme"
    long: str = "acme-eu"
    stranger: str = "globex"


@dataclass(frozen=True, slots=True)
class Situation:
    """What a request is about.

    `leads` are the starts of the partition keys of a request's first and second item, in terms of
    `Tenants`; a request for one item takes the first. `whose` says the same as the rules do.
    `caller` names the tenant of the session. In a planted situation the index keys lead
    elsewhere than the table's: `planted` is where an index key of the other kind starts.
    """

    name: str
    leads: tuple[str, str]
    whose: tuple[Whose, Whose]
    caller: str = "short"
    place: Place = Place.DATA
    planted: str | None = None

    @property
    def mixed(self) -> bool:
        """Whether the two items differ, so that a request for one item has no part in it."""
        return self.leads[0] != self.leads[1]


def _one(name: str, lead: str, whose: Whose, **more: str) -> Situation:
    return Situation(
        name,
        (lead, lead),
        (whose, whose),
        caller=more.get("caller", "short"),
        place=Place(more.get("place", Place.DATA)),
        planted=more.get("planted"),
    )


_OWN: Final = "TENANT#{short}#"
_SYS: Final = "TENANT#{short}#SYS#"
_LONG: Final = "TENANT#{long}#"
_STRANGER: Final = "TENANT#{stranger}#"

OWN_KEY: Final = _one("own key", _OWN, Whose.OWN)
BOOKKEEPING: Final = _one("own SYS# key", _SYS, Whose.BOOKKEEPING)
PLANTED: Final = _one("planted index key", _OWN, Whose.OWN, planted=_STRANGER)
OTHER_TENANT: Final = _one("other tenant", _STRANGER, Whose.FOREIGN)
OTHER_TABLE: Final = _one("other table", _OWN, Whose.OWN, place=Place.OTHER)
CONTROL: Final = _one("own record", "TENANT#{short}", Whose.OWN, place=Place.CONTROL)
OTHER_RECORD: Final = _one(
    "longer id's record", "TENANT#{long}", Whose.FOREIGN, place=Place.CONTROL
)
SHARED_RECORD: Final = _one("table's record", "TABLE#", Whose.SHARED, place=Place.CONTROL)

SITUATIONS: Final = (
    OWN_KEY,
    BOOKKEEPING,
    PLANTED,
    OTHER_TENANT,
    _one("longer id", _LONG, Whose.FOREIGN),
    _one("shorter id", _OWN, Whose.FOREIGN, caller="long"),
    _one("other's SYS#", "TENANT#{long}#SYS#", Whose.FOREIGN),
    Situation("own + other", (_OWN, _STRANGER), (Whose.OWN, Whose.FOREIGN)),
    Situation("own + longer id", (_OWN, _LONG), (Whose.OWN, Whose.FOREIGN)),
    Situation("longer id + own", (_LONG, _OWN), (Whose.FOREIGN, Whose.OWN)),
    Situation("SYS# + own", (_SYS, _OWN), (Whose.BOOKKEEPING, Whose.OWN)),
    Situation("SYS# + other's", (_SYS, "TENANT#{long}#SYS#"), (Whose.BOOKKEEPING, Whose.FOREIGN)),
    _one("no delimiter", "TENANT#{short}", Whose.FOREIGN),
    _one("wildcard", "TENANT#*#", Whose.FOREIGN),
    _one("no tenant", "ORDERS#PLACED#", Whose.FOREIGN),
    OTHER_TABLE,
    CONTROL,
    OTHER_RECORD,
    SHARED_RECORD,
)


@dataclass(frozen=True, slots=True)
class Target:
    """One item that a request names: its keys, and the index keys that it has or is given."""

    table: str
    pk: str
    sk: str
    indexes: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def key(self) -> dict[str, dict[str, str]]:
        """The table key, as DynamoDB takes it."""
        return {"PK": {"S": self.pk}, "SK": {"S": self.sk}}

    def index_key(self, index: str) -> str:
        """The partition key of the item in an index."""
        return self.indexes[INDEXES[index][0]]

    @property
    def item(self) -> dict[str, dict[str, str]]:
        """The whole item as it is seeded."""
        values = {name: {"S": value} for name, value in self.indexes.items()}
        return {**self.key, **values, "type": {"S": "IsolationCheck"}}


def targets(
    situation: Situation, tenants: Tenants, table: str, case: str, indexes: Iterable[str]
) -> tuple[Target, Target]:
    """The two items of a situation for one row, which `case` names, with keys of `indexes`.

    In a planted situation these lead elsewhere than the table's key does: with a request for one
    index, the index's key is the session's own and the item a stranger's; with several, which a
    write sets, it is the other way round.
    """
    names = [INDEXES[index] for index in indexes]
    made: list[Target] = []
    for position, lead in enumerate(situation.leads):
        table_key = index_key = _key(lead, tenants, case)
        if situation.planted is not None:
            elsewhere = _key(situation.planted, tenants, case)
            if len(names) > 1:
                index_key = elsewhere
            else:
                table_key = elsewhere
        sk = f"{case}#{position}"
        sort_keys = {sort: sk for _, sort in names if sort != "PK"}
        partitions = {partition: index_key for partition, _ in names}
        made.append(Target(table, table_key, sk, sort_keys | partitions))
    return made[0], made[1]


def _key(lead: str, tenants: Tenants, case: str) -> str:
    """A partition key that starts with `lead`; one without a delimiter at its end is the key."""
    start = lead.format(short=tenants.short, long=tenants.long, stranger=tenants.stranger)
    return f"{start}{case}" if start.endswith("#") else start

"""What is asked: the operations that every side answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from benchmarks import shop
from tenantql.table import global_ids
from tenantql.table.entity import entity_of
from tenantql.tenancy.identity import Identity
from tests.unit.http.events import posted

MONEY: Final = "{ amount currency }"

_USER: Final = "id subject email username displayName roles createdAt updatedAt"

_KEYS: Final = count()


@dataclass(frozen=True)
class Case:
    """An operation, who asks it, and whether one call of the API reads what it needs."""

    name: str
    title: str
    text: str
    variables: Callable[[], Mapping[str, Any]] = dict[str, Any]
    who: Identity = field(default=shop.STAFF)
    one_call: bool = True

    def event(self) -> dict[str, Any]:
        """An event that asks it; of a write, each time another one."""
        return posted(self.text, variables=self.variables(), identity=self.who)


def _invoice_id() -> dict[str, str]:
    shown = shop.invoice_number(0)
    return {"id": global_ids.encode(entity_of(type(shown)), shown)}


A: Final = Case(
    "A",
    "GetItem, one object of 10 fields",
    f"""query($id: ID!) {{ invoice(id: $id) {{
      id number status issuedAt dueAt paidAt total {MONEY} refunded {MONEY} }} }}""",
    _invoice_id,
)

B: Final = Case(
    "B",
    "Query, 50 items of 8 fields, nodes",
    f"""{{ users(first: {shop.PAGE}) {{ nodes {{ {_USER} }}
      pageInfo {{ hasNextPage endCursor }} }} }}""",
)

B_EDGES: Final = Case(
    "B-edges",
    "the same, each with its cursor",
    f"""{{ users(first: {shop.PAGE}) {{ edges {{ cursor node {{ {_USER} }} }}
      pageInfo {{ hasNextPage endCursor }} }} }}""",
)

CASES: Final[Mapping[str, Case]] = {case.name: case for case in (A, B, B_EDGES)}

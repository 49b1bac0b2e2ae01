"""What is asked: the operations that every side answers."""

from collections.abc import Iterator, Mapping
from copy import replace
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any, Final

import msgspec

from benchmarks import shop
from benchmarks.stub.delays import AT_ONCE, IN_REGION
from tenantql.table import global_ids
from tenantql.table.entity import entity_of
from tenantql.tenancy.identity import Identity
from tests.unit.http.events import posted

REPEATS: Final = 1_000
"""Events of a write before its idempotency keys come again; the stand-in keeps none."""

MONEY: Final = "{ amount currency }"

_USER: Final = "id subject email username displayName roles createdAt updatedAt"


@dataclass(frozen=True)
class Case:
    """An operation, who asks it, and how late the stand-in answers its calls.

    `together` says that its calls depend on none of each other. What a write makes up anew each
    time (`made_up`) is not compared between the sides.
    """

    name: str
    title: str
    text: str
    variables: Mapping[str, Any] = field(default_factory=dict[str, Any])
    who: Identity = field(default=shop.STAFF)
    delay: float = AT_ONCE
    together: bool = True
    writes: bool = False
    made_up: frozenset[str] = frozenset()

    def events(self) -> Iterator[dict[str, Any]]:
        """Events that ask it, without end; of a write, each time another one."""
        return cycle([self._event(key) for key in range(REPEATS if self.writes else 1)])

    def _event(self, key: int) -> dict[str, Any]:
        own = {"i": {"idempotencyKey": f"benchmark-{key}"}} if self.writes else {}
        return posted(self.text, variables={**self.variables, **own}, identity=self.who)


def global_id(item: msgspec.Struct) -> str:
    """What clients know an item by."""
    return global_ids.encode(entity_of(type(item)), item)


_INVOICES: Final = f"""invoices(status: PARTLY_REFUNDED, first: 5) {{
  nodes {{ id number status total {MONEY} }} }}"""

A: Final = Case(
    "A",
    "GetItem, one object of 10 fields",
    f"""query($id: ID!) {{ invoice(id: $id) {{
      id number status issuedAt dueAt paidAt total {MONEY} refunded {MONEY} }} }}""",
    {"id": global_id(shop.invoice_number(0))},
)

B: Final = Case(
    "B",
    "Query, 50 items of 8 fields, nodes",
    f"""{{ users(first: {shop.PAGE}) {{ nodes {{ {_USER} }}
      pageInfo {{ hasNextPage endCursor }} }} }}""",
)

B_EDGES: Final = Case(
    "B-edges",
    "Query, 50 items of 8 fields, edges",
    f"""{{ users(first: {shop.PAGE}) {{ edges {{ cursor node {{ {_USER} }} }}
      pageInfo {{ hasNextPage endCursor }} }} }}""",
)

ONE: Final = Case("one", "one list of 5", f"{{ {_INVOICES} }}")

FIVE: Final = Case(
    "five",
    "five lists of 5, independent",
    f"""query($id: ID!) {{
      users(first: 5) {{ nodes {{ id displayName email }} }}
      {_INVOICES}
      recentOrders(first: 5) {{ nodes {{ id number placedAt total {MONEY} }} }}
      orders(userId: $id, first: 5) {{ nodes {{ id number status placedAt }} }}
      topCustomers(currency: "EUR", first: 5) {{ nodes {{ spend {MONEY} }} }} }}""",
    {"id": global_id(shop.user_number(0))},
)

CHECKOUT: Final = Case(
    "checkout",
    f"{shop.CART_LINES} lines, two reads, a transaction",
    f"""mutation($i: CheckoutInput!) {{ checkout(input: $i) {{ order {{ id number status
      total {MONEY} lines {{ title quantity total {MONEY} }} }} userErrors {{ code }} }} }}""",
    who=shop.BUYER,
    together=False,
    writes=True,
    made_up=frozenset({"id", "number"}),
)


def later(case: Case) -> Case:
    """The same, where an answer takes what it takes within a region."""
    wait = f"{IN_REGION * 1e3:g}"
    title = f"{case.title}; server {wait} ms"
    return replace(case, name=f"{case.name}-{wait}ms", title=title, delay=IN_REGION)


ONE_LATER: Final = later(ONE)
FIVE_LATER: Final = later(FIVE)

CASES: Final[Mapping[str, Case]] = {
    case.name: case
    for case in (A, B, B_EDGES, ONE, FIVE, ONE_LATER, FIVE_LATER, CHECKOUT, later(CHECKOUT))
}

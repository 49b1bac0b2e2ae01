"""The schemas that the layer ships: with resolvers that answer anything, and with their own."""

from collections.abc import Sequence
from copy import replace
from datetime import datetime
from functools import cache, partial
from itertools import count
from typing import Any, Final

import msgspec
from graphql import GraphQLSchema

from local.memory import Memory
from tenantql.engine.context import Context
from tenantql.engine.rounds import Rounds, With
from tenantql.engine.schema import PLATFORM_SCHEMA, TENANT_SCHEMA, bind_schema, read_schema
from tenantql.engine.ulids import ulid
from tenantql.table import calls
from tenantql.table.entity import entity_of
from tenantql.table.requests import AnyRequest
from tenantql.table.sending import PLAIN, Outcome
from tenantql.tenancy.identity import Role
from tests.differential.cases import Subject, answered
from tests.differential.operations import Writing
from tests.unit.authorization.shop import SUBJECTS, SmallShop, identity_of
from tests.unit.builders import NOW, access
from tests.unit.schemas import SHIPPED

SHOP: Final = SmallShop("acme")
IDS: Final = {**SHOP.ids(), "user": SHOP.ids()["customer"]}
CURSOR_KEYS: Final = (bytes.fromhex("c0" * 32),)


@cache
def _schema(name: str, *, answering: bool) -> GraphQLSchema:
    """A schema of its own for what is `answering` anything, whose resolvers are replaced."""
    del answering
    return bind_schema(read_schema(name), SHIPPED[name])


def own_subject(seed: int) -> Subject:
    """The tenants' schema, or at times the operators', with resolvers that answer anything."""
    name = PLATFORM_SCHEMA if seed % 4 == 3 else TENANT_SCHEMA
    return answered(_schema(name, answering=True), seed)


class Visit(Context, frozen=True):
    """A context in a small shop, in which nobody has done anything yet."""

    memory: Memory = msgspec.field(default_factory=Memory)

    def answers(self, requests: Sequence[AnyRequest]) -> Sequence[Outcome]:
        """What requests come to, all with the tenant's right."""
        assert not any(isinstance(request, With) for request in requests), "operators do that"
        return calls.run_all(self.memory, [(each, access()) for each in requests], PLAIN)

    def left(self) -> list[str]:
        """Nothing is known of the resolvers' coroutines."""
        return []

    def steps(self) -> object:
        """The table as it is in the end."""
        return self.memory.items


@cache
def _items() -> list[Any]:
    return [entity_of(type(item)).encode(item) for item in SHOP.items()]


def _visit(number: int, _trouble: float) -> Visit:
    memory, ids = Memory(), count(1)
    for item in _items():
        memory.put(item)

    def new_id(moment: datetime) -> str:
        return ulid(moment, next(ids))

    who = identity_of([*SUBJECTS][number % len(SUBJECTS)], "acme")
    if number % 3:
        who = replace(who, roles=frozenset(Role) - {Role.PLATFORM})
    return Visit(
        who,
        Rounds(memory, access),
        now=NOW,
        new_id=new_id,
        cursor_keys=CURSOR_KEYS,
        memory=memory,
    )


def shop_subject(_seed: int) -> Subject:
    """The tenants' schema with its own resolvers, over a table in memory."""
    schema = _schema(TENANT_SCHEMA, answering=False)
    return Subject(schema, _visit, partial(Writing, schema, ids=IDS))

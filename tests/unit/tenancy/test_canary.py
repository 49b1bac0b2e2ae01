"""The canary's judgement: what is held, what is a breach, and what says nothing of either."""

from collections.abc import Callable
from typing import Any

import pytest

from tenantql.errors import TenantqlError
from tenantql.table.access import Access, Credentials
from tenantql.table.encoding import Call
from tenantql.table.errors import AccessDenied, Throttled
from tenantql.table.keys import tenant_prefix
from tenantql.table.transport import Answer, OneByOne
from tenantql.tenancy.canary import Read, watch
from tenantql.tenancy.errors import VendingFailed
from tenantql.tenancy.identity import CANARIES
from tenantql.tenancy.policy import Level
from tests.unit.builders import CREDENTIALS

type Answering = Callable[[Call, bool], Answer]
"""The answer to a call, which is for the caller's own item or not."""

ITEM: Answer = {"Item": {"PK": {"S": "x"}}, "Items": [{"PK": {"S": "x"}}]}


class Table(OneByOne):
    """A table that answers as it is told, and remembers the calls."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self.calls: list[Call] = []

    def send(self, call: Call, credentials: Credentials) -> Answer:
        self.calls.append(call)
        own = tenant_prefix(credentials.access_key) in str(call.parameters)
        return self._answering(call, own)


class Vending:
    """A vendor whose credentials say whose they are; `error` in place of some."""

    def __init__(self, *failing: str) -> None:
        self._failing = failing

    def access(self, tenant: str, table: str, level: Level) -> Access:
        if tenant in self._failing:
            raise VendingFailed(f"no credentials at {level}")
        credentials = Credentials(tenant, CREDENTIALS.secret_key, None)
        return Access(table, tenant_prefix(tenant), credentials)


def watched(answering: Answering, *failing: str) -> Any:
    vendor: Any = Vending(*failing)
    return watch(Table(answering), vendor, "shop-data-basic-01")


def held(_call: Call, own: bool) -> Answer:
    if own:
        return ITEM
    raise AccessDenied("access denied")


def test_own_items_and_refusals_hold() -> None:
    assert watched(held).held


def test_an_answer_without_an_item_is_a_breach_all_the_same() -> None:
    found = watched(lambda _call, own: ITEM if own else {"Items": []})
    assert len(found.breaches) == len(CANARIES) * 2 * len(Read)
    assert not found.held


@pytest.mark.parametrize("error", [Throttled("busy"), TenantqlError("a defect")])
def test_another_refusal_says_nothing(error: TenantqlError) -> None:
    def answering(call: Call, own: bool) -> Answer:
        if not own and call.operation == "GetItem":
            raise error
        return held(call, own)

    found = watched(answering)
    assert (found.breaches, found.held) == ((), False)
    assert {each.split(": ")[1] for each in found.unproven} == {type(error).__name__}


def test_without_credentials_nothing_is_known() -> None:
    found = watched(held, CANARIES[1])
    assert found.breaches == ()
    assert found.unproven == tuple(
        f"credentials of {CANARIES[1]}@{level}: VendingFailed" for level in ("read", "write")
    )


def test_an_item_that_is_not_there_is_written_and_looked_for_again() -> None:
    written: list[str] = []

    def answering(call: Call, own: bool) -> Answer:
        if call.operation == "PutItem":
            written.append(call.parameters["Item"]["PK"]["S"])
            return {}
        if own and not written:
            return {}
        return held(call, own)

    assert watched(answering).held
    assert written == [f"TENANT#{CANARIES[0]}#SYS#CANARY"]


def test_an_item_that_never_comes_proves_nothing() -> None:
    def answering(call: Call, own: bool) -> Answer:
        if call.operation == "PutItem" or (own and "IndexName" in call.parameters):
            return {}
        return held(call, own)

    found = watched(answering)
    assert {each.split(": ")[1] for each in found.unproven} == {"no item"}
    assert all(Read.INDEX in each for each in found.unproven)

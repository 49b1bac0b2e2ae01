"""Usage and budgets (T5): counted by instances, written under IAM, read by those who may."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from tenantql.accounts.model import User
from tenantql.http.options import HttpOptions
from tenantql.table import calls
from tenantql.table.access import Access
from tenantql.table.encoding import Call
from tenantql.table.entity import entity_of
from tenantql.table.errors import AccessDenied, ForeignKey
from tenantql.table.requests import Get, Query
from tenantql.tenancy.budgets import Budget
from tenantql.tenancy.credentials import PlatformRole
from tenantql.tenancy.identity import Identity, Role
from tenantql.tenancy.metering import INTERVAL, Metering
from tenantql.tenancy.policy import Level
from tenantql.tenancy.routing import Tier
from tenantql.tenancy.usage import UsageDay
from tests.integration.installation import Installation, Instance, id_of, member
from tests.unit.builders import NOW, USER_ID, organisation, user
from tests.unit.commerce.builders import id_of_number
from tests.unit.http.events import event

OPERATOR = Identity(None, "operator", frozenset({Role.PLATFORM}))
NAME = "{ organisation { name } }"
FIELDS = "date requests refused cost readUnits writeUnits bytes"
USAGE = f"query($from: Date!, $to: Date!) {{ usage(from: $from, to: $to) {{ {FIELDS} }} }}"
OF_TENANT = f"""query($id: ID!, $from: Date!, $to: Date!) {{
  tenant(id: $id) {{ id usage(from: $from, to: $to) {{ {FIELDS} }} }}
}}"""
DAYS = {"from": "2026-11-20", "to": "2026-11-22"}


@dataclass
class Metered:
    """An instance with a clock of its own, and a budget of cost of 10 a second."""

    installation: Installation
    seconds: float = 0.0
    instance: Instance = field(init=False)

    def __post_init__(self) -> None:
        self.instance = self.installation.endpoint(
            metering=Metering(
                dict.fromkeys(Tier, Budget(cost=10, units=1_000)),
                clock=lambda: self.seconds,
                now=lambda: self.moment,
            ),
            options=HttpOptions(max_batch=20),
        )

    @property
    def moment(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)


@pytest.fixture
def metered(installation: Installation) -> Metered:
    return Metered(installation)


@pytest.fixture
def tenant(installation: Installation) -> str:
    made = installation.new_tenant()
    installation.write(organisation(made), user(made))
    return made


@pytest.mark.pattern("T5")
def test_an_administrator_reads_what_the_organisation_used(
    installation: Installation, metered: Metered, tenant: str
) -> None:
    admin = member(tenant, Role.ADMIN)
    for _ in range(3):
        answer = metered.instance.ask(admin, NAME)
        assert answer.operations == ["GetItem"]
    metered.seconds = INTERVAL
    # The write goes with the round of the next request, with credentials for reading.
    assert metered.instance.ask(admin, NAME).operations == ["GetItem", "UpdateItem"]
    found = metered.instance.ask(admin, USAGE, **DAYS)
    assert found.operations == ["Query"]
    (day,) = found.data["usage"]
    assert day.pop("bytes") > 3 * len("Acme Trading")
    assert day.pop("cost") >= 3
    assert day == {
        "date": "2026-11-21",
        "requests": 3,
        "refused": 0,
        "readUnits": 3,
        "writeUnits": 0,
    }
    (item,) = [one for one in installation.items(tenant) if one["type"] == {"S": "UsageDay"}]
    assert int(item["expires_at"]["N"]) > metered.moment.timestamp()


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.SELLER, Role.STAFF])
def test_others_do_not(metered: Metered, tenant: str, role: Role) -> None:
    answer = metered.instance.ask(member(tenant, role), USAGE, **DAYS)
    assert answer.codes == ["FORBIDDEN"]
    assert answer.operations == []


@pytest.mark.parametrize(
    "days",
    [
        {"from": "2026-11-22", "to": "2026-11-21"},
        {"from": "2026-01-01", "to": "2026-12-31"},
        {"from": "2026-02-30", "to": "2026-03-01"},
        {"from": "today", "to": "2026-03-01"},
    ],
)
def test_a_range_that_is_none_is_refused(
    metered: Metered, tenant: str, days: dict[str, str]
) -> None:
    answer = metered.instance.ask(member(tenant, Role.ADMIN), USAGE, **days)
    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.operations == []


@pytest.mark.pattern("T5")
def test_the_platform_reads_each_tenants_usage_and_nothing_else_of_it(
    installation: Installation, metered: Metered, tenant: str
) -> None:
    metered.instance.ask(member(tenant, Role.STAFF), NAME)
    metered.seconds = INTERVAL
    metered.instance.ask(member(tenant, Role.STAFF), NAME)
    operators = installation.operators()
    answer = operators.ask(OPERATOR, OF_TENANT, id=tenant, **DAYS)
    assert answer.operations == ["GetItem", "Query"]
    (day,) = answer.data["tenant"]["usage"]
    assert (day["date"], day["requests"]) == ("2026-11-21", 1)


def test_iam_gives_the_platform_no_other_key_of_the_tenant(
    installation: Installation, tenant: str
) -> None:
    role = PlatformRole(installation.stack.platform_data_role_arn, installation.cloud.region)
    vendor = installation._vending("platform", role)
    access = vendor.access(tenant, installation.stack.data_table, Level.READ)
    other = installation.new_tenant()
    key = entity_of(User).key(tenant=tenant, id=USER_ID)
    usage = entity_of(UsageDay)
    own = calls.run(installation.transport, _days(usage.pk.format({"tenant": tenant})), access)
    assert own.items == ()
    requests: list[Any] = [
        Get(User, key),
        Query(User, key.pk),
        _days(usage.pk.format({"tenant": other})),
        Get(UsageDay, usage.key(tenant=tenant, date="2026-11-21")),
    ]
    # The check of keys would refuse the first ones itself; without it, IAM does.
    open_access = Access(access.table, "", access.credentials)
    for request in requests:
        with pytest.raises(AccessDenied):
            calls.run(installation.transport, request, open_access)
    for request in requests[:3]:
        with pytest.raises(ForeignKey):
            calls.run(installation.transport, request, access)


def _days(pk: str) -> Query[UsageDay]:
    return Query(UsageDay, pk, sk_begins="DAY#")


def test_the_cost_stands_in_each_answer(metered: Metered, tenant: str) -> None:
    customer = member(tenant, Role.CUSTOMER)
    first, second = (metered.instance.ask(customer, NAME).extensions["cost"] for _ in range(2))
    assert first["refillPerSecond"] == 10
    assert first["left"] - second["left"] == second["asked"]


def test_a_flood_is_held_back_and_another_tenant_is_not(
    installation: Installation, metered: Metered, tenant: str
) -> None:
    calm = installation.new_tenant()
    installation.write(organisation(calm))
    flooding, other = member(tenant, Role.STAFF), member(calm, Role.STAFF)
    refused = 0
    for number in range(120):
        answer = metered.instance.ask(flooding, NAME)
        if answer.codes:
            refused += 1
            assert answer.codes == ["RATE_LIMITED"]
            assert (answer.status, answer.operations) == (429, [])
            wait = int(answer.headers["retry-after"])
            assert wait >= 1
            assert answer.body["errors"][0]["extensions"]["retryAfter"] == wait
        if number % 10 == 0:
            metered.seconds += 0.1
            assert metered.instance.ask(other, NAME).data == {
                "organisation": {"name": "Acme Trading"}
            }
    assert refused > 40
    metered.seconds += 10
    assert metered.instance.ask(flooding, NAME).codes == []
    metered.seconds += INTERVAL
    metered.instance.ask(flooding, NAME)
    found = metered.instance.ask(member(tenant, Role.ADMIN), USAGE, **DAYS).data["usage"]
    assert found[0]["refused"] == refused


def one_field(ids: list[str]) -> object:
    return {"query": "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", "variables": {"ids": ids}}


def aliases(ids: list[str]) -> object:
    fields = (f'a{number}: node(id: "{id}") {{ id }}' for number, id in enumerate(ids))
    return {"query": f"{{ {' '.join(fields)} }}"}


def keys_read(call: Call) -> int:
    if call.operation == "GetItem":
        return 1
    (asked,) = call.parameters["RequestItems"].values()
    return len(asked["Keys"])


def batch(ids: list[str]) -> object:
    return [aliases([id]) for id in ids]


@pytest.mark.parametrize("packed", [one_field, aliases, batch])
def test_guesses_are_as_many_however_they_are_packed(
    metered: Metered, tenant: str, packed: Callable[[list[str]], object]
) -> None:
    staff = member(tenant, Role.STAFF)
    headers = {"content-type": "application/json"}
    read = 0
    for request in range(12):
        ids = [id_of(user(tenant, id=id_of_number(10 * request + each))) for each in range(10)]
        found = event(body=json.dumps(packed(ids)), headers=headers, identity=staff)
        answer = metered.instance.send(staff, found)
        read += sum(map(keys_read, answer.calls))
    # Five seconds of ten units: what was saved up, and no time has passed.
    assert 40 <= read <= 50


def test_documents_that_are_not_valid_are_held_back_too(metered: Metered, tenant: str) -> None:
    staff = member(tenant, Role.STAFF)
    codes = [metered.instance.ask(staff, "{ nothing }").codes[0] for _ in range(60)]
    assert codes[0] == "BAD_USER_INPUT"
    assert codes[-1] == "RATE_LIMITED"

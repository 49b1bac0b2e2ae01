"""The store answers over HTTP as DynamoDB does, to our transport and to boto3, and keeps rights."""

from collections.abc import Iterator
from copy import replace
from itertools import count
from typing import Any

import boto3
import pytest

from load.store.process import StoreProcess, ask
from load.store.store import CONTROL, DATA, FUNCTION
from local.memory.units import item_bytes, write_units
from tenantql.accounts.model import User
from tenantql.table import calls
from tenantql.table.access import Access, Credentials
from tenantql.table.direct.transport import DirectTransport
from tenantql.table.entity import Key, entity_of
from tenantql.table.errors import AccessDenied, ConditionFailed
from tenantql.table.expressions import Set, equals
from tenantql.table.requests import Get
from tenantql.table.transport import Transport
from tenantql.table.transports import Kind, Wire
from tenantql.table.writes import Create, Transact, Update
from tenantql.tenancy.credentials import TenantRole, Vendor
from tenantql.tenancy.policy import Level
from tenantql.tenancy.sts import sts_over
from tests.unit.builders import stored, user
from tests.unit.commerce.builders import id_of_number

REGION = "us-east-1"
NUMBERS = count(100)


def key_of(person: User) -> Key:
    return entity_of(User).key_of(person)


@pytest.fixture
def ada() -> User:
    """A user of the test's own."""
    return user(id=id_of_number(next(NUMBERS)))


@pytest.fixture(scope="module")
def store() -> Iterator[StoreProcess]:
    with StoreProcess() as running:
        yield running


@pytest.fixture
def transport(store: StoreProcess) -> Iterator[Transport]:
    made = DirectTransport(REGION, {"AWS_ENDPOINT_URL": store.url})
    yield made
    made.close()


@pytest.fixture
def write(store: StoreProcess) -> Access:
    """A right to write that the store's STS has issued."""
    own = {"AWS_ACCESS_KEY_ID": FUNCTION, "AWS_SECRET_ACCESS_KEY": "secret"}
    wire = Wire(Kind.DIRECT, REGION, {"AWS_ENDPOINT_URL": store.url, **own})
    role = TenantRole("arn:aws:iam::123456789012:role/load-tenant", REGION)
    return Vendor(role, sts_over(wire)).access("acme", DATA, Level.WRITE)


def test_what_is_written_is_read_and_told_of(
    store: StoreProcess, transport: Transport, write: Access, ada: User
) -> None:
    ask(store.url, "Take", b"1000")
    calls.run(transport, Create(ada), write)
    assert calls.run(transport, Get(User, key_of(ada)), write) == ada
    ((record,),) = ask(store.url, "Take", b"10").values()
    assert record["dynamodb"]["NewImage"] == stored(ada)
    assert "OldImage" not in record["dynamodb"]


def test_a_condition_that_fails_tells_what_is_there(
    transport: Transport, write: Access, ada: User
) -> None:
    calls.run(transport, Create(ada), write)
    other = user(id=id_of_number(next(NUMBERS)))
    change = Update(User, key_of(ada), (Set("display_name", "Bo"),), equals("version", 9))
    tried: list[tuple[Any, int]] = [(change, 0), (Transact((Create(other), change)), 1)]
    for request, place in tried:
        with pytest.raises(ConditionFailed) as failed:
            calls.run(transport, request, write)
        assert failed.value.failed == (place,)
        assert failed.value.stored == {place: ada}
    # Of a transaction nothing is written.
    assert calls.run(transport, Get(User, key_of(other)), write) is None


def test_a_strangers_key_is_refused(transport: Transport, write: Access) -> None:
    # The layer's own check of the key must not be what refuses it.
    with pytest.raises(AccessDenied):
        calls.run(transport, Get(User, key_of(user("globex"))), replace(write, lead=""))


def test_a_right_to_read_writes_nothing(transport: Transport, write: Access, ada: User) -> None:
    read = replace(write.credentials, access_key=f"acme@{Level.READ}")
    with pytest.raises(AccessDenied):
        calls.run(transport, Create(ada), replace(write, credentials=read))


@pytest.mark.parametrize(("holder", "table"), [(FUNCTION, DATA), ("acme@read", CONTROL)])
def test_credentials_are_for_one_table(
    transport: Transport, write: Access, ada: User, holder: str, table: str
) -> None:
    theirs = Credentials(holder, "secret", "token")
    access = replace(write, credentials=theirs, table=table)
    with pytest.raises(AccessDenied):
        calls.run(transport, Get(User, key_of(ada)), access)


def test_boto3_gets_the_same_and_the_units_of_a_write(
    store: StoreProcess, write: Access, ada: User
) -> None:
    own = write.credentials
    session = boto3.Session(own.access_key, own.secret_key, own.token, REGION)
    client: Any = session.client("dynamodb", endpoint_url=store.url)
    item = stored(ada)
    told = client.put_item(TableName=DATA, Item=item, ReturnConsumedCapacity="TOTAL")
    table = write_units(item_bytes(item), transactional=False)
    # The entries of the indexes that a user is in are written as well.
    assert told["ConsumedCapacity"]["CapacityUnits"] > table
    key = {"PK": item["PK"], "SK": item["SK"]}
    assert client.get_item(TableName=DATA, Key=key, ConsistentRead=True)["Item"] == item


def test_units_are_counted_by_partition_key_from_when_it_is_told_to(
    store: StoreProcess, transport: Transport, write: Access, ada: User
) -> None:
    store.put([ada])
    calls.run(transport, Get(User, key_of(user())), write)
    ask(store.url, "Forget")
    calls.run(transport, Get(User, key_of(ada)), write)
    heat = ask(store.url, "Heat")
    assert [(one["place"], one["pk"]) for one in heat["busiest"]] == [("table", key_of(ada).pk)]
    assert (heat["keys"], heat["write"]) == (1, 0)

"""Idempotency: a key belongs to one user and one operation, and remembers its input."""

from datetime import timedelta

import msgspec

from tenantql.engine import idempotency
from tenantql.engine.idempotency import IdempotencyRecord
from tenantql.table.entity import Key, entity_of
from tenantql.table.requests import Get
from tests.unit.builders import AT, NOW, context, stored

RESULT = Key("TENANT#acme#USER#1", "PROFILE")


class Input(msgspec.Struct, frozen=True):
    name: str = "ada"
    roles: tuple[str, ...] = ()


INPUT = Input()


def record(
    operation: str = "createUser",
    subject: str = "somebody",
    key: str = "key-1",
    fields: msgspec.Struct = INPUT,
) -> IdempotencyRecord:
    return idempotency.record(context(subject=subject), operation, key, fields, RESULT)


def test_a_record_holds_the_result_and_lives_a_day() -> None:
    found = record()
    assert (found.result_pk, found.result_sk) == (RESULT.pk, RESULT.sk)
    assert found.expires_at == int((NOW + timedelta(days=1)).timestamp())
    assert (found.tenant, found.created_by, found.created_at) == ("acme", "somebody", AT)


def test_a_record_is_where_reading_cannot_write() -> None:
    item = stored(record())
    assert item["PK"]["S"] == f"TENANT#acme#IDEMPOTENCY#{record().digest}"
    assert "#SYS#" not in item["PK"]["S"]


def test_nothing_of_the_key_or_the_input_is_stored() -> None:
    found = repr(stored(record(key="my-key", fields=Input(name="secret"))))
    assert "my-key" not in found
    assert "secret" not in found


def test_the_same_key_and_input_are_the_same_record() -> None:
    assert record() == record()


def test_a_key_belongs_to_one_user_and_one_operation() -> None:
    keys = [
        record(),
        record(operation="createInvoice"),
        record(subject="another"),
        record(key="key-2"),
        # What separates the parts could stand in one of them.
        record(subject="a\nb", key="c"),
        record(subject="a", key="b\nc"),
        record(subject='a","b', key="c"),
        record(subject="a", key='b","c'),
    ]
    assert len({each.digest for each in keys}) == len(keys)


def test_another_input_has_another_fingerprint() -> None:
    inputs = [Input(), Input(name="bob"), Input(roles=("a",)), Input(roles=("a", "b"))]
    found = [record(fields=fields) for fields in inputs]
    assert len({each.digest for each in found}) == 1
    assert len({each.fingerprint for each in found}) == len(inputs)


def test_the_earlier_record_is_read_consistently() -> None:
    key = entity_of(IdempotencyRecord).key(tenant="acme", digest=record().digest)
    assert idempotency.earlier(record()) == Get(IdempotencyRecord, key, consistent=True)

"""Persisted documents in the table: one tenant's alone, with a TTL, under the right to read."""

import json
import time
from hashlib import sha256
from typing import Any

import pytest

from tenantql.engine.document_mode import Mode
from tenantql.engine.documents import LIFETIME, MAX_BYTES, Documents, PersistedQuery
from tenantql.table import calls
from tenantql.table.attributes import RawItem
from tenantql.table.entity import entity_of
from tenantql.table.errors import AccessDenied
from tenantql.table.writes import Delete
from tenantql.tenancy.identity import Role
from tenantql.tenancy.policy import Level
from tenantql.tenancy.routing import Status
from tests.integration.installation import Answer, Installation, Instance, member
from tests.unit.builders import organisation
from tests.unit.http.events import GRAPHQL_JSON, event

NAME = "query Name { organisation { name } }"


def hash_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def ask(instance: Instance, tenant: str | None, text: str | None, name: str, **more: Any) -> Answer:
    """What a client of automatic persisted queries gets: by the hash, or by hash and text."""
    role = Role.CUSTOMER if tenant else Role.PLATFORM
    who = member(tenant, role)  # pyright: ignore[reportArgumentType] - an operator has none
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": name}}
    body = {"query": text, "extensions": extensions, **more}
    headers = {"content-type": "application/json", "accept": GRAPHQL_JSON}
    return instance.send(who, event(body=json.dumps(body), headers=headers, identity=who))


def kept(installation: Installation, tenant: str) -> list[RawItem]:
    return [item for item in installation.items(tenant) if "#SYS#QUERY#" in item["PK"]["S"]]


@pytest.fixture
def tenant(installation: Installation) -> str:
    tenant = installation.new_tenant()
    installation.write(organisation(tenant))
    return tenant


@pytest.fixture
def automatic(installation: Installation) -> Instance:
    return installation.endpoint(Documents(Mode.AUTOMATIC))


@pytest.fixture
def another(installation: Installation) -> Instance:
    """Another instance of the function, which remembers nothing."""
    return installation.endpoint(Documents(Mode.AUTOMATIC))


def test_a_document_is_sent_once_and_named_from_then_on(
    automatic: Instance, another: Instance, installation: Installation, tenant: str
) -> None:
    first = ask(automatic, tenant, None, hash_of(NAME))
    assert (first.status, first.codes) == (404, ["PERSISTED_QUERY_NOT_FOUND"])
    assert first.body["errors"][0]["message"] == "PersistedQueryNotFound"
    assert first.operations == ["GetItem"]
    second = ask(automatic, tenant, NAME, hash_of(NAME))
    assert second.data == {"organisation": {"name": "Acme Trading"}}
    assert second.operations == ["PutItem", "GetItem"]
    third = ask(automatic, tenant, None, hash_of(NAME))
    assert (third.data, third.operations) == (second.data, ["GetItem"]), "remembered"
    elsewhere = ask(another, tenant, None, hash_of(NAME))
    assert (elsewhere.data, elsewhere.operations) == (second.data, ["GetItem", "GetItem"])
    assert ask(another, tenant, None, hash_of(NAME)).operations == ["GetItem"]
    assert ask(another, tenant, NAME, hash_of(NAME)).operations == ["GetItem"], "not kept again"
    (item,) = kept(installation, tenant)
    assert item["document"] == {"S": NAME}
    left = int(item["expires_at"]["N"]) - time.time()
    assert LIFETIME.total_seconds() - 60 < left <= LIFETIME.total_seconds()


def test_another_tenant_does_not_have_it_and_cannot_tell(
    automatic: Instance, installation: Installation, tenant: str
) -> None:
    other = installation.new_tenant()
    assert ask(automatic, tenant, NAME, hash_of(NAME)).status == 200
    known, unknown = (ask(automatic, other, None, hash_of(text)) for text in (NAME, "{ a }"))
    assert (known.status, known.body) == (unknown.status, unknown.body)
    assert known.codes == ["PERSISTED_QUERY_NOT_FOUND"]
    assert known.operations == unknown.operations == ["GetItem"]
    assert kept(installation, other) == []


def test_a_document_id_names_it_as_well(
    automatic: Instance, another: Instance, tenant: str
) -> None:
    ask(automatic, tenant, NAME, hash_of(NAME))
    who = member(tenant, Role.CUSTOMER)
    for name, status in ((f"sha256:{hash_of(NAME)}", 200), ("x-other:1", 404)):
        body = json.dumps({"documentId": name})
        headers = {"content-type": "application/json", "accept": GRAPHQL_JSON}
        found = another.send(who, event(body=body, headers=headers, identity=who))
        assert found.status == status


def test_a_mutation_is_kept_with_the_right_to_read(
    automatic: Instance, another: Instance, installation: Installation, tenant: str
) -> None:
    text = "mutation { createUser(input: {email: %s}) { user { id } } }"
    assert ask(automatic, tenant, text, hash_of(text)).codes == ["BAD_USER_INPUT"]
    assert kept(installation, tenant) == [], "it is not valid"
    text = "mutation M($input: FavouriteInput!) { addFavourite(input: $input) { __typename } }"
    variables = {"input": {"productId": "x"}}
    for instance, sent in ((automatic, text), (another, None)):
        found = ask(instance, tenant, sent, hash_of(text), variables=variables)
        assert found.line["kind"] == "mutation"
    assert len(kept(installation, tenant)) == 1


@pytest.mark.parametrize("level", [Level.READ, Level.WRITE])
def test_no_right_reaches_another_tenants_documents(
    automatic: Instance, installation: Installation, tenant: str, level: Level
) -> None:
    other = installation.new_tenant()
    ask(automatic, tenant, NAME, hash_of(NAME))
    (item,) = kept(installation, tenant)
    client: Any = installation.cloud.client(
        "dynamodb",
        **_keys(installation, other, level),
    )
    key = {"PK": item["PK"], "SK": item["SK"]}
    for call in (
        lambda: client.get_item(TableName=installation.stack.data_table, Key=key),
        lambda: client.put_item(TableName=installation.stack.data_table, Item=item),
    ):
        with pytest.raises(client.exceptions.ClientError, match="AccessDenied"):
            call()


def _keys(installation: Installation, tenant: str, level: Level) -> dict[str, str]:
    found = installation.access(tenant, level).credentials
    return {
        "aws_access_key_id": found.access_key,
        "aws_secret_access_key": found.secret_key,
        "aws_session_token": found.token or "",
    }


def test_the_right_to_read_deletes_none(
    automatic: Instance, installation: Installation, tenant: str
) -> None:
    ask(automatic, tenant, NAME, hash_of(NAME))
    key = entity_of(PersistedQuery).key(tenant=tenant, slot=hash_of(NAME)[:4])
    access = installation.access(tenant, Level.READ)
    with pytest.raises(AccessDenied):
        calls.run(installation.transport, Delete(PersistedQuery, key), access)
    assert len(kept(installation, tenant)) == 1


def test_what_expired_is_sent_again(
    automatic: Instance, another: Instance, installation: Installation, tenant: str
) -> None:
    ask(automatic, tenant, NAME, hash_of(NAME))
    _change(installation, tenant, expires_at={"N": str(int(time.time()) - 1)})
    assert ask(another, tenant, None, hash_of(NAME)).codes == ["PERSISTED_QUERY_NOT_FOUND"]
    assert ask(another, tenant, NAME, hash_of(NAME)).operations == ["PutItem", "GetItem"]


def test_a_document_that_is_not_the_hashs_is_none(
    automatic: Instance, another: Instance, installation: Installation, tenant: str
) -> None:
    """Another one of the same slot, or one that somebody put there."""
    ask(automatic, tenant, NAME, hash_of(NAME))
    _change(installation, tenant, document={"S": "{ __typename }"})
    assert ask(another, tenant, None, hash_of(NAME)).codes == ["PERSISTED_QUERY_NOT_FOUND"]


def _change(installation: Installation, tenant: str, **attributes: Any) -> None:
    (item,) = kept(installation, tenant)
    root: Any = installation.cloud.client("dynamodb")
    root.put_item(TableName=installation.stack.data_table, Item=item | attributes)


def test_a_document_of_the_same_slot_takes_the_place(
    automatic: Instance, installation: Installation, tenant: str
) -> None:
    """So there are never more than there are slots."""
    first, second = _same_slot()
    for text in (first, second):
        assert ask(automatic, tenant, text, hash_of(text)).operations == ["PutItem"]
    (item,) = kept(installation, tenant)
    assert item["document"] == {"S": second}


def _same_slot() -> tuple[str, str]:
    found: dict[str, str] = {}
    for number in range(100_000):
        text = f"query Q{number} {{ __typename }}"
        slot = hash_of(text)[:4]
        if slot in found:
            return found[slot], text
        found[slot] = text
    raise AssertionError


def test_what_is_too_long_runs_and_is_not_kept(
    automatic: Instance, installation: Installation, tenant: str
) -> None:
    text = "{ __typename } #" + "€" * (MAX_BYTES // 3)
    assert ask(automatic, tenant, text, hash_of(text)).operations == []
    assert kept(installation, tenant) == []


def test_a_hash_that_is_not_the_texts_is_refused(
    automatic: Instance, installation: Installation, tenant: str
) -> None:
    found = ask(automatic, tenant, NAME, hash_of("{ a }"))
    assert (found.status, found.codes, found.operations) == (400, ["BAD_USER_INPUT"], [])
    assert kept(installation, tenant) == []


def test_a_moving_tenant_keeps_documents_and_a_suspended_one_is_not_served(
    automatic: Instance, installation: Installation
) -> None:
    moving = installation.new_tenant(status=Status.MOVING)
    assert ask(automatic, moving, "{ __typename }", hash_of("{ __typename }")).status == 200
    suspended = installation.new_tenant(status=Status.SUSPENDED)
    found = ask(automatic, suspended, "{ __typename }", hash_of("{ __typename }"))
    assert (found.status, found.operations) == (403, [])


def test_operators_have_no_place_to_keep_them(installation: Installation) -> None:
    instance = installation.operators(Documents(Mode.AUTOMATIC))
    found = ask(instance, None, None, hash_of("{ __typename }"))
    assert found.codes == ["PERSISTED_QUERY_NOT_SUPPORTED"]
    assert ask(instance, None, "{ __typename }", hash_of("{ __typename }")).status == 200
    assert found.operations == []

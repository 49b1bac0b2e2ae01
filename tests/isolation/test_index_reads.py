"""Planted index keys: IAM lets a tenant write them, so the reader looks at what it gets."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tenantql.accounts import users
from tenantql.accounts.model import User
from tenantql.table import calls, programs
from tenantql.table.entity import entity_of
from tenantql.table.errors import ForeignItem
from tenantql.tenancy.policy import Level
from tests.isolation.queries import BY_EMAIL, USER
from tests.isolation.world import Endpoint, World, let_pass

ADDRESS = "planted@example.org"


@pytest.fixture
def planted(world: World) -> Iterator[User]:
    """An item of acme that the look-alike's e-mail index answers with, written as acme."""
    owner, victim = world.acme, world.look_alike
    access = world.access(owner.id, Level.WRITE)
    issued = access.credentials
    attacker: Any = world.cloud.client(
        "dynamodb",
        aws_access_key_id=issued.access_key,
        aws_secret_access_key=issued.secret_key,
        aws_session_token=issued.token or "",
    )
    partition = entity_of(User).index("GSI1").pk
    item = entity_of(User).encode(owner.user) | {
        "SK": {"S": "PLANTED"},
        "GSI1PK": {"S": partition.format({"tenant": victim.id, "email_key": ADDRESS})},
    }
    attacker.put_item(TableName=access.table, Item=item)
    yield owner.user
    key = {name: item[name] for name in ("PK", "SK")}
    attacker.delete_item(TableName=access.table, Key=key)


def test_a_read_that_meets_a_planted_item_fails(world: World, planted: User) -> None:
    access = world.access(world.look_alike.id, Level.READ)
    with pytest.raises(ForeignItem):
        calls.run(world.transport, users.by_email(world.look_alike.id, ADDRESS), access)


def test_without_the_check_of_index_reads_a_planted_item_comes_back(
    world: World, planted: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "ensure_own_item", let_pass)
    access = world.access(world.look_alike.id, Level.READ)
    page = calls.run(world.transport, users.by_email(world.look_alike.id, ADDRESS), access)
    assert page.items == (planted,)


def test_a_planted_item_is_an_internal_error_and_raises_the_alarm(
    endpoint: Endpoint, world: World, planted: User, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = endpoint.ask(world.look_alike, BY_EMAIL, email=ADDRESS)
    assert answer.codes == ["INTERNAL"]
    assert answer.data == {"found": None}
    assert not [secret for secret in world.acme.secrets if secret in answer.text]
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    metrics = [line for line in printed if "ForeignIndexKey" in line]
    assert [line["ForeignIndexKey"] for line in metrics] == [1]


def test_a_planted_item_touches_no_other_read(
    endpoint: Endpoint, world: World, planted: User
) -> None:
    victim = world.look_alike
    by_email = endpoint.ask(victim, BY_EMAIL, email=victim.user.email)
    by_id = endpoint.ask(victim, USER, id=victim.global_id(victim.user))
    assert by_email.data == {"found": {"displayName": victim.user.display_name}}
    assert by_id.data["found"]["email"] == victim.user.email

"""Users: what creating one asks for, item by item, and each way in which it can be refused."""

from typing import Any

import msgspec
import msgspec.structs
import pytest

from tenantql.accounts import users
from tenantql.accounts.model import User
from tenantql.accounts.users import NewUser
from tenantql.engine.context import Context
from tenantql.engine.idempotency import IdempotencyRecord
from tenantql.engine.user_errors import Problem, UserError
from tenantql.errors import Code
from tenantql.table.entity import entity_of
from tenantql.table.errors import ConditionFailed, Conflict, KeyValueError
from tenantql.table.requests import Get, Page, Query
from tenantql.table.unique import UniqueClaim
from tenantql.table.writes import Create, Transact
from tenantql.tenancy.identity import Role
from tenantql.tenancy.routing import ShardCount
from tests.unit.builders import AT, USER_ID, Play, context, stored, user


def new(**changed: Any) -> NewUser:
    values: dict[str, Any] = {
        "email": "Ada@Example.com",
        "username": "Ada.L",
        "display_name": " Ada Lovelace ",
        "roles": [Role.CUSTOMER],
    }
    return NewUser(**(values | changed))


def staff(**options: Any) -> Context:
    return context(Role.STAFF, **options)


def created(
    *answers: object, who: Context | None = None, key: str | None = None, **changed: Any
) -> tuple[User, list[Any]]:
    """The user, and the requests that led to it."""
    play = Play([*answers])
    made = play.run(users.create(who or staff(), new(**changed), key))
    return made, play.asked


def problems(
    *answers: object, who: Context | None = None, key: str | None = None, **changed: Any
) -> list[Problem]:
    """What is wrong with a user that is not created, if nothing but `answers` was asked for."""
    play = Play([*answers])
    with pytest.raises(UserError) as raised:
        play.run(users.create(who or staff(), new(**changed), key))
    assert len(play.asked) == len(answers)
    return raised.value.problems


def values_of(request: object) -> list[msgspec.Struct]:
    assert isinstance(request, Transact)
    creations = [action for action in request.actions if isinstance(action, Create)]
    assert len(creations) == len(request.actions)
    return [creation.value for creation in creations]


LABELS = ("", "unique:email_key", "unique:username_key", "")


def refused(*failed: int, record: IdempotencyRecord | None = None) -> ConditionFailed:
    """The failure of these actions; `record` is what stands where the fourth is to be created."""
    stored = {} if record is None else {3: record}
    return ConditionFailed(failed, tuple(LABELS[index] for index in failed), stored)


def test_a_user_and_two_claims_are_one_transaction() -> None:
    made, (request,) = created(None, who=staff(shards={"users": ShardCount(read=9, write=9)}))
    audit: dict[str, Any] = {
        "tenant": "acme",
        "created_at": AT,
        "created_by": "somebody",
        "updated_at": AT,
        "updated_by": "somebody",
    }
    owner: dict[str, Any] = {"owner_pk": f"TENANT#acme#USER#{made.id}", "owner_sk": "PROFILE"}
    assert values_of(request) == [
        User(
            **audit,
            id=made.id,
            shard=made.shard,
            email="Ada@Example.com",
            email_key="ada@example.com",
            username="Ada.L",
            username_key="ada.l",
            display_name="Ada Lovelace",
            roles=frozenset({"customer"}),
        ),
        UniqueClaim(**audit, **owner, attribute="EMAIL", value="ada@example.com"),
        UniqueClaim(**audit, **owner, attribute="USERNAME", value="ada.l"),
    ]
    assert made == values_of(request)[0]
    assert int(made.shard) < 9


def test_the_keys_of_what_is_written() -> None:
    made, (request,) = created(None)
    keys = [(item["PK"]["S"], item["SK"]["S"]) for item in map(stored, values_of(request))]
    assert keys == [
        (f"TENANT#acme#USER#{made.id}", "PROFILE"),
        ("TENANT#acme#UNIQUE#EMAIL#ada@example.com", "UNIQUE"),
        ("TENANT#acme#UNIQUE#USERNAME#ada.l", "UNIQUE"),
    ]


def test_the_id_is_of_the_operations_time() -> None:
    made, _ = created(None)
    assert made.id.endswith("0000000000000001")
    assert len(made.id) == 26
    assert made.created_at == AT


@pytest.mark.parametrize(
    ("failed", "fields"),
    [((1,), ["email"]), ((2,), ["username"]), ((1, 2), ["email", "username"])],
)
@pytest.mark.parametrize("key", [None, "key-1"])
def test_what_is_taken_is_named(
    failed: tuple[int, ...], fields: list[str], key: str | None
) -> None:
    found = problems(refused(*failed), key=key)
    assert [(each.code, each.field) for each in found] == [("TAKEN", (field,)) for field in fields]
    assert all("choose another" in each.message for each in found)


def test_an_id_that_exists_already_is_a_conflict() -> None:
    with pytest.raises(ConditionFailed) as raised:
        created(refused(0))
    assert raised.value.code is Code.CONFLICT


@pytest.mark.parametrize("error", [Conflict("in the way"), KeyError("a defect")])
def test_another_failure_comes_out_as_it_is(error: Exception) -> None:
    with pytest.raises(type(error)):
        created(error)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"email": "ADA@EXAMPLE.COM"}, {"email": "ada@example.com"}),
        ({"email": "ﬁona@Straße.example"}, {"email": "FIONA@STRASSE.EXAMPLE"}),
        ({"username": "\uff2aosé"}, {"username": "JOSE\u0301"}),
        ({"username": "strasse"}, {"username": "Straße"}),
    ],
)
def test_look_alikes_claim_the_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    claims = [
        [stored(value)["PK"] for value in values_of(created(None, **changed)[1][0])[1:]]
        for changed in (one, other)
    ]
    assert claims[0] == claims[1]


def test_what_was_typed_is_kept() -> None:
    made, _ = created(None, email="ÁDA@Example.com", username="ﬁona")
    assert (made.email, made.username) == ("ÁDA@Example.com", "ﬁona")


BAD_NAMES = [
    *("", "ab", "a" * 41, "a b", "ada!", "ada#1", "a/b", "ada\n", "ad\x00a", "ада*"),
    # These are letters and digits until they are normalised.
    *("ada\u2474", "\ufdfa" * 3, "\u0132" * 21),
]


@pytest.mark.parametrize("username", BAD_NAMES)
def test_a_user_name_of_another_form_writes_nothing(username: str) -> None:
    (found,) = problems(username=username)
    assert (found.code, found.field) == ("INVALID", ("username",))


@pytest.mark.parametrize("username", ["abc", "a" * 40, "a.b-c_d", "ада", "josé", "名前です", "123"])
def test_user_names(username: str) -> None:
    assert created(None, username=username)[0].username == username


@pytest.mark.parametrize("name", ["", "   ", "a" * 201])
def test_a_display_name_of_another_length_writes_nothing(name: str) -> None:
    (found,) = problems(display_name=name)
    assert (found.code, found.field) == ("INVALID", ("displayName",))


@pytest.mark.parametrize("name", ["a", "a" * 200, f" {'a' * 200} ", "<b>Ada</b>"])
def test_display_names(name: str) -> None:
    assert created(None, display_name=name)[0].display_name == name.strip()


@pytest.mark.parametrize(
    ("roles", "code"),
    [
        ([], "INVALID"),
        ([Role.CUSTOMER, Role.CUSTOMER], "INVALID"),
        ([Role.STAFF], "NOT_ALLOWED"),
        ([Role.ADMIN], "NOT_ALLOWED"),
        ([Role.CUSTOMER, Role.ADMIN], "NOT_ALLOWED"),
    ],
)
def test_roles_that_staff_cannot_give(roles: list[Role], code: str) -> None:
    (found,) = problems(roles=roles)
    assert (found.code, found.field) == (code, ("roles",))


@pytest.mark.parametrize("roles", [[Role.STAFF], [Role.ADMIN], [Role.SELLER, Role.ADMIN]])
def test_an_administrator_gives_any_role(roles: list[Role]) -> None:
    assert created(None, who=context(Role.ADMIN), roles=roles)[0].roles == frozenset(roles)


@pytest.mark.parametrize("roles", [[Role.CUSTOMER], [Role.SELLER], [Role.SELLER, Role.CUSTOMER]])
def test_staff_gives_the_others(roles: list[Role]) -> None:
    assert created(None, roles=roles)[0].roles == frozenset(roles)


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_an_idempotency_key_of_another_length_writes_nothing(key: str) -> None:
    (found,) = problems(key=key)
    assert (found.code, found.field) == ("INVALID", ("idempotencyKey",))


def test_everything_that_is_wrong_is_told_at_once() -> None:
    found = problems(username="!", display_name="", roles=[Role.ADMIN, Role.ADMIN], key="")
    assert {each.field for each in found} == {
        ("username",),
        ("displayName",),
        ("roles",),
        ("idempotencyKey",),
    }
    assert len(found) == 5


def test_a_value_that_is_too_long_for_a_key_writes_nothing() -> None:
    play = Play([])
    with pytest.raises(KeyValueError):
        stored(user(email="a" * 3000))
    assert play.asked == []


KEY = "key-1"


def remembered(**changed: Any) -> IdempotencyRecord:
    """The record of an earlier call, whose result was the user with `USER_ID`."""
    _, (request,) = created(None, key=KEY, **changed)
    (record,) = [each for each in values_of(request) if isinstance(each, IdempotencyRecord)]
    own = entity_of(User).key(tenant="acme", id=USER_ID)
    return msgspec.structs.replace(record, result_pk=own.pk, result_sk=own.sk)


def test_an_idempotency_key_is_written_in_the_same_transaction() -> None:
    made, (request,) = created(None, key=KEY)
    assert isinstance(request, Transact)
    assert len(request.actions) == 4
    record = values_of(request)[3]
    assert isinstance(record, IdempotencyRecord)
    assert (record.result_pk, record.result_sk) == (f"TENANT#acme#USER#{made.id}", "PROFILE")


@pytest.mark.parametrize("failed", [(1, 2, 3), (3,)])
def test_a_repetition_gets_the_first_result(failed: tuple[int, ...]) -> None:
    first = user()
    made, asked = created(refused(*failed, record=remembered()), first, key=KEY)
    assert made is first
    assert asked[1:] == [Get(User, entity_of(User).key(tenant="acme", id=USER_ID))]


@pytest.mark.parametrize(
    "changed", [{"email": "b@example.com"}, {"display_name": "Bob"}, {"roles": [Role.SELLER]}]
)
def test_a_key_of_another_input_is_told(changed: dict[str, Any]) -> None:
    (found,) = problems(refused(1, 2, 3, record=remembered(**changed)), key=KEY)
    assert (found.code, found.field) == ("KEY_REUSED", ("idempotencyKey",))


def test_a_first_result_that_is_gone_is_a_conflict() -> None:
    with pytest.raises(Conflict, match="use a new idempotency key"):
        created(refused(3, record=remembered()), None, key=KEY)


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@Example.COM", "\uff21da@example.com"])
def test_a_user_is_found_by_the_address_whatever_its_case(email: str) -> None:
    assert users.by_email("acme", email) == Query(
        User, "TENANT#acme#EMAIL#ada@example.com", index="GSI1", sk="USER", limit=1
    )


def test_at_most_one_user_has_an_address() -> None:
    assert users.only(Page(())) is None
    assert users.only(Page((user(),), resume=("A", "B", "C"))) == user()

"""Entities: what a declaration must have, and items to and from their stored form."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantql.accounts.model import Organisation, User
from tenantql.commerce.model import Invoice
from tenantql.table import entity as entities
from tenantql.table.entity import Item, declared, entity, entity_of, timestamp
from tenantql.table.errors import InvalidItem, KeyValueError, ModelError
from tenantql.tenancy.routing import RoutingRecord
from tests.unit.builders import AT, AUDIT, INVOICE_ID, ISSUED, USER_ID, invoice, route, stored, user

PK = "TENANT#{tenant}#PARCEL#{id}"


@pytest.fixture(autouse=True)
def declarations(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test declares is gone after it."""
    monkeypatch.setattr(entities, "_DECLARED", dict(entities._DECLARED))


class Parcel(Item, frozen=True, kw_only=True):
    id: str
    place: str | None = None
    weight: int = 0


def declare(item: type[msgspec.Struct] = Parcel, **changed: Any) -> None:
    declaration: dict[str, Any] = {"name": "Parcel", "pk": PK, "sk": "PARCEL", **changed}
    entity(**declaration)(item)


class Undecided(Item, frozen=True, kw_only=True):
    id: str
    place: str | None


class Spread(Item, frozen=True, kw_only=True):
    id: str
    a: dict[str, int] = {}
    b: dict[str, int] = {}


class Typed(Item, frozen=True, kw_only=True):
    id: str
    type: str


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"pk": "PARCEL#{id}"}, "partition key of table must start with 'TENANT#{tenant}#'"),
        ({"pk": "TENANT#{id}#PARCEL"}, "must start with 'TENANT#{tenant}#'"),
        ({"pk": "TENANT#{tenant}"}, "must start with 'TENANT#{tenant}#'"),
        ({"pk": "TENANT#{tenant}#"}, "put a '#' between fields"),
        ({"indexes": {"GSI1": ("PARCELS#{place}", "A")}}, "partition key of GSI1 must start"),
        ({"indexes": {"GSI4": (PK, "A")}}, "no index GSI4; use one of GSI1, GSI2, GSI3"),
        ({"indexes": {"directory": (PK, "A")}}, "no index directory"),
        ({"sk": "{missing}"}, "key of table uses 'missing', which must be a str field"),
        ({"sk": "{weight}"}, "key of table uses 'weight', which must be a str field"),
        ({"sk": "{place}"}, "key of table uses 'place', which must be a str field"),
        ({"indexes": {"GSI1": (PK, "{weight}")}}, "or str | None, for a sparse index"),
        ({"pk": "TENANT#{tenant}#{id}"}, "partition key of table needs a word after the tenant"),
        ({"name": "Par#cel"}, "1 to 30 letters and underscores"),
        ({"name": ""}, "1 to 30 letters and underscores"),
        ({"name": "User"}, "another entity has this name"),
        ({"item": Typed}, r"\['type'\] are written by the model; rename"),
        ({"sk": "{id:6}"}, "key of table uses 'id', which must be a int field"),
        ({"unique": {"W": "weight"}}, "unique 'weight' must be a str field, or str | None"),
        ({"unique": {"W": "nothing"}}, "unique 'nothing' must be a str field"),
        ({"item": Undecided}, "'place' needs a default, since None is not stored"),
        ({"spread": {"place": "p_"}}, "spread 'place' must be a dict field"),
        ({"item": Spread, "spread": {"a": ""}}, "the prefix '' of 'a' begins another"),
        ({"item": Spread, "spread": {"a": "ver"}}, "'ver' of 'a' begins another attribute's name"),
        ({"item": Spread, "spread": {"a": "GSI"}}, "'GSI' of 'a' begins another attribute's name"),
        ({"item": Spread, "spread": {"a": "x_", "b": "x_y"}}, "'x_' of 'a' begins another"),
    ],
)
def test_a_wrong_declaration_says_what_to_change(changed: dict[str, Any], message: str) -> None:
    before = dict(declared())
    with pytest.raises(ModelError, match=message):
        declare(**changed)
    assert declared() == before


def test_the_error_names_the_class() -> None:
    with pytest.raises(ModelError, match=r"entity Parcel \(.*test_entity\.Parcel\)"):
        declare(pk="PARCEL")


def test_a_class_without_a_declaration_is_no_entity() -> None:
    with pytest.raises(ModelError, match=r"Parcel is not an entity: decorate it with @entity"):
        entity_of(Parcel)


def test_an_item_has_its_keys_its_indexes_and_the_directory() -> None:
    item = stored(user(shard="03"))
    keys = {name: item[name]["S"] for name in item if name.endswith(("PK", "SK"))}
    assert keys == {
        "PK": f"TENANT#acme#USER#{USER_ID}",
        "SK": "PROFILE",
        "GSI1PK": "TENANT#acme#EMAIL#ada@example.com",
        "GSI1SK": "USER",
        "GSI2PK": "TENANT#acme#USERNAME#ada",
        "GSI2SK": "USER",
        "GSI3PK": "TENANT#acme#USERS#03",
        "GSI3SK": f"{AT}#{USER_ID}",
        "DIRPK": "TENANT#acme#TYPE#User#00",
    }
    assert item["type"] == {"S": "User"}
    assert item["version"] == {"N": "1"}


def test_an_invoices_keys_hold_its_shard_and_time() -> None:
    item = stored(invoice(shard="07"))
    assert item["PK"] == {"S": "TENANT#acme#INVOICES#07"}
    assert item["SK"] == {"S": f"INVOICE#{ISSUED}#{INVOICE_ID}"}
    assert item["GSI1PK"] == {"S": "TENANT#acme#INVOICES#STATUS#OPEN#07"}


def test_a_sparse_index_is_left_out_where_a_field_is_absent() -> None:
    declare(indexes={"GSI1": ("TENANT#{tenant}#PLACE#{place}", "PARCEL#{id}")})

    def parcel(place: str | None) -> Mapping[str, Any]:
        values: dict[str, Any] = {"tenant": "acme", "id": "1", **AUDIT}
        return stored(Parcel(place=place, **values))

    assert "GSI1PK" not in parcel(None)
    assert "place" not in parcel(None)
    assert parcel("x")["GSI1PK"] == {"S": "TENANT#acme#PLACE#x"}


class Weighed(Item, frozen=True, kw_only=True):
    id: str
    weight: Decimal


@pytest.mark.parametrize("weight", ["1.50", "2", "-0.001"])
def test_a_decimal_is_stored_as_a_number(weight: str) -> None:
    declare(item=Weighed)
    values: dict[str, Any] = {"tenant": "acme", "id": "1", **AUDIT}
    parcel = Weighed(weight=Decimal(weight), **values)
    assert stored(parcel)["weight"] == {"N": weight}
    assert entity_of(Weighed).decode(stored(parcel)) == parcel


def test_the_control_table_has_no_directory() -> None:
    item = stored(route())
    assert item["PK"] == {"S": "TENANT#acme"}
    assert "DIRPK" not in item
    assert entity_of(RoutingRecord).decode(item) == route()


@pytest.mark.parametrize("value", [user(), user(version=7, expires_at=1), invoice()])
def test_a_stored_item_is_read_back(value: msgspec.Struct) -> None:
    assert entity_of(type(value)).decode(stored(value)) == value


def test_a_value_that_cannot_be_in_a_key_is_not_stored() -> None:
    for changed in ({"tenant": "acme*"}, {"id": ""}, {"id": "a\nb"}):
        with pytest.raises(KeyValueError):
            stored(user(**changed))


def test_an_item_of_another_type_is_not_read() -> None:
    with pytest.raises(InvalidItem, match="expected an item of type Invoice"):
        entity_of(Invoice).decode(stored(user()))


@pytest.mark.parametrize(
    "changed", [{"email": {"N": "1"}}, {"roles": {"S": "secret"}}, {"version": {"S": "secret"}}]
)
def test_an_item_that_does_not_fit_is_named_without_its_contents(changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidItem, match="User: ") as raised:
        entity_of(User).decode(stored(user()) | changed)
    assert "secret" not in str(raised.value)
    assert "Ada" not in str(raised.value)


def test_an_item_that_lacks_a_field_is_not_read() -> None:
    item = stored(user())
    del item["email"]
    with pytest.raises(InvalidItem, match="missing required field `email`"):
        entity_of(User).decode(item)


def test_ids_hold_the_fields_of_the_table_key() -> None:
    assert entity_of(Organisation).id_fields == ("tenant",)
    assert entity_of(User).id_fields == ("tenant", "id")
    assert entity_of(Invoice).id_fields == ("tenant", "shard", "issued_at", "id")


times = st.datetimes(datetime(1970, 1, 1), datetime(2999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(times, times)
def test_times_have_one_length_and_sort_as_text(one: datetime, other: datetime) -> None:
    texts = [timestamp(one), timestamp(other)]
    assert [len(text) for text in texts] == [24, 24]
    assert all(text.endswith("Z") for text in texts)
    if one + timedelta(milliseconds=1) <= other:
        assert texts[0] < texts[1]


def test_a_time_of_another_zone_is_the_same_moment() -> None:
    moment = datetime(2026, 11, 21, 1, 0, tzinfo=timezone(timedelta(hours=2)))
    assert timestamp(moment) == "2026-11-20T23:00:00.000Z"


@given(
    st.dictionaries(st.text(), st.integers(0, 9), max_size=4),
    st.dictionaries(st.text(), st.integers(0, 9), max_size=4),
)
def test_spread_entries_are_attributes_and_come_back(a: dict[str, int], b: dict[str, int]) -> None:
    if Spread not in entities._DECLARED:
        declare(item=Spread, spread={"a": "a_", "b": "b"})
    own: dict[str, Any] = {"tenant": "acme", "id": "1", **AUDIT}
    value = Spread(**own, a=a, b=b)
    item = stored(value)
    assert {f"a_{name}" for name in a} | {f"b{name}" for name in b} <= item.keys()
    assert not {"a", "b"} & item.keys() - {f"b{name}" for name in b}
    assert entity_of(Spread).decode(item) == value


def _is_heavy(parcel: Parcel) -> bool:
    return parcel.weight > 9


def test_a_rule_decides_who_is_in_a_sparse_index() -> None:
    declare(indexes={"GSI1": ("TENANT#{tenant}#HEAVY", "{weight:4}#{id}", _is_heavy)})
    own: dict[str, Any] = {"tenant": "acme", "id": "1", **AUDIT}
    assert "GSI1PK" not in stored(Parcel(weight=9, **own))
    assert stored(Parcel(weight=10, **own))["GSI1SK"] == {"S": "0010#1"}
    assert entity_of(Parcel).index("GSI1").is_sparse(Parcel)


def test_an_index_is_sparse_by_a_rule_or_by_a_field_that_may_be_absent() -> None:
    lists = "TENANT#{tenant}#LIST"
    declare(indexes={"GSI1": (lists, "{place}"), "GSI2": (lists, "{id}")})
    found = entity_of(Parcel)
    assert [found.index(name).is_sparse(Parcel) for name in ("GSI1", "GSI2")] == [True, False]


def test_a_number_in_a_table_key() -> None:
    declare(sk="WEIGHT#{weight:6}")
    key = entity_of(Parcel).key(tenant="acme", id="1", weight=12)
    assert key.sk == "WEIGHT#000012"
    with pytest.raises(KeyValueError, match="a number of 6 digits"):
        entity_of(Parcel).key(tenant="acme", id="1", weight=-1)


class Entry(Item, frozen=True, kw_only=True):
    id: str
    number: str


class Last(Item, frozen=True, kw_only=True):
    owner: str


BESIDE = {"name": "ParcelEntry", "pk": PK}
LAST = {"name": "Last", "pk": "TENANT#{tenant}#PARCEL#{owner}", "sk": "LAST", "follows": "ENTRY#"}


@pytest.mark.parametrize("sk", ["{number}", "ENTRYPOINT#{number}", "KIND#{number}", "L", "LAST"])
@pytest.mark.parametrize("first", [Entry, Last])
def test_nothing_sorts_between_an_item_and_what_it_is_read_with(
    sk: str, first: type[msgspec.Struct]
) -> None:
    declarations: dict[type[msgspec.Struct], dict[str, str]] = {
        Entry: {**BESIDE, "sk": sk},
        Last: LAST,
    }
    declare(first, **declarations.pop(first))
    ((other, declaration),) = declarations.items()
    with pytest.raises(ModelError, match=r"none sorts between; found ParcelEntry"):
        declare(other, **declaration)


@pytest.mark.parametrize("sk", ["A#{number}", "ENTRY#{number}", "LASTLY", "ZONE#{number}"])
def test_what_sorts_elsewhere_is_nobodys_business(sk: str) -> None:
    declare(Last, **LAST)
    declare(Entry, **BESIDE, sk=sk)
    assert entity_of(Entry).sk.text == sk


def test_what_is_read_with_an_item_is_of_one_type() -> None:
    declare(Last, **LAST)
    declare(Entry, **BESIDE, sk="ENTRY#{number}")
    with pytest.raises(ModelError, match="found ParcelEntry, Parcel"):
        declare(Parcel, sk="ENTRY#OTHER#{id}")


def test_another_partition_may_sort_as_it_likes() -> None:
    declare(Last, **LAST)
    declare(Entry, name="ParcelEntry", pk="TENANT#{tenant}#OTHER#{id}", sk="KIND#{number}")
    assert entity_of(Entry).follows is None

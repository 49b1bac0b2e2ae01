"""Decoding: an item that is read at once is what the general way reads, and no other is."""

import json
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantql.accounts.model import User
from tenantql.table import calls
from tenantql.table.attributes import RawItem
from tenantql.table.decoding import StoredItem
from tenantql.table.entity import Entity, entity_of
from tenantql.table.errors import ForeignItem, InvalidItem
from tenantql.table.requests import Query
from tests.unit.builders import Scripted, access, invoice, route, stored, user
from tests.unit.table.packages import Contact, Stop, contact, package

VALUES: list[msgspec.Struct] = [
    user(),
    user(version=7, expires_at=9),
    invoice(),
    route(shards=3),
    contact(),
    package(place="é", stops=(Stop(place="x"), Stop(place="y", note="n")), pieces={"a.b": 1}),
]
LIST = "TENANT#acme#USERS#00"

damage = st.sampled_from(
    [
        None,
        {"S": "x"},
        {"S": ""},
        {"S": 1},
        {"S": "x", "N": "1"},
        {"N": "1"},
        {"N": "1.0"},
        {"N": "1.5"},
        {"N": "x"},
        {"N": 1},
        {"BOOL": True},
        {"BOOL": "true"},
        {"NULL": True},
        {"SS": ["a", "b"]},
        {"SS": [1]},
        {"L": []},
        {"L": [{"M": {"place": {"S": "x"}}}]},
        {"L": [{"M": {"place": {"N": "1"}}}]},
        {"L": [{"S": "x"}]},
        {"M": {}},
        {"M": {"a": {"N": "1"}}},
        {"M": {"a": {"S": "x"}}},
        {"B": "AAE="},
        {},
    ]
)


def raw(item: RawItem) -> msgspec.Raw:
    """An item as the direct transport brings it."""
    return msgspec.Raw(json.dumps(item).encode())


def found(kind: type[msgspec.Struct], item: StoredItem) -> Any:
    """What an item is read as; None if it is refused."""
    try:
        return entity_of(kind).decode(item)
    except InvalidItem:
        return None


def general(kind: type[msgspec.Struct], item: RawItem) -> Any:
    """What the general way makes of an item; None if it refuses it."""
    try:
        return entity_of(kind).general(item)
    except InvalidItem:
        return None


@pytest.mark.parametrize("value", VALUES)
def test_what_is_stored_comes_back_from_bytes_and_from_a_dict(value: msgspec.Struct) -> None:
    item, entity = stored(value), entity_of(type(value))
    assert entity.decode(raw(item)) == entity.decode(item) == entity.general(item) == value


@pytest.mark.parametrize("value", VALUES)
def test_what_is_as_its_class_is_read_at_once(
    value: msgspec.Struct, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Entity, "general", None)
    entity = replace(entity_of(type(value)))
    assert entity.decode(raw(stored(value))) == value


@given(data=st.data(), value=st.sampled_from(VALUES), content=damage)
def test_a_damaged_item_is_what_the_general_way_makes_of_it(
    data: st.DataObject, value: msgspec.Struct, content: Any
) -> None:
    item, kind = dict(stored(value)), type(value)
    read = {*kind.__struct_fields__, "type"} - {"expires_at"}
    name = data.draw(st.sampled_from(sorted(read & item.keys())))
    if content is None:
        del item[name]
    else:
        item[name] = content
    made = general(kind, item)
    assert found(kind, item) == found(kind, raw(item)) == made


@pytest.mark.parametrize("content", [{"S": "1"}, {"N": "soon"}, {"NULL": True}])
def test_an_item_that_ends_nobody_knows_when_is_refused(content: Any) -> None:
    item = stored(user()) | {"expires_at": content}
    for each in (item, raw(item)):
        with pytest.raises(InvalidItem):
            entity_of(User).decode(each)


@pytest.mark.parametrize("name", ["PK", "SK"])
def test_an_item_without_its_keys_is_refused(name: str) -> None:
    item = {key: content for key, content in stored(user()).items() if key != name}
    for each in (item, raw(item)):
        with pytest.raises(InvalidItem, match="an item has keys"):
            entity_of(User).decode(each)


@pytest.mark.parametrize(("owner", "error"), [("acme", InvalidItem), ("globex", ForeignItem)])
@pytest.mark.parametrize("change", [{"email": {"N": "1"}}, {"type": {"S": "Spy"}}, {}])
def test_a_foreign_item_is_noticed_before_a_damaged_one(
    owner: str, error: type[Exception], change: dict[str, Any]
) -> None:
    item = stored(user(owner)) | change
    answer = {"Items": [raw(stored(user())), raw(item)]}
    transport, query = Scripted(lambda _call: answer), Query(User, LIST, index="GSI3")
    if not change and owner == "acme":
        assert calls.run(transport, query, access()).items == (user(), user())
        return
    with pytest.raises(error):
        calls.run(transport, query, access())


def test_an_old_item_is_upgraded_among_new_ones() -> None:
    old = stored(contact(calls=5)) | {"name": {"S": "Ada Abt"}}
    for name in ("schema_version", "first", "last", "title"):
        del old[name]
    answer = {"Items": [raw(stored(contact())), raw(old)]}
    query = Query(Contact, "TENANT#acme#CONTACTS", index="GSI1")
    page = calls.run(Scripted(lambda _call: answer), query, access())
    assert page.items == (contact(), contact(calls=5))

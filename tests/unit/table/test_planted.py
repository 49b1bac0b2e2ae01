"""Planted keys: index keys of an item that lead with another tenant than its own key."""

import pytest

from tenantql.table.attributes import RawItem
from tenantql.table.planted import planted_keys
from tests.unit.builders import stored, user

LEADS = ["DIRPK", "GSI1PK", "GSI2PK", "GSI3PK"]


def item(**keys: str) -> RawItem:
    return {name: {"S": value} for name, value in keys.items()}


def test_the_models_own_items_have_none() -> None:
    assert planted_keys(stored(user())) == []


@pytest.mark.parametrize("name", LEADS)
@pytest.mark.parametrize(
    "planted", ["TENANT#globex#USERS#00", "TENANT#acme-eu#USERS#00", "TENANT#acm#USERS#00", ""]
)
def test_a_foreign_or_look_alike_lead_is_found(name: str, planted: str) -> None:
    assert planted_keys(stored(user()) | item(**{name: planted})) == [name]


def test_each_one_is_named() -> None:
    found = stored(user()) | item(**dict.fromkeys(LEADS, "TENANT#globex#X"))
    assert planted_keys(found) == LEADS


def test_an_item_without_indexes_has_none() -> None:
    assert planted_keys(item(PK="TENANT#acme#ORGANISATION", SK="ORGANISATION")) == []


def test_an_item_of_a_tenant_with_a_longer_name_is_foreign() -> None:
    assert planted_keys(item(PK="TENANT#acme-eu#A", GSI1PK="TENANT#acme#A")) == ["GSI1PK"]

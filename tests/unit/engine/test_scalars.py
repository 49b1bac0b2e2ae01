"""Scalars: what text or number each admits, in variables and in the document alike."""

from typing import Any

import pytest
from graphql import GraphQLError, GraphQLScalarType, parse_value

from tenantql.engine.schema import PLATFORM_SCHEMA, TENANT_SCHEMA, bind_schema, read_schema
from tests.unit.schemas import SHIPPED


@pytest.fixture(scope="module")
def scalar() -> Any:
    """Finds a scalar of the tenants' schema by its name."""
    schema = bind_schema(read_schema(TENANT_SCHEMA), SHIPPED[TENANT_SCHEMA])

    def named(name: str) -> GraphQLScalarType:
        found = schema.type_map[name]
        assert isinstance(found, GraphQLScalarType)
        return found

    return named


LONGEST = "a" * 64 + "@" + "b" * 185 + ".com"
ADDRESSES = [
    "ada@example.com",
    "a@b.c",
    "ada+tag@sub.example.co.uk",
    "o'hara@example.ie",
    "ádà@exämple.de",
    "ada#1@example.com",
    '"quoted"@example.com',
    LONGEST,
]
NO_ADDRESSES = [
    "",
    "ada",
    "@example.com",
    "ada@",
    "ada@example",
    "ada@.com",
    "ada@example.",
    "ada@exa mple.com",
    "ada @example.com",
    " ada@example.com",
    "ada@example.com\n",
    "ada@b@example.com",
    "a\x00da@example.com",
    "ada@exam\x7fple.com",
    "a" * 65 + "@example.com",
    "a" + LONGEST,
    "x" + LONGEST[1:] + "m",
    "ada\u3000x@example.com",
    # What normalising turns into a second @, a space, or far more than 254 characters.
    "ada\uff20evil@example.com",
    "ada@exam\ufdfaple.com",
    "a@" + "\ufb03" * 90 + ".com",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address(scalar: Any, address: str) -> None:
    email = scalar("EmailAddress")
    assert email.parse_value(address) == address
    escaped = address.replace('"', '\\"')
    assert email.parse_literal(parse_value(f'"{escaped}"'), {}) == address


@pytest.mark.parametrize("address", NO_ADDRESSES)
def test_what_is_no_address(scalar: Any, address: str) -> None:
    with pytest.raises(GraphQLError, match="EmailAddress needs"):
        scalar("EmailAddress").parse_value(address)


@pytest.mark.parametrize("value", [None, 1, True, ["ada@example.com"], {"a": "b"}])
def test_an_address_is_text(scalar: Any, value: object) -> None:
    with pytest.raises(GraphQLError):
        scalar("EmailAddress").parse_value(value)


@pytest.mark.parametrize("literal", ["1", "null", "ada", '["ada@example.com"]', "{a: 1}", '"ada"'])
def test_a_literal_that_is_no_address(scalar: Any, literal: str) -> None:
    with pytest.raises(GraphQLError):
        scalar("EmailAddress").parse_literal(parse_value(literal), {})


SAFE = 2**53 - 1


@pytest.mark.parametrize("amount", [0, 1, -1, SAFE, -SAFE])
def test_an_amount(scalar: Any, amount: int) -> None:
    minor = scalar("MinorUnits")
    assert minor.parse_value(amount) == amount
    assert minor.serialize(amount) == amount
    assert minor.parse_literal(parse_value(str(amount)), {}) == amount


@pytest.mark.parametrize("amount", [SAFE + 1, -SAFE - 1, 1.5, 1.0, "1", True, None])
def test_what_is_no_amount(scalar: Any, amount: object) -> None:
    for convert in (scalar("MinorUnits").parse_value, scalar("MinorUnits").serialize):
        with pytest.raises(GraphQLError, match="MinorUnits"):
            convert(amount)


@pytest.mark.parametrize("literal", ["1.5", '"1"', "true", str(SAFE + 1)])
def test_a_literal_that_is_no_amount(scalar: Any, literal: str) -> None:
    with pytest.raises(GraphQLError, match="MinorUnits"):
        scalar("MinorUnits").parse_literal(parse_value(literal), {})


def test_each_schema_has_the_scalars_that_it_names() -> None:
    schema = bind_schema(read_schema(PLATFORM_SCHEMA), SHIPPED[PLATFORM_SCHEMA])
    assert "DateTime" in schema.type_map
    assert "EmailAddress" not in schema.type_map

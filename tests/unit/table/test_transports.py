"""Which transport a function gets, and whose credentials."""

from collections.abc import Mapping

import pytest

from tenantql.errors import SettingsError
from tenantql.table import boto
from tenantql.table.boto import BotoTransport
from tenantql.table.direct.own_credentials import OwnCredentials
from tenantql.table.direct.transport import DirectTransport
from tenantql.table.transports import Kind, Wire

KEYS = {"AWS_ACCESS_KEY_ID": "AKIDFUNCTION", "AWS_SECRET_ACCESS_KEY": "secret"}


def wire(kind: Kind, environment: Mapping[str, str] = {}) -> Wire:
    return Wire(kind, "eu-central-1", environment)


@pytest.mark.parametrize(("kind", "made"), [("direct", DirectTransport), ("boto3", BotoTransport)])
def test_the_transport_is_the_one_that_is_named(kind: str, made: type) -> None:
    assert type(wire(Kind(kind)).transport()) is made


def test_an_endpoint_that_cannot_be_is_found_at_the_start() -> None:
    with pytest.raises(SettingsError, match="endpoint"):
        wire(Kind.DIRECT, {"AWS_ENDPOINT_URL": "somewhere"}).transport()


@pytest.mark.parametrize(
    ("kind", "environment", "made"),
    [
        (Kind.DIRECT, KEYS, OwnCredentials),
        (Kind.DIRECT, {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1"}, OwnCredentials),
        (Kind.DIRECT, {"AWS_PROFILE": "somebody"}, boto.OwnCredentials),
        (Kind.BOTO3, KEYS, boto.OwnCredentials),
    ],
)
def test_botocore_finds_credentials_that_lambda_does_not_give(
    kind: Kind, environment: Mapping[str, str], made: type
) -> None:
    assert type(wire(kind, environment).own_credentials()) is made


def test_a_wire_shows_no_secret() -> None:
    assert "secret" not in repr(wire(Kind.DIRECT, KEYS))

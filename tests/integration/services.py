"""DynamoDB as two services answer: moto in this process, and the local cloud."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

import boto3
import pytest
from moto import mock_aws

from local.cloud import LocalCloud
from tenantql.table.access import Access, Credentials
from tenantql.table.boto import BotoTransport
from tenantql.table.entity import TENANT_INDEXES

TABLE: Final = "transport"
LEAD: Final = "TENANT#"
REGION: Final = "us-east-1"


class Service:
    """A transport to a service, and the right to a table in it."""

    def __init__(self, client: Any, transport: BotoTransport, key: str, secret: str) -> None:
        self.client = client
        self.transport = transport
        self.access = Access(TABLE, LEAD, Credentials(key, secret, None))
        create_table(client)


def create_table(client: Any) -> None:
    """The table with the generic tenant-led indexes."""
    names = ("", *TENANT_INDEXES)
    schemas = {
        name: [
            {"AttributeName": f"{name}PK", "KeyType": "HASH"},
            {"AttributeName": f"{name}SK", "KeyType": "RANGE"},
        ]
        for name in names
    }
    client.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=schemas.pop(""),
        AttributeDefinitions=[
            {"AttributeName": f"{name}{suffix}", "AttributeType": "S"}
            for name in names
            for suffix in ("PK", "SK")
        ],
        GlobalSecondaryIndexes=[
            {"IndexName": name, "KeySchema": schema, "Projection": {"ProjectionType": "ALL"}}
            for name, schema in schemas.items()
        ],
    )


@contextmanager
def moto_service() -> Generator[Service]:
    """moto: no process, no network, no IAM."""
    with mock_aws():
        client: Any = boto3.session.Session().client("dynamodb", region_name=REGION)
        yield Service(client, BotoTransport(REGION), "testing", "testing")


@contextmanager
def cloud_service(cloud: LocalCloud) -> Generator[Service]:
    """The local cloud, as the account's root."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", cloud.endpoint)
        patch.setenv("NO_PROXY", "127.0.0.1")
        transport = BotoTransport(REGION)
    client: Any = cloud.client("dynamodb")
    yield Service(client, transport, cloud.access_key, cloud.secret_key)
    client.delete_table(TableName=TABLE)

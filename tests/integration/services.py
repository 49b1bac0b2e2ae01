"""DynamoDB as two services answer, over each transport: moto in this process, the local cloud."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any, Final

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from moto import mock_aws
from moto.core.models import botocore_stubber

from local.cloud import LocalCloud
from tenantql.table.access import Access, Credentials
from tenantql.table.boto import BotoTransport
from tenantql.table.entity import TENANT_INDEXES
from tenantql.table.transport import Transport
from tenantql.table.transports import Kind, Wire
from tests.unit.table.direct.server import Asked, Doing, answer, serving

TABLE: Final = "transport"
LEAD: Final = "TENANT#"
REGION: Final = "us-east-1"


class Service:
    """A transport to a service, and the right to a table in it."""

    def __init__(self, client: Any, transport: Transport, key: str, secret: str) -> None:
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


CHOICES: Final = [
    (service, kind) for service in ("moto", "local cloud") for kind in ("boto3", "direct")
]
"""Each service over each transport."""


@contextmanager
def chosen_service(choice: tuple[str, str], request: pytest.FixtureRequest) -> Generator[Service]:
    """One of `CHOICES`, with an empty table."""
    service, kind = choice
    if service == "moto":
        with moto_service(Kind(kind)) as found:
            yield found
    else:
        with cloud_service(request.getfixturevalue("cloud"), Kind(kind)) as found:
            yield found


def transport_to(url: str, kind: Kind, region: str = REGION) -> Transport:
    """A transport to a server on the loopback."""
    environment = {"AWS_ENDPOINT_URL": url, "NO_PROXY": "127.0.0.1"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        return Wire(kind, region, environment).transport()


@contextmanager
def moto_service(kind: Kind) -> Generator[Service]:
    """moto: no process and no IAM. It takes the place of boto3's wire; others have one."""
    with mock_aws():
        client: Any = boto3.session.Session().client("dynamodb", region_name=REGION)
        if kind is Kind.BOTO3:
            yield Service(client, BotoTransport(REGION), "testing", "testing")
            return
        with serving(_answered_by_moto) as server:
            yield Service(client, transport_to(server.url, kind), "testing", "testing")


def _answered_by_moto(asked: Asked) -> Iterable[Doing]:
    url = f"https://dynamodb.{REGION}.amazonaws.com/"
    headers = HTTPHeaders()
    for name, value in asked.headers.items():
        headers[name] = value
    found = botocore_stubber.process_request(
        AWSPreparedRequest("POST", url, headers, asked.body, stream_output=False)
    )
    assert found is not None
    status, told, body = found
    content = body.encode() if isinstance(body, str) else body
    checksum = {name.lower(): str(value) for name, value in told.items()}.get("x-amz-crc32", "")
    return [answer(content, status, headers={"x-amz-crc32": checksum})]


@contextmanager
def cloud_service(cloud: LocalCloud, kind: Kind) -> Generator[Service]:
    """The local cloud, as the account's root."""
    client: Any = cloud.client("dynamodb")
    transport = transport_to(cloud.endpoint, kind)
    yield Service(client, transport, cloud.access_key, cloud.secret_key)
    client.delete_table(TableName=TABLE)

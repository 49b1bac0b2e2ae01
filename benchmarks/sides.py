"""Who answers: the endpoint as Lambda loads it, the stock stack, and the bare call."""

import atexit
import os
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import boto3
import msgspec
from botocore import xform_name

from benchmarks import shop
from benchmarks.stub.delays import AT_ONCE
from benchmarks.stub.process import Made, Stub
from local.provision import ROOT
from tenantql.table.access import Credentials
from tenantql.table.direct.transport import DirectTransport
from tenantql.table.encoding import Call
from tenantql.table.errors import TableError
from tenantql.table.transport import Post
from tests.integration.installation import Runtime

type Handler = Callable[[dict[str, Any], Any], dict[str, Any]]

ENDPOINT: Final = ROOT / "functions" / "graphql" / "app.py"
STOCK: Final = ROOT / "benchmarks" / "stock" / "app.py"

RUNTIME: Final = Runtime()
"""The context of an invocation."""

OURS: Final = "TenantQL"
OVER_BOTO3: Final = "TenantQL over boto3"
STOCK_STACK: Final = "stock: Ariadne, boto3"

SIDES: Final[Mapping[str, tuple[Path, Mapping[str, str]]]] = {
    OURS: (ENDPOINT, {}),
    OVER_BOTO3: (ENDPOINT, {"TENANTQL_TRANSPORT": "boto3"}),
    STOCK_STACK: (STOCK, {}),
}
"""The functions that answer the same events, and the settings that tell them apart."""

UNREAD: Final = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - as long as the process
atexit.register(UNREAD.close)


def environment(url: str) -> dict[str, str]:
    """What a function's process sees, with AWS at `url`."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": shop.REGION,
        "AWS_DEFAULT_REGION": shop.REGION,
        "AWS_ACCESS_KEY_ID": "ASIAEXAMPLEEXAMPLE00",
        "AWS_SECRET_ACCESS_KEY": "s" * 40,
        "AWS_SESSION_TOKEN": shop.TOKEN,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
        "POWERTOOLS_SERVICE_NAME": "benchmark",
        "TENANTQL_CONTROL_TABLE": shop.CONTROL_TABLE,
        "TENANTQL_TENANT_ROLE_ARN": "arn:aws:iam::123456789012:role/shop-tenant",
        "TABLE": shop.TABLE,
    }


@contextmanager
def surroundings(stub: Stub) -> Generator[None]:
    """The process as Lambda would start it, with AWS where the stand-in answers at once."""
    with patch.dict(os.environ, environment(stub.urls[AT_ONCE])):
        yield


def handler(app: Path, url: str, **settings: str) -> Handler:
    """The handler of a function, loaded anew over a DynamoDB at `url`; nobody reads its log."""
    with patch.dict(os.environ, settings | {"AWS_ENDPOINT_URL_DYNAMODB": url}):
        spec = spec_from_file_location("app", app)
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        with redirect_stdout(UNREAD):
            spec.loader.exec_module(module)
    return module.handler


def bare_calls(url: str, calls: Sequence[Made]) -> Callable[[], None]:
    """Calls through a boto3 client, one after another, and nothing else."""
    client: Any = boto3.Session().client("dynamodb", endpoint_url=url)
    bound = [(getattr(client, xform_name(call.operation)), call.parameters) for call in calls]

    def ask() -> None:
        for method, parameters in bound:
            method(**parameters)

    return ask


def direct_calls(url: str, calls: Sequence[Made], *, together: bool) -> Callable[[], None]:
    """Calls through the direct transport, all at once or one after another, and nothing else.

    It leaves items as they came; they are read as any other caller would, into dictionaries.
    """
    transport = DirectTransport(shop.REGION, environment(url))
    credentials = Credentials("ASIAEXAMPLEEXAMPLE00", "s" * 40, shop.TOKEN)
    posts = [Post(Call(call.operation, call.parameters), credentials) for call in calls]
    exchanges = [posts] if together else [[post] for post in posts]

    def ask() -> None:
        for each in exchanges:
            for outcome in transport.exchange(each, time.monotonic() + 10):
                if isinstance(outcome, TableError):
                    raise outcome
                for item in outcome.get("Items", [outcome["Item"]] if "Item" in outcome else ()):
                    msgspec.json.decode(item)

    return ask

"""Logging out, the whole way (U8): the endpoint, the stream and the authorizer, each with its role.

The functions run in processes of their own behind a gateway that keeps no answer of the authorizer.
"""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from copy import replace
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest

from local.cloud import LocalCloud
from local.function import RunningFunction
from local.gateway import Authorizer, Gateway
from local.gateway.events import Request
from local.issuer import Issuer, serving
from local.provision import Provisioned
from local.stream import StreamReader, following
from tenantql.tenancy.identity import Identity, Role
from tenantql.tenancy.revocation import LONGEST_LIFE
from tests.integration.installation import Installation, Instance, member

LOG_OUT: Final = """mutation($i: LogOutInput!) { logOut(input: $i) {
  everywhere userErrors { code } } }"""
PATIENCE: Final = 15.0
ROUTE: Final = "POST /graphql"


def of_token(who: Identity, token: str) -> Identity:
    return replace(who, token=token)


@pytest.mark.pattern("U8")
@pytest.mark.parametrize("everywhere", [False, True])
def test_logging_out_is_one_update_of_the_callers_own_item(
    endpoint: Instance, installation: Installation, everywhere: bool
) -> None:
    tenant = installation.new_tenant()
    who = of_token(member(tenant, Role.CUSTOMER, subject="ada"), "t-1")
    for _ in range(2):
        answer = endpoint.ask(who, LOG_OUT, i={"everywhere": everywhere})
        assert answer.data == {"logOut": {"everywhere": everywhere, "userErrors": []}}
        assert answer.operations == ["UpdateItem"]
        assert answer.line["calls"] == 1
    (item,) = installation.items(tenant)
    assert item["PK"] == {"S": f"TENANT#{tenant}#REVOKED#ada"}
    assert item["version"] == {"N": "2"}
    assert ("not_before" in item) is everywhere
    assert ("token_ids" in item) is not everywhere
    assert int(item["expires_at"]["N"]) > time.time() + LONGEST_LIFE.total_seconds()


@dataclass
class Api:
    """The endpoint behind its authorizer, asked with tokens."""

    gateway: Gateway
    issuer: Issuer

    async def ask(self, token: str, text: str = "{ __typename }", **variables: Any) -> int:
        """The status that a request with a token gets."""
        body = json.dumps({"query": text, "variables": variables}).encode()
        headers = [("authorization", f"Bearer {token}"), ("content-type", "application/json")]
        request = Request(method="POST", path="/graphql", headers=headers, body=body)
        return (await self.gateway.handle(request)).status

    async def refuses(self, token: str) -> bool:
        """Whether a token is refused before patience is at its end."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if await self.ask(token) == 403:
                return True
            await asyncio.sleep(0.1)
        return False

    async def log_out(self, token: str, *, everywhere: bool) -> None:
        assert await self.ask(token, LOG_OUT, i={"everywhere": everywhere}) == 200


@asynccontextmanager
async def api(cloud: LocalCloud, stack: Provisioned, folder: Path) -> AsyncGenerator[Api]:
    """The three functions, each in a process of its own with its own role, and the stream."""
    with serving(audience="tests") as issuer:
        own = {"TENANTQL_ISSUER": issuer.url, "TENANTQL_JWKS_URI": issuer.jwks_uri}
        functions = {
            name: RunningFunction(
                replace(function, environment={**function.environment, **own}),
                cloud.environment(),
                folder,
                folder / f"{name}.log",
            )
            for name, function in stack.functions.items()
            if name in {"authorizer", "graphql", "stream"}
        }
        hours = count(0, 3600)
        authorizer = Authorizer(functions["authorizer"], clock=lambda: next(hours))
        streams: Any = cloud.client("dynamodbstreams")
        reader = StreamReader(streams, stack.stream_arn, functions["stream"])
        try:
            async with following(reader):
                yield Api(Gateway({ROUTE: functions["graphql"]}, authorizer), issuer)
        finally:
            for function in functions.values():
                await function.stop()


@pytest.mark.pattern("U8")
def test_a_token_that_was_given_up_is_refused_and_the_others_are_not(
    cloud: LocalCloud, stack: Provisioned, installation: Installation, tmp_path: Path
) -> None:
    tenant, elsewhere = installation.new_tenant(), installation.new_tenant()

    async def story(site: Api) -> None:
        def token(to: str = tenant, subject: str = "ada", later: int = 0) -> str:
            issued = int(time.time()) + later
            return site.issuer.token(to, subject, ["customer"], claims={"iat": issued})

        phone, laptop = token(), token()
        others = [token(elsewhere), token(subject="bob")]
        await _all_good(site, phone, laptop, *others)

        await site.log_out(phone, everywhere=False)
        assert await site.refuses(phone)
        await _all_good(site, laptop, *others)

        await site.log_out(laptop, everywhere=True)
        assert await site.refuses(laptop)
        assert await site.ask(phone) == 403
        # Of the next second: logging in again after that is what it was.
        await _all_good(site, token(later=2), *others)

    _run(cloud, stack, tmp_path, story)
    root: Any = cloud.client("dynamodb")
    copies = [
        item
        for item in root.scan(TableName=stack.control_table, ConsistentRead=True)["Items"]
        if item["PK"]["S"].startswith(f"REVOKED#{tenant}#")
    ]
    assert [item["PK"]["S"] for item in copies] == [f"REVOKED#{tenant}#ada"]
    assert int(copies[0]["expires_at"]["N"]) > time.time() + LONGEST_LIFE.total_seconds()


async def _all_good(site: Api, *tokens: str) -> None:
    assert [await site.ask(token) for token in tokens] == [200] * len(tokens)


def _run(
    cloud: LocalCloud, stack: Provisioned, folder: Path, story: Callable[[Api], Awaitable[None]]
) -> None:
    async def told() -> None:
        async with api(cloud, stack, folder) as site:
            await story(site)

    asyncio.run(told())

"""SnapStart: two functions restored from one snapshot share no connection, secret or number."""

import json
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import combinations, count
from typing import Any

import pytest

from local.provision import ROOT
from tenantql.tenancy.identity import Role
from tests.unit.builders import identity, route, stored
from tests.unit.functions.loading import ENVIRONMENT, FUNCTIONS, LAYER
from tests.unit.http.events import posted
from tests.unit.table.direct.server import Asked, Doing, Server, answer, serving

SOON = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
ISSUED = """<AssumeRoleResponse><AssumeRoleResult><Credentials>
<AccessKeyId>ASIATENANT{0}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
<Expiration>{1}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""
QUERY = '{ userByEmail(email: "ada@example.com") { id } }'
"""Reads the routing record with the function's credentials, and the table with the tenant's."""


class Aws:
    """Lambda's credentials for the function, STS, and tables with tenants and nothing else."""

    def __init__(self) -> None:
        self._number = count(1)

    def __call__(self, asked: Asked) -> Iterable[Doing]:
        match asked.line.split()[1]:
            case "/own":
                own = {"AccessKeyId": f"ASIAFUNCTION{next(self._number)}"}
                own |= {"SecretAccessKey": "secret", "Token": "token", "Expiration": SOON}
                return [answer(own)]
            case "/" if "x-amz-target" not in asked.headers:
                return [answer(ISSUED.format(next(self._number), SOON).encode())]
            case "/" if asked.parameters.get("TableName") == "shop-control":
                tenant = asked.parameters["Key"]["PK"]["S"].partition("#")[2]
                return [answer({"Item": stored(route(tenant))})]
            case _:
                return [answer({})]


def by_phase(server: Server) -> dict[str, list[Asked]]:
    """What AWS was asked before the snapshot, and by each clone."""
    found: dict[str, list[Asked]] = {}
    for asked in server.asked:
        path = asked.line.split()[1]
        if path.startswith("/phase/"):
            found[path.removeprefix("/phase/")] = []
        else:
            [*found.values()][-1].append(asked)
    return found


def access_keys(asked: Iterable[Asked]) -> set[str]:
    signed = (each.headers.get("authorization", "").partition("Credential=")[2] for each in asked)
    return {key.partition("/")[0] for key in signed if key}


def disjoint(*sets: Iterable[Any]) -> bool:
    return all(not set(one) & set(other) for one, other in combinations(sets, 2))


@pytest.mark.parametrize("transport", ["direct", "boto3"])
def test_clones_of_a_function_have_nothing_in_common(transport: str) -> None:
    with serving(Aws()) as server:
        environment = {
            **ENVIRONMENT,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{server.url}/own",
            "AWS_ENDPOINT_URL": server.url,
            "PYTHONPATH": f"{FUNCTIONS / 'graphql'}:{LAYER}:{ROOT}",
            "TENANTQL_TRANSPORT": transport,
        }
        people = (identity(Role.STAFF, tenant=tenant) for tenant in ("acme", "globex"))
        events = [json.dumps(posted(QUERY, identity=each)) for each in people]
        done = subprocess.run(
            [sys.executable, "-m", "tests.unit.functions.cloning", *events],
            env=environment,
            capture_output=True,
            check=True,
            text=True,
        )
        phases = by_phase(server)
    lines = [json.loads(line) for line in done.stdout.splitlines() if '"phase"' in line]
    assert [line["phase"] for line in lines] == [*phases] == ["before", "first", "second"]
    bodies = [body for line in lines for body in line["bodies"]]
    assert [body["data"] for body in bodies] == [{"userByEmail": None}] * 5
    assert disjoint(*(line["drawn"] for line in lines))
    connections = [{each.connection for each in phase} for phase in phases.values()]
    assert all(connections)
    assert disjoint(*connections)
    keys = [access_keys(phase) for phase in phases.values()]
    for own in keys:
        assert {key.rstrip("0123456789") for key in own} == {"ASIAFUNCTION", "ASIATENANT"}
    assert disjoint(*keys)

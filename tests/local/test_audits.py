"""The endpoint of `make run` passes the public audits of GraphQL over HTTP."""

import httpx
import pytest

from local.development import Development
from local.server import GRAPHQL
from tests.audits import failures

pytestmark = pytest.mark.xdist_group("development server")


def test_every_audit_passes(running: Development, client: httpx.Client) -> None:
    token = client.get("/tokens/acme/staff").text
    assert failures(running.url + GRAPHQL, token) == []

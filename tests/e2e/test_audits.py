"""The deployed API passes the public audits of GraphQL over HTTP."""

import pytest

from local.deployment import Deployment
from local.server import GRAPHQL
from tests.audits import failures

pytestmark = pytest.mark.xdist_group("build")


def test_every_audit_passes(deployed: Deployment) -> None:
    token = deployed.actors["acme/staff"].token(deployed.issuer)
    assert failures(deployed.stack.url(GRAPHQL), token) == []

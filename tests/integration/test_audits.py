"""GraphQL over HTTP: the public audit suite (npm `graphql-http`) against the endpoint."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tenantql.engine.schema import TENANT_SCHEMA, bind_schema, read_schema
from tenantql.http.endpoint import Endpoint
from tenantql.tenancy.admission import Admitted, Right
from tenantql.tenancy.identity import Identity
from tests.integration.installation import Counted, Instance
from tests.integration.serving import serving
from tests.unit.builders import Scripted, access
from tests.unit.http.site import MEMBER
from tests.unit.schemas import SHIPPED

SCRIPT = Path(__file__).with_name("audits.mjs")
NODE = Path(sys.executable).with_name("node")
AUDITS = 61


def _admit(_who: Identity) -> Admitted:
    return Admitted(lambda _level: Right(access))


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """The tenants' endpoint, for everybody: the audits ask for no data."""
    schema = bind_schema(read_schema(TENANT_SCHEMA), SHIPPED[TENANT_SCHEMA])
    with Instance(schema, _admit, Counted(Scripted())) as instance:
        yield instance._endpoint


@pytest.fixture
def url(endpoint: Endpoint) -> Iterator[str]:
    """Where the endpoint is served, on behalf of somebody who may use it."""
    with serving(endpoint, MEMBER) as served:
        yield served


def test_every_audit_passes(url: str) -> None:
    done = subprocess.run(
        [NODE, SCRIPT, url], capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, f"{done.stderr}\nnpm's packages are installed by `make setup`"
    audits = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each for each in audits if each["status"] != "ok"] == []
    assert len(audits) == AUDITS

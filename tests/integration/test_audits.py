"""GraphQL over HTTP: the public audit suite (npm `graphql-http`) against the endpoint.

Requests become events and results become responses as in the development server's gateway.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import pytest

from local.gateway import Request, function_event, response_of
from tenantql.engine.schema import TENANT_SCHEMA, bind_schema, read_schema
from tenantql.http.endpoint import Endpoint
from tenantql.tenancy.admission import Admitted, Right
from tenantql.tenancy.identity import Identity
from tests.integration.installation import Counted, Instance, Runtime
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
    turn = Lock()

    class Gateway(BaseHTTPRequestHandler):
        """An HTTP API with one route."""

        def answer(self) -> None:
            path, _, query = self.path.partition("?")
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            found = Request(self.command, path, query, self.headers.items(), body)
            # A connection has a thread, since one may wait; the endpoint answers one at a time.
            with turn:
                event = function_event(found, MEMBER.to_context())
                response = response_of(endpoint(event, Runtime()))
            self.send_response(response.status)
            for name, value in response.headers:
                self.send_header(name, value)
            self.send_header("content-length", str(len(response.body)))
            self.end_headers()
            self.wfile.write(response.body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = answer  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Gateway) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/graphql"
        server.shutdown()
        thread.join()


def test_every_audit_passes(url: str) -> None:
    done = subprocess.run(
        [NODE, SCRIPT, url], capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, f"{done.stderr}\nnpm's packages are installed by `make setup`"
    audits = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each for each in audits if each["status"] != "ok"] == []
    assert len(audits) == AUDITS

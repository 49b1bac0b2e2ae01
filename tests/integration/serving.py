"""An endpoint over HTTP, on the loopback.

Requests become events and results become responses as in the development server's gateway.
"""

from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from local.gateway import Request, function_event, response_of
from tenantql.http.endpoint import Endpoint
from tenantql.tenancy.identity import Identity
from tests.integration.installation import Runtime


@contextmanager
def serving(endpoint: Endpoint, who: Identity) -> Generator[str]:
    """Where the endpoint is served, on behalf of somebody."""
    turn = Lock()

    class Gateway(BaseHTTPRequestHandler):
        """An HTTP API with one route."""

        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            path, _, query = self.path.partition("?")
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            found = Request(self.command, path, query, self.headers.items(), body)
            # A connection has a thread, since one may wait; the endpoint answers one at a time.
            with turn:
                event = function_event(found, who.to_context())
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
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/graphql"
        finally:
            server.shutdown()
            thread.join()

"""A server of keys on the loopback that can fail in every way that one fails."""

from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class KeyServer:
    """Answers every request with `status` and `body`, and counts the requests."""

    def __init__(self) -> None:
        self.status = 200
        self.body = b""
        self.asked = 0
        self.url = ""


@contextmanager
def key_server() -> Generator[KeyServer]:
    """A running server, whose `url` refuses connections after the block."""
    served = KeyServer()

    class Keys(BaseHTTPRequestHandler):
        """Answers with what the test has set."""

        def do_GET(self) -> None:
            served.asked += 1
            self.send_response(served.status)
            self.send_header("content-length", str(len(served.body)))
            self.end_headers()
            self.wfile.write(served.body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Keys) as server:
        server.daemon_threads = True
        served.url = f"http://127.0.0.1:{server.server_port}/jwks"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()

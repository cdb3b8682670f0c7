"""An endpoint on loopback that notifications are sent to: it answers, refuses, or hangs."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Endpoint:
    """Where to send to, and what has arrived."""

    port: int
    notices: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def answering(status: int = 200) -> Iterator[Endpoint]:
    """Open an endpoint that takes each notice and answers with this status."""
    endpoint = Endpoint(0)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            endpoint.notices.append(json.loads(body))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        endpoint.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield endpoint
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def hanging() -> Iterator[Endpoint]:
    """Open an endpoint that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield Endpoint(server.getsockname()[1])


@contextmanager
def refusing() -> Iterator[Endpoint]:
    """Name a port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    yield Endpoint(port)

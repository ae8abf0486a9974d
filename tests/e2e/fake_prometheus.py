#!/usr/bin/python3
"""A server that answers range queries as badly as a test asks: for faults that no real Prometheus
shows on request. Each request is answered by a behavior; see fake_behaviors.py for them.

    with FakePrometheus([status(503), matrix()]) as fake:   # the last one repeats
        ... fake.url ... fake.requests ...

By hand, until Ctrl-C: fake_prometheus.py 'status(429, retry_after=3)' [--tls DIRECTORY]
"""
from __future__ import annotations

import argparse
import socket
import ssl
import subprocess
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Callable, Sequence
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    form: dict[str, str]  # of the body and of the query string
    client_port: int  # the same for requests that share a connection
    time: float


class Exchange:
    """One request and the way to answer it; handed to a behavior."""

    def __init__(self, handler: BaseHTTPRequestHandler, request: Request,
                 stopping: threading.Event) -> None:
        self._handler = handler
        self.request = request
        self.stopping = stopping

    def start(self, status: int, headers: dict[str, str]) -> None:
        """Status and headers. Without a Content-Length the body ends with the connection."""
        if "Content-Length" not in headers:
            headers = {**headers, "Connection": "close"}
            self._handler.close_connection = True
        self._handler.send_response(status)
        for name, value in headers.items():
            self._handler.send_header(name, value)
        self._handler.end_headers()

    def write(self, data: bytes) -> None:
        self._handler.wfile.write(data)
        self._handler.wfile.flush()

    def reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.start(status, {**headers, "Content-Length": str(len(body))})
        self.write(body)

    def hang_up(self) -> None:
        self._handler.close_connection = True


Behavior = Callable[[Exchange], None]


@dataclass(frozen=True)
class Certificate:
    """Self-signed, for localhost and 127.0.0.1."""

    certificate: Path
    key: Path

    @staticmethod
    def create(directory: Path, name: str = "server") -> Certificate:
        made = Certificate(directory / f"{name}.crt", directory / f"{name}.key")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "30", "-subj", "/CN=localhost",
             "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
             "-keyout", str(made.key), "-out", str(made.certificate)],
            check=True, capture_output=True, timeout=60)
        return made


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    disable_nagle_algorithm = True  # head and body are two writes
    fake: FakePrometheus  # set in the subclass of each server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        parts = urlsplit(self.path)
        request = Request(self.command, parts.path,
                          {name.lower(): value for name, value in self.headers.items()},
                          dict(parse_qsl(parts.query) + parse_qsl(body)),
                          self.client_address[1], time.time())
        try:
            self.fake.behavior_for(request)(Exchange(self, request, self.fake.stopping))
        except OSError:  # the client has hung up, as it should where a reply has no end
            self.close_connection = True

    do_GET = do_POST

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, handler: type[_Handler], tls: ssl.SSLContext | None, port: int) -> None:
        super().__init__(("127.0.0.1", port), handler)
        self.tls = tls

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        if self.tls is not None:  # the handshake comes with the first read, on the handler's thread
            connection = self.tls.wrap_socket(connection, server_side=True,
                                              do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, *_: object) -> None:
        pass  # a refused handshake or a lost connection is the client's business


class FakePrometheus:
    """Listens on a port of 127.0.0.1 while the `with` block runs."""

    def __init__(self, plan: Behavior | Sequence[Behavior], tls: Certificate | None = None,
                 client_authority: Path | None = None, port: int = 0) -> None:
        """`client_authority`: require a client certificate that this file signs for. `port`: 0 for a
        free one."""
        self._plan = list(plan) if isinstance(plan, Sequence) else [plan]
        self._lock = threading.Lock()
        self._requests: list[Request] = []
        self.stopping = threading.Event()
        context = None
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls.certificate, tls.key)
            if client_authority is not None:
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations(client_authority)
        self._server = _Server(type("Handler", (_Handler,), {"fake": self}), context, port)
        self.port: int = self._server.server_address[1]
        self.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,),
                                        daemon=True)

    def behavior_for(self, request: Request) -> Behavior:
        with self._lock:
            self._requests.append(request)
            return self._plan.pop(0) if len(self._plan) > 1 else self._plan[0]

    def set_plan(self, plan: Behavior | Sequence[Behavior]) -> None:
        with self._lock:
            self._plan = list(plan) if isinstance(plan, Sequence) else [plan]

    @property
    def requests(self) -> list[Request]:
        with self._lock:
            return list(self._requests)

    def __enter__(self) -> FakePrometheus:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


def main() -> None:
    import fake_behaviors

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("behavior", nargs="+", help="in Python: matrix(), status(503), hang() ...")
    parser.add_argument("--tls", type=Path, metavar="DIRECTORY",
                        help="serve https; server.crt and server.key are written there")
    arguments = parser.parse_args()
    plan = [eval(text, vars(fake_behaviors)) for text in arguments.behavior]
    tls = Certificate.create(arguments.tls) if arguments.tls else None
    with FakePrometheus(plan, tls) as fake:
        print(fake.url, flush=True)
        try:
            fake.stopping.wait()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()

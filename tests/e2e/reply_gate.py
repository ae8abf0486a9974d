"""Stands between the daemon and a real server, and holds a reply back where a test asks for it."""

from __future__ import annotations

import http.client
import threading
from urllib.parse import urlencode, urlsplit

from fake_prometheus import Exchange

PASSED_ON = ("Content-Type", "Content-Encoding")


class ReplyGate:
    """A behavior of a FakePrometheus: asks the server the same, and passes on its reply.

    hold("all") or hold("half"): the next reply, or its second half, is held back until release().
    """

    def __init__(self, url: str):
        self._server = urlsplit(url).netloc
        self._held = ""
        self._lock = threading.Lock()
        self._released = threading.Event()
        self.caught = threading.Event()  # a reply is held, and what precedes it was sent

    def hold(self, part: str) -> None:
        with self._lock:
            self._released.clear()
            self.caught.clear()
            self._held = part

    def release(self) -> None:
        with self._lock:
            self._held = ""
        self._released.set()

    def __call__(self, exchange: Exchange) -> None:
        status, headers, body = self._ask(exchange)
        with self._lock:
            part = self._held
        half = len(body) // 2 if part == "half" else 0
        if part:
            if half:
                exchange.start(status, headers)
                exchange.write(body[:half])
            self.caught.set()
            self._released.wait()
        if not half:
            exchange.start(status, headers)
        exchange.write(body[half:])

    def _ask(self, exchange: Exchange) -> tuple[int, dict[str, str], bytes]:
        request = exchange.request
        connection = http.client.HTTPConnection(self._server, timeout=30)
        try:
            connection.request("POST", request.path, urlencode(request.form), {
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept-Encoding": request.headers.get("accept-encoding", "identity")})
            reply = connection.getresponse()
            body = reply.read()
        finally:
            connection.close()
        headers = {name: reply.headers[name] for name in PASSED_ON if name in reply.headers}
        return reply.status, headers | {"Content-Length": str(len(body))}, body

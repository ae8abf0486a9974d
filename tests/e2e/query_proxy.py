"""Stands between the daemon and a real server, notes each query and what became of it, and refuses
what a test tells it to: replies that are too long, or all while it is away."""

from __future__ import annotations

import http.client
import math
import threading
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode, urlsplit

from fake_behaviors import grid_of
from fake_prometheus import Exchange, Request

HEADERS = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Asked:
    """One query and what became of it."""

    request: Request
    status: int  # 0: broken off
    size: int  # of the whole reply, as JSON text

    @property
    def points(self) -> int:
        return len(grid_of(self.request))

    @property
    def good(self) -> bool:
        return self.status == 200

    def slot(self, interval: int) -> int:
        """The end of the window that its first point lies in; seconds."""
        return math.ceil(Decimal(self.request.form["start"]) / interval) * interval


class QueryProxy:
    """A behavior of a FakePrometheus. A reply over `most_bytes` is refused by 413, or, if it
    `breaks`, breaks off there."""

    def __init__(self, url: str, most_bytes: int | None = None, breaks: bool = False):
        self._server = urlsplit(url).netloc
        self._most_bytes, self._breaks = most_bytes, breaks
        self._lock = threading.Lock()
        self._asked: list[Asked] = []
        self.away = False  # answers 503

    @property
    def asked(self) -> list[Asked]:
        with self._lock:
            return list(self._asked)

    def by_slot(self, interval: int) -> dict[int, list[Asked]]:
        slots: dict[int, list[Asked]] = {}
        for one in self.asked:
            slots.setdefault(one.slot(interval), []).append(one)
        return slots

    def __call__(self, exchange: Exchange) -> None:
        status, body = (503, b"Service Unavailable") if self.away else self._ask(exchange.request)
        too_long = self._most_bytes is not None and len(body) > self._most_bytes
        if too_long and not self._breaks:
            status = 413
        with self._lock:  # before it is answered: who waits for the answer finds it here
            self._asked.append(Asked(exchange.request, 0 if too_long and self._breaks else status,
                                     len(body)))
        if status == 413:
            exchange.reply(413, b"<html><h1>413 Request Entity Too Large</h1></html>",
                           {"Content-Type": "text/html"})
        elif too_long:
            exchange.start(200, HEADERS | {"Content-Length": str(len(body))})
            exchange.write(body[:self._most_bytes])
            exchange.hang_up()
        else:
            exchange.reply(status, body, HEADERS)

    def _ask(self, request: Request) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self._server, timeout=60)
        try:
            connection.request("POST", request.path, urlencode(request.form), {
                "Content-Type": "application/x-www-form-urlencoded"})
            reply = connection.getresponse()
            return reply.status, reply.read()
        finally:
            connection.close()

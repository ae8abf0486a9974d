"""Behaviors of a FakePrometheus that stands before a real server: what a Thanos or Mimir installation
puts between, and what it may add to an answer."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable

from fake_prometheus import Behavior, Exchange
from servers import Server

JSON = {"Content-Type": "application/json"}


def gateway(server: Server, prefix: str = "", tenant: str = "",
            edit: Callable[[dict], object] = lambda answer: None) -> Behavior:
    """Answers what the server does, but only below the prefix and to who says its tenant; `edit`
    changes a good answer in place."""
    def behave(exchange: Exchange) -> None:
        request = exchange.request
        if not request.path.startswith(prefix + "/api/v1/"):
            exchange.reply(404, b"404 page not found", {"Content-Type": "text/plain"})
            return
        if tenant and request.headers.get("x-scope-orgid") != tenant:
            exchange.reply(401, b"no org id", {"Content-Type": "text/plain"})
            return
        url = server.url + request.path.removeprefix(prefix)
        try:
            with urllib.request.urlopen(url, urllib.parse.urlencode(request.form).encode(), timeout=60) as reply:
                answer = json.load(reply)
        except urllib.error.HTTPError as error:
            exchange.reply(error.code, error.read(), JSON)
            return
        edit(answer)
        exchange.reply(200, json.dumps(answer).encode(), JSON)
    return behave


def warn(*warnings: str) -> Callable[[dict], object]:
    return lambda answer: answer.update(warnings=list(warnings))


def mark_partial(answer: dict) -> None:
    """As a VictoriaMetrics cluster does."""
    answer["isPartial"] = True

"""A Prometheus of known_series in the past, and a way to it that notes and delays what is asked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from daemon import write_rules
from fake_prometheus import Exchange, FakePrometheus, Request
from journal_file import Window, opened, windows
from known_series import FUTURE, PAST, RULES, groups, interval_of, start_server
from oracle import Rule
from reply_gate import ReplyGate
from servers import Prometheus


class Past:
    """Where windows can be backfilled in (start, end], all of them over by now."""

    def __init__(self, server: Prometheus, began: float, rules: Path):
        self.url = server.url
        self.rules = rules
        self.start = began - PAST + 100
        self.end = began + FUTURE - 100

    def span(self, seconds: int) -> tuple[float, float]:
        return self.start, self.start + seconds


@contextmanager
def known_past(folder: Path) -> Iterator[Past]:
    began = (time.time() - FUTURE) // 60 * 60
    with start_server(began) as server:
        yield Past(server, began, write_rules(folder / "rules.yaml", groups()))


@contextmanager
def counting(url: str, delay: float = 0.0, port: int = 0) -> Iterator[FakePrometheus]:
    """Passes on what it is asked after `delay` seconds; `requests` has all of it.

    `port`: that of another, to a backfill the same server.
    """
    gate = ReplyGate(url)

    def slow(exchange: Exchange) -> None:
        exchange.stopping.wait(delay)
        gate(exchange)

    with FakePrometheus([slow], port=port) as between:
        yield between


def slots(rules: list[Rule], span: tuple[float, float]) -> set[Window]:
    """All windows that end in (start, end]."""
    first, last = (round(seconds * 1000) for seconds in span)
    return {Window(rule.record, end) for rule in rules
            for end in range(first - first % interval_of(rule) + interval_of(rule), last + 1,
                             interval_of(rule))}


def all_slots(span: tuple[float, float]) -> set[Window]:
    return slots(RULES, span)


def recorded(journal: Path) -> set[Window]:
    with opened(journal / "journal.db") as database:
        return set(windows(database))


@dataclass(frozen=True)
class Asked:
    """The points of time of one query, in milliseconds."""

    expr: str
    start: int
    end: int

    @staticmethod
    def of(request: Request) -> Asked:
        start, end = (round(float(request.form[name]) * 1000) for name in ("start", "end"))
        return Asked(request.form["query"], start, end)

    def touches(self, rule: Rule, window: Window) -> bool:
        return (rule.expr == self.expr and self.start <= window.end
                and self.end > window.end - rule.window)

"""A daemon whose windows are many intervals long, over the known series; its source is slow."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from daemon import Daemon, write_rules
from fake_prometheus import Exchange, FakePrometheus, Request
from journal_file import Window, exported, opened, windows
from journal_lives import asked_points, journaled_points
from known_series import expected
from oracle import Answer, Rule, compare
from page import Page, page_of, wait_for
from reply_gate import ReplyGate
from servers import Prometheus

INTERVAL = 1000
STEP = 100
# So many points that their first filling takes many requests; the history reaches so far back.
LONG = 500_000
PATIENCE = 60.0
LATE = 5.0

RULES = (
    Rule("long_avg", "level", STEP, LONG, interval=INTERVAL),
    Rule("long_max", "level", STEP, LONG, "max", interval=INTERVAL),
    Rule("middle_sum", "level", STEP, LONG // 10, "sum", interval=INTERVAL),
    # Other words for the same, since every point of an expression is to be asked for once.
    Rule("long_zero", "level + 0", STEP, LONG, "avg", "zero", "watcher", interval=INTERVAL))
# Of a group of its own: what the filling of the others must not delay.
BESIDE = Rule("beside", "level * 2", STEP, INTERVAL, "count", interval=INTERVAL)

REFUSAL = b'{"status":"error","errorType":"execution","error":"no such blocks"}'


class Slow:
    """What the daemon asks instead of the server: the same after a delay, or 503 while `away`.

    What reaches back before `begins` (seconds) is refused for good.
    """

    def __init__(self, server: Prometheus, delay: float = 0.0):
        self.away = False
        self.begins = 0
        self.delay = delay
        self.answered: list[Request] = []
        self._gate = ReplyGate(server.url)
        self.fake = FakePrometheus(self._answer)

    def _answer(self, exchange: Exchange) -> None:
        exchange.stopping.wait(self.delay)
        if self.away:
            exchange.reply(503, b"away\n", {"Content-Type": "text/plain"})
        elif float(exchange.request.form.get("start", "inf")) <= self.begins:
            exchange.reply(422, REFUSAL, {"Content-Type": "application/json"})
        else:
            self._gate(exchange)
            self.answered.append(exchange.request)


class LongLife:
    """Daemons one after another over one journal, asking one slow source."""

    def __init__(self, folder: Path, slow: Slow, partial: bool = False):
        self.storage = folder / "storage"
        self.slow = slow
        long = RULES[0].group() | {"name": "long", "query_offset": "0s", "partial": partial,
                                   "rules": [rule.group()["rules"][0] for rule in RULES]}
        beside = BESIDE.group() | {"query_offset": "0s"}
        self.settings = {"PROMETHEUS_URL": slow.fake.url, "STORAGE_PATH": self.storage,
                         "LOG_FORMAT": "json",
                         "QUERIES": write_rules(folder / "rules.yaml", [long, beside])}

    @contextmanager
    def start(self) -> Iterator[Daemon]:
        with Daemon(**self.settings) as daemon:
            yield daemon

    def panes(self) -> int:
        """How many the journal has, at least, of each expression with long windows."""
        if not (self.storage / "journal.db").exists():
            return 0
        with opened(self.storage / "journal.db") as database:
            if not database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'pane'").fetchone():
                return 0
            counts = dict(database.execute("SELECT expr, count(*) FROM pane JOIN pane_key "
                                           "ON pane_key.id = pane_key GROUP BY expr"))
        return min(counts.get(rule.expr, 0) for rule in RULES)

    def journaled(self) -> set[tuple[str, int]]:
        return journaled_points(self.storage / "journal.db")

    def wait_until_filled(self, daemon: Daemon, since: float = 0) -> Page:
        """A page on which every rule has a window that ends after `since`."""
        return wait_for(lambda: all_shown(page_of(daemon), since), PATIENCE)

    def wait_until_complete(self, began: float) -> None:
        """Until each slot since then has its window, but for the newest few."""
        def complete() -> bool:
            with opened(self.storage / "journal.db") as database:
                found = windows(database)
            due = range(math.ceil(began) * 1000, round(time.time() - LATE) * 1000, INTERVAL)
            return all(Window(rule.record, end) in found
                       for rule in (*RULES, BESIDE) for end in due)
        wait_for(complete, PATIENCE, interval=0.2)

    def check(self, begins: int = 0) -> int:
        """All recorded windows are right; how many values there are.

        What was before `begins` (milliseconds) is lost.
        """
        values = 0
        for rule in (*RULES, BESIDE):
            found = exported(self.storage, rule.record)
            for end, vector in found.items():
                had = replace(rule, window=min(rule.window, end - begins))
                values += compare(answer(had, end), vector)
            assert found, rule.record
        return values


def answer(rule: Rule, end: int) -> Answer:
    """All are of the series `level`, whatever else the expression says."""
    return expected(replace(rule, expr="level"), end)


def all_shown(page: Page, since: float) -> Page | None:
    shown = all(page.all(rule.record) and page.window_end(rule.record) >= since
                for rule in (*RULES, BESIDE))
    return page if shown else None


def check_shown(page: Page) -> None:
    for rule in RULES:
        end = round(page.window_end(rule.record) * 1000)
        values = {frozenset(labels.items()): value for labels, value in page.all(rule.record)}
        compare(answer(rule, end), values, at_least=1)


def asked_twice(requests: list[Request]) -> set[tuple[str, int]]:
    """Expressions and times."""
    seen: set[tuple[str, int]] = set()
    twice: set[tuple[str, int]] = set()
    for request in requests:
        points = asked_points([request])
        twice |= seen & points
        seen |= points
    return twice

"""Daemons one after another over one journal, and what they ask the source."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from daemon import Daemon
from fake_prometheus import FakePrometheus, Request
from journal_file import opened
from page import events, page_of, wait_for
from reply_gate import ReplyGate
from scraped_series import QUERY_OFFSET, ScrapingPrometheus, caught_up, newest_of, rows

LATE = 5.0


class Lives:
    """Daemons one after another over one journal; every query of theirs goes through a gate."""

    def __init__(self, folder: Path, server: ScrapingPrometheus, **settings: object):
        folder.mkdir()
        self.folder = folder
        self.storage = folder / "storage"
        self.journal = self.storage / "journal.db"
        self.gate = ReplyGate(server.url)
        self._source = FakePrometheus(self.gate)
        self._settings = {"PROMETHEUS_URL": self._source.url, "STORAGE_PATH": self.storage,
                          "LOG_FORMAT": "json", **settings}
        self.asked: list[Request] = []  # by the last daemon
        self.errors: list[dict[str, str]] = []  # of its log

    def __enter__(self) -> Lives:
        self._source.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.gate.release()
        self._source.__exit__()

    @contextmanager
    def life(self, rules: Path) -> Iterator[Daemon]:
        """Ends in peace."""
        before = len(self._source.requests)
        with Daemon(QUERIES=rules, **self._settings) as daemon:
            try:
                yield daemon
            finally:
                self.gate.release()
            assert daemon.stop() == 0, daemon.log()[-3000:]
            self.errors = events(daemon.log(), level="error")
        self.asked = self._source.requests[before:]

    def wait_until_complete(self, daemon: Daemon, lost_before: int = 0) -> None:
        """Until nothing is missing but what is lost."""
        def complete() -> bool:
            page, found = page_of(daemon), rows(self.journal)
            return newest_of(found) > time.time() - QUERY_OFFSET - LATE and \
                caught_up(page, found, lost_before=lost_before)
        wait_for(complete, 60, interval=0.2)


def asked_points(requests: Iterable[Request]) -> set[tuple[str, int]]:
    """(expression, milliseconds) of all points of all range queries."""
    out = set()
    for request in requests:
        if request.path.endswith("/query_range"):
            start, end, step = (int(Decimal(request.form[name]) * 1000)
                                for name in ("start", "end", "step"))
            out |= {(request.form["query"], point) for point in range(start, end + 1, step)}
    return out


def journaled_points(journal: Path) -> set[tuple[str, int]]:
    """What need never be asked again: expressions and coverages at the points of all panes."""
    with opened(journal) as database:
        panes = database.execute("SELECT expr, coverage, step, width, end FROM pane "
                                 "JOIN pane_key ON pane_key.id = pane_key").fetchall()
    return {(text, point) for expr, coverage, step, width, end in panes
            for point in range(((end - width) // step + 1) * step, end + 1, step)
            for text in (expr, coverage) if text}

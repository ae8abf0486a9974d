"""A daemon that records the known series to a journal whose disk a test may make fail."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random

from daemon import Daemon, write_rules
from journal_faults import JournalFaults
from journal_file import after_crash, opened, windows
from known_series import RULES, expected, groups
from oracle import compare
from page import Page, events, page_of, wait_for
from recorded_windows import LATE, check_recorded, missing
from servers import Prometheus

PATIENCE = 30.0


class Recording:
    """A daemon that records to a folder; `faults` are those of its disk."""

    def __init__(self, folder: Path, server: Prometheus, storage: Path | None = None):
        folder.mkdir(exist_ok=True)
        self.storage = storage or folder / "storage"
        self.faults = JournalFaults(folder / self.storage.name)
        self._server, self._copy = server, folder / "copy"
        self._settings = {"PROMETHEUS_URL": server.url, "STORAGE_PATH": self.storage,
                          "LOG_FORMAT": "json",
                          "QUERIES": write_rules(folder / "rules.yaml", groups())}
        if storage is None:
            self._settings |= self.faults.settings()

    def __enter__(self) -> Recording:
        self.began = time.time()
        self.daemon = Daemon(**self._settings)
        return self

    def __exit__(self, *_: object) -> None:
        self.daemon.__exit__()

    def page(self) -> Page:
        return page_of(self.daemon)

    def journal(self, name: str) -> float:
        """A metric of the journal."""
        value = self.page().value(f"downsampled_journal_{name}")
        assert value is not None, name
        return value

    def said(self, message: str) -> int:
        return len(events(self.daemon.log(), message))

    def wait_until_durable(self, patience: float = PATIENCE) -> None:
        """Until the disk has all windows."""
        wait_for(lambda: self.journal("persistent") == 1 and self.journal("memory_windows") == 0
                 and self._has_newest(), patience)

    def check_goes_on(self) -> None:
        """New windows appear on the page, with the right values, though the disk takes none."""
        since = time.time()
        page = wait_for(lambda: self._shows(since + 1) and self.page())
        for rule in RULES:
            end = round(page.window_end(rule.record) * 1000)
            shown = {frozenset(labels.items()): value for labels, value in page.all(rule.record)}
            compare(expected(rule, end), shown)

    def check_end(self, rng: Random, began: float | None = None) -> int:
        """The disk takes everything again: all windows since then, or the start; their number."""
        since = time.time()
        wait_for(lambda: self._shows(since), PATIENCE)
        self.wait_until_durable()
        assert self.daemon.stop() == 0
        recorded = after_crash(self.storage / "journal.db", self._copy)
        return check_recorded(self.storage, recorded, self._server, rng, began or self.began)

    def _shows(self, since: float) -> bool:
        page = self.page()
        return all(page.window_end(rule.record) >= since for rule in RULES)

    def _has_newest(self) -> bool:
        if not (self.storage / "journal.db").exists():
            return False
        with opened(self.storage / "journal.db") as database:
            return not missing(windows(database), time.time() - LATE)

"""What is older than --storage.retention leaves the journal, and the file becomes smaller."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from collections.abc import Iterator
from pathlib import Path

import pytest
from daemon import Daemon, write_rules
from journal_damage import check_export, check_page, run_command
from journal_file import Window, check_integrity, opened, windows
from known_series import PAST, RULES, groups, interval_of, start_server
from page import page_of, wait_for
from servers import Prometheus

HISTORY = PAST - 100  # seconds
RETENTION = 60


@pytest.fixture(scope="module")
def server() -> Iterator[Prometheus]:
    with start_server(time.time()) as server:
        yield server


def recorded(journal: Path) -> dict[Window, int]:
    with opened(journal) as database:
        check_integrity(database)
        return windows(database)


def unused_pages(journal: Path) -> int:
    """Of what was deleted, and not given back yet."""
    with closing(sqlite3.connect(journal)) as database:
        return database.execute("PRAGMA freelist_count").fetchone()[0]


def test_retention(server: Prometheus, tmp_path: Path) -> None:
    storage = tmp_path / "storage"
    journal = storage / "journal.db"
    settings = {"PROMETHEUS_URL": server.url, "CATCH_UP_MAX_AGE": "10s",
                "QUERIES": write_rules(tmp_path / "rules.yaml", groups())}
    start = time.time()
    done = run_command(storage, "backfill", "--from", f"{start - HISTORY:.0f}", **settings)
    assert done.returncode == 0, done.stderr
    before, size = recorded(journal), journal.stat().st_size
    assert len(before) >= sum(HISTORY * 1000 // interval_of(rule) - 5 for rule in RULES)

    with Daemon(STORAGE_PATH=storage, STORAGE_RETENTION=f"{RETENTION}s", **settings) as daemon:
        daemon.wait_until_ready()
        oldest = "downsampled_journal_oldest_window_timestamp_seconds"
        wait_for(lambda: page_of(daemon).value(oldest) >= start - RETENTION)
        wait_for(lambda: unused_pages(journal) == 0)
        page = page_of(daemon)
        assert page.value("downsampled_journal_windows") < len(before) / 2
        assert check_page(daemon) > 0
        assert daemon.stop() == 0
    after = recorded(journal)
    kept = {window for window in before if window.end > (time.time() - RETENTION) * 1000}
    assert kept and kept <= after.keys()
    assert min(window.end for window in after) >= (start - RETENTION) * 1000
    assert journal.stat().st_size < size / 2, (size, journal.stat().st_size)
    assert check_export(storage, RULES)

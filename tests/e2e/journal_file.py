"""What is in a journal: read with Python's SQLite, and by the daemon's own export."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from daemon import command, environment
from oracle import Vector, by_labels

SUFFIXES = ("", "-journal", "-wal", "-shm")
EXPORT_TIMEOUT = 120.0


@dataclass(frozen=True, order=True)
class Window:
    """Which row of a journal's windows; `end` in milliseconds."""

    record: str
    end: int


class DamagedJournal(AssertionError):
    """SQLite's integrity_check has found something."""


@contextmanager
def opened(journal: Path) -> Iterator[sqlite3.Connection]:
    """For reading, while a daemon may write."""
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True, timeout=30)) as database:
        yield database


def check_integrity(database: sqlite3.Connection) -> None:
    found = [text for text, in database.execute("PRAGMA integrity_check")]
    broken = database.execute("PRAGMA foreign_key_check").fetchall()
    if found != ["ok"] or broken:
        raise DamagedJournal(f"{found} {broken}")


def windows(database: sqlite3.Connection) -> dict[Window, int]:
    """The sequence number of each; a window that is there twice is an error."""
    if not database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'window'").fetchone():
        return {}
    rows = database.execute(
        "SELECT record, end, count(*), max(seq) FROM window JOIN rule ON rule.id = window.rule "
        "GROUP BY record, end").fetchall()
    twice = [row for row in rows if row[2] != 1]
    assert not twice, f"not exactly once: {twice[:10]}"
    return {Window(record, end): seq for record, end, _, seq in rows}


def after_crash(journal: Path, folder: Path) -> dict[Window, int]:
    """The windows that a journal still has whose daemon was killed; its files are left as they are.

    SQLite must find the copy whole, after it has recovered it.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for suffix in SUFFIXES:
        path = journal.with_name(journal.name + suffix)
        if path.exists():
            shutil.copyfile(path, folder / path.name)
    copy = folder / journal.name
    if not copy.exists():
        return {}
    with closing(sqlite3.connect(copy)) as database:
        check_integrity(database)
        return windows(database)


def exported(storage: Path, record: str) -> dict[int, Vector]:
    """The output series of each window that has some, by the window's end in milliseconds."""
    done = subprocess.run(
        [*command(), "journal", "export", "--storage.path", str(storage), "--rule", record,
         "--format", "json"],
        env=environment({}), capture_output=True, timeout=EXPORT_TIMEOUT)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    answer = json.loads(done.stdout)
    assert (answer["status"], answer["data"]["resultType"]) == ("success", "matrix"), answer
    result = answer["data"]["result"]
    assert all(one["metric"]["__name__"] == record for one in result)
    out: dict[int, Vector] = {}
    for labels, values in by_labels([(one["metric"], one["values"]) for one in result]).items():
        for at, text in values:
            window = out.setdefault(round(float(at) * 1000), {})
            assert labels not in window, f"{record} {sorted(labels)} twice at {at}"
            window[labels] = float(text)
    return out

"""Damages to a journal, and what a daemon makes of a journal that was damaged."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

from daemon import Daemon, command, environment
from journal_file import SUFFIXES, Window, exported, opened
from known_series import RULES, expected
from oracle import Rule, compare
from page import Page, events, page_of, wait_for

MOVED_ASIDE = "the journal is damaged and was moved aside"

READ_ONLY = "attempt to write a readonly database"
PATIENCE = 20.0  # for windows to be recorded again

Damage = Callable[[Path], None]  # done to the file, which may become anything


def truncated(size: int) -> Damage:
    def damage(journal: Path) -> None:
        assert journal.stat().st_size > size
        with open(journal, "r+b") as file:
            file.truncate(size)
    return damage


def flipped(bit: int) -> Damage:
    def damage(file: Path) -> None:
        content = bytearray(file.read_bytes())
        content[bit // 8] ^= 1 << bit % 8
        file.write_bytes(content)
    return damage


def overwritten(first: int, last: int, rng: Random) -> Damage:
    """The bytes from `first` to before `last`, in place."""
    def damage(journal: Path) -> None:
        with open(journal, "r+b") as file:
            file.seek(first)
            file.write(rng.randbytes(last - first))
    return damage


def replaced_by_text(journal: Path) -> None:
    journal.write_text("This was a journal.\n" * 1000)


def replaced_by_directory(journal: Path) -> None:
    journal.unlink()
    (journal / "photos").mkdir(parents=True)


def replaced_by_other_database(journal: Path) -> None:
    journal.unlink()
    with closing(sqlite3.connect(journal)) as database:
        database.execute("CREATE TABLE window(title TEXT, price REAL)")
        database.execute("INSERT INTO window VALUES ('bay', 99.5)")
        database.commit()


def made_newer(journal: Path) -> None:
    """As a later version of the daemon might leave it."""
    with closing(sqlite3.connect(journal)) as database:
        database.execute("UPDATE journal SET version = version + 1")
        version, = database.execute("SELECT version FROM journal").fetchone()
        database.execute(f"PRAGMA user_version = {version}")
        database.commit()


def random_bits(rng: Random, file: Path, count: int) -> list[int]:
    """Half of them anywhere, and half where the file is not empty."""
    content = file.read_bytes()
    used = [place for place, byte in enumerate(content) if byte]
    return [8 * (rng.choice(used) if index % 2 else rng.randrange(len(content))) + rng.randrange(8)
            for index in range(count)]


def copied(storage: Path, to: Path) -> Path:
    """The files of a journal; the copy's journal."""
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)
    for suffix in SUFFIXES[:-1]:  # the last lives as long as a process has it open
        if (file := storage / f"journal.db{suffix}").exists():
            shutil.copyfile(file, to / file.name)
    return to / "journal.db"


def digests(storage: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in storage.iterdir() if path.is_file() and not path.name.endswith("-shm")}


def steady_page(daemon: Daemon) -> Page:
    """A page whose windows and ends belong together: each is set for itself."""
    def shown(page: Page) -> list:
        return [(page.window_end(rule.record), page.all(rule.record)) for rule in RULES]

    def twice_the_same() -> Page | None:
        first, second = page_of(daemon), page_of(daemon)
        return second if shown(first) == shown(second) else None
    return wait_for(twice_the_same)


def check_page(daemon: Daemon) -> int:
    """What is shown is right; how many series."""
    page = steady_page(daemon)
    compared = 0
    for rule in RULES:
        end = round(page.window_end(rule.record) * 1000)
        actual = {frozenset(labels.items()): value for labels, value in page.all(rule.record)}
        compared += compare(expected(rule, end) if end else {}, actual)
    return compared


def check_export(storage: Path, rules: Iterable[Rule]) -> bool:
    """Only right values, or an error and none; whether it had values."""
    for rule in rules:
        done = run_command(storage, "journal", "export", "--rule", rule.record, "--format", "json")
        if done.returncode != 0:
            assert is_complaint(done, storage), done
            assert not done.stdout, done
            return False
        for end, values in exported(storage, rule.record).items():
            compare(expected(rule, end), values)
    return True


def run_command(storage: Path, *arguments: str,
                **settings: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*command(), *arguments], timeout=60, capture_output=True, text=True,
        env=environment({"STORAGE_PATH": storage, **settings}))


def is_complaint(done: subprocess.CompletedProcess[str], storage: Path) -> bool:
    """Exit code 1, and a message with the file's name."""
    return done.returncode == 1 and str(storage / "journal.db") in done.stderr


@dataclass(frozen=True)
class Survival:
    """What a daemon made of a damaged journal."""

    moved_to: Path | None
    lost: set[Window]  # that were there, and are not any more
    readable: bool  # by `journal export`


def survive(storage: Path, rules: Collection[Rule], known: Iterable[Window],
            **settings: object) -> Survival:
    """Runs a daemon over it; whatever that shows and keeps is right.

    `rules` are exported; `known` are the windows that were there.
    """
    before = set(moved_aside(storage))
    with Daemon(STORAGE_PATH=storage, LOG_FORMAT="json", **settings) as daemon:
        check_page(daemon)
        daemon.wait_until_ready()
        assert check_page(daemon) > 0
        lost = lost_for_good(storage / "journal.db", set(known))
        assert daemon.stop() == 0, daemon.log()[-3000:]
        said = events(daemon.log(), level="error")
    moved_to = check_said(storage, said, before)
    readable = check_export(storage, rules)
    return Survival(moved_to, lost, readable)


def recorded(journal: Path) -> set[Window]:
    """Also where a record's name is no text any more."""
    with opened(journal) as database:
        found = database.execute("SELECT CAST(record AS BLOB), end FROM window "
                                 "JOIN rule ON rule.id = window.rule").fetchall()
    return {Window(record.decode(errors="replace"), end) for record, end in found}


def lost_for_good(journal: Path, known: set[Window]) -> set[Window]:
    """What was there is still there, or is soon recorded again; but for these."""
    deadline = time.monotonic() + PATIENCE
    while True:
        lost = known - recorded(journal)
        if not lost or time.monotonic() > deadline:
            return lost
        time.sleep(0.05)


def moved_aside(storage: Path) -> list[Path]:
    return [path for path in storage.glob("journal.db.corrupt-*")
            if not path.name.endswith("-wal")]


def check_said(storage: Path, said: list[dict[str, str]],
               before: Collection[Path] = ()) -> Path | None:
    """No error, or the one that a file was moved aside; where to. `before`: where others are."""
    said = [event for event in said if not event["msg"].startswith("windows lost")]
    if len(said) == 1 and READ_ONLY in said[0].get("error", ""):
        return None  # by a bit of the header, which makes it a file that SQLite only reads
    aside = [path for path in moved_aside(storage) if path not in before]
    assert len(said) == len(aside) <= 1, (said, aside)
    if not said:
        return None
    event, = said
    assert MOVED_ASIDE in event["msg"] and event["problem"], event
    assert (event["file"], event["moved_to"]) == (str(storage / "journal.db"), str(aside[0])), event
    return aside[0]

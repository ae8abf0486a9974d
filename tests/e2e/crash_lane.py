"""One journal, and the daemons that are killed over it one after another.

    with CrashLane(folder, server.url) as lane:
        commit = lane.first_life()      # how many writes a commit has
        lane.crash(Crash("append", write=3))
        lane.last_life()                # until nothing is missing

Each crash is followed by a look at the files that it left: whole for SQLite, and with every window
that was there before, under its sequence number.
"""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from daemon import Daemon, write_rules
from fake_prometheus import FakePrometheus
from journal_faults import FOREVER, Hit, JournalFaults
from journal_file import Window, after_crash, opened, windows
from known_series import RULES, groups
from page import Page, events, page_of, wait_for
from recorded_windows import LATE, missing
from reply_gate import ReplyGate

PATIENCE = 30.0  # for an evaluation to come to the point where it is killed
CATCH_UP_PATIENCE = 180.0
PAUSE = 2.5  # between two lives: some slots are missed for certain
MOMENT = 1.3  # a random kill comes at most so long after the daemon listens
MISSING = "downsampled_rule_windows_missing"


@dataclass(frozen=True)
class Crash:
    """Where a daemon is killed; `at`, from 0 to 1, sets a moment, `write` a write of a commit."""

    phase: str  # random query decode append commit publish checkpoint
    at: float = 0.0
    write: int = 0
    torn: bool = False  # killed within the write, not before it
    pause: bool = False  # before the start


@dataclass
class Tally:
    """What the crashes of a lane hit."""

    phases: Counter[str] = field(default_factory=Counter)
    writes: Counter[int] = field(default_factory=Counter)


class CrashLane:
    def __init__(self, folder: Path, url: str):
        folder.mkdir()
        self.storage = folder / "storage"
        self.journal = self.storage / "journal.db"
        self.tally = Tally()
        self.known: dict[Window, int] = {}  # as of the last crash
        self._copy = folder / "copy"
        self._rules = write_rules(folder / "rules.yaml", groups())
        self._faults = JournalFaults(self.storage)
        self._gate = ReplyGate(url)
        self._proxy = FakePrometheus(self._gate)
        self.began = 0.0  # when the first daemon did
        self._start = 0.0  # seconds until a daemon listens

    def __enter__(self) -> CrashLane:
        self._proxy.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._gate.release()
        self._proxy.__exit__()

    def first_life(self) -> int:
        """Records some windows, so that there is a first slot; the writes of its usual commit."""
        self.began = time.time()
        with self._daemon() as daemon:
            self._start = time.time() - self.began
            daemon.wait_until_ready()
            writes = self._faults.usual_commit()
            self._kill(daemon)
        return writes

    def birth(self) -> int:
        """How many calls to the disk it takes until the first windows are recorded."""
        self._faults.arm("trace", "*", times=FOREVER, file="*")
        with self._daemon() as daemon:
            wait_for(self._recorded, PATIENCE)
            self._faults.disarm()
            self._kill(daemon)
        return len(self._faults.hits())

    def killed_at_birth(self, call: int) -> bool:
        """At that call; the next daemon makes of it what it can. Whether there was such a call."""
        self._faults.arm("kill-before", "*", call, file="*")
        with self._daemon(wait=False) as daemon:
            wait_for(lambda: daemon.process.poll() is not None or self._recorded(), PATIENCE)
            self._kill(daemon)
        self._faults.disarm()
        with self._daemon() as daemon:
            wait_for(self._recorded, PATIENCE)
            self._kill(daemon)
        return bool(self._faults.hits())

    def crash(self, crash: Crash) -> None:
        """Starts a daemon and kills it there."""
        time.sleep(PAUSE if crash.pause else 0)
        with self._daemon(wait=crash.phase != "random") as daemon:
            getattr(self, "_" + crash.phase)(daemon, crash)
            self._gate.release()
            self._faults.disarm()
            self._kill(daemon)

    def last_life(self) -> Page:
        """Runs until nothing is missing, and ends in peace; its last page."""
        time.sleep(PAUSE)
        with self._daemon() as daemon:
            daemon.wait_until_ready()
            wait_for(lambda: not missing(self._recorded(), time.time() - LATE), CATCH_UP_PATIENCE,
                     interval=0.2)
            page = wait_for(lambda: is_zero(page := page_of(daemon), MISSING) and page)
            assert daemon.stop() == 0
            self._look_at(daemon)
        return page

    def _recorded(self) -> set[Window]:
        if not self.journal.exists():
            return set()
        try:
            with opened(self.journal) as database:
                return set(windows(database))
        except sqlite3.OperationalError:  # what a killed daemon left, and only a writer may recover
            return set()

    @contextmanager
    def _daemon(self, wait: bool = True) -> Iterator[Daemon]:
        with Daemon(wait=wait, PROMETHEUS_URL=self._proxy.url, QUERIES=self._rules,
                    STORAGE_PATH=self.storage, LOG_FORMAT="json",
                    **self._faults.settings()) as daemon:
            yield daemon

    def _kill(self, daemon: Daemon) -> None:
        daemon.process.kill()
        daemon.process.wait()
        self._look_at(daemon)

    def _look_at(self, daemon: Daemon) -> None:
        """What a daemon left: its complaints, and its journal."""
        assert events(daemon.log(), level="error") == [], daemon.log()[-3000:]
        found = after_crash(self.journal, self._copy)
        changed = {window: (seq, found.get(window)) for window, seq in self.known.items()
                   if found.get(window) != seq}
        assert not changed, f"lost, or recorded again: {sorted(changed.items())[:10]}"
        self.known = found

    def _random(self, daemon: Daemon, crash: Crash) -> None:
        """At any moment from the start on; what it has published by then is in the journal."""
        until = time.monotonic() + crash.at * (self._start + MOMENT)
        shown: set[Window] = set()
        while time.monotonic() < until:
            if '"listening"' in daemon.log():
                daemon.wait_until_listening()
                page = page_of(daemon)
                shown = {Window(labels["rule"], round(end * 1000)) for labels, end in
                         page.all("downsampled_rule_window_end_timestamp_seconds") if end}
            time.sleep(min(0.05, max(0.0, until - time.monotonic())))
        self._kill(daemon)
        assert shown <= self.known.keys(), f"published, not recorded: {shown - self.known.keys()}"
        self.tally.phases["random"] += 1

    def _query(self, daemon: Daemon, crash: Crash) -> None:
        """A reply is not there yet."""
        self._hold(daemon, "all", crash)

    def _decode(self, daemon: Daemon, crash: Crash) -> None:
        """A reply is there by half."""
        self._hold(daemon, "half", crash)

    def _hold(self, daemon: Daemon, part: str, crash: Crash) -> None:
        self._gate.hold(part)
        assert self._gate.caught.wait(PATIENCE), daemon.log()[-3000:]
        time.sleep(crash.at * 0.05)
        self.tally.phases[crash.phase] += daemon.process.poll() is None

    def _append(self, daemon: Daemon, crash: Crash) -> None:
        """At a write of a commit."""
        action = "kill-within" if crash.torn else "kill-before"
        hit = self._die(action, "write", crash.write, daemon)
        if hit:
            self.tally.phases["append"] += 1
            self.tally.writes[hit.number] += 1

    def _commit(self, daemon: Daemon, crash: Crash) -> None:
        """All is written; the disk was not told to keep it."""
        self.tally.phases["commit"] += bool(self._die("kill-before", "commit", 1, daemon))

    def _publish(self, daemon: Daemon, crash: Crash) -> None:
        """The disk has it; nobody was told."""
        with opened(self.journal) as database:
            before = windows(database)
        if self._die("kill-after", "commit", 1, daemon):
            self._look_at(daemon)
            assert len(self.known) > len(before), "committed, and not there"
            self.tally.phases["publish"] += 1

    def _checkpoint(self, daemon: Daemon, crash: Crash) -> None:
        """While the end moves what is in the log into the file."""
        self._faults.arm("trace", "commit")
        wait_for(self._faults.hits, PATIENCE)
        self._faults.arm("kill-within" if crash.torn else "kill-before", "write", crash.write,
                         file="journal.db")
        daemon.process.terminate()
        daemon.process.wait(PATIENCE)
        self.tally.phases["checkpoint"] += bool(self._faults.hits())

    def _die(self, action: str, call: str, number: int, daemon: Daemon) -> Hit | None:
        """None: it had no such call in time."""
        self._faults.arm(action, call, number)
        deadline = time.monotonic() + PATIENCE
        while daemon.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        hits = self._faults.hits()
        assert len(hits) <= 1, hits
        return hits[0] if hits else None


def is_zero(page: Page, name: str) -> bool:
    """For every rule; they are all there."""
    values = [value for _, value in page.all(name)]
    return len(values) == len(RULES) and not any(values)

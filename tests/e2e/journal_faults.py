"""Arms the faults that tests/support/journal_faults.cc puts between SQLite and the disk."""

from __future__ import annotations

import itertools
import statistics
from dataclasses import dataclass
from pathlib import Path

from page import wait_for
from preloaded import preloaded

FOREVER = 10**9
COMMITS = 8  # to see how many writes they have
PATIENCE = 60.0


@dataclass(frozen=True)
class Hit:
    """A call that a fault was put into."""

    call: str
    number: int
    file: str
    writes: int  # since the last sync


class JournalFaults:
    """Of one daemon's journal."""

    def __init__(self, storage: Path):
        self._journal = storage.resolve() / "journal.db"
        self._control = storage.resolve().with_name(storage.name + ".faults")
        self._log = self._control.with_name(self._control.name + ".log")
        self._versions = itertools.count()

    def settings(self) -> dict[str, str]:
        """The environment of a daemon to be tested."""
        return preloaded("journal_faults") | {"JOURNAL_FAULTS": str(self._control),
                                              "JOURNAL_FAULTS_AT": str(self._journal)}

    def arm(self, action: str, call: str, first: int = 1, times: int = 1, *,
            file: str = "journal.db-wal", error: int = 0) -> None:
        """From the next call on; see tests/support/journal_faults.cc for the words."""
        self._log.unlink(missing_ok=True)
        self._replace(f"{file} {call} {first} {times} {action} {error}")

    def disarm(self) -> None:
        self._replace("")

    def hits(self) -> list[Hit]:
        """Since it was armed."""
        if not self._log.exists():
            return []
        lines = [line.split() for line in self._log.read_text().splitlines()]
        return [Hit(call, int(number), file, int(writes)) for call, number, file, writes in lines]

    def usual_commit(self) -> int:
        """How many writes most commits have; takes some of a running daemon's to know."""
        self.arm("trace", "commit", times=FOREVER)
        wait_for(lambda: len(self.hits()) > 2 * COMMITS, PATIENCE)
        self.disarm()
        # The first ones have label sets to write that the later ones find there.
        return statistics.mode(hit.writes for hit in self.hits()[-COMMITS:])

    def _replace(self, line: str) -> None:
        written = self._control.with_suffix(".new")
        written.write_text(f"{line} {next(self._versions)}\n" if line else "")
        written.rename(self._control)

"""When the windows of a daemon appear on its page: how late its live slots are."""

from __future__ import annotations

import re
import time
from threading import Event, Thread

from daemon import Daemon
from scraped_series import QUERY_OFFSET, RULES, interval_of

POLL = 0.05


class SlotWatch:
    """When each window was first seen on a daemon's page; from the start to stop()."""

    END = re.compile(
        r'^downsampled_rule_window_end_timestamp_seconds\{.*\brule="([^"]+)"[^}]*\} (\S+)$', re.M)

    def __init__(self, daemon: Daemon):
        self._daemon = daemon
        self._stop = Event()
        self.seen: dict[tuple[str, int], float] = {}  # by record and end in milliseconds
        self.backwards: list[tuple[str, int]] = []  # an older window took the place of a newer one
        self._thread = Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        newest = {rule.record: 0 for rule in RULES}
        while not self._stop.wait(POLL):
            page, now = self._daemon.get(), time.time()
            for record, end in self.END.findall(page):
                end = round(float(end) * 1000)
                self.seen.setdefault((record, end), now)
                if end < newest[record]:
                    self.backwards.append((record, end))
                newest[record] = end

    def lateness(self, since: float, until: float) -> dict[tuple[str, int], float]:
        """Of slots that were due in between: seconds from then until their windows were seen."""
        out = {}
        for rule in RULES:
            interval = interval_of(rule)
            first = (int((since - QUERY_OFFSET) * 1000) // interval + 1) * interval
            for end in range(first, int((until - QUERY_OFFSET) * 1000) + 1, interval):
                seen = self.seen.get((rule.record, end), float("inf"))
                out[rule.record, end] = seen - end / 1000 - QUERY_OFFSET
        return out

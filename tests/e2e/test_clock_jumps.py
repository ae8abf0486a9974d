"""Somebody sets the clock while the daemon runs: no window is missing, none is asked for twice."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from clock_offset import ClockOffset
from daemon import Daemon, write_rules
from fake_prometheus import FakePrometheus
from journal_file import exported, opened
from known_series import expected, interval_of
from oracle import Rule, compare
from page import Page, events, page_of, wait_for
from reply_gate import ReplyGate
from scraped_series import caught_up, gaps, newest_of, rows
from servers import Prometheus

# Different expressions, so that no two groups ask the same.
GROUPS: dict[str, tuple[Rule, ...]] = {
    "seconds": (Rule("level_avg", "level", step=200, window=1000),
                Rule("level_sum", "level", step=200, window=1000, aggregate="sum")),
    "pairs": (Rule("watcher_max", "watcher", step=500, window=2000, aggregate="max"),),
}
RULES = [rule for rules in GROUPS.values() for rule in rules]
LIVE = 4.0
LATE = 5.0
FORWARD = 60.0  # the samples of that time are known, and there
BACK = 15.0
AHEAD = 2 * 86_400.0  # and there is nothing yet
MAX_AGE = 20.0


class Recording:
    """A daemon with a clock of its own, and all that it asks."""

    def __init__(self, folder: Path, server: Prometheus, ahead: float = 0.0, stale_after: str = "1m",
                 **settings: object):
        folder.mkdir()
        self.storage = folder / "storage"
        self.journal = self.storage / "journal.db"
        self.clock = ClockOffset(folder / "clock", ahead)
        self._source = FakePrometheus(ReplyGate(server.url))
        rules = write_rules(folder / "rules.yaml", [
            {"name": name, "interval": f"{interval_of(rules[0])}ms",
             "step": f"{rules[0].step}ms", "query_offset": "0s", "stale_after": stale_after,
             "rules": [rule.group()["rules"][0] for rule in rules]}
            for name, rules in GROUPS.items()])
        self._settings = {"PROMETHEUS_URL": self._source.url, "STORAGE_PATH": self.storage,
                          "QUERIES": rules, "LOG_FORMAT": "json", **settings}

    def __enter__(self) -> Recording:
        self._source.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._source.__exit__()

    @contextmanager
    def life(self) -> Iterator[Daemon]:
        with Daemon(**self._settings, **self.clock.settings()) as daemon:
            yield daemon
            assert daemon.stop() == 0, daemon.log()[-3000:]
            assert events(daemon.log(), level="error") == []

    def asked(self) -> Counter[tuple[str, int]]:
        """How often each point (milliseconds) of each expression was asked for."""
        asked: Counter[tuple[str, int]] = Counter()
        for request in self._source.requests:
            start, end, step = (int(Decimal(request.form[name]) * 1000)
                                for name in ("start", "end", "step"))
            asked.update((request.form["query"], point) for point in range(start, end + 1, step))
        return asked

    def newest(self) -> float:
        """Seconds: of the rule whose newest window is the oldest."""
        return newest_of(rows(self.journal, RULES), RULES)

    def wait_until_complete(self, daemon: Daemon) -> None:
        def complete() -> bool:
            page, found = page_of(daemon), rows(self.journal, RULES)
            return newest_of(found, RULES) > self.clock.now() - LATE and \
                caught_up(page, found, RULES)
        wait_for(complete, interval=0.2)

    def check(self, since: float = 0.0, until: float = float("inf")) -> None:
        """Each window in that time is there, and right; nothing was asked for twice, ever."""
        found = {record: {end: row for end, row in ends.items() if since < end / 1000 <= until}
                 for record, ends in rows(self.journal, RULES).items()}
        newest = min(max(ends) for ends in found.values()) / 1000
        assert gaps(found, newest, RULES) == []
        for rule in RULES:
            actual = exported(self.storage, rule.record)
            assert sum(compare(expected(rule, end), actual.get(end, {}))
                       for end in found[rule.record]) > 0
        twice = {point: times for point, times in self.asked().items() if times > 1}
        assert not twice, list(twice.items())[:10]


def jumps(daemon: Daemon) -> list[dict[str, str]]:
    return [event for event in events(daemon.log(), level="warn") if "jumped" in event["msg"]]


def total(page: Page, name: str) -> float:
    return sum(value for _, value in page.all(name))


def forward_lane(server: Prometheus, folder: Path) -> None:
    with Recording(folder, server) as recording, recording.life() as daemon:
        daemon.wait_until_ready()
        time.sleep(LIVE)
        recording.clock.jump(FORWARD)
        time.sleep(LIVE)
        recording.wait_until_complete(daemon)
        page, said = page_of(daemon), jumps(daemon)
        assert daemon.get("/-/healthy")
        recording.check()
    assert len(said) == 1 and "forward" in said[0]["msg"] and said[0]["by"] == "1m", said
    slots = FORWARD + FORWARD / 2  # of both groups
    assert slots - 4 <= int(said[0]["missed"]) <= slots + 2 * LATE, said
    assert total(page, "downsampled_rule_group_iterations_missed_total") >= int(said[0]["missed"])
    assert total(page, "downsampled_rule_windows_caught_up_total") >= 2 * FORWARD


def back_lane(server: Prometheus, folder: Path) -> None:
    with Recording(folder, server) as recording, recording.life() as daemon:
        daemon.wait_until_ready()
        time.sleep(LIVE)
        recording.wait_until_complete(daemon)
        recording.clock.jump(-BACK)
        time.sleep(1)  # for what was under way
        asked, newest = recording.asked(), recording.newest()
        assert newest > recording.clock.now() + BACK / 2
        while recording.clock.now() < newest - 1:
            page = page_of(daemon)
            assert page.value("level_avg", i="0") is not None, page.text
            assert daemon.get("/-/healthy") and daemon.get("/-/ready")
            time.sleep(0.5)
        assert recording.asked() == asked
        time.sleep(LIVE)
        recording.wait_until_complete(daemon)
        recording.check()
        assert recording.newest() > newest
        said = jumps(daemon)
        assert len(said) == 1 and "back" in said[0]["msg"] and said[0]["by"] == "15s", said


def future_rows(journal: Path, after: float) -> list[tuple]:
    with opened(journal) as database:
        return database.execute("SELECT * FROM window WHERE end > ? ORDER BY seq",
                                (int(after * 1000),)).fetchall()


def ahead_lane(server: Prometheus, folder: Path) -> None:
    with Recording(folder, server, AHEAD, "3s",
                   CATCH_UP_MAX_AGE=f"{MAX_AGE:.0f}s") as recording:
        with recording.life() as daemon:
            daemon.wait_until_ready()
            time.sleep(LIVE)
            recording.clock.jump(-AHEAD)
            corrected = recording.clock.now()
            wait_until_shown(daemon, recording)
            future = future_rows(recording.journal, corrected + AHEAD / 2)
            assert len(future) > LIVE
            time.sleep(LIVE)
            said = jumps(daemon)
            assert len(said) == 1 and "back" in said[0]["msg"] and said[0]["by"] == "2d", said
        with recording.life() as daemon:
            restored = page_of(daemon)
            for rule in RULES:
                assert corrected < restored.window_end(rule.record) <= recording.clock.now()
            wait_until_shown(daemon, recording)
            time.sleep(LIVE)
            assert jumps(daemon) == []
        assert future_rows(recording.journal, corrected + AHEAD / 2) == future
        recording.check(corrected - MAX_AGE, corrected + AHEAD / 2)


def wait_until_shown(daemon: Daemon, recording: Recording) -> None:
    """The windows of the time that the clock says now; soon."""
    def shown() -> bool:
        page, now = page_of(daemon), recording.clock.now()
        return all(now - LATE < page.window_end(rule.record) <= now for rule in RULES) and \
            page.value("level_avg", i="0") is not None
    wait_for(shown)


@pytest.fixture(scope="module")
def lanes(known_server: Prometheus,
          tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[None]]]:
    """Side by side: they mostly wait."""
    folder = tmp_path_factory.mktemp("lanes")
    every = {"forward": forward_lane, "back": back_lane, "ahead": ahead_lane}
    with ThreadPoolExecutor(len(every)) as pool:
        yield {name: pool.submit(lane, known_server, folder / name)
               for name, lane in every.items()}


def test_windows_that_the_clock_jumped_over_are_caught_up(lanes: dict[str, Future[None]]) -> None:
    """Missed, counted, said once, and recorded with their own timestamps."""
    lanes["forward"].result()


def test_a_clock_set_back_repeats_nothing(lanes: dict[str, Future[None]]) -> None:
    """The groups wait for it; what they show stays, and the daemon is healthy and ready."""
    lanes["back"].result()


def test_a_clock_that_was_days_ahead_holds_nothing_up(lanes: dict[str, Future[None]]) -> None:
    """What was recorded ahead of its time stays as it is; slots go on at once, also after a restart."""
    lanes["ahead"].result()

"""The path to the source, or the source, is away for ten windows: afterwards none is missing."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from daemon import Daemon, write_rules
from page import events, page_of, wait_for
from scraped_series import (
    AWAY,
    LONGEST_INTERVAL,
    QUERY_OFFSET,
    RULES,
    Exporter,
    Judge,
    Row,
    ScrapingPrometheus,
    gaps,
    groups,
    interval_of,
    rows,
)
from slot_watch import SlotWatch
from tcp_proxy import TcpProxy

LIVE = 4 * LONGEST_INTERVAL
PATIENCE = 60.0
LATE = 5.0
LOOKS_BACK = 2.0  # seconds, the longest of any expression


class Recording:
    """A daemon that records what it finds behind a path that can be cut."""

    def __init__(self, folder: Path, url: str, **settings: object):
        folder.mkdir()
        self.storage = folder / "storage"
        self.journal = self.storage / "journal.db"
        self.began = time.time()
        self._settings = {"PROMETHEUS_URL": url, "STORAGE_PATH": self.storage,
                          "QUERIES": write_rules(folder / "rules.yaml", groups()),
                          "LOG_FORMAT": "json", "LOG_LEVEL": "debug", **settings}

    def __enter__(self) -> Recording:
        self.daemon = Daemon(**self._settings)
        return self

    def __exit__(self, *_: object) -> None:
        self.daemon.__exit__()

    def wait_until_complete(self) -> float:
        """Until nothing is missing; when that was."""
        def complete() -> bool:
            return not gaps(rows(self.journal), time.time() - QUERY_OFFSET - LATE) and not any(
                value for _, value in page_of(self.daemon).all("downsampled_rule_windows_missing"))
        wait_for(complete, PATIENCE, interval=0.2)
        return time.time()

    def finish(self) -> dict[str, dict[int, Row]]:
        """Stops it; every slot since it began has its window, and none is lost."""
        page = page_of(self.daemon)
        assert not any(value for _, value in page.all("downsampled_rule_windows_lost_total"))
        assert self.daemon.stop() == 0, self.daemon.log()[-3000:]
        found = rows(self.journal)
        newest = max(max(found[rule.record]) for rule in RULES) / 1000
        assert gaps(found, newest - LONGEST_INTERVAL) == []
        for rule in RULES:
            first = min(found[rule.record]) / 1000 - self.began + QUERY_OFFSET
            assert -2 * interval_of(rule) / 1000 <= first <= LATE, (rule.record, first)
        return found


def set_aside(daemon: Daemon) -> set[tuple[str, int]]:
    """(record, end) of windows that failed once on their own, and were tried again later."""
    return {(event["rule"], round(datetime.fromisoformat(event["window_end"]).timestamp() * 1000))
            for event in events(daemon.log()) if event["msg"].startswith("window failed")}


def check_order(found: dict[str, dict[int, Row]], daemon: Daemon, since: float,
                until: float) -> None:
    """Windows that ended in between were recorded oldest first, and counted as caught up."""
    page, failed = page_of(daemon), set_aside(daemon)
    for rule in RULES:
        ends = [end for end in sorted(found[rule.record]) if since < end / 1000 < until]
        straight = [end for end in ends if (rule.record, end) not in failed]
        in_order = sorted(straight, key=lambda end: found[rule.record][end].seq)
        assert straight == in_order, f"{rule.record}: {straight} were recorded as {in_order}"
        caught_up = page.value("downsampled_rule_windows_caught_up_total", rule=rule.record)
        assert caught_up is not None and caught_up >= len(ends) - 2, (rule.record, caught_up, ends)


@dataclass(frozen=True)
class Cut:
    """How a path is cut, and the settings of the daemon that it is cut from."""

    cut: Callable[[TcpProxy], None]
    settings: dict[str, object]


CUTS = {
    "refused": Cut(TcpProxy.refuse, {}),
    "refused-one-query-at-a-time": Cut(TcpProxy.refuse, {"QUERY_CONCURRENCY": 1}),
    "swallowed": Cut(TcpProxy.swallow, {"QUERY_TIMEOUT": "1s", "QUERY_CONNECT_TIMEOUT": "1s"}),
}


def cut_lane(cut: Cut, server: ScrapingPrometheus, judge: Judge, folder: Path) -> str:
    """While the source goes on scraping."""
    with TcpProxy(server.port) as path, Recording(folder, path.url, **cut.settings) as recording:
        recording.daemon.wait_until_ready()
        watch = SlotWatch(recording.daemon)
        try:
            time.sleep(LIVE)
            cut.cut(path)
            gone = time.time()
            time.sleep(AWAY)
            path.open()
            back = time.time()
            complete = recording.wait_until_complete()
            time.sleep(LIVE)
            until = time.time() - LONGEST_INTERVAL
        finally:
            watch.stop()
        check_order(rows(recording.journal), recording.daemon, gone,
                    back - LONGEST_INTERVAL - QUERY_OFFSET)
        found = recording.finish()
        check_said(recording)
        compared = judge.check_windows(recording.storage)
    late = watch.lateness(back, until)
    too_late = {slot: seconds for slot, seconds in late.items() if seconds >= LONGEST_INTERVAL}
    assert late and not too_late
    assert watch.backwards == []
    return (f"{summary(found, compared)}; caught up {complete - back:.1f} s after, live slots late "
            f"by at most {max(late.values()):.2f} s")


def check_said(recording: Recording) -> None:
    """Each group says when it begins to catch up, and when it is done."""
    for message in ("catching up", "caught up"):
        said = {event["rule_group"] for event in events(recording.daemon.log(), message)}
        assert len(said) == len(groups()), (message, said)


def summary(found: dict[str, dict[int, Row]], compared: int) -> str:
    windows = sum(map(len, found.values()))
    assert compared > windows / 2  # some are empty
    return f"{windows} windows, each once; {compared} series as the server has them"


@contextmanager
def frozen(server: ScrapingPrometheus, exporter: Exporter) -> Iterator[None]:
    """Stopped where it stands, and goes on."""
    exporter.wait_until_between_scrapes()  # else what was scraped would be stored when it goes on
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.process.pid, signal.SIGCONT)


@contextmanager
def ended(server: ScrapingPrometheus, exporter: Exporter) -> Iterator[None]:
    """And started again with the same data on the same port."""
    server.halt()
    yield
    server.start()


STOPS = {"frozen": frozen, "ended": ended}


def stop_lane(is_away, folder: Path) -> str:
    """What nobody scraped is not covered, and says so."""
    with Exporter() as exporter, ScrapingPrometheus(exporter) as server, \
            Recording(folder, server.url, QUERY_TIMEOUT="2s") as recording:
        recording.daemon.wait_until_ready()
        time.sleep(LIVE)
        with is_away(server, exporter):
            gone = time.time()
            time.sleep(AWAY)
            back = time.time()
        wait_until_told(recording.daemon)
        recording.wait_until_complete()
        time.sleep(LIVE)
        found = recording.finish()
        compared = Judge(server).check_windows(recording.storage)
    check_uncovered(found, gone + LOOKS_BACK, back)
    uncovered = sum(row.covered < row.points for rows in found.values() for row in rows.values())
    return f"{summary(found, compared)}; {uncovered} windows not wholly covered"


def wait_until_told(daemon: Daemon) -> None:
    """Until each rule with a coverage has shown that its newest window lacks some of it."""
    told = {rule.record for rule in RULES if rule.coverage}

    def all_told() -> bool:
        told.difference_update(
            labels["rule"] for labels, ratio in
            page_of(daemon).all("downsampled_rule_window_covered_ratio") if ratio < 1)
        return not told
    wait_for(all_told)


def check_uncovered(found: dict[str, dict[int, Row]], since: float, until: float) -> None:
    """Windows in between are empty, and not covered where the rule has a coverage."""
    for rule in RULES:
        inside = [row for end, row in found[rule.record].items()
                  if since < (end - rule.window) / 1000 and end / 1000 < until]
        assert inside, rule.record
        assert all(row.series == 0 for row in inside), (rule.record, inside)
        assert all(row.covered == (0 if rule.coverage else row.points) for row in inside), \
            (rule.record, inside)
        assert any(row.covered == row.points and row.series
                   for row in found[rule.record].values()), rule.record


@pytest.fixture(scope="module")
def lanes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[str]]]:
    """Side by side: they mostly wait."""
    folder = tmp_path_factory.mktemp("lanes")
    with Exporter() as exporter, ScrapingPrometheus(exporter) as server, \
            ThreadPoolExecutor(len(CUTS) + len(STOPS)) as pool:
        judge = Judge(server)
        yield {name: pool.submit(cut_lane, cut, server, judge, folder / name)
               for name, cut in CUTS.items()} | {
               name: pool.submit(stop_lane, stop, folder / name) for name, stop in STOPS.items()}


@pytest.mark.parametrize("how", CUTS)
def test_the_path_is_cut(lanes: dict[str, Future[str]], how: str,
                         capsys: pytest.CaptureFixture[str]) -> None:
    tell(capsys, lanes[how].result())


@pytest.mark.parametrize("how", STOPS)
def test_the_source_itself_stops(lanes: dict[str, Future[str]], how: str,
                                 capsys: pytest.CaptureFixture[str]) -> None:
    tell(capsys, lanes[how].result())


def tell(capsys: pytest.CaptureFixture[str], what: str) -> None:
    with capsys.disabled():
        print(f"\naway for {AWAY:.0f} s: {what}", end=" ", flush=True)

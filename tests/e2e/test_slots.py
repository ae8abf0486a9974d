"""Which windows the slots are, when they are asked for, and what hundreds of groups do at once."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

from clock_offset import ClockOffset
from daemon import SHORT, Daemon, write_rules
from fake_prometheus import FakePrometheus, Request
from journal_file import exported
from oracle import Oracle, Rule, compare
from page import Page, events, page_of, wait_for
from reply_gate import ReplyGate
from scraped_series import rows
from servers import Prometheus
from simulation.remote_write import write_series
from slot_spread import delay

GROUPS = 60 if SHORT else 300
INTERVAL = 20_000  # milliseconds, of each of them
OFFSET = 1  # query_offset, seconds
READ = 0.05  # the clocks of daemon and test are the same, and milliseconds are cut off


def expression(group: int) -> str:
    return f"level + {group}"


def by_expression(requests: list[Request]) -> dict[str, list[Request]]:
    out = defaultdict(list)
    for request in requests:
        if request.path.endswith("/query_range"):
            out[request.form["query"]].append(request)
    return out


def busiest(times: list[float], span: float) -> int:
    """The most of them within `span` seconds."""
    times = sorted(times)
    return max(sum(first <= at < first + span for at in times[index:])
               for index, first in enumerate(times))


def test_hundreds_of_groups_ask_one_after_the_other(
        known_server: Prometheus, tmp_path: Path,
        record_property: Callable[[str, object], None]) -> None:
    """At the start, and at each slot; when whose turn is follows from its name alone."""
    rules = write_rules(tmp_path / "rules.yaml", [
        {"name": f"group {group}", "interval": f"{INTERVAL}ms", "step": "5s",
         "query_offset": f"{OFFSET}s",
         "rules": [{"record": f"r{group}", "expr": expression(group)}]}
        for group in range(GROUPS)])
    with FakePrometheus(ReplyGate(known_server.url)) as source:
        began = time.time()
        with Daemon(QUERIES=rules, PROMETHEUS_URL=source.url, LOG_FORMAT="json") as daemon:
            def all_asked(times: int) -> dict[str, list[Request]] | None:
                asked = by_expression(source.requests)
                return asked if sum(len(one) >= times for one in asked.values()) == GROUPS else None
            wait_for(lambda: all_asked(1), 30)
            asked = wait_for(lambda: all_asked(2), 2 * INTERVAL / 1000 + 30, interval=0.2)
            wait_for(lambda: page_of(daemon).value("downsampled_slot_lag_seconds_count") ==
                     2 * GROUPS)
            page = page_of(daemon)
            assert events(daemon.log(), level="error") == []
    starts, slots = [], []
    for group in range(GROUPS):
        own = delay(f"{rules};group {group}", INTERVAL, GROUPS)
        first, second = asked[expression(group)][:2]
        assert first.time >= began + own, group
        starts.append(first.time)
        slot = float(second.form["end"])
        assert slot == float(first.form["end"]) + INTERVAL / 1000, group
        assert second.time >= slot + OFFSET + own, group
        slots.append(second.time)
        lag = page.value("downsampled_rule_group_last_slot_lag_seconds",
                         rule_group=f"{rules};group {group}")
        assert own - READ <= lag <= second.time - slot - OFFSET + READ, group
    check_histogram(page)
    record_property("measured", f"{GROUPS} groups: within {max(starts) - min(starts):.2f} s at the "
                    f"start, {max(slots) - min(slots):.2f} s at a slot; at most "
                    f"{busiest(starts, 0.1)} and {busiest(slots, 0.1)} within 0.1 s")


def check_histogram(page: Page) -> None:
    """It has counted the second slots by their lags; the first ones were due when they began."""
    lags = [lag for _, lag in page.all("downsampled_rule_group_last_slot_lag_seconds")]
    assert page.value("downsampled_slot_lag_seconds_sum") >= sum(lags)
    for labels, count in page.all("downsampled_slot_lag_seconds_bucket"):
        within = sum(lag <= float(labels["le"]) for lag in lags)
        assert within <= count <= within + GROUPS


# Rules and their query_offset: longer than the interval, too. A step divides each slot, so that the
# last point that is asked for is the slot.
MOVED = (
    (Rule("now", "level", step=200, window=1000), 0),
    (Rule("quarter", "level + 0", step=250, window=1000, eval_offset=250), 400),
    (Rule("late", "level + 0.0", step=500, window=2000, eval_offset=1500, aggregate="sum"), 5000),
    (Rule("part", "level + 0.00", step=200, window=1000, interval=3000, eval_offset=2800,
          aggregate="count"), 3500),
)
RECORDING = 9.0


def moved(rule: Rule, query_offset: int) -> dict:
    return rule.group() | {"query_offset": f"{query_offset}ms"}


def test_windows_are_where_the_offsets_move_them(known_server: Prometheus, tmp_path: Path) -> None:
    storage = tmp_path / "storage"
    rules = write_rules(tmp_path / "rules.yaml",
                        [moved(rule, offset) for rule, offset in MOVED])
    with FakePrometheus(ReplyGate(known_server.url)) as source:
        began = time.time()
        with Daemon(QUERIES=rules, PROMETHEUS_URL=source.url, STORAGE_PATH=storage,
                    LOG_FORMAT="json") as daemon:
            daemon.wait_until_ready()
            time.sleep(RECORDING)
            assert daemon.stop() == 0
            ended = time.time()
            assert events(daemon.log(), level="error") == []
        asked = by_expression(source.requests)
    found = rows(storage / "journal.db", [rule for rule, _ in MOVED])
    oracle = Oracle(known_server)
    for rule, offset in MOVED:
        ends, actual = sorted(found[rule.record]), exported(storage, rule.record)
        interval = rule.interval or rule.window
        # Until the last that was due before the end; that one may have come too late.
        first, last = (rule.slot(int(at * 1000) - offset) for at in (began, ended))
        assert ends[0] in (first, first + interval), rule.record
        assert ends[-1] in (last - interval, last), rule.record
        assert ends == list(range(ends[0], ends[-1] + 1, interval)), rule.record
        for end in ends:
            compare(oracle.expect(rule, end), actual.get(end, {}))
        for request in asked[rule.expr]:
            slot = round(float(request.form["end"]) * 1000)
            assert slot in ends or slot == ends[-1] + interval, (rule.record, slot)
            assert request.time * 1000 >= slot + offset, (rule.record, slot)


MONDAY = datetime(2026, 3, 30, 6, tzinfo=timezone.utc)  # Europe's clocks were set the day before
BEFORE_SIX = 12  # seconds, in which it starts
SPACING = 600
LONG = ((Rule("days", "level", step=300_000, window=86_400_000, eval_offset=6 * 3_600_000), 1000),
        (Rule("weeks", "level + 0", step=600_000, window=7 * 86_400_000, aggregate="max",
              eval_offset=4 * 86_400_000 + 6 * 3_600_000), 2000))


def test_a_day_closes_at_six_and_a_week_on_monday(tmp_path: Path) -> None:
    """A daemon that is told that it is Monday, shortly before six."""
    end = MONDAY.timestamp()
    with Prometheus() as server:
        write_series(server.remote_write_url, [
            ({"__name__": "level", "i": str(i)},
             [(at, float(at // SPACING * (i + 7) % 1013)) for at in
              range(int(end) - 15 * 86_400, int(end) + 1, SPACING)]) for i in range(2)])
        clock = ClockOffset(tmp_path / "clock", end - BEFORE_SIX - time.time())
        rules = write_rules(tmp_path / "rules.yaml",
                            [moved(rule, offset) for rule, offset in LONG])
        storage = tmp_path / "storage"
        with Daemon(QUERIES=rules, PROMETHEUS_URL=server.url, STORAGE_PATH=storage,
                    LOG_FORMAT="json", **clock.settings()) as daemon:
            daemon.wait_until_ready()
            for rule, offset in LONG:
                wait_for(lambda: page_of(daemon).window_end(rule.record) == end, 60)
                assert clock.now() >= end + offset / 1000
            assert daemon.stop() == 0
        oracle = Oracle(server)
        for rule, _ in LONG:
            actual = exported(storage, rule.record)
            assert sorted(actual) == [end * 1000 - rule.window, end * 1000]
            for slot, values in actual.items():
                assert compare(oracle.expect(rule, slot), values) == 2

"""A source that takes queries and never answers, or that repeats itself: what may wait for it, and
what may not."""

from __future__ import annotations

import time
from pathlib import Path

from daemon import Daemon, once, write_rules
from fake_behaviors import hang, matrix
from fake_prometheus import FakePrometheus
from faults import by_expression
from page import events, page_of, wait_for

HANGING = tuple(f"hanging_{number}" for number in range(4))  # as many as --query.concurrency


def group(name: str, *expressions: str, **keys: str) -> dict:
    return {"name": name, **keys, "rules": [{"record": expr, "expr": expr} for expr in expressions]}


def test_once_waits_for_a_silent_source_once(tmp_path: Path) -> None:
    """Not for each rule, nor for each smaller query that might work."""
    rules = write_rules(tmp_path / "rules.yaml", [group("only", "one", "two", interval="1h")])
    with FakePrometheus(hang()) as fake:
        start = time.monotonic()
        done = once("--query.timeout", "1s", PROMETHEUS_URL=fake.url, QUERIES=rules,
                    LOG_FORMAT="json")
        took = time.monotonic() - start
        assert fake.requests
    assert (done.code, done.text) == (1, ""), done.log
    failed = events(done.log, "rule failed", reason="timeout")
    assert {event["rule"] for event in failed} == {"one", "two"}, done.log
    assert 1 <= took < 4


def test_hanging_groups_leave_a_good_one_its_turn(tmp_path: Path) -> None:
    rules = write_rules(tmp_path / "rules.yaml", [
        *(group(expr, expr, interval="1h") for expr in HANGING),
        group("good", "good", interval="2s", step="1s", query_offset="0s")])
    behavior = by_expression({"good": matrix()}, hang())
    with FakePrometheus(behavior) as fake, \
            Daemon(PROMETHEUS_URL=fake.url, QUERIES=rules, QUERY_TIMEOUT="2s") as daemon:
        wait_for(lambda: {request.form["query"] for request in fake.requests} >= set(HANGING))
        for _ in range(2):  # a new window every 2 s, and 10 s for each of two
            before = page_of(daemon).window_end("good")
            wait_for(lambda: page_of(daemon).window_end("good") > before, 10)
        page = wait_for(lambda: all(map((page := page_of(daemon)).failures, HANGING)) and page)
        assert all(page.failures(name).keys() == {"timeout"} for name in HANGING), page.text
        assert page.failures("good") == {} and page.value("good", i="0") == 1
        assert daemon.stop() == 0


def test_a_repeated_warning_is_said_once(tmp_path: Path) -> None:
    """Counted each time, said when it is new."""
    def counted() -> float:
        return page_of(daemon).value("downsampled_source_warnings_total") or 0

    def said() -> list[str]:
        return [event["remark"]
                for event in events(daemon.log(), "the source sent a remark", level="warn")]

    rules = write_rules(tmp_path / "rules.yaml",
                        [group("only", "one", interval="1s", step="1s", query_offset="0s")])
    with FakePrometheus(matrix(warnings=("PromQL warning: one",))) as fake, \
            Daemon(PROMETHEUS_URL=fake.url, QUERIES=rules, LOG_FORMAT="json") as daemon:
        wait_for(lambda: counted() >= 3)
        assert said() == ["PromQL warning: one"]
        fake.set_plan(matrix(warnings=("PromQL warning: two",)))
        wait_for(lambda: "PromQL warning: two" in said())
        before = counted()
        wait_for(lambda: counted() >= before + 3)
        assert said() == ["PromQL warning: one", "PromQL warning: two"]

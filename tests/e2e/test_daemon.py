"""The command `run` over time: its first window, failures, stale gauges, missed slots, its end."""

from __future__ import annotations

import re
import signal
import socket
import threading
import time
import urllib.error
from pathlib import Path

import pytest
from daemon import Daemon, write_rules
from fake_behaviors import grid_of, hang, matrix, status
from fake_prometheus import Behavior, Exchange, FakePrometheus
from faults import by_expression, labeled
from page import events, page_of, wait_for

ANSWER_SECONDS = 5.0  # how long a stop may take


def rules(tmp_path: Path, *names: str, **keys: object) -> Path:
    group = {"name": "only", "interval": "1s", "step": "1s", "query_offset": "0s"} | keys
    return write_rules(tmp_path / "rules.yaml", [
        group | {"rules": [{"record": name, "expr": name, "aggregate": "last"} for name in names or ("one",)]}])


def end_of_window(delay: float = 0.0) -> Behavior:
    """Every sample's value is the end of the window that was asked for."""
    def behave(exchange: Exchange) -> None:
        time.sleep(delay)
        matrix(value=exchange.request.form["end"])(exchange)
    return behave


def test_the_last_complete_window_comes_at_once(tmp_path: Path) -> None:
    path = rules(tmp_path, interval="1d", step="15s")
    start = time.time()
    with FakePrometheus(end_of_window()) as fake, Daemon(PROMETHEUS_URL=fake.url, QUERIES=path) as daemon:
        daemon.wait_until_ready(5)
        days = {moment // 86400 * 86400 for moment in (start, time.time())}
        assert page_of(daemon).value("one", i="0") in days
        assert page_of(daemon).window_end("one") in days


def slow_client(daemon: Daemon) -> list[socket.socket]:
    """One that does not read what it asked for, and one that does not finish asking."""
    clients = [socket.socket(), socket.socket()]
    clients[0].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    host, port = daemon.url.removeprefix("http://").split(":")
    for client, request in zip(clients, (b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 50, b"GET /metrics HTT")):
        client.connect((host, int(port)))
        client.sendall(request)
    return clients


@pytest.mark.parametrize("signal_number", (signal.SIGTERM, signal.SIGINT), ids=("SIGTERM", "SIGINT"))
@pytest.mark.parametrize("work", ("idle", "hanging", "backoff", "slow_client"))
def test_it_ends_cleanly_and_soon(tmp_path: Path, work: str, signal_number: int) -> None:
    behavior = {"hanging": hang(), "backoff": status(503, retry_after=60)}.get(work, labeled(3000, "x" * 1000))
    path = rules(tmp_path, interval="1d", step="1h")
    with FakePrometheus(behavior) as fake, Daemon(PROMETHEUS_URL=fake.url, QUERIES=path) as daemon:
        if work == "hanging":
            wait_for(lambda: fake.requests)
        else:
            daemon.wait_until_ready()
        clients = slow_client(daemon) if work == "slow_client" else []
        time.sleep(0.1)
        start = time.monotonic()
        daemon.process.send_signal(signal_number)
        assert daemon.process.wait(20) == 0
        assert time.monotonic() - start < ANSWER_SECONDS
        for client in clients:
            client.close()
        log = daemon.log()
    assert f"stopping\" signal={signal.Signals(signal_number).name}" in log and 'msg="stopped"' in log
    assert ("rule failed" in log) == (work == "backoff")


def test_gauges_stay_until_stale_after(tmp_path: Path) -> None:
    path = rules(tmp_path, stale_after="3s")
    with FakePrometheus(end_of_window()) as fake, Daemon(PROMETHEUS_URL=fake.url, QUERIES=path) as daemon:
        wait_for(lambda: page_of(daemon).value("one", i="0"))
        fake.set_plan(status(500))
        wait_for(lambda: page_of(daemon).failures("only"))
        last = page_of(daemon).window_end("one")
        seen = []
        while time.time() < last + 4:
            seen.append((time.time(), page_of(daemon).value("one", i="0"), time.time()))
            time.sleep(0.05)
        page = page_of(daemon)
        assert page.window_end("one") == last, "the end of the last good window stays"
        fake.set_plan(end_of_window())
        wait_for(lambda: (page_of(daemon).value("one", i="0") or 0) > last)
    early = [value for _, value, after in seen if after < last + 3]
    late = [value for before, value, _ in seen if before > last + 3]
    assert len(early) > 10 and set(early) == {last}
    assert len(late) > 5 and set(late) == {None}


def test_what_is_gone_from_the_result_is_gone_at_that_evaluation(tmp_path: Path) -> None:
    def even_slots_have_two(exchange: Exchange) -> None:
        end = int(exchange.request.form["end"])
        matrix(1 + (end + 1) % 2, value=str(end))(exchange)

    with FakePrometheus(even_slots_have_two) as fake, \
            Daemon(PROMETHEUS_URL=fake.url, QUERIES=rules(tmp_path)) as daemon:
        seen: dict[float, set[int]] = {}
        while len(seen) < 5:
            found = page_of(daemon).all("one")
            for _, end in found:
                seen.setdefault(end, set()).add(len(found))
    assert seen == {end: {1 + (int(end) + 1) % 2} for end in seen}


def test_the_gauges_of_a_group_change_together(tmp_path: Path) -> None:
    names = [f"rule_{i}" for i in range(6)]
    with FakePrometheus(end_of_window(delay=0.05)) as fake, \
            Daemon(PROMETHEUS_URL=fake.url, QUERIES=rules(tmp_path, *names)) as daemon:
        daemon.wait_until_ready()
        seen: set[float | None] = set()
        deadline = time.monotonic() + 30
        while len(seen) < 5 and time.monotonic() < deadline:
            page = page_of(daemon)
            ends = {page.value(name, i="0") for name in names}
            assert len(ends) == 1, ends
            seen |= ends
    assert len(seen) == 5 and None not in seen


def test_it_tries_again_within_the_slot(tmp_path: Path) -> None:
    path = rules(tmp_path, "one", "two", interval="1d", step="1h")
    good = end_of_window()
    with FakePrometheus([status(503), good, good]) as fake, \
            Daemon(PROMETHEUS_URL=fake.url, QUERIES=path, LOG_FORMAT="json") as daemon:
        page = wait_for(lambda: (page := page_of(daemon)).value("one", i="0") and page, 10)
        asked = [request.form["query"] for request in fake.requests]
        assert len(events(daemon.log(), "rule recovered", rule="one")) == 1
    assert asked == ["one", "two", "one"], "what has its window is not asked for again"
    assert page.failures("only") == {"unavailable": 1}
    assert page.value("downsampled_source_retries_total") == 1
    assert page.value("downsampled_source_requests_total", code="503") == 1


def test_retry_after_is_honored(tmp_path: Path) -> None:
    path = rules(tmp_path, interval="1d", step="1h")
    with FakePrometheus([status(429, retry_after=3), matrix()]) as fake, \
            Daemon(PROMETHEUS_URL=fake.url, QUERIES=path) as daemon:
        wait_for(lambda: page_of(daemon).value("one", i="0"), 15)
        first, second = (request.time for request in fake.requests)
    assert 3 <= second - first < 3 + 2 + 2  # the jitter, and a slow machine


@pytest.mark.parametrize("code, words", [
    (422, "query processing would load too many samples into memory in query execution"),
    (400, "exceeded maximum resolution of 11,000 points per timeseries"), (413, ""), (504, "")])
def test_what_is_too_big_is_halved_and_answered_right(tmp_path: Path, code: int, words: str) -> None:
    """A server that answers 100 points at most."""
    def at_most_100(exchange: Exchange) -> None:
        if len(grid_of(exchange.request)) > 100:
            status(code, words)(exchange)
        else:
            matrix(value=exchange.request.form["end"])(exchange)

    path = rules(tmp_path, interval="1d", step="60s")
    with FakePrometheus(at_most_100) as fake, Daemon(PROMETHEUS_URL=fake.url, QUERIES=path) as daemon:
        page = wait_for(lambda: (page := page_of(daemon)).value("one", i="0") and page, 15)
        good = [points for request in fake.requests if len(points := grid_of(request)) <= 100]
    assert page.value("one", i="0") == page.window_end("one") and page.failures("only") == {}
    asked = [float(point) for points in good for point in points]
    assert asked == [page.window_end("one") - 86400 + 60 * i for i in range(1, 1441)]
    assert page.value("downsampled_rule_last_evaluation_samples", rule="one") == 1440
    assert page.value("downsampled_source_query_splits_total") == 2  # 250, 125


def test_slots_that_were_slept_through_are_counted_and_caught_up(tmp_path: Path) -> None:
    with FakePrometheus(end_of_window()) as fake, \
            Daemon(PROMETHEUS_URL=fake.url, QUERIES=rules(tmp_path)) as daemon:
        first = wait_for(lambda: page_of(daemon).window_end("one"))
        daemon.process.send_signal(signal.SIGSTOP)
        time.sleep(4)
        daemon.process.send_signal(signal.SIGCONT)
        missed = wait_for(
            lambda: page_of(daemon).value("downsampled_rule_group_iterations_missed_total"))
        caught_up = wait_for(
            lambda: page_of(daemon).value("downsampled_rule_windows_caught_up_total", rule="one"))
        page = page_of(daemon)
        asked = [float(point) for request in fake.requests for point in grid_of(request)]
    assert first and 2 <= missed <= 5 and caught_up == missed
    assert sorted(asked) == [asked[0] + i for i in range(len(asked))], "each second once"
    assert max(asked) - page.window_end("one") <= 1


def test_a_slow_group_does_not_hold_up_another(tmp_path: Path) -> None:
    groups = [{"name": name, "interval": "1s", "step": "1s", "query_offset": "0s", "stale_after": "1m",
               "rules": [{"record": name, "expr": name, "aggregate": "last"}]} for name in ("quick", "slow")]
    path = write_rules(tmp_path / "rules.yaml", groups)
    release = threading.Event()

    def slow(exchange: Exchange) -> None:
        release.wait(20)
        matrix()(exchange)

    with FakePrometheus(by_expression({"slow": slow}, end_of_window())) as fake, \
            Daemon(PROMETHEUS_URL=fake.url, QUERIES=path) as daemon:
        first = wait_for(lambda: page_of(daemon).window_end("quick"))
        wait_for(lambda: page_of(daemon).window_end("quick") >= first + 3)
        ready = re.search(r"not been evaluated yet: \S+;slow\.", error_body(daemon, "/-/ready"))
        release.set()
        daemon.wait_until_ready()
        assert ready and page_of(daemon).value("slow", i="0") == 1


def error_body(daemon: Daemon, path: str) -> str:
    with pytest.raises(urllib.error.HTTPError) as caught:
        daemon.get(path)
    return caught.value.read().decode()

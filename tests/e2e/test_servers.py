"""What servers answer differently: each sentence of docs/servers.md is a test here."""

from __future__ import annotations

import os
import re
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
import yaml
from daemon import ROOT, once, write_rules
from oracle import Oracle, Rule, compare
from random_rules import random_rules, random_time
from random_series import END as SERIES_END
from random_series import EPOCH, random_history, write_in_time_order
from servers import Prometheus, Server, VictoriaMetrics

T0 = 1_772_323_200  # 2026-03-01T00:00:00Z, a multiple of every step here
PAGE = (ROOT / "docs" / "servers.md").read_text()
CACHING = ("-search.disableCache=false", "-search.latencyOffset=30s")  # as it is without flags

History = dict[str, list[tuple[int, float]]]
HISTORY: History = {
    "steady": [(T0 + i * 15, 3.0 * i) for i in range(480)],
    "jumps": [(T0 + i * 15, 10.0 * (i // 8)) for i in range(480)],  # by 10, every 2 minutes
    "ends": [(T0 + i * 15, float(i % 7)) for i in range(120)],      # at 1785 s
    "pauses": [(T0 + i * 15, 1.0) for i in range(480) if not 40 < i < 48],
}


def start_victoria(*flags: str) -> VictoriaMetrics:
    return VictoriaMetrics(flags)


def load(victoria: VictoriaMetrics, history: History, labels: str = "") -> None:
    text = "".join(f"{name}{labels} {value} {second * 1000}\n"
                   for name, samples in history.items() for second, value in samples)
    with urllib.request.urlopen(f"{victoria.url}/api/v1/import/prometheus", text.encode(), timeout=60):
        pass
    victoria.flush()


@pytest.fixture(scope="module")
def prometheus() -> Iterator[Prometheus]:
    text = "".join(f"# TYPE {name} gauge\n" + "".join(f"{name} {value} {second}\n" for second, value in samples)
                   for name, samples in HISTORY.items())
    with Prometheus(history=text + "# EOF\n") as server:
        yield server


@pytest.fixture(scope="module")
def victoria() -> Iterator[VictoriaMetrics]:
    with start_victoria() as server:
        load(server, HISTORY)
        yield server


def recorded(server: Server, folder: Path, expr: str, minutes: int, at: int, **keys: object) -> float | None:
    """What the daemon makes of one window that ends `at` seconds after T0."""
    path = write_rules(folder / "rules.yaml", [{
        "name": "one", "interval": f"{minutes}m", "step": "15s", "rules": [{"record": "one", "expr": expr, **keys}]}])
    done = once("--time", str(T0 + at), PROMETHEUS_URL=server.url, QUERIES=path)
    assert done.code == 0, done.log
    return next(iter(done.results().get("one", {}).values()), None)


def test_a_window_is_the_mean_of_what_victoria_metrics_answers_for_its_points(
        victoria: VictoriaMetrics, tmp_path: Path) -> None:
    for expr in ("steady", "rate(jumps[5m])", "sum(pauses)", "max_over_time(steady[1m])"):
        (_, points), = victoria.query_range(expr, T0 + 3615, T0 + 7200, 15)
        mean = sum(points.values()) / len(points)
        assert recorded(victoria, tmp_path, expr, 60, 7200) == pytest.approx(mean, rel=1e-12), expr


def test_increase_is_not_extrapolated(prometheus: Prometheus, victoria: VictoriaMetrics) -> None:
    def increases(server: Server) -> set[float]:
        (_, points), = server.query_range("increase(jumps[1m])", T0 + 605, T0 + 1205, 60)
        return {round(value, 6) for value in points.values()}
    assert increases(victoria) == {0, 10}
    assert increases(prometheus) == {0, 13.333333}


def test_a_steady_counter_has_the_same_rate(prometheus: Prometheus, victoria: VictoriaMetrics, tmp_path: Path) -> None:
    values = [recorded(server, tmp_path, "rate(steady[5m])", 60, 7200) for server in (prometheus, victoria)]
    assert values == pytest.approx([0.2, 0.2], rel=1e-12)


def test_a_series_ends_earlier(prometheus: Prometheus, victoria: VictoriaMetrics, tmp_path: Path) -> None:
    def last(server: Server) -> int:
        (_, points), = server.query_range("ends", T0 + 1500, T0 + 2400, 15)
        return round(max(points)) - T0
    assert last(prometheus) == 1785 + 5 * 60
    assert 1785 <= last(victoria) < 1785 + 60
    counts = [recorded(server, tmp_path, "ends", 60, 3600, aggregate="count") for server in (prometheus, victoria)]
    assert counts[1] < counts[0]


def test_a_pause_is_seen(prometheus: Prometheus, victoria: VictoriaMetrics, tmp_path: Path) -> None:
    shares = [recorded(server, tmp_path, "pauses", 60, 3600, absent="zero") for server in (prometheus, victoria)]
    assert shares[0] == 1
    assert 1 - 8 * 15 / 3600 < shares[1] < 1


def test_the_newest_half_minute_is_a_repetition() -> None:
    with start_victoria(*CACHING) as server:
        now = int(time.time())
        load(server, {"clock": [(second, float(second - now)) for second in range(now - 600, now + 1)]})
        (_, points), = server.query_range("clock", now - 60, now, 1)
        took = int(time.time()) - now + 1
    stuck = {round(second) - now for second, value in points.items() if value != round(second) - now}
    assert stuck and min(stuck) >= -29 and 0 in stuck, points
    assert min(stuck) <= -29 + took


def test_an_answer_may_come_from_before_the_samples_did(tmp_path: Path) -> None:
    """The result cache; `nocache` asks past it."""
    with start_victoria(*CACHING) as server:
        now = int(time.time()) // 3600 * 3600 - 7200
        samples = {"late": [(now + i * 15, 1.0) for i in range(240)]}
        config, path = tmp_path / "config.yaml", write_rules(tmp_path / "rules.yaml", [
            {"name": "one", "interval": "1h", "step": "15s", "rules": [{"record": "one", "expr": "late"}]}])

        def series(**params: str) -> int:
            source = {"name": "default", "url": server.url, "params": params}
            config.write_text(yaml.safe_dump({"sources": [source]}))
            done = once("--time", str(now + 3600), CONFIG_FILE=config, QUERIES=path)
            assert done.code == 0, done.log
            return len(done.results()["one"])

        load(server, samples, '{i="1"}')
        assert series() == 1
        load(server, samples, '{i="2"}')
        assert (series(), series(nocache="1")) == (1, 2)


def test_only_a_range_that_is_no_multiple_of_the_step_is_moved() -> None:
    """A window's points are multiples of its step, so none of ours is."""
    with start_victoria(*CACHING) as server:
        load(server, HISTORY)

        def first(start: int, **extra: object) -> int:
            answer = server._ask("query_range", query="steady", start=T0 + start, end=T0 + start + 3000, step=15, **extra)
            return answer[0]["values"][0][0] - T0
        assert (first(607), first(607, nocache=1), first(600)) == (600, 607, 600)


def test_the_page_names_every_test_and_no_other() -> None:
    named = set(re.findall(r"`(test_[a-z_0-9]+)`", PAGE))
    here = {name for name in globals() if name.startswith("test_")} - {"test_the_page_names_every_test_and_no_other"}
    assert named == here


class LeftOpen(Oracle):
    """Of a server whose subqueries leave the left end out by themselves: Prometheus from 3.0 on."""

    def _over_time(self, rule: Rule, end: int, function: str, inner: str = "") -> dict:
        return super()._over_time(replace(rule, window=rule.window + 1), end, function, inner)


@pytest.fixture(scope="module")
def prometheus_3() -> Iterator[Prometheus]:
    program = os.environ.get("PROMETHEUS3")
    if not program:
        pytest.skip("needs Prometheus 3, whose program PROMETHEUS3 names")
    with Prometheus(program=program) as server:
        yield server


def test_prometheus_3_answers_the_whole_window_alike(prometheus_3: Prometheus, seed: int, tmp_path: Path) -> None:
    write_in_time_order(prometheus_3.remote_write_url, random_history(Random(f"{seed}:series"), EPOCH, SERIES_END))
    rules = random_rules(Random(f"{seed}:rules"), 0.12)
    at = random_time(Random(f"{seed}:time"))
    path = write_rules(tmp_path / "rules.yaml", [rule.group() for rule in rules])
    done = once("--time", f"{at / 1000:.3f}", PROMETHEUS_URL=prometheus_3.url, QUERIES=path)
    assert done.code == 0, done.log
    actual, oracle = done.results(), LeftOpen(prometheus_3)
    compared = 0
    for rule in rules:
        expected = oracle.expect(rule, rule.slot(at))
        compared += compare(expected, actual.get(rule.record, {}), at_least=len(expected))
    assert compared >= len(rules)

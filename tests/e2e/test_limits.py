"""Servers that refuse the whole window: by their number of samples, by their time, by the length of
the reply. The window comes out as from a server without limits, and the size that works is kept."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from daemon import Daemon, Once, Results, once, write_rules
from fake_prometheus import FakePrometheus
from oracle import Oracle, Rule, compare
from page import Page, events, page_of, wait_for
from query_proxy import Asked, QueryProxy
from servers import Prometheus, QueryError, VictoriaMetrics

SERIES, SCRAPE = 40, 15
PAST, FUTURE = 7200, 600  # seconds around the start
MEBIBYTE = 1 << 20

HOUR = Rule("hour", "reading", step=1000, window=3_600_000)
ROLLING = Rule("rolling", "reading", step=1000, window=3_600_000, interval=60_000)
# A second or more for a window, so that what the machine does besides is no timeout of a short query.
SLOW = Rule("slow", "avg_over_time(reading[20m:1s])", step=1000, window=3_600_000)
SLOW_FIVE = Rule("slow_five", SLOW.expr, step=2, window=5000)
PAIR = Rule("pair", "reading", step=1, window=2000)  # 2,000 points
TOO_BIG = "a query is too big for the source; it is asked in shorter pieces from now on"


def samples(now: int) -> Iterator[tuple[int, int, float]]:
    """Series, time in seconds, value; in the order of time within a series."""
    rng = Random(7)
    for series in range(SERIES):
        for at in range(now - PAST, now + FUTURE, SCRAPE):
            yield series, at, rng.gauss(series, 1e3) * 10.0 ** rng.randint(-9, 9)


class World:
    """A Prometheus without limits, and others with the same data."""

    def __init__(self) -> None:
        now = int(time.time())
        self.end = (now - 60) // 3600 * 3600  # of the newest hour that is over
        self._history = "# TYPE reading gauge\n" + "".join(
            f'reading{{i="{series}",pod="reading-of-a-pod-{series:04}"}} {value!r} {at}\n'
            for series, at, value in samples(now)) + "# EOF\n"
        self.unlimited = self.prometheus()
        self.oracle = Oracle(self.unlimited)

    def prometheus(self, *flags: str) -> Prometheus:
        return Prometheus(history=self._history, flags=flags)

    def victoria_metrics(self, *flags: str) -> VictoriaMetrics:
        """Its values are multiples of 1/64: of others it keeps as many decimal places as fit for the
        largest in a block, and what is in a block depends on when it merges them."""
        server = VictoriaMetrics(flags=flags)
        lines = [line.split(" ") for line in self._history.splitlines() if line[0] != "#"]
        text = "".join(f"{series} {round(float(value)) % 64000 / 64} {int(at) * 1000}\n"
                       for series, value, at in lines)
        request = urllib.request.Request(server.url + "/api/v1/import/prometheus", text.encode())
        urllib.request.urlopen(request, timeout=60).close()
        server.flush()
        return server

    def check(self, rule: Rule, end: int, results: Results) -> None:
        """Those of the rule's window that ends there (seconds) are right."""
        expected = self.oracle.expect(rule, end * 1000)
        compare(expected, results[rule.record], at_least=SERIES)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    made = World()
    with made.unlimited:
        yield made


def ask_once(folder: Path, rule: Rule, end: int, url: str, *arguments: str) -> Once:
    path = write_rules(folder / "rules.yaml", [rule.group()])
    return once("--time", str(end), *arguments, QUERIES=path, PROMETHEUS_URL=url,
                LOG_FORMAT="json")


def check_once(world: World, folder: Path, rule: Rule, url: str) -> list[Asked]:
    """The window is right, though asked for in pieces; what was asked."""
    proxy = QueryProxy(url)
    with FakePrometheus(proxy) as front:
        done = ask_once(folder, rule, world.end, front.url)
    assert done.code == 0, done.log
    world.check(rule, world.end, done.results())
    refused = [one for one in proxy.asked if not one.good]
    assert refused and sum(one.points for one in proxy.asked if one.good) == 3600
    assert events(done.log, TOO_BIG, level="info", expr=rule.expr), done.log
    return proxy.asked


class Slots:
    """A daemon that evaluates one rule behind a proxy, slot by slot."""

    def __init__(self, folder: Path, proxy: QueryProxy, url: str, rule: Rule = PAIR):
        self._proxy, self._rule = proxy, rule
        path = write_rules(folder / "rules.yaml", [rule.group() | {"query_offset": "0s"}])
        self.daemon = Daemon(QUERIES=path, PROMETHEUS_URL=url, LOG_FORMAT="json",
                             CATCH_UP_MAX_AGE="0s")

    def newest(self) -> int:
        """The newest slot that was asked for."""
        return max(self._asked())

    def wait_for(self, count: int, after: int = 0) -> dict[int, list[Asked]]:
        """So many slots after that one, or from the first on; what was asked for each."""
        def evaluated() -> dict[int, list[Asked]]:
            end = page_of(self.daemon).window_end(self._rule.record)
            return {slot: asked for slot, asked in sorted(self._asked().items())
                    if after < slot <= end}

        return wait_for(lambda: len(found := evaluated()) >= count and found, 60)

    def _asked(self) -> dict[int, list[Asked]]:
        return self._proxy.by_slot(self._rule.window // 1000)

    def check_values(self, world: World) -> Page:
        page, name = page_of(self.daemon), self._rule.record
        shown = {frozenset(labels.items()): value for labels, value in page.all(name)}
        world.check(self._rule, int(page.window_end(name)), {name: shown})
        return page


def check_slots(world: World, folder: Path, proxy: QueryProxy) -> None:
    """The first slot finds out what works, the later ones ask for no more."""
    with FakePrometheus(proxy) as front:
        slots = Slots(folder, proxy, front.url)
        with slots.daemon:
            first, *later = slots.wait_for(5).values()
            page = slots.check_values(world)
    refused = [one for one in first if not one.good]
    assert refused, [one.points for one in first]
    works = max(one.points for one in later[0])
    assert works < min(one.points for one in refused)
    for asked in later[:4]:
        assert all(one.good for one in asked), [(one.points, one.status) for one in asked]
        assert len(asked) == -(-2000 // works) and sum(one.points for one in asked) == 2000
    assert page.value("downsampled_source_query_splits_total") == len(refused)
    assert page.value("downsampled_source_limited_queries") == 1
    assert page.failures(PAIR.record) == {}


def test_max_samples(world: World, tmp_path: Path) -> None:
    with world.prometheus("--query.max-samples=30000") as server:
        asked = check_once(world, tmp_path, HOUR, server.url)
        assert {one.status for one in asked} == {200, 422}
        check_once(world, tmp_path, ROLLING, server.url)
        check_slots(world, tmp_path, QueryProxy(server.url))


def fastest(server: Prometheus, rule: Rule, end: int) -> float:
    """Seconds that the rule's whole window takes."""
    took = []
    for _ in range(3):
        began = time.monotonic()
        server.query_range(rule.expr, end - (rule.window - rule.step) / 1000, end, rule.step / 1000)
        took.append(time.monotonic() - began)
    return min(took)


def refuses(server: Prometheus, rule: Rule, end: int) -> bool:
    try:
        fastest(server, rule, end)
    except QueryError as error:
        return '"timeout"' in str(error)
    return False


def test_query_timeout(world: World, tmp_path: Path) -> None:
    """The server's own, so short that a window takes several queries."""
    whole = min(fastest(world.unlimited, rule, world.end) for rule in (SLOW, SLOW_FIVE))
    for part in (5, 10, 20, 40):  # a machine that was busy just now may be several times faster
        with world.prometheus(f"--query.timeout={int(whole * 1000 / part)}ms") as server:
            if not all(refuses(server, rule, world.end) for rule in (SLOW, SLOW_FIVE)):
                continue
            asked = check_once(world, tmp_path, SLOW, server.url)
            assert 503 in {one.status for one in asked}
            proxy = QueryProxy(server.url)
            with FakePrometheus(proxy) as front:
                slots = Slots(tmp_path, proxy, front.url, SLOW_FIVE)
                with slots.daemon:
                    slots.wait_for(3)
                    slots.check_values(world)
            return
    pytest.fail(f"a window that took {whole} s is never too slow")


@pytest.mark.parametrize("breaks", [False, True], ids=["413", "broken-off"])
def test_proxy_that_takes_no_long_replies(world: World, tmp_path: Path, breaks: bool) -> None:
    check_slots(world, tmp_path, QueryProxy(world.unlimited.url, MEBIBYTE, breaks))


def test_source_that_is_away_teaches_nothing(world: World, tmp_path: Path) -> None:
    proxy = QueryProxy(world.unlimited.url, MEBIBYTE)
    with FakePrometheus(proxy) as front:
        slots = Slots(tmp_path, proxy, front.url)
        with slots.daemon:
            *_, before = slots.wait_for(3).values()
            proxy.away = True
            wait_for(lambda: sum(one.status == 503 for one in proxy.asked) >= 3)
            proxy.away = False
            _, *after = slots.wait_for(3, slots.newest()).values()
            page = slots.check_values(world)
    works = [one.points for one in before]
    assert all(one.good for one in before)
    for asked in after[:2]:
        assert [one.points for one in asked] == works
    assert page.failures(PAIR.record).keys() <= {"unavailable"}


def test_even_one_step_is_too_big(world: World, tmp_path: Path) -> None:
    """The error names the rule, the server's words and what to do, in one query once it is known."""
    with world.prometheus("--query.max-samples=10") as server:
        done = ask_once(tmp_path, HOUR, world.end, server.url)
    assert done.code == 1 and done.text == ""
    failed = events(done.log, "rule failed", rule=HOUR.record, reason="query_too_large")
    assert failed, done.log
    for part in ("single step of `reading`", "would load too many samples", "fewer series"):
        assert part in failed[0]["error"]


def test_points_limit_of_victoria_metrics(world: World, tmp_path: Path) -> None:
    """The same bytes as from one without limits."""
    with world.victoria_metrics() as unlimited:
        whole = ask_once(tmp_path, HOUR, world.end, unlimited.url)
        assert whole.code == 0 and len(whole.results()[HOUR.record]) == SERIES, whole.log
    with world.victoria_metrics("-search.maxPointsPerTimeseries=500") as server:
        proxy = QueryProxy(server.url)
        with FakePrometheus(proxy) as front:
            done = ask_once(tmp_path, HOUR, world.end, front.url)
    assert done.code == 0 and done.text == whole.text, done.log
    assert {one.points <= 500 for one in proxy.asked if one.good} == {True}
    assert any(not one.good for one in proxy.asked)
    said, = events(done.log, TOO_BIG)
    assert "too many points" in said["error"]


@pytest.mark.parametrize("flag, words", [
    (f"-search.maxUniqueTimeseries={SERIES - 1}", "-search.max"),
    # It counts whole blocks, and each series is one.
    ("-search.maxSamplesPerQuery=8000", "cannot select more than -search.maxSamplesPerQuery")])
def test_limits_of_victoria_metrics_that_no_shorter_query_keeps(
        world: World, tmp_path: Path, flag: str, words: str) -> None:
    with world.victoria_metrics(flag) as server:
        done = ask_once(tmp_path, HOUR, world.end, server.url)
    assert done.code == 1 and done.text == ""
    failed = events(done.log, "rule failed", rule=HOUR.record, reason="query_too_large")
    assert failed, done.log
    for part in ("single step of `reading`", words, "fewer series"):
        assert part in failed[0]["error"]

"""The shipped rules on a simulated day against Prometheus's own arithmetic, window by window."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import yaml
from daemon import ROOT, SHORT, once
from oracle import Oracle, Rule, compare
from pack_worlds import ORACLE_VARIANT
from servers import Prometheus
from simulation.scraping import write_history
from simulation.world import World, build

PACK = ROOT / "queries" / "seldon.yaml"
HOURS = 6 if SHORT else ORACLE_VARIANT.hours
WINDOW = 3600_000
# A whole number of seconds of at most 15 that divides the window: what the daemon computes.
STEP = 15_000


def pack_rules() -> list[Rule]:
    return [Rule(record=rule["record"], expr=rule["expr"], step=STEP, window=WINDOW,
                 absent=rule.get("absent", "skip"), aggregate=rule.get("aggregate", "avg"),
                 coverage=rule.get("coverage", group.get("coverage", "")),
                 labels=rule.get("labels", {}))
            for group in yaml.safe_load(PACK.read_text())["groups"] for rule in group["rules"]]


@pytest.fixture(scope="module")
def world() -> World:
    return build(replace(ORACLE_VARIANT, hours=HOURS))


@pytest.fixture(scope="module")
def seldon_server(world: World) -> Iterator[Prometheus]:
    with Prometheus() as server:
        write_history(world.history, server.remote_write_url)
        yield server


def test_seven_rules_in_every_window(seldon_server: Prometheus, world: World) -> None:
    rules, oracle = pack_rules(), Oracle(seldon_server)
    assert len(rules) == 7 and len(world.window_ends) == HOURS
    compared = dict.fromkeys((rule.record for rule in rules), 0)
    for end in (round(seconds * 1000) for seconds in world.window_ends):
        done = once("--time", str(end // 1000), PROMETHEUS_URL=seldon_server.url, QUERIES=PACK,
                    TIME_PERIOD="1h")
        assert done.code == 0, done.log
        actual = done.results()
        assert actual.keys() <= compared.keys()
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda rule: oracle.expect(rule, end), rules))
        for rule, expected in zip(rules, answers):
            compared[rule.record] += compare(expected, actual.get(rule.record, {}),
                                             at_least=max(1, len(expected)))
    # Several models in each of the windows, limits on fewer of them.
    assert min(compared.values()) >= 3 * HOURS, compared

"""The daemon's values against the arithmetic of the Prometheus that it asks."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from random import Random

import pytest
from daemon import SHORT, once, write_rules
from oracle import Mismatch, Oracle, Rule, compare
from random_rules import AGGREGATES, STEPS, WINDOWS, random_rules, random_time
from random_series import DAY, EPOCH
from servers import Prometheus

BATCHES = 3 if SHORT else 12
SHARE = 0.12 if SHORT else 1.0
LEAST_RULES = 30 if SHORT else 200


@pytest.fixture(scope="module")
def rules(seed: int) -> list[Rule]:
    return random_rules(Random(f"{seed}:rules"), SHARE)


def check(server: Prometheus, rules: list[Rule], at: int, folder: Path) -> int:
    """One call of the daemon for all of them; returns how many series were compared."""
    path = write_rules(folder / "rules.yaml", [rule.group() for rule in rules])
    done = once("--time", f"{at / 1000:.3f}", PROMETHEUS_URL=server.url, QUERIES=path)
    assert done.code == 0, done.log
    actual = done.results()
    oracle = Oracle(server)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda rule: oracle.expect(rule, rule.slot(at)), rules))
    compared, problems = 0, []
    for rule, expected in zip(rules, answers):
        try:
            compared += compare(expected, actual.pop(rule.record, {}), at_least=len(expected))
        except Mismatch as mismatch:
            problems.append(f"{rule} at {rule.slot(at)}:\n{mismatch}")
    assert not problems, "\n".join(problems)
    assert not actual, f"records that no rule has: {sorted(actual)}"
    assert compared == sum(map(len, answers))
    return compared


@pytest.mark.parametrize("batch", range(BATCHES))
def test_random_rules(random_server: Prometheus, rules: list[Rule], seed: int, batch: int,
                      tmp_path: Path) -> None:
    part = rules[batch::BATCHES]
    at = random_time(Random(f"{seed}:time:{batch}"))
    compared = check(random_server, part, at, tmp_path)
    # Some coverages are never there, and some series are away; but most rules have several series.
    assert compared >= len(part), f"only {compared} series of {len(part)} rules"


def test_variances_far_from_zero(random_server: Prometheus, tmp_path: Path) -> None:
    """1e9 and a little noise, or a constant: a day of it takes the digits of a careless sum."""
    step = STEPS[-1 if SHORT else 0]
    rules = [Rule(record=f"far_{index}_{aggregate}_{absent}", expr=expr, step=step, window=DAY,
                  aggregate=aggregate, absent=absent)
             for index, expr in enumerate(("offset", "0 * ticks + 1e9 / 3"))
             for aggregate in ("stdvar", "stddev") for absent in ("skip", "zero")]
    assert check(random_server, rules, EPOCH + DAY, tmp_path) == 4 * len(rules)


def test_enough_random_rules_of_every_kind(rules: list[Rule]) -> None:
    assert len(rules) >= LEAST_RULES
    assert {(rule.step, rule.window) for rule in rules} == set(product(STEPS, WINDOWS))
    assert Counter(rule.aggregate for rule in rules).keys() == set(AGGREGATES)
    assert {rule.absent for rule in rules} == {"skip", "zero"}
    assert any(rule.coverage for rule in rules) and not all(rule.coverage for rule in rules)
    assert any(rule.window < rule.interval for rule in rules)
    assert any(rule.slot(DAY) % 1000 for rule in rules), "all windows end on whole seconds"

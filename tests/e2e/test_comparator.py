"""The comparison with the oracle fails where it should, on the daemon's own results."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import pytest
from daemon import once, write_rules
from oracle import Expected, Labels, Mismatch, Oracle, Rule, Vector, compare, variance
from random_rules import AGGREGATES
from random_series import END, HOUR
from servers import Prometheus

Answers = dict[str, tuple[dict[Labels, Expected], Vector]]
# Between 1 and 2, so that a part of 1e9 is more than the tolerance.
EXPR = "1 + abs(reading) / (1 + abs(reading))"


@pytest.fixture(scope="module")
def answers(random_server: Prometheus, tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """By aggregate, what is expected and what the daemon says."""
    rules = {aggregate: Rule(record=f"own_{aggregate}", expr=EXPR, step=15000, window=HOUR,
                             aggregate=aggregate) for aggregate in AGGREGATES}
    path = write_rules(tmp_path_factory.mktemp("own") / "rules.yaml",
                       [rule.group() for rule in rules.values()])
    done = once("--time", str(END // 1000), PROMETHEUS_URL=random_server.url, QUERIES=path)
    assert done.code == 0, done.log
    actual = done.results()
    oracle = Oracle(random_server)
    return {aggregate: (oracle.expect(rule, rule.slot(END)), actual[rule.record])
            for aggregate, rule in rules.items()}


@pytest.fixture(params=AGGREGATES)
def pair(request: pytest.FixtureRequest, answers: Answers) -> tuple[dict[Labels, Expected], Vector]:
    return answers[request.param]


def test_accepts_what_is_right(pair: tuple) -> None:
    expected, actual = pair
    assert compare(expected, actual, at_least=len(expected)) == len(expected) > 1


@pytest.mark.parametrize("change", (1e-9, -1e-9))
def test_refuses_any_series_that_is_disturbed(pair: tuple, change: float) -> None:
    expected, actual = pair
    for labels, value in actual.items():
        with pytest.raises(Mismatch, match="not in"):
            compare(expected, actual | {labels: value * (1 + change)})


@pytest.mark.parametrize("value", (math.nan, math.inf, -math.inf, 0.0))
def test_refuses_another_kind_of_value(pair: tuple, value: float) -> None:
    expected, actual = pair
    for labels in actual:
        with pytest.raises(Mismatch, match="not in"):
            compare(expected, actual | {labels: value})


def test_refuses_a_missing_series(pair: tuple) -> None:
    expected, actual = pair
    for labels in actual:
        with pytest.raises(Mismatch, match="missing"):
            compare(expected, {key: value for key, value in actual.items() if key != labels})


def test_refuses_an_extra_series(pair: tuple) -> None:
    expected, actual = pair
    with pytest.raises(Mismatch, match="extra"):
        compare(expected, actual | {frozenset({("instance", "9")}): 1.0})


def test_refuses_a_changed_label(pair: tuple) -> None:
    expected, actual = pair
    for labels in actual:
        changed = frozenset((name, text + "x" * (name == "instance")) for name, text in labels)
        with pytest.raises(Mismatch, match="(?s)extra.*missing"):
            compare(expected, {changed if key == labels else key: value
                               for key, value in actual.items()})


def test_refuses_fewer_series_than_stated(pair: tuple) -> None:
    expected, actual = pair
    with pytest.raises(Mismatch, match="compared"):
        compare(expected, actual, at_least=len(expected) + 1)
    with pytest.raises(Mismatch, match="compared 0 series"):
        compare({}, {}, at_least=1)


def test_nan_and_infinities_are_met_by_themselves_alone() -> None:
    kinds = (math.nan, math.inf, -math.inf, 1.0)
    for wanted in kinds:
        met = [value for value in kinds if Expected.near(wanted, 1e-12).met_by(value)]
        assert len(met) == 1 and repr(met[0]) == repr(wanted)


def test_variance_is_exact() -> None:
    values = [1e9 + 0.1 * index for index in range(7)]
    fractions = [Fraction(value) for value in values] + [Fraction(0)] * 3
    mean = sum(fractions) / 10
    exact = sum((x - mean) ** 2 for x in fractions) / 10
    found = variance(values, 10, root=False)
    assert found.low <= exact <= found.high and found.high - found.low < exact * Fraction(1, 10**11)

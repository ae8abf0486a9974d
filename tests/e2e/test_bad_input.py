"""A source that answers wrongly in every way we could think of: the daemon lives on, says what is
wrong once, counts it under the right reason, and evaluates the other groups as if nothing were."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from daemon import Daemon, Once, once, write_rules
from fake_behaviors import matrix
from fake_prometheus import FakePrometheus
from faults import FAULTS, LIMITS, by_expression, series
from page import Page, events, page_of, wait_for

GOOD_SLOTS = 4


def group_of(name: str, interval: str, expr: str) -> dict:
    return {"name": name, "interval": interval, "step": "1s", "query_offset": "0s",
            "rules": [{"record": name, "expr": expr}]}


@pytest.fixture(scope="module")
def source() -> Iterator[FakePrometheus]:
    """Answers the expression fault_NAME by that fault, and all others well."""
    behaviors = {f"fault_{name}": fault.behavior for name, fault in FAULTS.items()}
    with FakePrometheus(by_expression(behaviors, matrix())) as fake:
        yield fake


@dataclass(frozen=True)
class Seen:
    """What a daemon showed that met all faults at once."""

    page: Page
    later: Page
    log: str
    exit_code: int


@pytest.fixture(scope="module")
def seen(source: FakePrometheus, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    groups = [group_of("fault_" + name, "3s", "fault_" + name) for name in FAULTS]
    path = write_rules(tmp_path_factory.mktemp("faults") / "rules.yaml", [group_of("good", "1s", "good"), *groups])
    with Daemon(PROMETHEUS_URL=source.url, QUERIES=path, LOG_FORMAT="json", QUERY_CONCURRENCY=len(FAULTS) + 1,
                **LIMITS) as daemon:
        daemon.wait_until_ready(60)
        page = page_of(daemon)

        def failed_again() -> Page | None:
            later = page_of(daemon)
            again = all(sum(later.failures("fault_" + name).values()) >= 2 for name in FAULTS)
            return later if again and later.window_end("good") >= page.window_end("good") + GOOD_SLOTS else None

        later = wait_for(failed_again, 60, 0.2)
        return Seen(page, later, daemon.log(), daemon.stop())


def test_the_other_group_is_evaluated_meanwhile(seen: Seen) -> None:
    assert seen.exit_code == 0
    assert seen.later.window_end("good") - seen.page.window_end("good") >= GOOD_SLOTS
    assert seen.later.failures("good") == {}
    assert seen.later.value("good", i="0") == 1.0


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_counted_under_its_reason_alone(seen: Seen, name: str) -> None:
    assert seen.later.failures("fault_" + name).keys() == {FAULTS[name].reason}
    assert seen.later.all("fault_" + name) == []
    assert seen.later.window_end("fault_" + name) == 0


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_said_once(seen: Seen, name: str) -> None:
    said = events(seen.log, "rule failed", rule="fault_" + name)
    assert len(said) == 1, said
    assert said[0]["reason"] == FAULTS[name].reason
    assert FAULTS[name].words in said[0]["error"] and said[0]["level"] in ("warn", "error")
    assert len(said[0]["error"]) < 1000


@pytest.fixture(scope="module")
def once_each(source: FakePrometheus, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Once]:
    folder = tmp_path_factory.mktemp("once")

    def run(name: str) -> Once:
        path = write_rules(folder / f"{name}.yaml", [group_of("good", "1m", "good"),
                                                    group_of(name, "1m", "fault_" + name)])
        return once(PROMETHEUS_URL=source.url, QUERIES=path, LOG_FORMAT="json", timeout=60,
                    **LIMITS | {"QUERY_TIMEOUT": "8s"})  # nothing else is to take that long

    with ThreadPoolExecutor(6) as pool:
        return dict(zip(FAULTS, pool.map(run, FAULTS)))


@pytest.mark.parametrize("name", FAULTS)
def test_once_fails_and_prints_what_is_good(once_each: dict[str, Once], name: str) -> None:
    done = once_each[name]
    assert done.code == 1
    assert done.results() == {"good": {frozenset({("i", "0")}): 1.0}}
    assert {event["reason"] for event in events(done.log, "rule failed")} == {FAULTS[name].reason}


ODD_ANSWERS = {
    "infinite": (series(value=b'"+Inf"'), {frozenset({("i", "0")}): float("inf")}),
    "minus_infinite": (series(value=b'"-Inf"'), {frozenset({("i", "0")}): float("-inf")}),
    "nan": (series(value=b'"NaN"'), {}),
    "tiny": (series(value=b'"5e-324"'), {frozenset({("i", "0")}): 5e-324}),
    "empty": (matrix(0), {}),
    "no_labels": (series(metric=b"{}"), {frozenset(): 1.0}),
    "control_characters": (series(metric=b'{"i":"a\\u0001\\n\\t\\"\\\\b\\u007f"}'),
                           {frozenset({("i", 'a\x01\n\t"\\b\x7f')}): 1.0}),
    "multibyte": (series(metric='{"i":"}]\\u00e9é\\ud83d\\ude00"}'.encode()), {frozenset({("i", "}]éé\U0001f600")}): 1.0}),
}


def test_odd_answers_are_no_faults(tmp_path) -> None:
    groups = [group_of(name, "1m", name) for name in ODD_ANSWERS]
    behaviors = {name: behavior for name, (behavior, _) in ODD_ANSWERS.items()}
    with FakePrometheus(by_expression(behaviors, matrix())) as fake:
        done = once(PROMETHEUS_URL=fake.url, QUERIES=write_rules(tmp_path / "rules.yaml", groups))
    assert done.code == 0, done.log
    results = done.results()
    for name, (_, expected) in ODD_ANSWERS.items():
        assert results.get(name, {}) == expected, name

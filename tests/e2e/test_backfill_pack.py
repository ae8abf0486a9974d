"""A month of the simulated cluster by the shipped pack, imported: right at each hour."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from backfill_oracle import HOUR, at_each_hour, pack_rules
from backfill_process import COMPLETE, backfill
from backfill_world import DAY, FEW, server_with
from daemon import SHORT
from oracle import Answer, Rule, by_labels, compare
from pack_evaluators import PACK
from servers import Prometheus, Server
from simulation.world import EPOCH

DAYS = 2 if SHORT else 30


def test_a_month_by_the_pack_equals_the_oracle_at_each_hour(tmp_path: Path) -> None:
    end, output = EPOCH + DAYS * DAY, tmp_path / "month.om"
    with server_with(DAYS, FEW) as source:
        code, log = backfill((EPOCH, end), output, PROMETHEUS_URL=source.url, QUERIES=PACK,
                             TIME_PERIOD="1h")
        assert code == COMPLETE, log
        assert f"complete: {7 * DAYS * 24} of {7 * DAYS * 24} windows" in log
        with Prometheus(history=output.read_text()) as target:  # promtool has imported it
            for rule in pack_rules():
                check_rule(rule, source, target, end)


def check_rule(rule: Rule, source: Server, target: Server, end: float) -> None:
    actual = by_time(target, rule.record, end)
    days = [EPOCH + day * DAY for day in range(DAYS)]
    expected: dict[float, Answer] = {}
    with ThreadPoolExecutor(2) as pool:
        for answers in pool.map(lambda day: at_each_hour(source, rule, day, day + DAY), days):
            expected |= answers
    assert actual.keys() <= expected.keys()
    # One hour of each day lies in an outage.
    assert len(expected) == 23 * DAYS, (rule.record, len(expected))
    compared = sum(compare(answer, actual.get(at, {})) for at, answer in expected.items())
    assert compared >= 2 * len(expected), (rule.record, compared)


def by_time(server: Server, record: str, end: float) -> dict[float, dict]:
    """The gauges at each hour; the server looks back for 5 minutes, never to another hour."""
    out: dict[float, dict] = {}
    answer = by_labels(server.query_range(record, EPOCH + HOUR, end, HOUR))
    for labels, samples in answer.items():
        for at, value in samples.items():
            out.setdefault(at, {})[labels] = value
    return out

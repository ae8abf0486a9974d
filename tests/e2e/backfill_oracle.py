"""What the pack's rules come to at each hour, by the arithmetic of the Prometheus that is asked."""

from __future__ import annotations

from pathlib import Path

from oracle import Answer, Expected, Rule, by_labels, output_labels, points_of, present
from pack_evaluators import PACK, load_rules
from servers import Server

HOUR = 3600
STEP = 15_000
# All values are sums of what is not negative: of 240 such numbers, each rounded.
PRECISION = 1e-12


def pack_rules(path: Path = PACK) -> list[Rule]:
    return [Rule(record=record, expr=rule["expr"], step=STEP, window=HOUR * 1000, absent="zero",
                 coverage=rule["coverage"], labels=rule["labels"])
            for record, rule in load_rules(path).items()]


def at_each_hour(server: Server, rule: Rule, start: float, end: float) -> dict[float, Answer]:
    """By the end of each window that ends in (start, end] and has a covered point."""
    covered = _hourly(server, f"group({present(rule.coverage)})", start, end).get(frozenset(), {})
    answers: dict[float, Answer] = {at: {} for at in covered}
    for labels, sums in _hourly(server, points_of(rule), start, end).items():
        for at, total in sums.items():
            value = total / covered[at]
            labels_of_output = output_labels(labels, rule.labels)
            answers[at][labels_of_output] = Expected.near(value, PRECISION * value)
    return answers


def _hourly(server: Server, points: str, start: float, end: float) -> dict:
    """Sums over the windows, which are left-open: a millisecond less than an hour."""
    query = f"sum_over_time(({points})[{HOUR * 1000 - 1}ms:{STEP}ms])"
    return by_labels(server.query_range(query, start + HOUR, end, HOUR))

"""A Prometheus whose samples of the next hour are known, and what rules over them come to.

A sample stands at each whole second at which its series is there; the server looks back for less
than a second, so that at every moment the newest whole second alone decides. All values are
multiples of 1/8: their sums are exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from oracle import PRECISION, Answer, Expected, Rule
from servers import Prometheus

PAST, FUTURE = 600, 3600  # seconds around the start
LOOKBACK = "999ms"


@dataclass(frozen=True)
class Known:
    """One series: in which seconds it is there, and its value then."""

    labels: tuple[tuple[str, str], ...]
    is_there: Callable[[int], bool]
    value: Callable[[int], float]


def level(i: int, is_there: Callable[[int], bool]) -> Known:
    return Known((("i", str(i)),), is_there,
                 lambda second: (second * (7 + 2 * i) + 13 * i) % 977 / 8 - 40)


FAMILIES: dict[str, tuple[Known, ...]] = {
    "level": (level(0, lambda second: True),
              level(1, lambda second: True),
              level(2, lambda second: second // 3 % 2 == 0),
              level(3, lambda second: second % 6 in (1, 2))),
    # For coverage; away for long enough to leave whole windows uncovered.
    "watcher": (Known((), lambda second: second % 13 > 2, lambda second: float(second % 2)),),
}

# Two groups; a window of the second is shorter than the interval.
GROUPS: dict[str, tuple[Rule, ...]] = {
    "seconds": (
        Rule("level_avg", "level", step=200, window=1000),
        Rule("level_sum", "level", step=200, window=1000, aggregate="sum"),
        Rule("level_zero", "level", step=200, window=1000, absent="zero", coverage="watcher",
             labels={"kind": "zero"})),
    "pairs": (
        Rule("level_max", "level", step=500, window=2000, aggregate="max"),
        Rule("level_count", "level", step=500, window=1000, interval=2000, aggregate="count")),
}
RULES = [rule for rules in GROUPS.values() for rule in rules]


def interval_of(rule: Rule) -> int:
    return rule.interval or rule.window


def groups() -> list[dict]:
    """As they stand in a rule file."""
    return [{"name": name, "interval": f"{interval_of(rules[0])}ms", "step": f"{rules[0].step}ms",
             "query_offset": "0s", "rules": [rule.group()["rules"][0] for rule in rules]}
            for name, rules in GROUPS.items()]


def start_server(now: float) -> Prometheus:
    """With the samples from PAST seconds before `now` to FUTURE seconds after it."""
    seconds = range(int(now) - PAST, int(now) + FUTURE)
    return Prometheus(flags=(f"--query.lookback-delta={LOOKBACK}",),
                      history="".join(open_metrics(seconds)))


def open_metrics(seconds: range) -> Iterator[str]:
    for name, family in FAMILIES.items():
        yield f"# TYPE {name} gauge\n"
        for one in family:
            labels = ",".join(f'{key}="{text}"' for key, text in one.labels)
            yield from (f"{name}{{{labels}}} {one.value(second)} {second}\n"
                        for second in seconds if one.is_there(second))
    yield "# EOF\n"


def expected(rule: Rule, end: int) -> Answer:
    """What the rule's window that ends at `end` (milliseconds) comes to, as docs/design.md says."""
    points = range((end - rule.window) // rule.step * rule.step + rule.step, end + 1, rule.step)
    seconds = [point // 1000 for point in points if is_covered(rule, point // 1000)]
    answer = {}
    for one in FAMILIES[rule.expr]:
        values = [one.value(second) for second in seconds if one.is_there(second)]
        if values:
            exact = reduced(rule, values, len(seconds))
            largest = max(map(abs, values))
            slack = {"avg": 1, "sum": len(values)}.get(rule.aggregate, 0) * PRECISION * largest
            answer[frozenset({*one.labels, *rule.labels.items()})] = Expected.near(exact, slack)
    return answer


def is_covered(rule: Rule, second: int) -> bool:
    return not rule.coverage or any(one.is_there(second) for one in FAMILIES[rule.coverage])


def reduced(rule: Rule, values: list[float], covered: int) -> float:
    if rule.aggregate == "avg":
        return sum(values) / (covered if rule.absent == "zero" else len(values))
    return float({"sum": sum, "max": max, "count": len}[rule.aggregate](values))

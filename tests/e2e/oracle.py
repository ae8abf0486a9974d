"""What a window must come to, by the arithmetic of the Prometheus that is asked; the comparison.

    expected = Oracle(server).expect(rule, end)
    compared = compare(expected, actual)

A subquery evaluates the rule's expression on the same grid as the daemon's range query, and
Prometheus's own *_over_time() reduces it. What has no function of its own (absent: zero, integral)
follows from those. Its stddev_over_time() is good to about 1e-9 only: variances are computed here,
exactly, from the points. So are quantiles, of which the daemon promises no more than 1/129.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import quantiles
from servers import Server

Labels = frozenset[tuple[str, str]]
Vector = dict[Labels, float]

# Relative to the largest |x| of a series; a sum of n may be n times as far off.
PRECISION = 1e-12
# Of a variance or its root, relative to itself: also where it is far smaller than the values.
VARIANCE_PRECISION = Fraction(1, 10**12)
MAX_POINTS = 11000


@dataclass(frozen=True)
class Rule:
    """A rule of one group of its own; durations in milliseconds."""

    record: str
    expr: str
    step: int
    window: int
    aggregate: str = "avg"
    absent: str = "skip"
    coverage: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    interval: int = 0
    eval_offset: int = 0

    def group(self) -> dict:
        """As it stands in a rule file."""
        return {
            "name": self.record, "interval": f"{self.interval or self.window}ms",
            "eval_offset": f"{self.eval_offset}ms", "step": f"{self.step}ms",
            "rules": [{"record": self.record, "expr": self.expr, "window": f"{self.window}ms",
                       "aggregate": self.aggregate, "absent": self.absent,
                       "coverage": self.coverage, "labels": dict(self.labels)}]}

    def slot(self, at: int) -> int:
        """The end of the newest window that is complete at `at`."""
        interval = self.interval or self.window
        return at - (at - self.eval_offset) % interval

    def points(self, end: int) -> int:
        return end // self.step - (end - self.window) // self.step


@dataclass(frozen=True)
class Expected:
    """A value between `low` and `high`; NaN stands for NaN."""

    low: float
    high: float

    @staticmethod
    def near(value: float, tolerance: float = 0.0) -> Expected:
        """Infinities and NaN are met exactly."""
        if not math.isfinite(value):
            return Expected(value, value)
        return Expected(value - tolerance, value + tolerance)

    def met_by(self, value: float) -> bool:
        if math.isnan(self.low) or math.isnan(value):
            return math.isnan(self.low) and math.isnan(value)
        return self.low <= value <= self.high


class Mismatch(AssertionError):
    """The daemon's answer is not the expected one."""


Answer = dict[Labels, Expected]


def compare(expected: Answer, actual: Vector, at_least: int = 0) -> int:
    """Label sets must be the same and the values agree; returns how many series were compared."""
    problems = [f"missing: {sorted(labels)}" for labels in expected.keys() - actual.keys()]
    problems += [f"extra: {sorted(labels)} {actual[labels]!r}"
                 for labels in actual.keys() - expected.keys()]
    both = expected.keys() & actual.keys()
    problems += [f"{sorted(labels)}: {actual[labels]!r}, not in "
                 f"[{expected[labels].low!r}, {expected[labels].high!r}]"
                 for labels in both if not expected[labels].met_by(actual[labels])]
    if len(both) < at_least:
        problems.append(f"compared {len(both)} series, not {at_least}")
    if problems:
        raise Mismatch("\n".join(sorted(problems)))
    return len(both)


class Oracle:
    """Asks one Prometheus; older than 3.0, it closes the windows of subqueries on the left."""

    def __init__(self, server: Server):
        self._server = server

    def expect(self, rule: Rule, end: int) -> Answer:
        """The output series of the rule for the window (end - rule.window, end]."""
        covered = self.covered(rule, end)
        if covered == 0:
            return {}
        count = self._over_time(rule, end, "count_over_time")
        if rule.aggregate in ("stddev", "stdvar"):
            values = self._spread(rule, end, covered)
        elif rule.aggregate.startswith("quantile"):
            values = self._quantile(rule, end, covered)
        else:
            values = getattr(self, "_" + rule.aggregate)(rule, end, count, covered)
        assert values.keys() == count.keys(), (values.keys(), count.keys())
        return {output_labels(labels, rule.labels): value for labels, value in values.items()}

    def _avg(self, rule: Rule, end: int, count: Vector, covered: int) -> Answer:
        largest = self._largest(rule, end)
        if rule.absent == "skip":
            values = self._over_time(rule, end, "avg_over_time")
        else:
            sums = self._over_time(rule, end, "sum_over_time")
            values = {key: total / covered for key, total in sums.items()}
            if not all(map(math.isfinite, values.values())):
                # The mean may be finite where the sum is past the range of a double.
                means = self._over_time(rule, end, "avg_over_time")
                values |= {key: mean * (count[key] / covered) for key, mean in means.items()
                           if not math.isfinite(sums[key])}
        return {key: Expected.near(value, PRECISION * largest[key])
                for key, value in values.items()}

    def _sum(self, rule: Rule, end: int, count: Vector, covered: int,
             unit: float = 1.0) -> Answer:
        values, largest = self._over_time(rule, end, "sum_over_time"), self._largest(rule, end)
        return {key: Expected.near(unit * value, unit * PRECISION * count[key] * largest[key])
                for key, value in values.items()}

    def _integral(self, rule: Rule, *rest) -> Answer:
        return self._sum(rule, *rest, unit=rule.step / 1000)

    def _count(self, rule: Rule, end: int, count: Vector, covered: int) -> Answer:
        return {key: Expected.near(value) for key, value in count.items()}

    def _min(self, *window) -> Answer:
        return self._extreme("min_over_time", min, *window)

    def _max(self, *window) -> Answer:
        return self._extreme("max_over_time", max, *window)

    def _extreme(self, function, choose, rule, end, count, covered) -> Answer:
        values = self._over_time(rule, end, function)
        if rule.absent == "zero":
            values = {key: choose(value, 0.0) if count[key] < covered else value
                      for key, value in values.items()}
        return {key: Expected.near(value) for key, value in values.items()}

    def _last(self, rule: Rule, end: int, count: Vector, covered: int) -> Answer:
        values = self._over_time(rule, end, "last_over_time")
        if rule.absent == "zero":
            newest = self._newest_covered(rule, end)
            times = self._over_time(rule, end, "max_over_time", f"timestamp({points_of(rule)})")
            values = {key: value if round(times[key] * 1000) == newest else 0.0
                      for key, value in values.items()}
        return {key: Expected.near(value) for key, value in values.items()}

    def _spread(self, rule: Rule, end: int, covered: int) -> Answer:
        out = {}
        for labels, values in self._raw_points(rule, end).items():
            total = covered if rule.absent == "zero" else len(values)
            out[labels] = variance(values, total, root=rule.aggregate == "stddev")
        return out

    def _quantile(self, rule: Rule, end: int, covered: int) -> Answer:
        q, out = quantiles.argument(rule.aggregate), {}
        theirs = self._over_time(rule, end, "quantile_over_time", argument=f"{q!r}, ")
        for labels, values in self._raw_points(rule, end).items():
            exact = quantiles.exact(values, q)
            # NaN is also what Prometheus makes of 0 times an infinity.
            if not math.isnan(theirs[labels]):
                largest = max(map(abs, filter(math.isfinite, values)), default=0.0)
                assert Expected.near(exact, PRECISION * largest).met_by(theirs[labels]), labels
            if rule.absent == "zero":
                values = values + [0.0] * (covered - len(values))
            out[labels] = Expected.near(quantiles.exact(values, q), quantiles.slack(values, q))
        return out

    def covered(self, rule: Rule, end: int) -> int:
        """How many points are covered."""
        if not rule.coverage:
            return rule.points(end)
        count = self._over_time(rule, end, "count_over_time", f"group({present(rule.coverage)})")
        return int(count.get(frozenset(), 0))

    def _newest_covered(self, rule: Rule, end: int) -> int:
        """The newest covered point, in milliseconds; there must be one."""
        if not rule.coverage:
            return end - end % rule.step
        group = f"timestamp(group({present(rule.coverage)}))"
        return round(self._over_time(rule, end, "max_over_time", group)[frozenset()] * 1000)

    def _largest(self, rule: Rule, end: int) -> Vector:
        """The largest |x| of each series."""
        high = self._over_time(rule, end, "max_over_time")
        return {labels: max(abs(low), abs(high[labels]))
                for labels, low in self._over_time(rule, end, "min_over_time").items()}

    def _over_time(self, rule: Rule, end: int, function: str, inner: str = "",
                   argument: str = "") -> Vector:
        at = f"{end // 1000}.{end % 1000:03d}"
        window = f"[{rule.window - 1}ms:{rule.step}ms]"
        query = f"{function}({argument}({inner or points_of(rule)}){window} @ {at})"
        return by_labels(self._server.query(query, end / 1000))

    def _raw_points(self, rule: Rule, end: int) -> dict[Labels, list[float]]:
        out: dict[Labels, list[float]] = {}
        first = ((end - rule.window) // rule.step + 1) * rule.step
        for start in range(first, end + 1, rule.step * MAX_POINTS):
            stop = min(end, start + rule.step * (MAX_POINTS - 1))
            found = self._server.query_range(points_of(rule), start / 1000, stop / 1000,
                                             rule.step / 1000)
            for labels, samples in by_labels(found).items():
                out.setdefault(labels, []).extend(samples.values())
        return out


def present(expr: str) -> str:
    """The points that count: a NaN is no sample, an infinity is one."""
    return f"(({expr}\n) >= -Inf)"


def points_of(rule: Rule) -> str:
    if not rule.coverage:
        return present(rule.expr)
    return f"({present(rule.expr)} and on () {present(rule.coverage)})"


def by_labels(answer: list) -> dict:
    """Keyed by label set without the metric's name, which must remain unique."""
    out = {}
    for labels, value in answer:
        key = frozenset((name, text) for name, text in labels.items() if name != "__name__")
        assert key not in out, f"{labels} twice"
        out[key] = value
    return out


def output_labels(labels: Labels, own: Mapping[str, str]) -> Labels:
    """The rule's own labels win; an empty one takes the label away."""
    return frozenset((name, text) for name, text in (dict(labels) | dict(own)).items() if text)


def variance(values: list[float], total: int, root: bool) -> Expected:
    """The population variance of the values and `total - len(values)` zeros; or its square root."""
    if not all(map(math.isfinite, values)):
        return Expected.near(math.nan)
    # Doubles are whole multiples of a power of two: whole numbers make this fast and exact.
    ratios = [value.as_integer_ratio() for value in values]
    unit = max(denominator for _, denominator in ratios)
    whole = [numerator * (unit // denominator) for numerator, denominator in ratios]
    return spread(total, sum(whole), sum(x * x for x in whole), unit, root)


def spread(total: int, units: int, squares: int, unit: int, root: bool) -> Expected:
    """Of `total` values whose sum is units / unit, and that of their squares squares / unit²."""
    exact = Fraction(total * squares - units**2, (total * unit) ** 2)
    low = to_double(exact * (1 - VARIANCE_PRECISION))
    high = to_double(exact * (1 + VARIANCE_PRECISION))
    return Expected(math.sqrt(low), math.sqrt(high)) if root else Expected(low, high)


def to_double(number: Fraction) -> float:
    return float(number) if number <= Fraction(sys.float_info.max) else math.inf

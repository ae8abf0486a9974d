"""The oracle for many windows of a rule, each a bit later than the one before.

A range query over a subquery answers for each of its steps what an instant query there would: the
whole window at once. Prometheus reads the points once for all of them, so do the exact variances.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from itertools import accumulate

from oracle import (
    MAX_POINTS, Answer, Expected, Labels, Oracle, Rule, Vector, by_labels, points_of, spread)
from servers import Server


class SlidingOracle(Oracle):
    """Of the windows, none longer than `longest`, that end at these times (milliseconds)."""

    def __init__(self, server: Server, ends: range, longest: int):
        super().__init__(server)
        self._ends = ends
        self._longest = longest
        self._answers: dict[str, dict[int, Vector]] = {}
        self._sums: dict[str, dict[Labels, Sums]] = {}

    def _over_time(self, rule: Rule, end: int, function: str, inner: str = "",
                   argument: str = "") -> Vector:
        window = f"[{rule.window - 1}ms:{rule.step}ms]"
        query = f"{function}({argument}({inner or points_of(rule)}){window})"
        if query not in self._answers:
            self._answers[query] = self._ask_all(query)
        return self._answers[query].get(end, {})

    def _ask_all(self, query: str) -> dict[int, Vector]:
        out: dict[int, Vector] = {}
        for index in range(0, len(self._ends), MAX_POINTS):
            ends = self._ends[index:index + MAX_POINTS]
            found = self._server.query_range(query, ends[0] / 1000, ends[-1] / 1000,
                                             ends.step / 1000)
            for labels, values in by_labels(found).items():
                for at, value in values.items():
                    out.setdefault(round(at * 1000), {})[labels] = value
        return out

    def _spread(self, rule: Rule, end: int, covered: int) -> Answer:
        return {labels: found for labels, sums in self._sums_of(rule).items()
                if (found := sums.spread(rule, end, covered))}

    def _raw_points(self, rule: Rule, end: int) -> dict[Labels, list[float]]:
        return {labels: found for labels, sums in self._sums_of(rule).items()
                if (found := sums.samples(rule, end))}

    def _sums_of(self, rule: Rule) -> dict[Labels, Sums]:
        key = points_of(rule)
        if key not in self._sums:
            self._sums[key] = self._sum_all(rule)
        return self._sums[key]

    def _sum_all(self, rule: Rule) -> dict[Labels, Sums]:
        samples: dict[Labels, dict[float, float]] = {}
        first = ((self._ends[0] - self._longest) // rule.step + 1) * rule.step
        for start in range(first, self._ends[-1] + 1, rule.step * MAX_POINTS):
            stop = min(self._ends[-1], start + rule.step * (MAX_POINTS - 1))
            found = self._server.query_range(points_of(rule), start / 1000, stop / 1000,
                                             rule.step / 1000)
            for labels, values in by_labels(found).items():
                samples.setdefault(labels, {}).update(values)
        return {labels: Sums(values) for labels, values in samples.items()}


class Sums:
    """The samples of a series, and their exact sums, over any stretch of time."""

    def __init__(self, samples: dict[float, float]):
        """`samples` in the order of time."""
        self._times = [round(at * 1000) for at in samples]
        self._values = list(samples.values())
        values = [value if math.isfinite(value) else 0.0 for value in self._values]
        # Doubles are whole multiples of a power of two: whole numbers make this fast and exact.
        ratios = [value.as_integer_ratio() for value in values]
        self._unit = max(denominator for _, denominator in ratios)
        whole = [numerator * (self._unit // denominator) for numerator, denominator in ratios]
        self._sums = list(accumulate(whole, initial=0))
        self._squares = list(accumulate((x * x for x in whole), initial=0))
        self._infinities = list(accumulate(
            (not math.isfinite(value) for value in self._values), initial=0))

    def spread(self, rule: Rule, end: int, covered: int) -> Expected | None:
        """The population variance, or its square root; none where there is no sample."""
        low, high = self._bounds(rule, end)
        if low == high:
            return None
        if self._infinities[high] > self._infinities[low]:
            return Expected.near(math.nan)
        return spread(covered if rule.absent == "zero" else high - low,
                      self._sums[high] - self._sums[low], self._squares[high] - self._squares[low],
                      self._unit, root=rule.aggregate == "stddev")

    def samples(self, rule: Rule, end: int) -> list[float]:
        low, high = self._bounds(rule, end)
        return self._values[low:high]

    def _bounds(self, rule: Rule, end: int) -> tuple[int, int]:
        return bisect_right(self._times, end - rule.window), bisect_right(self._times, end)

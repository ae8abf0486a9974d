"""Days or months of series for long windows: pods come, go and come back; the source is away once.

    load       doubles of any sign, over six orders of magnitude
    ticks      multiples of 1/64, whose sums are exact in any order
    rare       what poisons a window until it has left it: 1e17 once, infinity once, many NaN
    requests_total   a counter with resets
    watcher    for coverage: away for a while now and then, and once for longer than a short window

What a window must forget again is in the first half of the span.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from random_series import MINUTE, Series, Source
from simulation.remote_write import STALE_MARKER, double

PODS = "abc"
# When two of them have their one spike, as shares of the span, and for how long.
SPIKES = {"b": 0.40, "c": 0.42}
SPIKE = 10 * MINUTE


@dataclass(frozen=True)
class Span:
    """The time that a history covers, (start, end), and how often it was scraped; milliseconds."""

    start: int
    end: int
    scrape: int

    def at(self, share: float) -> int:
        return self.start + round((self.end - self.start) * share)


def load(rng: Random, pod: str, span: Span) -> Source:
    return lambda _: rng.gauss(0, 1) * 10.0 ** rng.randint(-3, 3)


def ticks(rng: Random, pod: str, span: Span) -> Source:
    return lambda _: rng.randint(-64000, 64000) / 64


def rare(rng: Random, pod: str, span: Span) -> Source:
    once = span.at(SPIKES.get(pod, 0))

    def value(at: int) -> float:
        if pod == "a":
            return math.nan if rng.random() < 0.3 else rng.uniform(-5, 5)
        if once <= at < once + SPIKE:
            return 1e17 if pod == "b" else math.inf
        return rng.uniform(0, 1e-3)

    return value


def requests_total(rng: Random, pod: str, span: Span) -> Source:
    total = 0.0

    def count(_: int) -> float:
        nonlocal total
        total = 0.0 if rng.random() < 0.002 else total + rng.expovariate(0.3)
        return total

    return count


def watcher(rng: Random, pod: str, span: Span) -> Source:
    return lambda _: rng.choice((0.0, 1.0, 1.0, math.nan if pod == "b" else 1.0))


FAMILIES: tuple[Callable[[Random, str, Span], Source], ...] = (load, ticks, rare, requests_total)


def lives(rng: Random, span: Span) -> Iterator[tuple[int, int]]:
    """A pod is there for about a tenth of the span, and away for about a fortieth."""
    length = span.end - span.start
    at = span.start - rng.randrange(length // 20)
    while at < span.end:
        stop = at + round(rng.expovariate(10 / length)) + span.scrape
        yield max(at, span.start), min(stop, span.end)
        at = stop + round(rng.expovariate(rng.choice((40, 400)) / length)) + MINUTE


def watched(rng: Random, span: Span, outage: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Nearly always, but not in the outage."""
    at = span.start
    while at < span.end:
        stop = min(at + round(rng.expovariate(20 / (span.end - span.start))), span.end)
        if at < outage[0] < stop:
            stop = outage[0]
        yield at, stop
        at = stop + rng.randrange(span.scrape, 20 * span.scrape)
        if outage[0] <= at < outage[1]:
            at = outage[1]


def series(rng: Random, span: Span, labels: dict[str, str], source: Source,
           there: Iterator[tuple[int, int]]) -> Series:
    times: list[int] = []
    values: list[bytes] = []
    for begin, stop in there:
        at = max(begin + rng.randrange(span.scrape), times[-1] + 1 if times else 0)
        while at < stop:
            times.append(at + rng.randrange(min(span.scrape, 200)))
            values.append(double(source(at)))
            at += span.scrape * (1 if rng.random() < 0.99 else 3)
        if times and at < span.end:
            times.append(max(at, times[-1] + 1))
            values.append(STALE_MARKER)
    return Series(labels, times, values)


def long_history(rng: Random, span: Span) -> list[Series]:
    """The outage of the watcher begins in the middle, and takes a tenth of the span."""
    out = []
    for family in FAMILIES:
        for pod in PODS:
            there = iter([(span.start, span.end)]) if family is rare else lives(rng, span)
            out.append(series(rng, span, {"__name__": family.__name__, "pod": pod},
                              family(rng, pod, span), there))
    outage = span.at(0.5), span.at(0.6)
    out += [series(rng, span, {"__name__": "watcher", "pod": pod}, watcher(rng, pod, span),
                   watched(rng, span, outage)) for pod in "ab"]
    out.append(series(rng, span, {"__name__": "ticks", "pod": "visitor"},
                      ticks(rng, "visitor", span), iter([(span.at(0.4), span.at(0.4001))])))
    return out

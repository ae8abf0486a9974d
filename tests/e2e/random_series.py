"""Random series with all that may be among samples: NaN, infinities, stale markers, gaps, resets.

The same families in two zones, with the same label sets so that they can be joined:

    reading         doubles of any sign          special   among them NaN and infinities
    offset          1e9 and a little noise       huge      near the end of what a double holds
    ticks           multiples of 1/64, whose sums are exact in any order
    requests_total  a counter with resets        watcher   0, 1 or NaN: for coverage
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from simulation.remote_write import (
    STALE_MARKER, RemoteWriter, double, encode_labels, sample_head, sample_time)

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
EPOCH = 1772323200_000  # 2026-03-01T00:00:00Z
END = EPOCH + DAY + 3 * HOUR
# Prometheus takes nothing that is an hour older than its newest sample.
BATCH = 40 * MINUTE

INSTANCES = 4
# Scrape intervals by instance: one shorter than any step, one longer.
INTERVALS = (730, 5003, 15000, 30000)

Source = Callable[[int], float]


@dataclass(frozen=True)
class Series:
    """Samples as (milliseconds, the 8 bytes of the value), in time order."""

    labels: dict[str, str]
    times: list[int]
    values: list[bytes]


def reading(rng: Random, instance: int) -> Source:
    return lambda _: rng.gauss(0, 1) * 10.0 ** rng.randint(-3, 3)


def special(rng: Random, instance: int) -> Source:
    rare = ([math.nan], [math.inf], [math.nan, math.inf, -math.inf], [-0.0, 0.0, 1e-280])[instance]
    share = (0.5, 0.02, 0.005, 0.3)[instance]
    return lambda _: rng.choice(rare) if rng.random() < share else rng.uniform(-5, 5)


def offset(rng: Random, instance: int) -> Source:
    return lambda _: 1e9 + rng.gauss(0, 1)


def huge(rng: Random, instance: int) -> Source:
    return lambda _: rng.uniform(1e307, 1.7e308)


def ticks(rng: Random, instance: int) -> Source:
    return lambda _: rng.randint(-640, 64000) / 64


def requests_total(rng: Random, instance: int) -> Source:
    total = 0.0

    def count(_: int) -> float:
        nonlocal total
        total = 0.0 if rng.random() < 0.005 else total + rng.expovariate(0.3)
        return total

    return count


def watcher(rng: Random, instance: int) -> Source:
    return lambda _: rng.choice((0.0, 1.0, 1.0, math.nan if instance == 1 else 1.0))


FAMILIES = (huge, offset, reading, requests_total, special, ticks, watcher)


def lives(rng: Random, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """When a series is there, and whether a stale marker ends it; it may stay away for long."""
    at = start - rng.randrange(HOUR)
    while at < end:
        stop = at + round(rng.expovariate(1 / (90 * MINUTE))) + SECOND
        yield max(at, start), min(stop, end), rng.random() < 0.6
        at = stop + round(rng.expovariate(1 / rng.choice((20 * SECOND, 8 * MINUTE))))


def random_series(rng: Random, family: Callable[[Random, int], Source], instance: int,
                  start: int, end: int) -> Series:
    """Scraped about every INTERVALS[instance], never on whole seconds for long."""
    interval = INTERVALS[instance]
    name, source = family.__name__, family(rng, instance)
    times: list[int] = []
    values: list[bytes] = []
    for begin, stop, marked in lives(rng, start, end):
        at = begin + rng.randrange(interval)
        while at < stop:
            times.append(at + rng.randrange(min(interval, 200)))
            values.append(double(source(at)))
            at += interval * (1 if rng.random() < 0.99 else 3)
        if marked and times and at < end:
            times.append(max(at, times[-1] + 1))
            values.append(STALE_MARKER)
    labels = {"__name__": name, "instance": str(instance), "zone": "ab"[instance % 2]}
    return Series(labels, times, values)


def random_history(rng: Random, start: int = EPOCH, end: int = END) -> list[Series]:
    return [random_series(rng, family, instance, start, end)
            for family in FAMILIES for instance in range(INSTANCES)]


def write_in_time_order(url: str, history: list[Series]) -> None:
    writer = RemoteWriter(url)
    encoded = [encode_labels(one.labels) for one in history]
    start = min(one.times[0] for one in history)
    end = max(one.times[-1] for one in history)
    while start <= end:
        for labels, one in zip(encoded, history):
            low, high = bisect_left(one.times, start), bisect_left(one.times, start + BATCH)
            if low < high:
                writer.add(labels, b"".join(
                    sample_head(value) + sample_time(at)
                    for at, value in zip(one.times[low:high], one.values[low:high])))
        writer.flush()
        start += BATCH
    writer.close()

"""Which target was scraped when and with what success, and what the server then stored.

As Prometheus does it: a series that a target no longer exposes gets a stale marker at the scrape
that misses it, and a failed scrape gives one to every series of the target. A server that is down
writes nothing, and after its restart knows nothing of the series before. Samples that carry a time
of their own (cAdvisor's, where honor_timestamps is left on) get no markers at all.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from .exposition import Series
from .remote_write import (
    STALE_MARKER,
    RemoteWriter,
    double,
    encode_labels,
    sample_head,
    sample_time,
)

HOUSEKEEPING = 12.0


@dataclass(frozen=True)
class Outage:
    """`job`, or one instance of it, does not answer; with job "" Prometheus itself is down."""

    start: float
    end: float
    job: str = ""
    instance: str = ""

    def silences(self, target: Target) -> bool:
        return self.job == target.job and self.instance in ("", target.instance)


@dataclass(frozen=True, eq=False)
class Target:
    job: str
    instance: str
    offset: float
    series: tuple[Series, ...]
    own_timestamps: bool = False


@dataclass(frozen=True)
class Attempts:
    """A target's scrapes in time order; `restarted[i]`: the server was down before scrape i."""

    times: list[float]
    good: list[bool]
    restarted: list[bool]

    @cached_property
    def encoded_times(self) -> list[bytes]:
        return [sample_time(round(t * 1000)) for t in self.times]

    @cached_property
    def good_runs(self) -> list[tuple[int, int]]:
        """Index ranges of good scrapes by one life of the server."""
        runs: list[tuple[int, int]] = []
        first = None
        for index in range(len(self.times) + 1):
            ends = index == len(self.times) or not self.good[index] or self.restarted[index]
            if first is not None and ends:
                runs.append((first, index))
                first = None
            if first is None and index < len(self.times) and self.good[index]:
                first = index
        return runs


@dataclass(frozen=True)
class History:
    """Everything that decides what a server has stored of [start, end)."""

    targets: tuple[Target, ...]
    start: float
    end: float
    interval: float
    outages: tuple[Outage, ...] = field(default=())

    @cached_property
    def attempts(self) -> dict[Target, Attempts]:
        return {target: self._attempts(target) for target in self.targets}

    def _attempts(self, target: Target) -> Attempts:
        out = Attempts([], [], [])
        down = False
        count = int((self.end - self.start - target.offset % self.interval) // self.interval) + 1
        for index in range(count):
            t = round(self.start + target.offset % self.interval + index * self.interval, 3)
            now = [outage for outage in self.outages if outage.start <= t < outage.end]
            if any(outage.job == "" for outage in now):
                down = True
                continue
            out.times.append(t)
            out.good.append(not any(outage.silences(target) for outage in now))
            out.restarted.append(down)
            down = False
        return out


def stored(
    target: Target, attempts: Attempts, series: Series, low: int, high: int
) -> Iterator[bytes]:
    """The encoded samples of a series at the scrapes with index in [low, high)."""
    if target.own_timestamps and series.cgroup:
        yield from _stored_with_own_times(attempts, series, low, high)
        return
    times, encoded = attempts.times, attempts.encoded_times
    ranges = []
    for run_start, run_end in attempts.good_runs:
        if run_end < low or run_start >= high:
            continue
        for start, end, value in series.spans:
            first = max(bisect_left(times, start, run_start, run_end), low - 1)
            last = min(bisect_left(times, end, run_start, run_end), high)
            if first < last:
                ranges.append((max(first, run_start), last, value))
    for index, (first, last, value) in enumerate(ranges):
        if callable(value):
            for at in range(max(first, low), last):
                yield sample_head(double(value(times[at]))) + encoded[at]
        elif max(first, low) < last:
            head = sample_head(double(value))
            yield head + head.join(encoded[max(first, low) : last])
        goes_on = index + 1 < len(ranges) and ranges[index + 1][0] == last
        if low <= last < high and not goes_on and not attempts.restarted[last]:
            yield sample_head(STALE_MARKER) + encoded[last]


def _stored_with_own_times(
    attempts: Attempts, series: Series, low: int, high: int
) -> Iterator[bytes]:
    previous = read_time(series.cgroup, attempts.times[low - 1]) if low else 0.0
    for at in range(low, high):
        t = attempts.times[at]
        read = read_time(series.cgroup, t)
        for start, end, value in series.spans:
            if attempts.good[at] and start <= read and t < end and read > previous:
                number = value(read) if callable(value) else value
                yield sample_head(double(number)) + sample_time(round(read * 1000))
        previous = max(previous, read)


def read_time(cgroup: str, t: float) -> float:
    """When cAdvisor last read the cgroup before t: it goes round every 12 s, each in its turn."""
    phase = zlib.crc32(cgroup.encode()) % 12000 / 1000
    return round(t - (t - phase) % HOUSEKEEPING, 3)


def write_history(history: History, url: str, batch: float = 1200.0) -> int:
    """Writes what the server would have stored; returns how many bytes of samples that were.

    In batches of `batch` seconds: Prometheus takes nothing an hour older than its newest.
    """
    writer = RemoteWriter(url)
    written = 0
    labels: dict[tuple[Target, int], bytes] = {}
    start = history.start
    while start < history.end:
        end = start + batch
        for target in history.targets:
            attempts = history.attempts[target]
            low, high = bisect_left(attempts.times, start), bisect_left(attempts.times, end)
            if low == high:
                continue
            # A marker is due at the first scrape after the span: look back over any outage.
            since = attempts.times[max(low - 1, 0)]
            for number, series in enumerate(target.series):
                if series.spans[0][0] > attempts.times[high - 1] or series.spans[-1][1] < since:
                    continue
                samples = b"".join(stored(target, attempts, series, low, high))
                if samples:
                    key = (target, number)
                    if key not in labels:
                        labels[key] = encode_labels(
                            dict(series.labels)
                            | {
                                "__name__": series.name,
                                "job": target.job,
                                "instance": target.instance,
                            }
                        )
                    writer.add(labels[key], samples)
                    written += len(samples)
            written += _write_up(writer, target, attempts, low, high)
        writer.flush()
        start = end
    writer.close()
    return written


def _write_up(writer: RemoteWriter, target: Target, attempts: Attempts, low: int, high: int) -> int:
    samples = b"".join(
        sample_head(double(float(attempts.good[at]))) + attempts.encoded_times[at]
        for at in range(low, high)
    )
    writer.add(
        encode_labels({"__name__": "up", "job": target.job, "instance": target.instance}), samples
    )
    return len(samples)

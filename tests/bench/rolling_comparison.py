"""Three ways to the same rolling averages, on one server: what each costs, and that they agree."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml
from backfill_oracle import pack_rules
from daemon import Daemon
from journal_file import exported
from oracle import output_labels
from pack_evaluators import PACK
from page import page_of
from rolling_cluster import restart, samples_read
from rolling_cost import Cost, CountingProxy, Meter, wait_for
from rolling_ways import OFFSET, PATIENCE, Rolling, Way, Windows
from servers import Prometheus

PRECISION = 1e-12
CATCH_UP = 300.0


@dataclass(frozen=True)
class Cold:
    """From a start without a journal until all rules have a window."""

    seconds: float
    cost: Cost
    peaks: dict[str, float]

    read_by_rules: int  # samples that recording rules read for one refresh


def read_by_rules(fill: Cost, server: Prometheus, window: int) -> int:
    """Of expressions, what the queries of our fill read; Prometheus does not count what subqueries
    read, but these are the same expressions over the same points. The rules have their coverage
    twice: in what they sum and in what they divide by.
    """
    rules = pack_rules()
    # All expressions of the pack begin like this, and no coverage does.
    of_rules = [query for query in fill.queries
                if query.text.lstrip("(").startswith("sum by (namespace, name)")]
    if len({query.text for query in of_rules}) != len(rules):
        raise SystemExit(f"not {len(rules)} expressions: {[query.text for query in of_rules]}")
    step, end = rules[0].step / 1000, time.time() // 60 * 60 - OFFSET
    coverage = {expression: samples_read(server, expression, end - window + step, end, step)
                for expression in {rule.coverage for rule in rules}}
    return (sum(query.samples for query in of_rules)
            + sum(2 * coverage[rule.coverage] for rule in rules))


class Downsampled:
    """The daemon on the pack; its journal stays between runs."""

    def __init__(self, server: Prometheus, folder: Path, rolling: Rolling):
        self._server = server
        self._storage = folder / "journal"
        self._rolling = rolling
        self._rules = pack_file(folder / "pack.yaml", rolling)
        self.way = Way("downsampled")

    @contextmanager
    def running(self) -> Iterator[tuple[Daemon, Meter]]:
        """With a fresh process of the server, by way of a proxy that counts."""
        restart(self._server)
        with CountingProxy(self._server.port) as proxy, \
                Daemon(PROMETHEUS_URL=proxy.url, QUERIES=self._rules,
                       STORAGE_PATH=self._storage) as daemon:
            yield daemon, Meter(self._server, daemon.process.pid, proxy)

    def cold_start(self) -> Cold:
        began = time.monotonic()
        with self.running() as (daemon, meter):
            wait_for("the first fill", lambda: newest(daemon), PATIENCE, pause=0.5)
            seconds, cost, peaks = time.monotonic() - began, meter.lap(), meter.peaks()
        return Cold(seconds, cost, peaks, read_by_rules(cost, self._server, self._rolling.window))

    def catch_up(self, others: list[Way]) -> dict[str, int]:
        """How many values of the other ways equal ours; a difference ends the program."""
        wanted = {key for way in others for key in way.windows}
        until = max(end for _, end in wanted) / 1000
        with self.running() as (daemon, _):
            wait_for("the windows to compare", lambda: newest(daemon) >= until
                     and missing(daemon) == 0, CATCH_UP)
        for record in sorted({record for record, _ in wanted}):
            for end, values in exported(self._storage, record).items():
                self.way.windows[record, end] = values
        return {way.name: compare(self.way.windows, way.windows) for way in others}


def pack_file(path: Path, rolling: Rolling) -> Path:
    """The shipped rules with this window and interval."""
    pack = yaml.safe_load(PACK.read_text())
    for group in pack["groups"]:
        group |= {"interval": f"{rolling.interval}s", "window": f"{rolling.window}s"}
    path.write_text(yaml.safe_dump(pack))
    return path


def newest(daemon: Daemon) -> float:
    """The end of the newest window that all rules have recorded; 0 before."""
    ends = page_of(daemon).all("downsampled_rule_window_end_timestamp_seconds")
    return min(end for _, end in ends)


def missing(daemon: Daemon) -> float:
    found = page_of(daemon).all("downsampled_rule_windows_missing")
    return sum(value for _, value in found)


def took(daemon: Daemon) -> float:
    """Seconds of the last evaluation."""
    (_, seconds), = page_of(daemon).all("downsampled_rule_group_last_duration_seconds")
    return seconds


def compare(ours: Windows, theirs: Windows) -> int:
    """How many values both have, all of them equal; anything else ends the program.

    All points are 0 or more: an average is not small against the points it is made of.
    """
    labels_of = {rule.record: rule.labels for rule in pack_rules()}
    compared = 0
    for (record, end), values in theirs.items():
        expected = {output_labels(labels, labels_of[record]): x for labels, x in values.items()}
        found = ours.get((record, end), {})
        if not expected or found.keys() != expected.keys():
            raise SystemExit(f"{record} at {end}: {len(found)} series, not {len(expected)}; in one "
                             f"only: {[sorted(one) for one in found.keys() ^ expected.keys()][:5]}")
        for labels, value in expected.items():
            if abs(found[labels] - value) > PRECISION * abs(value):
                raise SystemExit(f"{record} at {end} {sorted(labels)}: {found[labels]!r}, "
                                 f"not {value!r}")
        compared += len(expected)
    return compared

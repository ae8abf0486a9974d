"""Many groups on one daemon: how late its slots are, against a real Prometheus."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from daemon import Daemon, write_rules
from page import Page
from rolling_cluster import restart
from rolling_cost import Cost, Meter, memory_of
from rolling_gauges import write_gauges
from servers import Prometheus

STEP = 60
AHEAD = 1800  # seconds of samples that are there before their time
GAUGE = "simulated_load"
LAG = "downsampled_slot_lag_seconds"
PATIENCE = 300.0


@dataclass(frozen=True)
class Size:
    groups: int
    rules: int  # of each group
    series: int  # of each rule


@dataclass(frozen=True)
class Scale:
    size: Size
    interval: int
    costs: list[Cost]  # of each interval
    late: float  # seconds, of 99 in 100 slots
    slots: int
    missed: float
    failures: float
    scrape: float  # seconds
    page: int  # bytes
    resident: float
    peak: float


def labels_of(size: Size) -> list[dict[str, str]]:
    return [{"__name__": GAUGE, "group": f"g{group}", "rule": f"r{rule}", "pod": f"pod-{number}"}
            for group in range(size.groups) for rule in range(size.rules)
            for number in range(size.series)]


def groups_of(size: Size, interval: int) -> list[dict]:
    """One rule asks for its own series only: no two share an expression."""
    return [{"name": f"g{group}", "interval": f"{interval}s", "step": f"{min(STEP, interval)}s",
             "rules": [{"record": f"load_{rule}",
                        "expr": f'{GAUGE}{{group="g{group}",rule="r{rule}"}}',
                        "labels": {"group": f"g{group}"}}
                       for rule in range(size.rules)]}
            for group in range(size.groups)]


def quantile(page: Page, before: Page, share: float) -> tuple[float, int]:
    """Of the slots between two scrapes, as histogram_quantile() has it; and how many there were."""
    counts = buckets(page, before)
    total = counts[-1][1]
    if total == 0:
        raise SystemExit(f"{LAG}: no slot was evaluated")
    lower, below = 0.0, 0.0
    for bound, count in counts:
        if count >= share * total:
            if bound == float("inf"):
                return lower, int(total)
            return lower + (bound - lower) * (share * total - below) / (count - below), int(total)
        lower, below = bound, count
    raise AssertionError("the last bucket has all")


def buckets(page: Page, before: Page) -> list[tuple[float, float]]:
    """Upper bound and count of each bucket, over all groups, of what came between two scrapes."""
    counts: dict[float, float] = {}
    for scrape, sign in ((page, 1), (before, -1)):
        for labels, value in scrape.all(LAG + "_bucket"):
            bound = float(labels["le"])
            counts[bound] = counts.get(bound, 0.0) + sign * value
    if not counts:
        raise SystemExit(f"the page has no {LAG}")
    return sorted(counts.items())


def total(page: Page, name: str) -> float:
    return sum(value for _, value in page.all(name))


def at_scale(folder: Path, size: Size, interval: int, slots: int) -> Scale:
    labels = labels_of(size)
    now = int(time.time())
    rules = write_rules(folder / "scale.yaml", groups_of(size, interval))
    with Prometheus() as server:
        write_gauges(server, labels, now - 600, now + AHEAD, STEP)
        print(f"  {size.groups} groups, {size.groups * size.rules} rules, {len(labels)} series",
              flush=True)
        restart(server)
        with Daemon(PROMETHEUS_URL=server.url, QUERIES=rules,
                    STORAGE_PATH=folder / "scale") as daemon:
            daemon.wait_until_ready(PATIENCE)
            meter = Meter(server, daemon.process.pid)
            before = Page(daemon.get(timeout=PATIENCE))
            costs = []
            for number in range(slots):
                time.sleep(interval)
                costs.append(meter.lap())
                print(f"  slot {number + 1} of {slots}: {costs[-1].own:.1f} s of CPU, and "
                      f"{costs[-1].server:.1f} s of the server's", flush=True)
            began = time.monotonic()
            text = daemon.get(timeout=PATIENCE)
            scrape, page = time.monotonic() - began, Page(text)
            late, evaluated = quantile(page, before, 0.99)
            memory = memory_of(daemon.process.pid)
            missed, failures = (
                total(page, name) - total(before, name) for name in
                ("downsampled_rule_group_iterations_missed_total",
                 "downsampled_rule_evaluation_failures_total"))
    return Scale(size, interval, costs, late, evaluated, missed, failures,
                 scrape, len(text), memory["VmRSS"], memory["VmHWM"])

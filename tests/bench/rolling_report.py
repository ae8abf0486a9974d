"""The results of the rolling benchmark as Markdown."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rolling_comparison import Cold
from rolling_cost import Cost
from rolling_memory import Kept
from rolling_scale import Scale
from rolling_ways import Rolling, Way

MARKS = ("<!-- made by make bench-rolling -->", "<!-- end of what it made -->")


@dataclass(frozen=True)
class Ways:
    series: int
    samples: int
    hours: float
    rolling: Rolling
    compared: dict[str, int]  # values that were equal to ours, by the name of the way
    ways: list[Way]  # ours is the last
    cold: Cold

    @property
    def ours(self) -> Way:
        return self.ways[-1]

    def times_our_cpu(self, way: Way) -> float:
        return mean(cost.cpu for cost in way.costs) / mean(cost.cpu for cost in self.ours.costs)


@dataclass(frozen=True)
class Flat:
    series: int
    interval: int
    costs: dict[str, list[Cost]]  # by window, the shortest first

    @property
    def factor(self) -> float:
        """The dearest window's mean against the cheapest's."""
        means = [mean(cost.cpu for cost in costs) for costs in self.costs.values()]
        return max(means) / min(means)


def mean(numbers: Iterable[float]) -> float:
    numbers = list(numbers)
    return sum(numbers) / len(numbers)


def seconds(value: float) -> str:
    return f"{1000 * value:.0f} ms" if value < 1 else f"{value:.1f} s"


def span(value: int) -> str:
    """A duration as a rule file has it."""
    for name, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if value % length == 0 and value > (length if name == "d" else 0):
            return f"{value // length}{name}"
    return f"{value}s"


def size(value: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(value) < 1024 or unit == "GiB":
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1024
    raise AssertionError("GiB are the last")


def count(value: float) -> str:
    return f"{value:,.0f}"


def both(numbers: Iterable[float], form=seconds) -> str:
    numbers = list(numbers)
    return f"{form(mean(numbers))} / {form(max(numbers))}"


def paragraph(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), 100, break_on_hyphens=False) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def ways_table(ways: Ways) -> str:
    """The columns are the ways; every pair is mean / worst."""
    columns = ways.ways
    nothing = "0: within the server"

    def row(name: str, cell) -> list[str]:
        return [name, *(cell(way) for way in columns)]

    return table(["one refresh, mean / worst", *(way.name for way in columns)], [
        row("CPU time, server and client", lambda way: both(c.cpu for c in way.costs)),
        row("of that, the client", lambda way: both(c.own for c in way.costs)
            if "own" in way.peaks else "none"),
        row("times the CPU time of downsampled", lambda way: f"{ways.times_our_cpu(way):.0f}"),
        row("time until it is complete",
            lambda way: both(way.seconds)),
        row("samples that the server reads", lambda way: both((c.samples for c in way.costs), count)
            if way is ways.ours else count(ways.cold.read_by_rules)),
        row("bytes between them", lambda way: both((c.moved for c in way.costs), size)
            if "own" in way.peaks else nothing),
        row("peak RSS of the server", lambda way: size(way.peaks["server"])),
        row("peak RSS of the client", lambda way: size(way.peaks["own"])
            if "own" in way.peaks else "none"),
        row("refreshes measured", lambda way: str(len(way.costs))),
    ])


def ways_text(ways: Ways) -> str:
    window, cold, rules = span(ways.rolling.window), ways.cold, ways.ways[0]
    equal = ", ".join(f"{number} of {name}" for name, number in ways.compared.items())
    refresh = paragraph(f"""
        {ways.series} series at a time, {ways.hours:g} h of history at 15 s ({count(ways.samples)}
        samples); the seven averages of the Seldon pack over {window}, refreshed every
        {span(ways.rolling.interval)}. First compared with downsampled, at the same timestamps:
        {equal}. All values are equal within 1e-12. Samples are what the server says it read; of
        subqueries it does not say it: those are of the same expressions over the same points.""")
    start = paragraph(f"""
        Filling the panes of {window} took {seconds(cold.seconds)}, from the start of the process to
        the first windows, and {seconds(cold.cost.cpu)} of CPU time, {seconds(cold.cost.own)} of it
        the daemon's; {len(cold.cost.queries)} queries, {size(cold.cost.moved)}. One evaluation of
        the recording rules takes {seconds(mean(rules.seconds))} and
        {seconds(mean(cost.cpu for cost in rules.costs))} of CPU time. So the first start takes
        {cold.seconds / mean(rules.seconds):.2f} times as long as one refresh by them, once. Peak
        RSS: server {size(cold.peaks["server"])}, daemon {size(cold.peaks["own"])}.""")
    return f"## A refresh\n\n{refresh}\n{ways_table(ways)}\n## The first start\n\n{start}"


def flat_text(flat: Flat) -> str:
    rows = [[name, both(c.cpu for c in costs), both(c.own for c in costs),
             both((c.samples for c in costs), count), both((c.moved for c in costs), size),
             str(len(costs))] for name, costs in flat.costs.items()]
    head = ["window", "CPU, server and daemon", "daemon alone", "samples read", "bytes",
            "refreshes"]
    text = paragraph(f"""
        {flat.series} series at 60 s, as they are, refreshed every {span(flat.interval)}; mean /
        worst. The dearest mean is {flat.factor:.2f} times the cheapest (aim: at most 1.2).""")
    return f"## The length of the window\n\n{text}\n{table(head, rows)}"


def memory_text(kept: Sequence[Kept]) -> str:
    rows = []
    for one in kept:
        few, many = sorted(one.resident)
        resident, journal = one.slope(one.resident), one.slope(one.journal)
        rows.append([one.case.name, f"{few} and {many}",
                     f"{size(one.resident[few])} and {size(one.resident[many])}", size(resident),
                     f"{resident / one.case.panes:.2f} B", f"{journal / one.case.panes:.2f} B"])
    head = ["window", "series", "RSS", "RSS a series", "RSS a series and pane",
            "journal a series and pane"]
    text = paragraph("""
        avg; the slopes between N and 2 N series. Aims: at most 2 KiB a series for 24h and 4 KiB for
        30d with the journal on disk; 16 bytes a series and pane with the journal in memory.""")
    return f"## Memory\n\n{text}\n{table(head, rows)}"


def scale_text(scale: Scale) -> str:
    groups, rules = scale.size.groups, scale.size.groups * scale.size.rules
    text = paragraph(f"""
        {count(groups)} groups, {count(rules)} rules and {count(rules * scale.size.series)}
        series on one daemon, every {span(scale.interval)}, against one Prometheus on the same CPUs.
        What has two numbers is of one slot of all groups, mean / worst.""")
    return f"## Many groups\n\n{text}\n" + table(["", ""], [
        ["slots", count(scale.slots)],
        ["slot lag, p99", seconds(scale.late)],
        ["slots missed", count(scale.missed)],
        ["rules failed", count(scale.failures)],
        ["CPU of the daemon", both(cost.own for cost in scale.costs)],
        ["CPU of the server", both(cost.server for cost in scale.costs)],
        ["queries", both((len(cost.queries) for cost in scale.costs), count)],
        ["a scrape, not compressed", f"{seconds(scale.scrape)}, {size(scale.page)}"],
        ["RSS of the daemon, now and at its peak",
         f"{size(scale.resident)} and {size(scale.peak)}"]])


def machine() -> str:
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    versions = subprocess.run(["dpkg-query", "-W", "-f=${Package} ${Version}, ", "prometheus",
                               "victoria-metrics"], capture_output=True, text=True, check=False)
    return (f"{os.cpu_count()} CPUs ({model[1] if model else platform.machine()}), "
            f"{versions.stdout.rstrip(', ')}")


def replace_between(path: Path, text: str) -> None:
    """Writes into the place that is marked for it; a file without the marks stays as it is."""
    before, begin, rest = path.read_text().partition(MARKS[0])
    _, end, after = rest.partition(MARKS[1])
    if begin and end:
        path.write_text(f"{before}{begin}\n{text}{end}{after}")

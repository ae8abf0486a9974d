"""What a rolling average keeps: memory for each series, on disk and without one.

The slope between daemons with N and with 2 N series leaves out what any daemon has. The server
makes its samples up, so that a month of them is there at once: doubles of 17 digits, no two of a
pane alike, which no compression makes small.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import fake_behaviors as fake
from daemon import Daemon, write_rules
from fake_prometheus import FakePrometheus
from page import page_of
from rolling_cost import memory_of, wait_for

MINUTE = 60
POOL = [repr(Random(number).uniform(1, 1e6)) for number in range(9973)]
PATIENCE = 900.0


@dataclass(frozen=True)
class Case:
    window: int  # seconds
    series: int  # N, and twice as many
    step: int
    on_disk: bool

    @property
    def name(self) -> str:
        length = (f"{self.window // 86400}d" if self.window > 86400 else
                  f"{self.window // 3600}h")
        return f"{length} at 1m, journal {'on disk' if self.on_disk else 'in memory'}"

    @property
    def panes(self) -> int:
        return self.window // MINUTE


@dataclass(frozen=True)
class Kept:
    """By the number of series: resident bytes, and bytes of the journal's file."""

    case: Case
    resident: dict[int, float]
    journal: dict[int, float]

    def slope(self, sizes: dict[int, float]) -> float:
        """Bytes a series."""
        few, many = sorted(sizes)
        return (sizes[many] - sizes[few]) / (many - few)


def noise(count: int) -> fake.Behavior:
    """That many series with a value of their own at every point."""
    def behave(exchange: fake.Exchange) -> None:
        heads = [f'[{at},"' for at in fake.grid_of(exchange.request)]
        first = int(exchange.request.form["start"].partition(".")[0]) // MINUTE * 7

        def one(number: int) -> str:
            values = (POOL[(first + number + place * 7) % len(POOL)]
                      for place in range(len(heads)))
            points = '"],'.join(map(str.__add__, heads, values))
            return f'{{"metric":{{"pod":"pod-{number}"}},"values":[{points}"]]}}'

        body = ",".join(map(one, range(count)))
        text = '{"status":"success","data":{"resultType":"matrix","result":[%s]}}' % body
        exchange.reply(200, text.encode(), {"Content-Type": "application/json"})
    return behave


@contextmanager
def keeping_daemons(folder: Path, cases: list[Case]) -> Iterator[dict[tuple[Case, int], Daemon]]:
    """Two for each case, once their windows are filled; one after the other."""
    with ExitStack() as stack:
        daemons = {}
        for number, case in enumerate(cases):
            for series in (case.series, 2 * case.series):
                server = stack.enter_context(FakePrometheus([noise(series)]))
                rules = write_rules(folder / f"kept-{number}.yaml", [
                    {"name": "kept", "interval": "1m", "window": f"{case.window}s",
                     "step": f"{case.step}s", "rules": [{"record": "kept", "expr": "load"}]}])
                settings = {"PROMETHEUS_URL": server.url, "QUERIES": rules}
                if case.on_disk:
                    settings["STORAGE_PATH"] = storage_of(folder, number, series)
                began = time.monotonic()
                daemon = stack.enter_context(Daemon(**settings))
                wait_for(f"the first window of {case.name}",
                         lambda: len(page_of(daemon).all("kept")) == series, PATIENCE)
                print(f"  {case.name}, {series} series: filled in "
                      f"{time.monotonic() - began:.1f} s", flush=True)
                daemons[case, series] = daemon
        yield daemons


def storage_of(folder: Path, number: int, series: int) -> Path:
    return folder / f"kept-{number}-{series}"


def kept_by(daemons: dict[tuple[Case, int], Daemon]) -> list[Kept]:
    """After a live slot or more: what stays."""
    found = {}
    for (case, series), daemon in daemons.items():
        kept = found.setdefault(case, Kept(case, {}, {}))
        kept.resident[series] = memory_of(daemon.process.pid)["VmRSS"]
        kept.journal[series] = page_of(daemon).value("downsampled_journal_size_bytes")
    return list(found.values())

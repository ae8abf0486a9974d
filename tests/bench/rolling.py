"""Rolling averages, refreshed every minute: downsampled against recording rules and vmalert.

One run: the same simulated cluster in one real Prometheus, the same averages in three ways, which
must be equal before anything is printed of what they cost; then what the length of the window
costs, what is kept in memory, and many groups. Writes rolling.md and rolling.svg into --output.
Nothing here passes or fails by its speed; values that differ make the exit code 1.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Collection
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "e2e")]

from rolling_cluster import FLAGS, write_cluster  # noqa: E402
from rolling_comparison import Downsampled, newest, took  # noqa: E402
from rolling_cost import Cost, Meter, each_refresh, wait_for  # noqa: E402
from rolling_flat import flat_daemons  # noqa: E402
from rolling_memory import Case, keeping_daemons, kept_by  # noqa: E402
from rolling_plot import bars  # noqa: E402
from rolling_report import (  # noqa: E402
    Flat, Ways, flat_text, machine, mean, memory_text, paragraph, replace_between, scale_text,
    seconds, span, ways_table, ways_text)
from rolling_scale import Size, at_scale  # noqa: E402
from rolling_ways import Rolling, by_recording_rules, by_vmalert, finding_shift  # noqa: E402
from servers import Prometheus  # noqa: E402

DAY = 86400
PARTS = ("ways", "flat", "memory", "scale")
QUERY_OFFSET = 150  # of the pack: an evaluation begins so long after a multiple of the interval


@dataclass(frozen=True)
class Extent:
    """How much of everything."""

    models: int
    hours: float
    rolling: Rolling
    by_rules: int  # refreshes by each of the other ways
    refreshes: int
    flat_series: int
    flat_windows: dict[str, int]
    settle: float  # seconds after a start in which Prometheus still tidies up
    kept: list[Case]
    scale: Size
    slots: int


FULL = Extent(66, 25, Rolling(DAY, 60), 3, 5, 500, {"1h": 3600, "24h": DAY, "7d": 7 * DAY}, 70,
              [Case(DAY, 1000, 15, True), Case(30 * DAY, 500, 60, True),
               Case(DAY, 1000, 15, False)], Size(1000, 10, 20), 4)
SHORT = Extent(4, 1.2, Rolling(3600, 15), 2, 3, 50, {"10m": 600, "1h": 3600}, 0,
               [Case(3600, 200, 15, True), Case(3600, 200, 15, False)], Size(20, 5, 20), 2)


def say(text: str) -> None:
    print(f"== {time.strftime('%H:%M:%S')} {text}", flush=True)


class Run:
    """The parts of the benchmark; what is dear comes before or after what is measured."""

    def __init__(self, extent: Extent, parts: Collection[str], folder: Path):
        self._extent, self._parts, self._folder = extent, parts, folder
        self.found: dict[str, object] = {}

    def all(self) -> None:
        if "ways" in self._parts:
            self._ways()
        elif {"flat", "memory"} & set(self._parts):
            self._steady({}, lambda: None)
        if "scale" in self._parts:
            say("many groups")
            self.found["scale"] = at_scale(self._folder, self._extent.scale,
                                           self._extent.rolling.interval, self._extent.slots)

    def _ways(self) -> None:
        extent, rules = self._extent, self._folder / "rules.yaml"
        with Prometheus(flags=FLAGS, compacts=True) as server:
            with finding_shift(rules, extent.rolling.interval) as shift_of:
                say(f"{extent.hours:g} h of history")
                series, samples = write_cluster(server, extent.models, extent.hours)
                print(f"  {series} series, {samples} samples", flush=True)
                shift = shift_of()
            ours = Downsampled(server, self._folder, extent.rolling)
            say("the first start")
            cold = ours.cold_start()
            print(f"  filled in {cold.seconds:.1f} s, {cold.cost.cpu:.1f} s of CPU", flush=True)
            self._refreshes(ours)
            say("recording rules")
            others = [by_recording_rules(server, rules, extent.rolling, shift, extent.by_rules),
                      by_vmalert(server, self._folder, extent.rolling, extent.by_rules)]
            say("the same windows by downsampled, which catches up with them")
            compared = ours.catch_up(others)
            print(f"  equal values: {compared}", flush=True)
            self.found["ways"] = Ways(series, samples, extent.hours, extent.rolling, compared,
                                      [*others, ours.way], cold)

    def _refreshes(self, ours: Downsampled) -> None:
        with ours.running() as (daemon, meter):
            wait_for("what it missed", lambda: newest(daemon) > time.time() - 240, 120)
            ends = []

            def refreshed() -> None:
                ends.append(newest(daemon))
                ours.way.seconds.append(took(daemon))

            laps = self._steady({ours.way.name: meter}, refreshed)
            ours.way.costs, ours.way.peaks = laps[ours.way.name], meter.peaks()
            if ends[-1] - ends[0] != self._extent.rolling.interval * (len(ends) - 1):
                raise SystemExit(f"windows end at {ends}: a refresh is missing")

    def _steady(self, meters: dict[str, Meter], then: Callable[[], None]) -> dict[str, list[Cost]]:
        """Refreshes of all that costs little enough not to disturb the others."""
        extent, folder, interval = self._extent, self._folder, self._extent.rolling.interval
        with ExitStack() as stack:
            flat, kept, settled = {}, {}, 0.0
            if "flat" in self._parts:
                say("windows of other lengths")
                flat = stack.enter_context(
                    flat_daemons(folder, extent.flat_series, extent.flat_windows, interval))
                settled = time.monotonic() + extent.settle
            if "memory" in self._parts:
                say("what is kept")
                kept = stack.enter_context(keeping_daemons(folder, extent.kept))
            time.sleep(max(0, settled - time.monotonic()))
            say(f"a refresh every {span(interval)}")
            laps = each_refresh({**meters, **flat}, extent.refreshes, interval,
                                QUERY_OFFSET + 0.8 * interval, then)
            if flat:
                self.found["flat"] = Flat(extent.flat_series, interval,
                                          {name: laps[name] for name in flat})
            if kept:
                self.found["memory"] = kept_by(kept)
            return laps


def report(found: dict[str, object]) -> str:
    texts = {"ways": ways_text, "flat": flat_text, "memory": memory_text, "scale": scale_text}
    how = paragraph(f"""
        Made by `make bench-rolling` on {time.strftime('%Y-%m-%d', time.gmtime())}: {machine()}.
        Every server and client ran on that one machine. CPU time is user and system time.
        The samples of the minutes to come are written beforehand, so that history moves on and
        nothing but the refreshes costs CPU time. Recording rules and vmalert ask for windows that
        ended 3 minutes ago, because the pack looks 2 minutes past its points.""")
    parts = "\n".join(texts[name](found[name]) for name in PARTS if name in found)
    plot = "![CPU time of one refresh](rolling.svg)\n"
    return f"# Rolling windows, measured\n\n{how}\n{plot}\n{parts}"


def picture(found: dict[str, object]) -> str:
    rows = []
    if "ways" in found:
        result: Ways = found["ways"]
        rows += [(f"{way.name}, {span(result.rolling.window)}", mean(c.cpu for c in way.costs),
                  f"{seconds(mean(c.cpu for c in way.costs))}"
                  + (f" ({result.times_our_cpu(way):.0f} times)" if way is not result.ours else ""))
                 for way in result.ways]
    if "flat" in found:
        flat: Flat = found["flat"]
        rows += [(f"downsampled, {flat.series} series, {name}", mean(c.cpu for c in costs),
                  seconds(mean(c.cpu for c in costs))) for name, costs in flat.costs.items()]
    return bars("CPU time of one refresh, server and client, on a logarithmic axis", rows,
                "downsampled")


def write(found: dict[str, object], text: str, output: Path, readme: Path | None) -> None:
    output.mkdir(parents=True, exist_ok=True)
    (output / "rolling.md").write_text(text)
    (output / "rolling.svg").write_text(picture(found))
    if readme and "ways" in found:
        replace_between(readme, ways_table(found["ways"]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=Path, default=ROOT / "build" / "downsampled")
    parser.add_argument("--short", action="store_true", help="a little of everything, in 5 minutes")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--output", type=Path, help="a folder for rolling.md and rolling.svg")
    parser.add_argument("--readme", type=Path, help="a file with a marked place for the table")
    options = parser.parse_args()
    os.environ["DOWNSAMPLED_BINARY"] = str(options.binary.resolve())
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="rolling-") as name:
        run = Run(SHORT if options.short else FULL, options.only, Path(name))
        run.all()
    text = report(run.found)
    print(f"\n{text}", flush=True)
    if options.output:
        write(run.found, text, options.output, options.readme)
    say(f"done in {(time.monotonic() - began) / 60:.1f} minutes")
    return 0


if __name__ == "__main__":
    sys.exit(main())

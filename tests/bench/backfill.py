"""Backfill against promtool: the same averages of the same history, by the same Prometheus.

`promtool tsdb create-blocks-from rules` evaluates recording rules that come to the same numbers as
the shipped rules, at a time of the hour that follows from the group's name; the shipped rules get
an eval_offset for it. Both results are imported and compared first; then prints times, the CPU time
of the server, which is what bounds both where it has few CPUs, and peak memory.

A month of the whole simulated cluster, by as many queries at once as is the default; before it,
in much less time, a few days of a few models, with one query at a time too.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "e2e")]

import yaml  # noqa: E402
from backfill_oracle import HOUR, pack_rules  # noqa: E402
from backfill_world import DAY, FEW, server_with  # noqa: E402
from oracle import by_labels  # noqa: E402
from pack_evaluators import PACK  # noqa: E402
from recording_rules import recording_rule  # noqa: E402
from servers import Prometheus  # noqa: E402
from simulation.world import EPOCH  # noqa: E402

MONTH, FEW_DAYS = 30, 2
PREFIX = "baseline:"
PRECISION = 1e-12


@dataclass(frozen=True)
class Cost:
    seconds: float
    server_cpu: float
    own_cpu: float
    peak: float  # MB


def cpu_of(server: Prometheus) -> float:
    """User and system time so far, in seconds."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cost_of(command: list, server: Prometheus, log: Path, **variables: str) -> Cost:
    before, start = cpu_of(server), time.monotonic()
    with log.open("wb") as out:
        process = subprocess.Popen([str(word) for word in command], stdout=out, stderr=out,
                                   env={"PATH": os.environ["PATH"]} | variables)
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"{command[0]}: {log.read_text()[-2000:]}")
    return Cost(seconds, cpu_of(server) - before, usage.ru_utime + usage.ru_stime,
                usage.ru_maxrss / 1000)


def by_promtool(server: Prometheus, end: float, folder: Path, blocks: Path) -> Cost:
    file = folder / "recording.yaml"
    rules = [recording_rule(rule, PREFIX, HOUR) for rule in pack_rules()]
    group = {"name": "baseline", "interval": "1h", "rules": rules}
    file.write_text(yaml.safe_dump({"groups": [group]}))
    return cost_of(["promtool", "tsdb", "create-blocks-from", "rules", f"--url={server.url}",
                    f"--start={EPOCH + HOUR:.0f}", f"--end={end:.0f}", f"--output-dir={blocks}",
                    "--eval-interval=1h", file], server, folder / "promtool.log")


def first_end(blocks: Path) -> float:
    """When the first window ends whose average is in the blocks."""
    metas = (json.loads(path.read_text()) for path in blocks.glob("*/meta.json"))
    return min(meta["minTime"] for meta in metas) / 1000


def shifted_pack(path: Path, offset: float) -> Path:
    """The shipped rules, with windows that end so many seconds after the hour."""
    pack = yaml.safe_load(PACK.read_text())
    for group in pack["groups"]:
        group["eval_offset"] = f"{round(offset * 1000)}ms"
    path.write_text(yaml.safe_dump(pack))
    return path


def by_backfill(binary: Path, server: Prometheus, rules: Path, end: float, output: Path,
                concurrency: int) -> Cost:
    return cost_of([binary, "backfill", f"--from={EPOCH:.0f}", f"--to={end:.0f}",
                    f"--output={output}"], server, output.with_suffix(".log"),
                   PROMETHEUS_URL=server.url, QUERIES=str(rules), TIME_PERIOD="1h",
                   QUERY_CONCURRENCY=str(concurrency))


def compare(output: Path, blocks: Path, first: float, end: float) -> int:
    """How many samples both have, all of them equal; else ends the program."""
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet", output,
                    blocks], check=True, stdout=subprocess.DEVNULL)
    compared = 0
    with Prometheus(blocks=blocks) as server:
        for rule in pack_rules():
            ours, theirs = (by_labels(server.query_range(name, first, end, HOUR))
                            for name in (rule.record, PREFIX + rule.record))
            if ours.keys() != theirs.keys():
                raise SystemExit(f"{rule.record}: {ours.keys() ^ theirs.keys()} not in both")
            for labels, samples in ours.items():
                near = all(math.isclose(value, theirs[labels].get(at, math.nan), rel_tol=PRECISION)
                           for at, value in samples.items())
                if not near or samples.keys() != theirs[labels].keys():
                    raise SystemExit(f"{rule.record} {sorted(labels)}: not the same samples")
                compared += len(samples)
    return compared


def line(name: str, cost: Cost) -> str:
    return (f"{name:34} {cost.seconds:>8.1f} s {cost.server_cpu:>10.1f} s {cost.own_cpu:>8.1f} s "
            f"{cost.peak:>8.1f} MB")


def measure(binary: Path, days: int, cases: Collection[str], concurrency: list[int]) -> None:
    end = EPOCH + days * DAY
    with tempfile.TemporaryDirectory() as name, server_with(days, cases, compacts=True) as server:
        folder = Path(name)
        blocks = folder / "blocks"
        blocks.mkdir()
        theirs = by_promtool(server, end, folder, blocks)
        first = first_end(blocks)
        rules = shifted_pack(folder / "shifted.yaml", first % HOUR)
        ours = {one: by_backfill(binary, server, rules, end, folder / f"{one}.om", one)
                for one in concurrency}
        usual = concurrency[0]
        count = compare(folder / f"{usual}.om", blocks, first, end)
    print(f"{days} days, 7 rules, windows of 1 h: {count} samples, equal within "
          f"{PRECISION:g}; {os.cpu_count()} CPUs for server and client")
    print(f"{'':34} {'time':>10} {'CPU server':>12} {'own CPU':>10} {'peak RSS':>11}")
    print(line("promtool create-blocks-from rules", theirs))
    for concurrency, cost in ours.items():
        print(line(f"backfill, --query.concurrency={concurrency}", cost))
    ratio, cpu = (theirs.seconds / ours[usual].seconds,
                  theirs.server_cpu / ours[usual].server_cpu)
    print(f"promtool takes {ratio:.1f} times as long (aim: at least 3), and {cpu:.1f} times the "
          "CPU time of the server", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=Path, default=ROOT / "build" / "downsampled")
    parser.add_argument("--days", type=int, default=MONTH, help="of the whole cluster")
    parser.add_argument("--concurrency", type=int, nargs="+", default=[4, 1],
                        help="for the few models; the first for the whole cluster")
    options = parser.parse_args()
    print("-- a few models", flush=True)
    measure(options.binary, min(options.days, FEW_DAYS), FEW, options.concurrency)
    print("-- all cases of the simulated cluster", flush=True)
    measure(options.binary, options.days, (), options.concurrency[:1])
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Runs every benchmark and prints, in one run, each against its named baseline.

Nothing here passes or fails; a benchmark that cannot run makes the exit code 1.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BASELINE = "simdjson_walk"
VALUES = {"0": "17 digits", "1": "integers", "2": "mixed"}


def decoding(program: Path) -> int:
    """Throughput by body, and its ratio to a bare simdjson walk of the same bytes."""
    done = subprocess.run([program, "--benchmark_format=json"], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        return 1
    runs = {}
    for run in json.loads(done.stdout)["benchmarks"]:
        name, values, samples = run["name"].split("/")[:3]
        body = (VALUES[values.partition(":")[2]], int(samples.partition(":")[2]))
        runs.setdefault(name, {})[body] = run["bytes_per_second"]
    print(f"{'':38} {'values':>10} {'samples a series':>17} {'GB/s':>6} {'ratio':>6}")
    for name, bodies in runs.items():
        for body, speed in bodies.items():
            print(f"{name:38} {body[0]:>10} {body[1]:>17} {speed / 1e9:>6.2f} "
                  f"{speed / runs[BASELINE][body]:>6.2f}")
    return 0


def run(*command: object) -> int:
    return subprocess.run([str(word) for word in command], cwd=ROOT).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, required=True)
    build = parser.parse_args().build.resolve()
    programs = build / "tests" / "bench"
    failed = 0
    print("== decode and aggregate a 21 MB matrix, against a bare simdjson walk of it", flush=True)
    failed += decoding(programs / "decode_bench") != 0
    print("\n== scrapes of 100,000 series, against prometheus-cpp's own Exposer", flush=True)
    failed += run(programs / "scrape_bench") != 0
    print("\n== windows into the journal, against the same as text", flush=True)
    failed += run(programs / "journal_bench") != 0
    print("\n== memory of the daemon", flush=True)
    failed += run(sys.executable, "tests/bench/memory.py", "--binary", build / "downsampled") != 0
    print("\n== backfill, against promtool tsdb create-blocks-from rules", flush=True)
    failed += run(sys.executable, "tests/bench/backfill.py", "--binary", build / "downsampled") != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

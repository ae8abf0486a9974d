"""Runs every benchmark and prints their tables: decoding, scraping, memory.

Each prints its baseline and the ratio in the same run. Nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, required=True)
    build = parser.parse_args().build.resolve()
    programs = build / "tests" / "bench"
    commands = {
        "decode and aggregate against a bare simdjson walk": [programs / "decode_bench"],
        "scrapes against prometheus-cpp's Exposer": [programs / "scrape_bench"],
        "memory": [sys.executable, ROOT / "tests" / "bench" / "memory.py",
                   "--binary", build / "downsampled"],
    }
    failed = 0
    for title, command in commands.items():
        print(f"\n== {title}", flush=True)
        failed += subprocess.run(command, cwd=ROOT).returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""Runs every test and prints the true counts of all of them as the last line.

The unit tests are doctest programs that Meson built, the end-to-end tests are pytest's. Counts are
read from what the runners report; a program that dies without a report counts as one failure.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROCESSES = 1 + (os.cpu_count() or 1)  # the tests mostly wait, for slots and servers
DOCTEST = re.compile(r"test cases:\s*\d+ \|\s*(\d+) passed \|\s*(\d+) failed \|\s*(\d+) skipped")


def unit_tests(build: Path, wrapper: list[str]) -> list[int]:
    """Runs the unit tests; [passed, failed, skipped]."""
    counts = [0, 0, 0]
    listing = subprocess.run(["meson", "introspect", "--tests", build], check=True,
                             capture_output=True, text=True).stdout
    for test in json.loads(listing):
        environment = {**os.environ, **test["env"]}
        try:
            done = subprocess.run(wrapper + test["cmd"], cwd=ROOT, text=True, timeout=900,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  env=environment, errors="replace")
            output, code = done.stdout, done.returncode
        except subprocess.TimeoutExpired as late:
            output, code = f"{late}\n", -1
        found = DOCTEST.search(output)
        reported = [int(count) for count in found.groups()] if found else [0, 0, 0]
        if code != 0 and reported[1] == 0:
            reported[1] = 1
        print(f"{'ok  ' if code == 0 else 'FAIL'} {test['name']}: {reported[0]} passed, "
              f"{reported[1]} failed, {reported[2]} skipped", flush=True)
        if code != 0:
            print(output, flush=True)
        counts = [a + b for a, b in zip(counts, reported)]
    return counts


def end_to_end_tests(build: Path, wrapper: list[str], arguments: list[str]) -> list[int]:
    """Runs the end-to-end tests; [passed, failed, skipped]."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        # The seed is the same in each of pytest's processes, which must find the same tests.
        seed = os.environ.get("DOWNSAMPLED_SEED") or str(random.SystemRandom().randrange(10**6))
        environment = {**os.environ, "DOWNSAMPLED_BINARY": str(build.resolve() / "downsampled"),
                       "DOWNSAMPLED_WRAPPER": " ".join(wrapper), "DOWNSAMPLED_SEED": seed,
                       "PYTHONDONTWRITEBYTECODE": "1"}
        print(f"DOWNSAMPLED_SEED={seed}", flush=True)
        code = subprocess.run([sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider",
                               f"--numprocesses={PROCESSES}", "--dist=loadgroup",
                               f"--junitxml={report}", *arguments],
                              cwd=ROOT, env=environment).returncode
        if not report.exists():
            return [0, 1, 0]
        suites = list(xml.parse(report).getroot().iter("testsuite"))
    total, failed, skipped = (sum(int(suite.get(key, 0)) for suite in suites) for key in
                              ("tests", "failures", "skipped"))
    failed += sum(int(suite.get("errors", 0)) for suite in suites)
    if code != 0 and failed == 0:
        failed = 1
    return [max(0, total - failed - skipped), failed, skipped]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--wrapper", default="", help="a command that runs the programs, as setarch -R")
    parser.add_argument("--unit-only", action="store_true")
    parser.add_argument("pytest", nargs="*", default=["tests/e2e", "tests/helm", "tests/image"],
                        help="arguments for pytest")
    options = parser.parse_args()
    wrapper = options.wrapper.split()
    counts = unit_tests(options.build, wrapper)
    if not options.unit_only:
        found = end_to_end_tests(options.build, wrapper, options.pytest)
        counts = [a + b for a, b in zip(counts, found)]
    passed, failed, skipped = counts
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())

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
MOST_AGAIN = 10  # failures of a run that are tried again: docs/decisions/0010
TEST = re.compile(r"\w+(?:\[.*\])?", re.DOTALL)  # without pytest-xdist's "@group" after it
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


def pytest_run(environment: dict[str, str], arguments: list[str]) -> tuple[int, dict[str, str]]:
    """pytest's exit code, and what became of each test: passed, failed or skipped."""
    found: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        code = subprocess.run([sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider",
                               f"--junitxml={report}", *arguments],
                              cwd=ROOT, env=environment).returncode
        cases = xml.parse(report).getroot().iter("testcase") if report.exists() else ()
        for case in cases:  # one that fails both in its body and after it is there twice
            name = TEST.match(case.get("name", ""))
            test = f"{case.get('classname', '').replace('.', '/')}.py::{name[0] if name else ''}"
            marks = {child.tag for child in case}
            failed = found.get(test) == "failed" or marks & {"failure", "error"}
            found[test] = "failed" if failed else "skipped" if "skipped" in marks else "passed"
    return code, found


def end_to_end_tests(build: Path, wrapper: list[str], arguments: list[str]) -> list[int]:
    """Runs the end-to-end tests; [passed, failed, skipped]."""
    # The seed is the same in each of pytest's processes, which must find the same tests.
    seed = os.environ.get("DOWNSAMPLED_SEED") or str(random.SystemRandom().randrange(10**6))
    environment = {**os.environ, "DOWNSAMPLED_BINARY": str(build.resolve() / "downsampled"),
                   "DOWNSAMPLED_WRAPPER": " ".join(wrapper), "DOWNSAMPLED_SEED": seed,
                   "PYTHONDONTWRITEBYTECODE": "1"}
    print(f"DOWNSAMPLED_SEED={seed}", flush=True)
    code, found = pytest_run(environment, [f"--numprocesses={PROCESSES}", "--dist=loadgroup",
                                           *arguments])
    failed = [test for test, outcome in found.items() if outcome == "failed"]
    if 0 < len(failed) <= MOST_AGAIN:
        print(f"{len(failed)} failed; once more, alone on the machine", flush=True)
        for test, outcome in pytest_run(environment, failed)[1].items():
            if outcome == "passed" and found.get(test) == "failed":
                found[test] = outcome
                print(f"UNSTEADY {test}: failed beside others, passed alone", flush=True)
    counts = [sum(outcome == kind for outcome in found.values())
              for kind in ("passed", "failed", "skipped")]
    if code not in (0, 1) and counts[1] == 0:  # pytest's own codes: 1 says that tests failed
        counts[1] = 1
    return counts


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

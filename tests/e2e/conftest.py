"""Fixtures that several test files share."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random, SystemRandom

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import known_series  # noqa: E402
from random_series import END, EPOCH, random_history, write_in_time_order  # noqa: E402
from servers import Prometheus  # noqa: E402

# Another one each time; a failure prints it, and DOWNSAMPLED_SEED brings it back.
SEED = int(os.environ.get("DOWNSAMPLED_SEED") or SystemRandom().randrange(10**6))


def pytest_report_header() -> str:
    return f"DOWNSAMPLED_SEED={SEED}"


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> None:
    if call.excinfo is not None and "seed" in getattr(item, "fixturenames", ()):
        item.add_report_section(call.when, "seed", f"DOWNSAMPLED_SEED={SEED}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests have measured: record_property("measured", ...), wherever they ran."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, value in report.user_properties:
                if name == "measured":
                    test = report.nodeid.partition("@")[0]  # without pytest-xdist's group
                    terminalreporter.write_line(f"{test}: {value}")


@pytest.fixture(scope="session")
def seed() -> int:
    return SEED


@pytest.fixture(scope="session")
def random_server(seed: int) -> Iterator[Prometheus]:
    """A Prometheus with the random series."""
    with Prometheus() as server:
        history = random_history(Random(f"{seed}:series"), EPOCH, END)
        write_in_time_order(server.remote_write_url, history)
        yield server


@pytest.fixture(scope="module")  # its samples end an hour after the start
def known_server() -> Iterator[Prometheus]:
    """A Prometheus whose samples are known beforehand, those of the next hour too."""
    with known_series.start_server(time.time()) as server:
        yield server

"""The demo of the README: a table of models, hours of history behind it, nothing left after it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import daemon
import pytest
from daemon import ROOT
from page import wait_for
from servers import free_port

DEMO = ROOT / "tests" / "simulation" / "demo.py"
HOUR = 3600
PATIENCE = 240.0  # writes hours of history first; a sanitizer's build is slow


class Demo:
    """The running program; what it prints goes to a file."""

    def __init__(self, directory: Path):
        self.address = f"127.0.0.1:{free_port()}"
        *wrapper, binary = daemon.command()
        self.directory = directory
        self._output = directory / "output"
        with self._output.open("wb") as output, (directory / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [*wrapper, sys.executable, DEMO, "--daemon", binary],
                env=daemon.environment({"LISTEN_ADDRESS": self.address, "TMPDIR": directory}),
                stdout=output, stderr=log, start_new_session=True)

    def output(self) -> str:
        return self._output.read_text()

    def wait_for_output(self, pattern: str) -> re.Match:
        def found() -> re.Match | None:
            assert self.process.poll() is None, self.output()
            return re.search(pattern, self.output(), re.M)

        return wait_for(found, PATIENCE, 0.2)

    def processes(self) -> list[int]:
        """Those of its session, which nothing that it starts leaves."""
        return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc")))
                if session_of(pid) == self.process.pid]


def session_of(pid: int) -> int | None:
    """None where there is no such process any more."""
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    running = Demo(tmp_path_factory.mktemp("demo"))
    yield running
    for pid in running.processes():
        os.kill(pid, signal.SIGKILL)
    running.process.wait(10)


def rows(output: str) -> list[list[str]]:
    """The lines of the first table, without its head."""
    table = re.search(r"^namespace +name .*\n((?:.+\n)+)", output, re.M)
    return [line.split() for line in table[1].splitlines()]


def test_prints_a_table_of_models(demo: Demo) -> None:
    demo.wait_for_output(rf"http://{re.escape(demo.address)}/metrics")
    models = rows(demo.output())
    assert len(models) >= 10 and len({model[0] for model in models}) >= 2
    # Behind the two names, the averages of containers and of CPU use.
    assert all(float(model[-7]) >= 0 for model in models), models
    assert sum(float(model[-6]) > 0 for model in models if model[-6] != "-") >= 10, models
    with urllib.request.urlopen(f"http://{demo.address}/metrics", timeout=10) as response:
        assert "\nmodel_containers_average{" in response.read().decode()


def test_has_hours_of_history(demo: Demo) -> None:
    url = demo.wait_for_output(r"Seldon cluster: (http://127\.0\.0\.1:\d+)$")[1]
    end = int(time.time())
    body = urllib.parse.urlencode({"query": "count(kube_pod_info)", "start": end - 2 * HOUR,
                                   "end": end, "step": 60})
    with urllib.request.urlopen(f"{url}/api/v1/query_range", body.encode(), timeout=30) as response:
        (pods,) = json.load(response)["data"]["result"]
    assert len(pods["values"]) == 2 * HOUR / 60 + 1
    assert all(float(count) >= 10 for _, count in pods["values"])


def test_ends_with_all_that_it_started(demo: Demo) -> None:
    started = demo.processes()
    assert len(started) >= 3  # itself, Prometheus, the daemon
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(10) == 0
    for _ in range(50):  # the last of them may still have to be reaped
        if not demo.processes() and all(session_of(pid) is None for pid in started):
            break
        time.sleep(0.1)
    assert demo.processes() == []
    assert all(session_of(pid) is None for pid in started)
    assert list(demo.directory.glob("prometheus-*")) == []

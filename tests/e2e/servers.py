"""Real Prometheus and VictoriaMetrics servers on free loopback ports, for tests and the demo.

    with Prometheus() as server:
        write_history(history, server.remote_write_url)
        server.query_range("up", start, end, 15)
"""

from __future__ import annotations

import ctypes
import json
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from random import SystemRandom

START_TIMEOUT = 60.0


def free_port() -> int:
    """Below those that the kernel hands out, so that nobody gets it until it is listened on."""
    while True:
        port = SystemRandom().randrange(10_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def _end_with_parent() -> None:
    """Runs in the child: a test run that is killed leaves no server behind (prctl(2), Linux)."""
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)


class QueryError(Exception):
    """The server's own words for why a query failed."""


class Server:
    """A server process with a data directory of its own, both gone at stop()."""

    ready_path = "/-/ready"

    def __init__(self, command: list[str], port: int, directory: Path):
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.directory = directory
        self._command = command
        self._log = open(directory / "log", "wb")
        self.start()

    def start(self) -> None:
        """Also after halt(), with the same data and on the same port."""
        self.process = subprocess.Popen(
            self._command,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            cwd=self.directory,
            preexec_fn=_end_with_parent,
        )
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.process.args[0]} ended: {self.log_tail()}")
            try:
                with urllib.request.urlopen(self.url + self.ready_path, timeout=2):
                    return
            except OSError:
                time.sleep(0.05)
        raise TimeoutError(f"{self.process.args[0]} is not ready: {self.log_tail()}")

    def log_tail(self) -> str:
        return (self.directory / "log").read_text(errors="replace")[-2000:]

    def halt(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def stop(self) -> None:
        self.halt()
        self._log.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def flush(self) -> None:
        """Makes what was written visible to queries at once."""

    def _ask(self, path: str, **parameters) -> list[dict]:
        body = urllib.parse.urlencode(parameters).encode()
        request = urllib.request.Request(f"{self.url}/api/v1/{path}", body)
        try:
            with urllib.request.urlopen(request, timeout=120) as response:
                answer = json.load(response)
        except urllib.error.HTTPError as error:
            raise QueryError(error.read().decode(errors="replace")) from error
        return answer["data"]["result"]

    def query(self, expression: str, at: float) -> list[tuple[dict[str, str], float]]:
        """An instant query that answers a vector: (labels, value) pairs."""
        result = self._ask("query", query=expression, time=at)
        return [(one["metric"], float(one["value"][1])) for one in result]

    def query_range(
        self, expression: str, start: float, end: float, step: float
    ) -> list[tuple[dict[str, str], dict[float, float]]]:
        """A range query: (labels, {time: value}) pairs."""
        result = self._ask("query_range", query=expression, start=start, end=end, step=step)
        return [(one["metric"], {float(t): float(v) for t, v in one["values"]}) for one in result]

    def range_samples(
        self, selector: str, at: float
    ) -> list[tuple[dict[str, str], dict[float, float]]]:
        """The samples of a range selector, such as up[5m], with their own times."""
        result = self._ask("query", query=selector, time=at)
        return [(one["metric"], {float(t): float(v) for t, v in one["values"]}) for one in result]


class Prometheus(Server):
    """Takes remote write; scrapes what `config` (YAML text) says.

    `history` is OpenMetrics text, which is there from the start; it may reach into the future. So
    are copies of the `blocks` in a directory. `program`: another one than Debian's.

    Unless it `compacts`, what is written stays in the head: where the head is cut, Prometheus may
    lose the first sample of a series that is new, or have a series twice (prometheus/prometheus#16333
    and #9879), and a day of history that is written in seconds cuts it often.
    """

    def __init__(self, config: str = "", flags: tuple[str, ...] = (), history: str = "",
                 blocks: Path | None = None, program: str = "prometheus",
                 retention: str = "10y", compacts: bool = False):
        directory = Path(tempfile.mkdtemp(prefix="prometheus-"))
        (directory / "prometheus.yml").write_text(config)
        if blocks:
            shutil.copytree(blocks, directory / "data")
        if history:
            (directory / "history.om").write_text(history)
            subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet",
                            directory / "history.om", directory / "data"], check=True,
                           stdout=subprocess.DEVNULL)
        port = free_port()
        super().__init__(
            [
                program,
                f"--config.file={directory}/prometheus.yml",
                f"--storage.tsdb.path={directory}/data",
                f"--storage.tsdb.retention.time={retention}",
                "--storage.tsdb.wal-compression",
                f"--web.listen-address=127.0.0.1:{port}",
                "--web.enable-remote-write-receiver",
                "--log.level=warn",
                *([] if compacts else ["--storage.tsdb.min-block-duration=60d"]),
                *flags,
            ],
            port,
            directory,
        )
        self.remote_write_url = self.url + "/api/v1/write"


class VictoriaMetrics(Server):
    ready_path = "/health"

    def __init__(self, flags: tuple[str, ...] = ()):
        directory = Path(tempfile.mkdtemp(prefix="victoria-metrics-"))
        port = free_port()
        super().__init__(
            [
                "victoria-metrics",
                f"-storageDataPath={directory}/data",
                f"-httpListenAddr=127.0.0.1:{port}",
                "-retentionPeriod=100y",
                "-search.latencyOffset=0s",
                "-search.disableCache",
                "-loggerLevel=WARN",
                *flags,
            ],
            port,
            directory,
        )
        self.remote_write_url = self.url + "/api/v1/write"

    def flush(self) -> None:
        with urllib.request.urlopen(self.url + "/internal/force_flush", timeout=60):
            pass

"""A Prometheus with hours of history of the simulated cluster, and live exporters to go on with.

As a program, it also runs the daemon against it and prints what that says, until Ctrl-C:

    demo.py --daemon build/downsampled [--history-hours 3] [--scrape-interval 10] [daemon's flags]
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "e2e")]

import exposition_text  # noqa: E402
from servers import Prometheus  # noqa: E402
from simulation.cases import case_cluster, living  # noqa: E402
from simulation.exporters import LiveExporters  # noqa: E402
from simulation.exposition import cadvisor, kube_state_metrics  # noqa: E402
from simulation.pods import NODES  # noqa: E402
from simulation.scraping import History, Target, write_history  # noqa: E402
from simulation.truth import RULES  # noqa: E402

CYCLE = 900.0  # models come and go while one watches
LASTS = 7 * 86400.0
TARGETS = (("kube-state-metrics", "ksm-0:8080", "/ksm-0/metrics"),) + tuple(
    ("kubelet", f"{node}:10250", f"/{node}/metrics/cadvisor") for node in NODES
)


class DemoPrometheus:
    """The server at `url` and the exporters behind it; both end with stop()."""

    def __init__(self, prometheus: Prometheus, exporters: LiveExporters):
        self.url = prometheus.url
        self.server = prometheus
        self._exporters = exporters

    def stop(self) -> None:
        self.server.stop()
        self._exporters.stop()


def start_demo(history_hours: float = 3.0, scrape_interval: float = 10.0) -> DemoPrometheus:
    """Ready when it returns: the history reaches up to now, and live scrapes follow."""
    now = time.time()
    start = (now - history_hours * 3600) // scrape_interval * scrape_interval
    cluster = case_cluster(start, now + LASTS, CYCLE)
    server = Prometheus()
    exporters = None
    try:
        write_past(cluster, start, server, scrape_interval)
        exporters = LiveExporters(cluster)
        # Only now: with a sample of today in it, Prometheus would refuse the history.
        scrape_from_now_on(server, exporters.port, scrape_interval)
    except BaseException:
        server.stop()
        if exporters:
            exporters.stop()
        raise
    return DemoPrometheus(server, exporters)


def write_past(cluster, start: float, server: Prometheus, interval: float) -> None:
    """Writes from `start` to now, and then once more what was scraped in the meantime."""
    for _ in range(2):
        end = time.time()
        near = living(cluster, start - 3600, end + interval)
        series = {"ksm-0:8080": tuple(kube_state_metrics(near))}
        series |= {f"{node}:10250": tuple(cadvisor(near, node)) for node in NODES}
        targets = tuple(
            Target(job, instance, 1.7 * number, series[instance])
            for number, (job, instance, _) in enumerate(TARGETS)
        )
        history = History(targets, start, end, interval)
        write_history(history, server.remote_write_url)
        start += len(history.attempts[targets[0]].times) * interval


def scrape_from_now_on(server: Prometheus, port: int, interval: float) -> None:
    lines = [
        f"global: {{scrape_interval: {interval:g}s, scrape_timeout: {min(interval, 10):g}s}}",
        "scrape_configs:",
    ]
    for job in dict.fromkeys(job for job, _, _ in TARGETS):
        lines += [f"- job_name: {job}", "  honor_labels: true", "  static_configs:"]
        lines += [
            f"  - targets: ['127.0.0.1:{port}']\n"
            f"    labels: {{instance: '{instance}', __metrics_path__: '{path}'}}"
            for of, instance, path in TARGETS
            if of == job
        ]
    (server.directory / "prometheus.yml").write_text("\n".join(lines) + "\n")
    server.process.send_signal(signal.SIGHUP)


def table(page: str) -> str:
    """The model_* gauges of an exposition as a table, one model a line."""
    rows: dict[tuple[str, str], dict[str, float]] = {}
    for name, labels, value, _ in exposition_text.samples(page):
        if name in RULES:
            rows.setdefault((labels["namespace"], labels["name"]), {})[name] = value
    columns = (
        ("containers", "model_containers_average", 1),
        ("cpu", "model_cpu_usage_seconds_total", 1),
        ("cpu req", "model_cpu_requests", 1),
        ("cpu lim", "model_cpu_limits", 1),
        ("MiB", "model_memory_usage_bytes", 2**20),
        ("MiB req", "model_memory_requests_bytes", 2**20),
        ("MiB lim", "model_memory_limits_bytes", 2**20),
    )
    lines = [f"{'namespace':<10} {'name':<32}" + "".join(f"{title:>11}" for title, _, _ in columns)]
    for (namespace, name), values in sorted(rows.items()):
        shown = name.encode("unicode_escape").decode()
        cells = (
            f"{values[rule] / unit:>11.3f}" if rule in values else f"{'-':>11}"
            for _, rule, unit in columns
        )
        lines.append(f"{namespace:<10} {shown[:32]:<32}" + "".join(cells))
    return "\n".join(lines)


def watch(daemon: subprocess.Popen, address: str) -> int:
    """Prints the table whenever it has changed, until the daemon ends; its exit status."""
    shown = ""
    while daemon.poll() is None:
        try:
            with urllib.request.urlopen(f"http://{address}/metrics", timeout=5) as response:
                page = response.read().decode()
        except (urllib.error.URLError, ConnectionError):
            page = ""
        gauges = "\n".join(line for line in page.split("\n") if line.startswith("model_"))
        if gauges and gauges != shown:
            print(
                f"\n{time.strftime('%H:%M:%S')}  averages of the last window\n{table(gauges)}\n",
                flush=True,
            )
            if not shown:
                print(
                    f"Now and later: http://{address}/metrics (Ctrl-C ends everything)", flush=True
                )
            shown = gauges
        time.sleep(1)
    return daemon.returncode


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--daemon", type=Path, help="the daemon to run; without it, Prometheus alone"
    )
    parser.add_argument("--history-hours", type=float, default=3.0)
    parser.add_argument("--scrape-interval", type=float, default=10.0)
    arguments, flags = parser.parse_known_args()
    # SIGINT too: a shell's background job inherits it ignored, and Python then leaves it so.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    demo = start_demo(arguments.history_hours, arguments.scrape_interval)
    daemon = None
    try:
        print(
            f"Prometheus with {arguments.history_hours:g} h of a simulated Seldon cluster: "
            f"{demo.url}",
            flush=True,
        )
        if arguments.daemon is None:
            return demo.server.process.wait()
        address = os.environ.get("LISTEN_ADDRESS") or "127.0.0.1:8000"
        address = f"127.0.0.1{address}" if address.startswith(":") else address
        rules = str(TESTS.parent / "queries" / "*.yaml")
        environment = (
            {"TIME_PERIOD": "1m", "QUERIES": rules, "LISTEN_ADDRESS": address}
            | os.environ
            | {"PROMETHEUS_URL": demo.url}
        )
        daemon = subprocess.Popen([arguments.daemon, "run", *flags], env=environment)
        return watch(daemon, address)
    except KeyboardInterrupt:
        return 0
    finally:
        if daemon is not None and daemon.poll() is None:
            daemon.terminate()
            daemon.wait(10)
        demo.stop()


if __name__ == "__main__":
    sys.exit(main())

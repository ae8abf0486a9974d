"""How often to scrape, and what honor_labels does, by a real Prometheus."""

from __future__ import annotations

import http.server
import math
import subprocess
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from page import wait_for
from replicas import GAUGES, HONORED, MODELS, PERIOD, RENAMED, Replicas, documented_jobs
from servers import Prometheus
from simulation.remote_write import write_series

HOUR = 3600.0
START = 1_700_000_000.0 // HOUR * HOUR
DOCUMENTED = documented_jobs()


@pytest.mark.parametrize("gauge", GAUGES)
def test_a_gauge_is_there_at_every_second_of_two_periods(replicas: Replicas, gauge: str) -> None:
    end = replicas.last_second(2)
    start = math.ceil(replicas.first)
    series = replicas.server.query_range(f'{gauge}{{job="{HONORED}"}}', start, end, 1)
    assert len(series) == 2 * len(MODELS)
    for labels, samples in series:
        missing = {at for at in range(start, math.floor(end) + 1)} - samples.keys()
        assert not missing, (labels, missing)
        assert len(set(samples.values())) >= 2, "two periods show more than one window"


def test_with_honor_labels_the_namespace_is_the_models(replicas: Replicas) -> None:
    found = replicas.server.query(f'model_cpu_requests{{job="{HONORED}"}}', replicas.last_second(1))
    assert {(one["namespace"], one["name"]) for one, _ in found} == set(MODELS)
    assert not any("exported_namespace" in one for one, _ in found)


def test_without_honor_labels_it_is_called_exported_namespace(replicas: Replicas) -> None:
    found = replicas.server.query(f'model_cpu_requests{{job="{RENAMED}"}}', replicas.last_second(1))
    assert {(one["exported_namespace"], one["name"]) for one, _ in found} == set(MODELS)
    assert {one["namespace"] for one, _ in found} == {"seldon-system"}


def test_metrics_about_the_daemon_have_the_namespace_of_the_target(replicas: Replicas) -> None:
    found = replicas.server.query(
        f'downsampled_build_info{{job="{HONORED}"}}', replicas.last_second(1)
    )
    assert {(one["namespace"], one["pod"]) for one, _ in found} == {
        ("seldon-system", "downsampled-0"),
        ("seldon-system", "downsampled-1"),
    }


@pytest.fixture(scope="module")
def spaced() -> Prometheus:
    """Two hours of a gauge as it is stored when scraped every `interval` seconds."""
    with Prometheus() as server:
        write_series(
            server.remote_write_url,
            [
                (
                    {"__name__": "model_cpu_requests", "interval": str(interval)},
                    [(START + offset, 1.0) for offset in range(0, 7201, interval)],
                )
                for interval in (60, 120, 3600)
            ],
        )
        yield server


@pytest.mark.parametrize(
    "interval, least, most", ((60, 0, 0), (120, 0, 0), (3600, 0.9, 0.95)), ids=("1m", "2m", "1h")
)
def test_the_share_of_seconds_without_the_gauge(
    spaced: Prometheus, interval: int, least: float, most: float
) -> None:
    """What is scraped once an hour is gone for 55 minutes of it: a query looks back 5 minutes."""
    ((_, samples),) = spaced.query_range(
        f'model_cpu_requests{{interval="{interval}"}}', START, START + 2 * HOUR - 1, 1
    )
    missing = 1 - len(samples) / (2 * HOUR)
    assert least <= missing <= most


class FailingOnce(http.server.BaseHTTPRequestHandler):
    """A page with one gauge; the second scrape is refused."""

    def do_GET(self) -> None:
        self.server.scrapes += 1
        self.send_response(503 if self.server.scrapes == 2 else 200)
        self.end_headers()
        self.wfile.write(b"a_gauge 1\n")

    def log_message(self, *_: object) -> None:
        pass


def test_a_scrape_that_fails_is_a_gap_until_the_next() -> None:
    """Prometheus marks every series of the target stale at once; no lookback bridges that."""
    with http.server.HTTPServer(("127.0.0.1", 0), FailingOnce) as target:
        target.scrapes = 0
        threading.Thread(target=target.serve_forever, daemon=True).start()
        config = {
            "scrape_configs": [
                {
                    "job_name": "a",
                    "scrape_interval": "1s",
                    "static_configs": [{"targets": [f"127.0.0.1:{target.server_port}"]}],
                }
            ]
        }
        with Prometheus(yaml.safe_dump(config)) as server:
            wait_for(lambda: target.scrapes >= 4)
            now = time.time()
            ((_, samples),) = server.query_range("a_gauge", now - 10, now, 0.1)
        target.shutdown()
    distances = [later - earlier for earlier, later in pairwise(sorted(samples))]
    assert 0.8 < max(distances) < 1.9 and sorted(distances)[-2] < 0.2


def test_the_documents_show_a_scrape_job() -> None:
    assert "README.md" in {page for page, _ in DOCUMENTED}


@pytest.mark.parametrize(
    "page, job", DOCUMENTED, ids=[f"{page}-{job['job_name']}" for page, job in DOCUMENTED]
)
def test_a_documented_job_is_one_that_keeps_the_gauges(
    tmp_path: Path, page: str, job: dict
) -> None:
    """Prometheus takes it; labels are honored; the interval is at most 2m (1m if none is named)."""
    config = tmp_path / "prometheus.yml"
    config.write_text(yaml.safe_dump({"scrape_configs": [job]}))
    done = subprocess.run(
        ["promtool", "check", "config", "--syntax-only", config],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    assert job.get("honor_labels") is True
    assert job.get("scrape_interval", "1m") in ("15s", "30s", "60s", "1m", "2m", "120s")

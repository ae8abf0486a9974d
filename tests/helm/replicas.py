"""Two daemons that record the shipped gauges, scraped by a real Prometheus as the README says."""

from __future__ import annotations

import re
import time
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path

import yaml
from daemon import ROOT, Daemon, write_rules
from page import wait_for
from servers import Prometheus
from simulation.remote_write import write_series

PERIOD = 15  # seconds; the scrape interval is the smaller of this and 1m
GAUGES = tuple(
    rule["record"]
    for group in yaml.safe_load((ROOT / "queries/seldon.yaml").read_text())["groups"]
    for rule in group["rules"]
)
MODELS = (("fraud", "iris"), ("models", "churn"), ("models", "iris"))
HONORED, RENAMED = "downsampled", "without-honor-labels"
YAML_BLOCK = re.compile(r"^```ya?ml\n(.*?)^```", re.MULTILINE | re.DOTALL)


def documented_jobs() -> list[tuple[str, dict]]:
    """Every scrape job that a document shows: the document, and the job."""
    pages = [
        ROOT / "README.md",
        *sorted(ROOT.glob("docs/**/*.md")),
        *sorted(ROOT.glob("helm/**/*.md")),
    ]
    found = []
    for page in pages:
        for block in YAML_BLOCK.findall(page.read_text()):
            if "scrape_configs:" in block:
                name = page.relative_to(ROOT).as_posix()
                found += [(name, job) for job in yaml.safe_load(block)["scrape_configs"]]
    return found


def jobs(daemons: list[Daemon]) -> str:
    """The README's job, and the same without honor_labels; the targets are labeled as pods are."""
    documented = next(job for page, job in documented_jobs() if page == "README.md")
    targets = [
        {
            "targets": [daemon.url.removeprefix("http://")],
            "labels": {"namespace": "seldon-system", "pod": f"downsampled-{number}"},
        }
        for number, daemon in enumerate(daemons)
    ]
    job = documented | {
        "job_name": HONORED,
        "scrape_interval": f"{PERIOD}s",
        "static_configs": targets,
    }
    renamed = {key: value for key, value in job.items() if key != "honor_labels"}
    return yaml.safe_dump({"scrape_configs": [job, renamed | {"job_name": RENAMED}]})


def rules(folder: Path) -> Path:
    """The names and labels of the shipped gauges, over plain series that are known."""
    return write_rules(
        folder / "rules.yaml",
        [
            {
                "name": "seldon",
                "step": "1s",
                "query_offset": "1s",
                "rules": [
                    {
                        "record": gauge,
                        "labels": {"type": "SeldonDeployment"},
                        "expr": f'sum by (namespace, name) (source{{gauge="{gauge}"}})',
                    }
                    for gauge in GAUGES
                ],
            }
        ],
    )


def write_source(url: str, now: float) -> None:
    """From 5 minutes ago until an hour from now; each value is its time, so that windows differ."""
    times = [now + offset for offset in range(-300, 3600, 5)]
    write_series(
        url,
        [
            (
                {"__name__": "source", "gauge": gauge, "namespace": namespace, "name": name},
                [(at, at) for at in times],
            )
            for gauge in GAUGES
            for namespace, name in MODELS
        ],
    )


class Replicas:
    """The servers, which run while the `with` block does."""

    def __init__(self, folder: Path):
        self._stack = ExitStack()
        try:
            self._start(folder)
        except BaseException:
            self._stack.close()
            raise

    def _start(self, folder: Path) -> None:
        source = self._stack.enter_context(Prometheus())
        write_source(source.remote_write_url, time.time() // 1)
        self.daemons = [
            self._stack.enter_context(
                Daemon(
                    PROMETHEUS_URL=source.url,
                    TIME_PERIOD=f"{PERIOD}s",
                    QUERIES=rules(folder),
                    STORAGE_PATH=folder / f"journal-{number}",
                )
            )
            for number in range(2)
        ]
        for daemon in self.daemons:
            daemon.wait_until_ready()
        self.server = self._stack.enter_context(Prometheus(jobs(self.daemons)))

    @cached_property
    def first(self) -> float:
        """When the last of the four targets was first scraped."""
        return wait_for(self._first, timeout=3 * PERIOD)

    def _first(self) -> float | None:
        found = self.server.query("min_over_time(timestamp(up)[1h:1s])", time.time())
        return max(value for _, value in found) if len(found) == 4 else None

    def last_second(self, periods: int) -> float:
        """Waits until so many periods have passed since the first scrape; the time when they had."""
        end = self.first + periods * PERIOD
        time.sleep(max(0.0, end + 2 - time.time()))
        return end

    def __enter__(self) -> Replicas:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

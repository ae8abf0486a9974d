"""The simulated cluster of the rolling benchmark, in a Prometheus that holds its past and future.

The scrapes to come are written ahead, so that history moves on under the refreshes and nothing
else needs CPU time meanwhile. A sample that a rule records now is then older than the newest, and
Prometheus takes it while it is so by less than an hour: AHEAD bounds the run.
"""

from __future__ import annotations

import json
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from random import Random

import yaml
from servers import Prometheus
from simulation.cases import CRASHING, case_cluster
from simulation.cluster import Cluster
from simulation.exposition import cadvisor, kube_state_metrics
from simulation.pods import NODES, Span, serving_pod
from simulation.scraping import History, Target, write_history

HOUR = 3600.0
AHEAD = 50 * 60.0
SCRAPE = 15.0
CYCLE = 6 * HOUR  # in each, every awkward case happens once
REPLICAS = 2
# A window of 24 h loads more samples, and takes longer, than the defaults allow.
FLAGS = ("--query.max-samples=500000000", "--query.timeout=30m")


def cluster_of(models: int, start: float, end: float) -> Cluster:
    """So many models of two pods that are there all the time, and the cases that come and go.

    Without the pod that crashes every few minutes: it has more series than all the others.
    """
    rng = Random(models)
    life = Span(start - HOUR, end + HOUR)
    steady = [serving_pod(f"team-{number % 20}", f"model-{number}-default-0-{replica}",
                          f"model-{number}", life, rng)
              for number in range(models) for replica in range(REPLICAS)]
    cases = case_cluster(start, end + CYCLE, CYCLE).pods
    return Cluster((*steady, *(pod for pod in cases if pod.case != CRASHING)), NODES)


def write_cluster(server: Prometheus, models: int, hours: float) -> tuple[int, int]:
    """`hours` of history up to now, and AHEAD more; series that are there now, and samples."""
    now = time.time()
    start, end = now - hours * HOUR, now + AHEAD
    cluster = cluster_of(models, start, end)
    exposed = {"ksm-0:8080": tuple(kube_state_metrics(cluster))}
    exposed |= {f"{node}:10250": tuple(cadvisor(cluster, node)) for node in cluster.nodes}
    targets = tuple(Target("kube-state-metrics" if instance.startswith("ksm") else "kubelet",
                           instance, 1.7 + 2.3 * number, series)
                    for number, (instance, series) in enumerate(exposed.items()))
    written = write_history(History(targets, start, end, SCRAPE), server.remote_write_url)
    living = sum(one.at(now) is not None for series in exposed.values() for one in series)
    return living, written // 18  # bytes of an encoded sample


def restart(server: Prometheus, rules: Path | None = None) -> None:
    """A fresh process over the same data, with these rules alone, that logs its queries."""
    server.halt()
    config = {"global": {"evaluation_interval": "1m", "query_log_file": str(query_log(server))},
              "rule_files": [str(rules)] if rules else []}
    (server.directory / "prometheus.yml").write_text(yaml.safe_dump(config))
    server.start()


def samples_read(server: Prometheus, expression: str, start: float, end: float,
                 step: float) -> int:
    """What the server reads for that range query, by its own count."""
    form = {"query": expression, "start": start, "end": end, "step": step, "stats": "all"}
    with urllib.request.urlopen(server.url + "/api/v1/query_range",
                                urllib.parse.urlencode(form).encode(), timeout=600) as response:
        return json.load(response)["data"]["stats"]["samples"]["totalQueryableSamples"]


def query_log(server: Prometheus) -> Path:
    return server.directory / "queries.log"


@dataclass(frozen=True)
class Query:
    """One that has ended; Prometheus counts nothing of what a subquery reads in `samples`."""

    text: str
    samples: int


def queries_since(server: Prometheus, offset: int) -> tuple[list[Query], int]:
    """Those that ended since this offset of the log, of rules as well; and the next offset."""
    path = query_log(server)
    if not path.exists():
        return [], 0
    with path.open("rb") as log:
        log.seek(offset)
        text = log.read()
    lines = text[:text.rfind(b"\n") + 1].splitlines(keepends=True)
    ended = [json.loads(line) for line in lines]
    return [Query(one["params"]["query"], one["stats"]["samples"]["totalQueryableSamples"])
            for one in ended], offset + sum(map(len, lines))

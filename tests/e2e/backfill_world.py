"""Weeks of the simulated cluster in a Prometheus, for backfills: every case happens once a day."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from servers import Prometheus
from simulation.cases import CRASHING, RELABELLED, case_cluster, living
from simulation.cluster import Cluster
from simulation.exposition import cadvisor, kube_state_metrics
from simulation.pods import NODES
from simulation.scraping import History, Outage, Target, write_history
from simulation.truth import KSM_JOB
from simulation.world import EPOCH, HOUR

DAY = 24 * HOUR
INTERVAL = 60.0
FEW = ("two replicas", "same name, other uid", RELABELLED)
# Before the first window and after the last: what the pack's expressions look for around a window.
BEFORE, AFTER = 600.0, 300.0
# Seconds of a day: Prometheus is down, and later the kubelets do not answer.
DOWN, SILENT = (3 * HOUR + 1500, 5 * HOUR + 900), (15 * HOUR + 600, 15 * HOUR + 2100)


@contextmanager
def server_with(days: int, cases: Collection[str] = (),
                compacts: bool = False) -> Iterator[Prometheus]:
    """Windows end in (EPOCH, EPOCH + days]; only pods of these cases, if any are given."""
    cluster = daily_cases(days, cases)
    with Prometheus(compacts=compacts) as server:
        for day in range(days):
            write_history(history_of(cluster, day, days), server.remote_write_url, batch=3000)
        yield server


def daily_cases(days: int, cases: Collection[str]) -> Cluster:
    """Without the pod that crashes every few minutes: it has more series than all the others."""
    cluster = case_cluster(EPOCH - DAY, EPOCH + (days + 1) * DAY, cycle=DAY)
    wanted = set(cases or (pod.case for pod in cluster.pods)) - {CRASHING}
    return Cluster(tuple(pod for pod in cluster.pods if pod.case in wanted), cluster.nodes)


def history_of(cluster: Cluster, day: int, days: int) -> History:
    """What follows the day before without a gap."""
    midnight = EPOCH + day * DAY
    start = midnight if day else midnight - BEFORE
    end = midnight + DAY if day + 1 < days else midnight + DAY + AFTER
    near = living(cluster, start - HOUR, end)
    targets = [Target(KSM_JOB, "ksm-0:8080", 3.217, tuple(kube_state_metrics(near)))]
    targets += [Target("kubelet", f"{node}:10250", 7.903 + 2.11 * n, tuple(cadvisor(near, node)))
                for n, node in enumerate(NODES)]
    outages = (Outage(midnight + DOWN[0], midnight + DOWN[1]),
               Outage(midnight + SILENT[0], midnight + SILENT[1], "kubelet"))
    return History(tuple(targets), start, end, INTERVAL, outages)

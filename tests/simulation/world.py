"""A case cluster together with how it was exposed and scraped."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .cases import case_cluster, near_outage
from .cluster import Cluster
from .exposition import cadvisor, kube_state_metrics
from .pods import NODES
from .scraping import History, Outage, Target
from .truth import KSM_JOB

HOUR = 3600.0
EPOCH = 1772323200.0  # 2026-03-01T00:00:00Z; the first window starts here


@dataclass(frozen=True)
class Variant:
    """How the cluster is exposed and scraped; `outages` are in seconds after EPOCH."""

    name: str
    interval: float = 15.0
    hours: int = 24
    ksm_replicas: int = 1
    cadvisor_jobs: int = 1
    ksm_version: int = 2
    generic_resources: bool = True
    docker: bool = False  # its cgroups and names; the pause container is container="POD"
    own_timestamps: bool = False
    outages: tuple[Outage, ...] = ()


CADVISOR_JOBS = ("kubelet", "kubernetes-cadvisor")
OUTAGES = (
    Outage(4 * HOUR + 1500, 4 * HOUR + 2400),
    Outage(8 * HOUR + 1200, 8 * HOUR + 2100, KSM_JOB),
    Outage(12 * HOUR + 900, 12 * HOUR + 1800, "kubelet"),
    Outage(16 * HOUR + 2000, 16 * HOUR + 2150),
    Outage(20 * HOUR + 600, 20 * HOUR + 610, KSM_JOB),
    Outage(2 * HOUR + 1400, 2 * HOUR + 2300, "kubelet", f"{NODES[0]}:10250"),
)


@dataclass(frozen=True)
class World:
    variant: Variant
    cluster: Cluster
    history: History

    @property
    def window_ends(self) -> list[float]:
        return [EPOCH + HOUR * (hour + 1) for hour in range(self.variant.hours)]


def build(variant: Variant) -> World:
    """The cluster, and its history from half an hour before EPOCH to 5 min after the windows."""
    end = EPOCH + variant.hours * HOUR
    outages = tuple(replace(o, start=EPOCH + o.start, end=EPOCH + o.end) for o in variant.outages)
    cases = case_cluster(EPOCH - HOUR, end + HOUR)
    around = (pod for o in outages if o.end - o.start > 120 for pod in near_outage(o.start, o.end))
    cluster = Cluster((*cases.pods, *around), cases.nodes)
    exposed = tuple(kube_state_metrics(cluster, variant.ksm_version, variant.generic_resources))
    # The offsets are nobody's multiples, and differ from the grid's.
    targets = [
        Target(KSM_JOB, f"ksm-{replica}:8080", 3.217 + replica * 0.47 * variant.interval, exposed)
        for replica in range(variant.ksm_replicas)
    ]
    for number, node in enumerate(NODES):
        cgroups = tuple(cadvisor(cluster, node, docker=variant.docker))
        targets += [
            Target(
                job,
                f"{node}:10250",
                7.903 + number * 2.11 + place * 0.61 * variant.interval,
                cgroups,
                variant.own_timestamps,
            )
            for place, job in enumerate(CADVISOR_JOBS[: variant.cadvisor_jobs])
        ]
    return World(
        variant,
        cluster,
        History(tuple(targets), EPOCH - HOUR / 2, end + 300, variant.interval, outages),
    )

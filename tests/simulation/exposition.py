"""The cluster as series: what kube-state-metrics 2 or 1.9 and cAdvisor expose, and when.

A Series knows the spans of time in which it is exposed, with a value or a function of time. Names,
labels, their order, HELP and TYPE are those of real exposition text; a test compares them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from .cluster import Cluster, Container, Pod, spans
from .families import HELP, UNITS, help_text

Labels = tuple[tuple[str, str], ...]
Value = float | Callable[[float], float]
PHASES = ("Pending", "Succeeded", "Failed", "Unknown", "Running")
PAUSE_MEMORY = 389120.0


@dataclass(frozen=True, eq=False)
class Series:
    """`cgroup` is set on cAdvisor's series, which carry the time at which the cgroup was read."""

    name: str
    labels: Labels
    spans: tuple[tuple[float, float, Value], ...]
    cgroup: str = ""

    def at(self, t: float) -> float | None:
        for start, end, value in self.spans:
            if start <= t < end:
                return value(t) if callable(value) else value
        return None


def kube_state_metrics(cluster: Cluster, version: int = 2, generic: bool = True) -> list[Series]:
    """All pod series. Version 1 is 1.9; without `generic` it is older: no `resource` label."""
    return merged(_kube_state_metrics(cluster, version, generic))


def merged(series: Iterable[Series]) -> list[Series]:
    """One series for each name and label set: version 1 has no uid, so pods may share theirs."""
    spans_of: dict[tuple[str, Labels], tuple] = {}
    for one in series:
        key = (one.name, one.labels)
        spans_of[key] = spans_of.get(key, ()) + one.spans
    return [
        Series(name, labels, tuple(sorted(times))) for (name, labels), times in spans_of.items()
    ]


def _kube_state_metrics(cluster: Cluster, version: int, generic: bool) -> Iterator[Series]:
    for pod in cluster.pods:
        yield from pod_series(pod, version)
        for container in pod.containers:
            yield from status_series(pod, container, version, "kube_pod_container")
            yield from resource_series(pod, container, version, generic)
        for container in pod.init_containers:
            yield from status_series(pod, container, version, "kube_pod_init_container")
            yield from init_resource_series(pod, container, version)


def pod_key(pod: Pod, version: int) -> Labels:
    key = (("namespace", pod.namespace), ("pod", pod.name))
    return key + (("uid", pod.uid),) if version == 2 else key


def pod_series(pod: Pod, version: int) -> Iterator[Series]:
    key, end = pod_key(pod, version), pod.deleted
    for start, stop, node in node_spans(pod):
        address = (
            ("host_ip", "10.0.0.11" if node else ""),
            ("pod_ip", "10.244.1.11" if node else ""),
        )
        uid = () if version == 2 else (("uid", pod.uid),)
        rest = (
            ("node", node),
            ("created_by_kind", "ReplicaSet"),
            ("created_by_name", "rs"),
            ("priority_class", ""),
        )
        network = (("host_network", "false"),) if version == 2 else ()
        yield Series("kube_pod_info", key + address + uid + rest + network, ((start, stop, 1.0),))
    for start, stop, labels in spans(pod.labels, end):
        exposed = tuple(
            (f"label_{re.sub('[^a-zA-Z0-9_]', '_', name)}", value)
            for name, value in sorted(labels.items())
        )
        yield Series("kube_pod_labels", key + exposed, ((max(start, pod.created), stop, 1.0),))
    for phase in PHASES:
        times = tuple(
            (start, stop, float(now == phase)) for start, stop, now in spans(pod.phases, end)
        )
        yield Series("kube_pod_status_phase", key + (("phase", phase),), times)


def node_spans(pod: Pod) -> Iterator[tuple[float, float, str]]:
    """Unscheduled pods have an empty node label, in every family that has one."""
    changes = ((pod.created, ""), (pod.scheduled, pod.node))
    yield from spans(tuple(c for c in changes if c[0] < pod.deleted), pod.deleted)


def status_series(pod: Pod, container: Container, version: int, prefix: str) -> Iterator[Series]:
    """The kubelet reports containers once the pod is on its node, and no more after an eviction."""
    start, end = pod.scheduled, min(pod.deleted, pod.evicted)
    if start >= end:
        return
    key = pod_key(pod, version) + (("container", container.name),)
    running, restarts = [(start, 0.0)], [(start, 0.0)]
    for index, (begin, stop) in enumerate(container.incarnations):
        running += [(max(begin, start), 1.0), (stop, 0.0)]
        if index:
            restarts.append((begin, float(index)))
    yield Series(f"{prefix}_status_running", key, tuple(spans(tuple(running), end)))
    yield Series(f"{prefix}_status_restarts_total", key, tuple(spans(tuple(restarts), end)))


def resource_series(
    pod: Pod, container: Container, version: int, generic: bool
) -> Iterator[Series]:
    for kind, amounts in (("requests", container.requests), ("limits", container.limits)):
        for resource, amount in sorted(amounts.items()):
            unit, old_suffix = UNITS[resource]
            for start, stop, node in node_spans(pod):
                key = pod_key(pod, version) + (("container", container.name), ("node", node))
                times = ((start, stop, amount),)
                family = f"kube_pod_container_resource_{kind}"
                if generic:
                    yield Series(family, key + (("resource", resource), ("unit", unit)), times)
                if version == 1:
                    yield Series(f"{family}_{old_suffix}", key, times)


def init_resource_series(pod: Pod, container: Container, version: int) -> Iterator[Series]:
    kinds = [("limits", container.limits)] + (
        [("requests", container.requests)] if version == 2 else []
    )
    for kind, amounts in kinds:
        for resource, amount in sorted(amounts.items()):
            for start, stop, node in node_spans(pod):
                key = pod_key(pod, version) + (
                    ("container", container.name),
                    ("node", node),
                    ("resource", resource),
                    ("unit", UNITS[resource][0]),
                )
                yield Series(
                    f"kube_pod_init_container_resource_{kind}", key, ((start, stop, amount),)
                )


def cadvisor(cluster: Cluster, node: str, docker: bool = False) -> Iterator[Series]:
    """The cgroups of one node: its own, and each pod's, its sandbox's and its containers'."""
    yield from cgroup_series(
        "/", "", "", "", ("", ""), ((0.0, 1e18),), lambda t: t * 2.0, lambda t: 8e9
    )
    for pod in cluster.pods:
        if pod.node == node:
            yield from pod_cgroups(pod, docker)


def pod_cgroups(pod: Pod, docker: bool) -> Iterator[Series]:
    runs = [run for container in pod.all_containers for run in container.incarnations]
    if not runs:
        return
    life = ((min(begin for begin, _ in runs) - 1, max(stop for _, stop in runs)),)
    where = (pod.namespace, pod.name)
    uid = pod.uid if docker else pod.uid.replace("-", "_")
    path = (
        f"/kubepods/burstable/pod{uid}"
        if docker
        else (f"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{uid}.slice")
    )

    def pod_cpu(t: float) -> float:
        return sum(c.cpu_seconds(t) for c in pod.all_containers)

    def pod_memory(t: float) -> float:
        return PAUSE_MEMORY + sum(c.memory_at(t) for c in pod.all_containers)

    yield from cgroup_series(path, "", "", "", where, life, pod_cpu, pod_memory)
    cgroup, name = container_cgroup(pod, path, "POD", 0, docker)
    yield from cgroup_series(
        cgroup,
        "POD" if docker else "",
        "pause:3.10",
        name,
        where,
        life,
        lambda t: 0.003,
        lambda t: PAUSE_MEMORY,
    )
    for container in pod.all_containers:
        for index, run in enumerate(container.incarnations):
            cgroup, name = container_cgroup(pod, path, container.name, index, docker)
            yield from cgroup_series(
                cgroup,
                container.name,
                f"seldonio/{container.name}:1.18.0",
                name,
                where,
                (run,),
                _age(container.load.seconds, run),
                _age(container.memory.bytes, run),
            )


def _age(measure: Callable[[float], float], run: tuple[float, float]) -> Callable[[float], float]:
    return lambda t: measure(t - run[0])


def container_cgroup(
    pod: Pod, path: str, container: str, index: int, docker: bool
) -> tuple[str, str]:
    """The cgroup and the runtime's name of a container; both change with every restart."""
    ident = hashlib.sha256(f"{pod.uid}/{container}/{index}".encode()).hexdigest()
    if docker:
        return f"{path}/{ident}", f"k8s_{container}_{pod.name}_{pod.namespace}_{pod.uid}_{index}"
    return f"{path}/cri-containerd-{ident}.scope", ident


def cgroup_series(cgroup, container, image, name, where, runs, cpu, memory) -> Iterator[Series]:
    tail = (
        ("id", cgroup),
        ("image", image),
        ("name", name),
        ("namespace", where[0]),
        ("pod", where[1]),
    )
    first = (("container", container),)
    for family, more, value in (
        ("container_cpu_usage_seconds_total", (("cpu", "total"),), cpu),
        ("container_memory_usage_bytes", (), memory),
        ("container_memory_working_set_bytes", (), memory),
    ):
        yield Series(family, first + more + tail, tuple((a, b, value) for a, b in runs), cgroup)
    starts = tuple((a, b, float(a)) for a, b in runs)
    yield Series("container_start_time_seconds", first + tail, starts)  # without a time of its own


def text(series: Iterable[Series], t: float, version: int = 2) -> str:
    """The exposition text (format 0.0.4) of all series at time t."""
    families: dict[str, list[str]] = {}
    for one in series:
        value = one.at(t)
        if value is not None:
            labels = ",".join(f'{name}="{escape(content)}"' for name, content in one.labels)
            families.setdefault(one.name, []).append(f"{one.name}{{{labels}}} {value!r}\n")
    return "".join(
        f"# HELP {name} {help_text(name, version)}\n# TYPE {name} {HELP[name][1]}\n"
        + "".join(lines)
        for name, lines in families.items()
    )


def escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

"""What the model_* gauges must be, computed from the cluster and the scrapes, without PromQL.

Two kinds of truth. As scraped: at each grid point, the state of the cluster at the newest scrape,
which a gauge must equal exactly; where replicas were scraped at different moments, it lies between
what they saw. As it was: integrals over continuous time, from which a gauge may differ by a scrape
at each edge.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from .cluster import Cluster, Pod, spans
from .scraping import History, Target

Model = tuple[str, str]  # namespace, name
FRESH = 120.0  # what the pack's comment promises: nothing older counts
KSM_JOB = "kube-state-metrics"
CONTAINERS = "model_containers_average"
CPU = "model_cpu_usage_seconds_total"
MEMORY = "model_memory_usage_bytes"
RESERVED = {
    "model_cpu_requests": ("requests", "cpu"),
    "model_cpu_limits": ("limits", "cpu"),
    "model_memory_requests_bytes": ("requests", "memory"),
    "model_memory_limits_bytes": ("limits", "memory"),
}
GAUGES = (CONTAINERS, MEMORY, *RESERVED)
RULES = (CPU, *GAUGES)


@dataclass(frozen=True)
class Bounds:
    low: float = 0.0
    high: float = 0.0

    def __add__(self, other: Bounds) -> Bounds:
        return Bounds(self.low + other.low, self.high + other.high)


def pod_gauge(rule: str, pod: Pod, t: float) -> float:
    """What the pod adds at t to its model's gauge, of those that kube-state-metrics tells."""
    if rule == CONTAINERS:
        reported = pod.scheduled <= t < pod.evicted
        return float(reported and sum(c.run_at(t) is not None for c in pod.containers))
    kind, resource = RESERVED[rule]
    return pod.reserves(t) * sum(getattr(c, kind).get(resource, 0.0) for c in pod.containers)


class AsScraped:
    """What a server with this history sees at a grid point."""

    def __init__(self, cluster: Cluster, history: History):
        self._history = history
        self._pods = sorted(cluster.pods, key=lambda pod: pod.created)
        self._ksm = [t for t in history.targets if t.job == KSM_JOB]
        self._cadvisor = [t for t in history.targets if t.job != KSM_JOB]
        self._alive = lru_cache(4096)(self._alive_uncached)

    def _alive_uncached(self, t: float) -> tuple[Pod, ...]:
        return tuple(pod for pod in self._pods if pod.alive(t))

    def newest_scrape(self, target: Target, t: float) -> float | None:
        """When the target's visible series were scraped; None if there are none."""
        attempts = self._history.attempts[target]
        index = bisect_right(attempts.times, t) - 1
        if index < 0 or not attempts.good[index] or t - attempts.times[index] >= FRESH:
            return None
        return attempts.times[index]

    def at(self, rule: str, t: float) -> dict[Model, Bounds] | None:
        """The gauge of each model at a grid point; None where the point is not covered."""
        scrapes = sorted(
            {s for target in self._ksm if (s := self.newest_scrape(target, t)) is not None}
        )
        if not scrapes:
            return None
        return self._memory(t, scrapes) if rule == MEMORY else self._reported(rule, scrapes)

    def _reported(self, rule: str, scrapes: list[float]) -> dict[Model, Bounds]:
        seen: dict[tuple[Model, str], list[float]] = defaultdict(lambda: [0.0] * len(scrapes))
        for index, scrape in enumerate(scrapes):
            for pod in self._alive(scrape):
                if (name := pod.model_at(scrape)) is not None:
                    seen[(pod.namespace, name), pod.name][index] += pod_gauge(rule, pod, scrape)
        return _sum_of_pods(seen)

    def _memory(self, t: float, scrapes: list[float]) -> dict[Model, Bounds] | None:
        largest: dict[tuple[str, str, str], float] = {}
        visible = False
        for target in self._cadvisor:
            if (scrape := self.newest_scrape(target, t)) is None:
                continue
            visible = True
            for pod in self._alive(scrape):
                if target.instance.startswith(pod.node):
                    for container in pod.all_containers:
                        key = (pod.namespace, pod.name, container.name)
                        if container.run_at(scrape):
                            largest[key] = max(container.memory_at(scrape), largest.get(key, 0.0))
        if not visible:
            return None
        seen: dict[tuple[Model, str], list[float]] = defaultdict(lambda: [0.0] * len(scrapes))
        for index, scrape in enumerate(scrapes):
            models = {
                (pod.namespace, pod.name): pod.model_at(scrape) for pod in self._alive(scrape)
            }
            for (namespace, pod_name, _), memory in largest.items():
                if (name := models.get((namespace, pod_name))) is not None:
                    seen[(namespace, name), pod_name][index] += memory
        return _sum_of_pods(seen)

    def average(
        self, rule: str, end: float, window: float, step: float
    ) -> tuple[dict[Model, Bounds], float]:
        """Averages over the covered grid points of (end - window, end], and the share of those."""
        totals: dict[Model, Bounds] = defaultdict(Bounds)
        points = [end - index * step for index in range(int(window // step))]
        seen = [values for t in points if (values := self.at(rule, t)) is not None]
        for values in seen:
            for model, bounds in values.items():
                totals[model] += bounds
        averages = {
            m: Bounds(b.low / len(seen), b.high / len(seen))
            for m, b in totals.items()
            if b.high > 0
        }
        return averages, len(seen) / len(points)


def _sum_of_pods(seen: dict[tuple[Model, str], list[float]]) -> dict[Model, Bounds]:
    """Each pod lies between what the replicas saw of it, its model between their sums."""
    out: dict[Model, Bounds] = defaultdict(Bounds)
    for (model, _), values in seen.items():
        out[model] += Bounds(min(values), max(values))
    return out


Piece = tuple[float, float]


def observed(history: History, rule: str, end: float, window: float, node: str = "") -> list[Piece]:
    """The parts of the window in which neither the server nor a source of the rule was down.

    With `node`, what was observed of its pods: its cAdvisor's own outages are left out as well.
    """
    pieces = [(end - window, end)]
    for outage in history.outages:
        if outage.job not in ("", KSM_JOB) and rule not in (CPU, MEMORY):
            continue
        if outage.instance and not (node and outage.instance.startswith(node)):
            continue
        pieces = [
            part
            for start, stop in pieces
            for part in ((start, min(stop, outage.start)), (max(start, outage.end), stop))
            if part[0] < part[1]
        ]
    return pieces


def as_it_was(
    cluster: Cluster, rule: str, observed_of: Callable[[str], list[Piece]], scrape: float
) -> dict[Model, tuple[float, float]]:
    """Per model the average over the pieces, and how much a scrape at each edge may change.

    `observed_of` says which pieces of the window were observed on a node, and for "" at all: what
    was used on a node that was not observed counts as 0.
    """
    pieces_of = {node: observed_of(node) for node in ("", *cluster.nodes)}
    pieces = pieces_of[""]
    length = sum(stop - start for start, stop in pieces)
    total: dict[Model, float] = defaultdict(float)
    edges: dict[Model, float] = defaultdict(float)
    for pod in cluster.pods:
        if pod.deleted <= pieces[0][0] - scrape or pod.created >= pieces[-1][1]:
            continue
        for model, start, stop in _memberships(pod):
            for begin, end, value in _spans_of(rule, pod, start, stop):
                jump = abs(value(begin, begin + 1))
                for first, last in pieces_of[pod.node]:
                    if begin < last and end > first:
                        total[model] += value(max(begin, first), min(end, last))
                    edges[model] += jump * sum(first - scrape <= t <= last for t in (begin, end))
    return {model: (total[model] / length, edges[model] * scrape / length) for model in total}


def _memberships(pod: Pod) -> Iterator[tuple[Model, float, float]]:
    for start, stop, _ in spans(pod.labels, pod.deleted):
        start = max(start, pod.created)
        if (name := pod.model_at(start)) is not None:
            yield (pod.namespace, name), start, stop


def _spans_of(rule: str, pod: Pod, start: float, stop: float):
    """(start, end, integral(from, to)) of everything in the pod that the rule measures."""

    def constant(amount: float):
        return lambda a, b: amount * (b - a)

    if rule in RESERVED:
        kind, resource = RESERVED[rule]
        amount = sum(getattr(c, kind).get(resource, 0.0) for c in pod.containers)
        found = [(pod.scheduled, pod.finished, constant(amount))]
    elif rule == CONTAINERS:
        found = [(a, b, constant(1.0)) for c in pod.containers for a, b in c.incarnations]
    elif rule == CPU:
        found = [
            (a, b, lambda x, y, c=c: c.cpu_seconds(y) - c.cpu_seconds(x))
            for c in pod.all_containers
            for a, b in c.incarnations
        ]
    else:
        found = [
            part
            for c in pod.all_containers
            for run in c.incarnations
            for part in _memory_spans(c, run)
        ]
    return [(max(a, start), min(b, stop), f) for a, b, f in found if max(a, start) < min(b, stop)]


def _memory_spans(container, run: Piece):
    memory = container.memory
    yield run[0], run[1], lambda a, b: memory.base * (b - a)
    at, number = run[0], 0
    while memory.step and at < run[1]:
        amount = memory.step * (number % memory.steps)
        yield at, min(at + memory.every, run[1]), lambda a, b, amount=amount: amount * (b - a)
        at, number = at + memory.every, number + 1

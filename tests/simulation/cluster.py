"""What exists in the simulated cluster, as pure functions of time.

Times are Unix seconds (float); every interval is closed at its start and open at its end. Nothing
here knows of scraping or of PromQL: this is the truth that everything else is measured against.
"""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

MANAGED_BY = "app.kubernetes.io/managed-by"
DEPLOYMENT_ID = "seldon-deployment-id"
FOREVER = math.inf


@dataclass(frozen=True)
class Load:
    """CPU use that swings around `cores` as a sine of the container's age."""

    cores: float
    swing: float = 0.0
    period: float = 600.0

    def seconds(self, age: float) -> float:
        """CPU seconds used from the start to `age`: the integral of the use."""
        if age <= 0:
            return 0.0
        wave = self.swing * self.period / (2 * math.pi)
        return self.cores * (age + wave * (1 - math.cos(2 * math.pi * age / self.period)))


@dataclass(frozen=True)
class Memory:
    """Memory that climbs by `step` bytes every `every` seconds and falls back after `steps`."""

    base: float
    step: float = 0.0
    every: float = 420.0
    steps: int = 4

    def bytes(self, age: float) -> float:
        return self.base + self.step * (int(age // self.every) % self.steps)


@dataclass(frozen=True)
class Container:
    """A container of a pod; each incarnation (start, end) is one run in a cgroup of its own."""

    name: str
    incarnations: tuple[tuple[float, float], ...] = ()
    load: Load = Load(0.0)
    memory: Memory = Memory(0.0)
    requests: dict[str, float] = field(default_factory=dict)
    limits: dict[str, float] = field(default_factory=dict)
    side_car: bool = False

    def run_at(self, t: float) -> tuple[float, float] | None:
        """The incarnation that runs at t."""
        index = bisect_right(self.incarnations, (t, math.inf)) - 1
        if index >= 0 and t < self.incarnations[index][1]:
            return self.incarnations[index]
        return None

    def memory_at(self, t: float) -> float:
        run = self.run_at(t)
        return self.memory.bytes(t - run[0]) if run else 0.0

    @cached_property
    def _seconds_before(self) -> list[float]:
        """CPU seconds of all incarnations before each."""
        runs = [self.load.seconds(end - start) for start, end in self.incarnations]
        return list(accumulate(runs, initial=0.0))

    def cpu_seconds(self, t: float) -> float:
        """CPU seconds used until t by all incarnations."""
        index = bisect_right(self.incarnations, (t, math.inf)) - 1
        if index < 0:
            return 0.0
        start, end = self.incarnations[index]
        return self._seconds_before[index] + self.load.seconds(min(t, end) - start)


@dataclass(frozen=True)
class Pod:
    """A pod and its life. `phases` and `labels` are (from, value) lists in time order."""

    namespace: str
    name: str
    created: float
    deleted: float
    labels: tuple[tuple[float, dict[str, str]], ...]
    phases: tuple[tuple[float, str], ...]
    node: str = ""
    scheduled: float = FOREVER
    containers: tuple[Container, ...] = ()
    init_containers: tuple[Container, ...] = ()
    evicted: float = FOREVER
    case: str = ""

    @property
    def uid(self) -> str:
        digest = hashlib.md5(f"{self.namespace}/{self.name}/{self.created}".encode()).hexdigest()
        return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:]))

    @property
    def finished(self) -> float:
        """When the pod succeeded or failed; never, for most."""
        return next((at for at, phase in self.phases if phase in ("Succeeded", "Failed")), FOREVER)

    @property
    def all_containers(self) -> tuple[Container, ...]:
        return self.init_containers + self.containers

    def alive(self, t: float) -> bool:
        return self.created <= t < self.deleted

    def model_at(self, t: float) -> str | None:
        """The SeldonDeployment that the pod belongs to at t."""
        labels = value_at(self.labels, t) if self.alive(t) else None
        if not labels or labels.get(MANAGED_BY) != "seldon-core":
            return None
        return labels.get(DEPLOYMENT_ID) or None

    def reserves(self, t: float) -> bool:
        """True from when the pod is on a node until it has succeeded or failed."""
        return self.scheduled <= t < min(self.finished, self.deleted)


@dataclass(frozen=True)
class Cluster:
    pods: tuple[Pod, ...]
    nodes: tuple[str, ...]


def value_at(changes: tuple[tuple[float, object], ...], t: float):
    """The value in force at t of a (from, value) list."""
    found = None
    for start, value in changes:
        if start <= t:
            found = value
    return found


def spans(changes: tuple[tuple[float, object], ...], end: float):
    """The list as (start, end, value) spans, the last of which ends at `end`."""
    starts = [start for start, _ in changes]
    for (start, value), stop in zip(changes, starts[1:] + [end]):
        if start < min(stop, end):
            yield start, min(stop, end), value

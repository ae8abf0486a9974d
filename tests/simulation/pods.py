"""Builders of the simulated pods: a classifier and an engine, as Seldon Core deploys them."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from .cluster import DEPLOYMENT_ID, MANAGED_BY, Container, Load, Memory, Pod

NODES = ("node-a", "node-b")
GIB, MIB = 2.0**30, 2.0**20


@dataclass(frozen=True)
class Span:
    """The time that a pod's containers run, and what ends it."""

    start: float
    end: float


def seldon_labels(model: str) -> dict[str, str]:
    return {MANAGED_BY: "seldon-core", DEPLOYMENT_ID: model, "seldon-app": f"{model}-default"}


def classifier(runs, cores=0.2, **overrides) -> Container:
    fields = dict(
        name="classifier",
        incarnations=tuple(runs),
        load=Load(cores, swing=0.3),
        memory=Memory(400 * MIB, 16 * MIB),
        requests={"cpu": 0.5, "memory": 512 * MIB},
        limits={"cpu": 1.0, "memory": GIB},
    )
    return Container(**(fields | overrides))


def engine(runs, **overrides) -> Container:
    fields = dict(
        name="seldon-container-engine",
        incarnations=tuple(runs),
        load=Load(0.05),
        memory=Memory(110 * MIB),
        requests={"cpu": 0.1, "memory": 128 * MIB},
        limits={"cpu": 0.5, "memory": 256 * MIB},
    )
    return Container(**(fields | overrides))


def serving_pod(namespace: str, name: str, model: str, life: Span, rng: Random, **overrides) -> Pod:
    """A pod that is created, scheduled and started within seconds, and deleted when it ends."""
    created = overrides.get("created", life.start - rng.uniform(4, 12))
    scheduled = created + rng.uniform(0.5, 2)
    runs = [(life.start, life.end)]
    fields = dict(
        namespace=namespace,
        name=name,
        created=created,
        deleted=life.end + rng.uniform(0.3, 4),
        labels=((created, seldon_labels(model)),),
        phases=((created, "Pending"), (life.start, "Running")),
        node=rng.choice(NODES),
        scheduled=scheduled,
        containers=(classifier(runs), engine(runs)),
        case="plain",
    )
    return Pod(**(fields | overrides))


def finished_pod(
    name: str, model: str, life: Span, rng: Random, phase: str, kept: float, **more
) -> Pod:
    """A pod that succeeds or fails at life.end and stays as an object for `kept` seconds."""
    created = life.start - 6
    return serving_pod(
        "models",
        name,
        model,
        life,
        rng,
        created=created,
        phases=((created, "Pending"), (life.start, "Running"), (life.end, phase)),
        deleted=life.end + kept,
        **more,
    )

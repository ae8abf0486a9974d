"""The case cluster: in every cycle (an hour, for the tests) each awkward case happens once.

Long-lived pods span the whole time; the others are placed in each cycle by a generator seeded with
(seed, cycle).
"""

from __future__ import annotations

from random import Random

from .cluster import DEPLOYMENT_ID, MANAGED_BY, Cluster, Container, Load, Memory, Pod
from .pods import (
    GIB,
    MIB,
    NODES,
    Span,
    classifier,
    engine,
    finished_pod,
    seldon_labels,
    serving_pod,
)

WEIRD_NAME = 'a"b\\c\nd\te{f="g"}],h \\n é 模型 🦭'
SHORT_LIFE = 400.0
# The tests ask by these names for the cases that they judge by bounds of their own.
SHORT_LIVED, RELABELLED, CRASHING = "short-lived", "relabelled", "crashing"
RESTART = "restart"
NEAR_OUTAGE = "near an outage"


def long_lived(start: float, end: float, rng: Random) -> list[Pod]:
    life = Span(start, end)
    runs = [(start, end)]
    loading = Container(
        "classifier-model-initializer",
        ((start - 3, start - 1),),
        Load(0.4),
        Memory(90 * MIB),
        {"cpu": 0.1, "memory": 100 * MIB},
        {"cpu": 1.0, "memory": GIB},
    )
    proxy = Container(
        "istio-proxy",
        ((start - 2, end),),
        Load(0.03),
        Memory(24 * MIB),
        {"cpu": 0.01, "memory": 40 * MIB},
        {"cpu": 2.0, "memory": GIB},
        side_car=True,
    )
    pods = [
        serving_pod(
            "models",
            f"iris-sklearn-default-0-classifier-6c9d7f8b5d-{end_of_name}",
            "iris-sklearn",
            life,
            rng,
            init_containers=(loading,),
            case="two replicas",
        )
        for end_of_name in ("x2x7k", "m4q9z")
    ]
    pods.append(
        serving_pod(
            "fraud",
            "iris-sklearn-default-0-classifier-9c5d6b7f44-k8w3n",
            "iris-sklearn",
            life,
            rng,
            init_containers=(proxy,),
            case="same name, other namespace",
        )
    )
    pods.append(serving_pod("models", "weird-default-0-7f", WEIRD_NAME, life, rng, case="escaping"))
    pods.append(
        serving_pod(
            "models",
            "nolimits-nl4pq",
            "nolimits",
            life,
            rng,
            case="no limits",
            containers=(classifier(runs, requests={}, limits={}),),
        )
    )
    pods.append(
        serving_pod(
            "models",
            "requests-only-0",
            "requests-only",
            life,
            rng,
            case="no limits",
            containers=(classifier(runs, limits={}), engine(runs, limits={})),
        )
    )
    created = start - 20
    pods.append(
        Pod(
            "models",
            "sentiment-huge-default-0-hg2vv",
            created,
            end,
            ((created, seldon_labels("sentiment-huge")),),
            ((created, "Pending"),),
            containers=(classifier((), requests={"cpu": 64.0, "memory": 512 * GIB}), engine(())),
            case="unscheduled",
        )
    )
    for name, labels in (
        ("id-only", {DEPLOYMENT_ID: "id-only"}),
        ("managed-only", {MANAGED_BY: "seldon-core"}),
        ("odd-labels", {"team": "x"}),
    ):
        pods.append(
            serving_pod(
                "other", name, "", life, rng, labels=((start - 30, labels),), case="one label only"
            )
        )
    return pods


def repeating(start: float, end: float, cycle: float, rng: Random) -> list[Pod]:
    """Pods that outlive the cycles but whose containers do not."""
    restarts, crashes = [start], []
    at = start
    while at < end:
        restarts.append(at + cycle * rng.uniform(0.3, 0.7))
        at += cycle
    runs = tuple(
        (begin + (7.3 if begin > start else 0), stop)
        for begin, stop in zip(restarts, restarts[1:] + [end])
    )
    at = start
    while at < end:
        crashes.append((at, at + rng.uniform(25, 50)))
        at = crashes[-1][1] + rng.uniform(120, 300)
    life = Span(start, end)
    return [
        serving_pod(
            "models",
            "restarts-default-0-r3st4",
            "restarts",
            life,
            rng,
            case=RESTART,
            containers=(classifier(runs), engine([(start, end)])),
        ),
        serving_pod(
            "models",
            "fraud-crash-default-0-cr4sh",
            "fraud-crash",
            life,
            rng,
            case=CRASHING,
            containers=(classifier(crashes), engine([(start, end)])),
        ),
    ]


def same_name_pods(start: float, end: float, cycle: float, rng: Random) -> list[Pod]:
    """A StatefulSet's pod, replaced in every cycle by one of the same name and another uid."""
    cuts = [start]
    while cuts[-1] < end:
        cuts.append(min(end, start + cycle * len(cuts) - cycle * rng.uniform(0.3, 0.7)))
    pods = []
    for index, (begin, stop) in enumerate(zip(cuts, cuts[1:])):
        gap = 9.7 if index % 2 else 47.0
        created = begin + (gap - 8 if index else -8)
        pods.append(
            serving_pod(
                "models",
                "feature-store-default-0-classifier-0",
                "feature-store",
                Span(created + 8, stop),
                rng,
                created=created,
                deleted=stop + 0.5,
                node=NODES[index % 2],
                case="same name, other uid",
            )
        )
    return pods


def one_cycle(begin: float, cycle: float, rng: Random, index: int) -> list[Pod]:
    """What comes and goes within the cycle that starts at `begin`."""
    unit = cycle / 3600
    mark = f"{index % 1000:03d}"
    pods = []

    change = begin + cycle * rng.uniform(0.45, 0.55)
    life = Span(begin + 180 * unit, begin + cycle - 180 * unit)
    labels = (
        (begin, seldon_labels("relabelled-before")),
        (change, seldon_labels("relabelled-after")),
    )
    pods.append(
        serving_pod("models", f"relabelled-{mark}", "", life, rng, labels=labels, case=RELABELLED)
    )

    come = begin + cycle * rng.uniform(0.1, 0.3)
    go = come + cycle * rng.uniform(0.3, 0.5)
    for replica in ("a", "b"):
        life = Span(come + rng.uniform(0, 20), go + rng.uniform(0, 20))
        pods.append(
            serving_pod(
                "models",
                f"visitor-{mark}-{replica}",
                f"visitor-{index % 3}",
                life,
                rng,
                case="comes and goes",
            )
        )
    life = Span(begin + cycle * rng.uniform(0.7, 0.8), begin + cycle * rng.uniform(1.2, 1.3))
    pods.append(
        serving_pod(
            "fraud",
            f"over-the-hour-{mark}",
            f"over-the-hour-{index % 2}",
            life,
            rng,
            case="over the edge",
        )
    )

    for place in (0.15, 0.6) if cycle >= 3 * SHORT_LIFE else (0.1,):
        at = begin + cycle * place + rng.uniform(0, 60)
        pods.append(
            serving_pod(
                "models",
                f"short-lived-{mark}-{int(place * 100)}",
                "short-lived",
                Span(at, at + SHORT_LIFE),
                rng,
                case=SHORT_LIVED,
            )
        )

    at = begin + cycle * rng.uniform(0.2, 0.3)
    pods.append(
        finished_pod(
            f"score-ok-{mark}",
            "score-ok",
            Span(at, at + 900 * unit),
            rng,
            "Succeeded",
            1500 * unit,
            case="completed",
        )
    )
    pods.append(
        finished_pod(
            f"score-bad-{mark}",
            "score-bad",
            Span(at + 30, at + 700 * unit),
            rng,
            "Failed",
            1500 * unit,
            case="failed",
        )
    )
    pods.append(
        finished_pod(
            f"evicted-{mark}",
            "evicted",
            Span(at, at + 1100 * unit),
            rng,
            "Failed",
            1000 * unit,
            evicted=at + 1100 * unit,
            case="evicted",
        )
    )
    pods.append(waiting_pod(begin, cycle, rng, mark))
    return pods


def waiting_pod(begin: float, cycle: float, rng: Random, mark: str) -> Pod:
    """Unscheduled for a while, then pulling its image, then running."""
    unit = cycle / 3600
    created = begin + cycle * rng.uniform(0.1, 0.2)
    scheduled = created + 400 * unit
    life = Span(scheduled + 600 * unit, begin + cycle * 0.9)
    return serving_pod(
        "models",
        f"churn-pull-{mark}",
        "churn-pull",
        life,
        rng,
        created=created,
        scheduled=scheduled,
        case="pending",
    )


def near_outage(start: float, end: float) -> list[Pod]:
    """Pods of 6 to 10 minutes that start and end shortly before, in and shortly after an outage."""
    rng = Random(f"near outage:{start}")
    pods = []
    for seconds in (30, 60, 100):
        life = rng.uniform(360, 600)
        lives = {
            "starts-before": Span(start - seconds, start - seconds + life),
            "ends-before": Span(start - seconds - life, start - seconds),
            "starts-in": Span(end + seconds - life, end + seconds),
            "starts-after": Span(end + seconds, end + seconds + life),
        }
        for when, span in lives.items():
            model = f"{when}-{seconds}"
            name = f"{model}-{int(start) % 86400}"
            pods.append(serving_pod("outages", name, model, span, rng, case=NEAR_OUTAGE))
    return pods


def case_cluster(start: float, end: float, cycle: float = 3600.0, seed: int = 1) -> Cluster:
    """All cases in each of the cycles that lie in [start, end); what lives long lives past both."""
    before, after = start - 600, end + cycle
    pods = long_lived(before, after, Random(f"{seed}:long-lived"))
    pods += repeating(before, after, cycle, Random(f"{seed}:repeating"))
    pods += same_name_pods(before, after, cycle, Random(f"{seed}:same name"))
    for index in range(int((end - start) // cycle)):
        pods += one_cycle(start + index * cycle, cycle, Random(f"{seed}:{index}"), index)
    return Cluster(tuple(pods), NODES)


def living(cluster: Cluster, start: float, end: float) -> Cluster:
    """Only the pods that exist at some time in [start, end)."""
    pods = (pod for pod in cluster.pods if pod.created < end and pod.deleted > start)
    return Cluster(tuple(pods), cluster.nodes)

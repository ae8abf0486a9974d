"""That the comparisons with the truth hold every case, and that they can fail."""

from __future__ import annotations

import pytest
from pack_worlds import ORACLE_VARIANT, VARIANTS
from simulation import cases
from simulation.cluster import DEPLOYMENT_ID, Pod
from simulation.exposition import Series
from simulation.scraping import Target
from simulation.truth import KSM_JOB, Bounds
from simulation.world import CADVISOR_JOBS, HOUR, World, build
from test_pack_truth import outside

DAY_LONG = [v for v in (*VARIANTS.values(), ORACLE_VARIANT) if v.hours >= 24]


def pods_in(world: World, end: float) -> list[Pod]:
    return [pod for pod in world.cluster.pods if pod.created < end and pod.deleted > end - HOUR]


def inside(t: float, end: float) -> bool:
    return end - HOUR < t <= end


# Case to whether a window that holds these pods contains it.
CASES = {
    "replaced by one of the same name and another uid": lambda pods, end: any(
        a.name == b.name and a.uid != b.uid and inside(b.created, end) for a in pods for b in pods
    ),
    "label changes while it lives": lambda pods, end: any(
        inside(at, end) and pod.created < at < pod.deleted
        for pod in pods
        for at, _ in pod.labels[1:]
    ),
    "container restarts": lambda pods, end: any(
        inside(run[0], end)
        for pod in pods
        if pod.case == cases.RESTART
        for c in pod.containers
        for run in c.incarnations[1:]
    ),
    "crash loop": lambda pods, end: any(pod.case == cases.CRASHING for pod in pods),
    "without limits": lambda pods, end: any(
        not any(c.limits for c in pod.containers) for pod in pods
    ),
    "completed": lambda pods, end: any(
        phase == "Succeeded" and inside(at, end) for pod in pods for at, phase in pod.phases
    ),
    "evicted": lambda pods, end: any(inside(pod.evicted, end) for pod in pods),
    "pending": lambda pods, end: any(
        pod.case == "pending" and inside(pod.scheduled, end) for pod in pods
    ),
    "unscheduled": lambda pods, end: any(not pod.node for pod in pods),
    "comes and goes": lambda pods, end: any(
        inside(pod.created, end) and inside(pod.deleted, end) for pod in pods
    ),
    "lives 400 s": lambda pods, end: any(
        stop - start == pytest.approx(cases.SHORT_LIFE)
        for pod in pods
        for c in pod.containers
        for start, stop in c.incarnations
    ),
    "same name in two namespaces": lambda pods, end: len(
        {pod.namespace for pod in pods if pod.labels[0][1].get(DEPLOYMENT_ID) == "iris-sklearn"}
    )
    == 2,
    "one label only": lambda pods, end: {"id-only", "managed-only"} <= {pod.name for pod in pods},
    "escaping": lambda pods, end: any(
        pod.labels[0][1].get(DEPLOYMENT_ID) == cases.WEIRD_NAME for pod in pods
    ),
    "init container and side-car": lambda pods, end: {False, True}
    <= {c.side_car for pod in pods for c in pod.init_containers},
}


@pytest.mark.parametrize("variant", DAY_LONG, ids=lambda variant: variant.name)
@pytest.mark.parametrize("case", CASES)
def test_every_window_contains_the_case(variant, case: str):
    world = build(variant)
    assert len(world.window_ends) >= 24
    for end in world.window_ends:
        assert CASES[case](
            pods_in(world, end), end
        ), f"{case} is not in the window that ends at {end}"


def seen(world: World, target: Target, series: Series, end: float) -> bool:
    """Whether a good scrape of the target in the window shows the series."""
    attempts = world.history.attempts[target]
    return any(
        good and inside(t, end) and any(start <= t < stop for start, stop, _ in series.spans)
        for t, good in zip(attempts.times, attempts.good)
    )


@pytest.fixture(scope="module")
def oracle_world() -> World:
    return build(ORACLE_VARIANT)


def test_every_window_of_the_oracle_has_two_of_each_and_pause_containers(oracle_world: World):
    """The same series by two replicas and by two jobs: what counts twice where a rule adds them."""
    assert len(oracle_world.window_ends) >= 24
    of_job = {
        job: [target for target in oracle_world.history.targets if target.job == job]
        for job in (KSM_JOB, *CADVISOR_JOBS)
    }
    ksm, kubelet, other = of_job.values()
    assert len({target.instance for target in ksm}) == 2
    assert len(ksm) + len(kubelet) + len(other) == len(oracle_world.history.targets)
    assert len({target.instance for target in kubelet}) >= 2
    assert [t.instance for t in kubelet] == [t.instance for t in other]
    for first, second in (ksm, *zip(kubelet, other)):
        assert first.series == second.series and first.offset != second.offset
        chosen = [
            series
            for series in first.series
            if first.job == KSM_JOB or ("container", "POD") in series.labels
        ]
        for end in oracle_world.window_ends:
            assert any(
                seen(oracle_world, first, series, end) and seen(oracle_world, second, series, end)
                for series in chosen
            ), f"nothing twice in the window that ends at {end}"


def test_weird_name_has_all_that_needs_escaping():
    assert {"\\", '"', "\n"} <= set(cases.WEIRD_NAME) and not cases.WEIRD_NAME.isascii()


WANT = {("a", "x"): Bounds(1.0, 1.0), ("a", "y"): Bounds(2.0, 2.5), ("a", "z"): Bounds(0.0, 0.5)}


@pytest.mark.parametrize(
    "got, complaints",
    [
        ({("a", "x"): 1.0, ("a", "y"): 2.25}, 0),
        ({("a", "x"): 1.0, ("a", "y"): 2.25, ("a", "z"): 0.5}, 0),
        ({("a", "x"): 1.0 + 1e-8, ("a", "y"): 2.25}, 1),
        ({("a", "x"): 1.0, ("a", "y"): 2.6}, 1),
        ({("a", "x"): 1.0, ("a", "y"): 1.9}, 1),
        ({("a", "x"): 1.0}, 1),
        ({}, 2),
        ({("a", "x"): 1.0, ("a", "y"): 2.25, ("b", "x"): 1.0}, 1),
        ({("a", "x"): float("nan"), ("a", "y"): 2.25}, 1),
    ],
)
def test_comparison_complains(got, complaints: int):
    assert len(outside(got, WANT)) == complaints

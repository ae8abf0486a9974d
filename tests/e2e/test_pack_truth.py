"""The shipped rules against the simulated cluster, which knows what they must say without PromQL.

By Prometheus with a few lines of Python, and by the daemon: every gauge as scraped (exactly) and
as it was (to within a scrape at each edge), CPU use by the bounds below, at scrape intervals of
15, 30 and 60 s.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pack_evaluators import STEP, Values, daemon_binary
from pack_worlds import VARIANTS, Loaded, load, server_for
from simulation import cases, truth
from simulation.truth import CPU, GAUGES, MEMORY, Bounds, Model, Piece
from simulation.world import HOUR

EXACT = 1e-9
CPU_BOUND = 0.02
CPU_BOUND_WITH_OUTAGE = 0.05
CPU_BOUND_RELABELLED = 0.05
# A restart once an hour: half a scrape at the end of the old cgroup is in doubt, 0.2 %. Were the
# first sample of the new one not counted, as much again would be missing.
CPU_BOUND_RESTART = 0.01
# The containers of this case live 25 to 50 s; half a scrape at their end is much of that.
CPU_BOUND_CRASHING = 0.10

# The first of VARIANTS: where the places differ, pytest starts each server once more.
WITH_MARKERS = [variant for variant in VARIANTS.values() if not variant.own_timestamps]


@pytest.fixture(scope="module", params=VARIANTS.values(), ids=lambda variant: variant.name)
def loaded(request) -> Iterator[Loaded]:
    with server_for(request.param) as server:
        yield load(request.param, server)


@pytest.fixture(params=["prometheus", "daemon"])
def values(request, loaded: Loaded) -> dict[float, Values]:
    if request.param == "prometheus":
        return loaded.from_prometheus
    if not daemon_binary().exists():
        pytest.skip(f"{daemon_binary()} is not built")
    return loaded.from_daemon


def outside(
    got: dict[Model, float], want: dict[Model, Bounds], tolerance: float = EXACT
) -> list[str]:
    """What is not within its bounds, what is missing, and what should not be there."""
    found = []
    for model in sorted(got.keys() | want.keys()):
        bounds = want.get(model, Bounds())
        value = got.get(model)
        slack = tolerance * bounds.high
        if value is None:
            if bounds.low > slack:
                found.append(f"{model} is missing, should be {bounds}")
        elif model not in want or not bounds.low - slack <= value <= bounds.high + slack:
            found.append(f"{model} is {value!r}, should be {bounds}")
    return found


def own_timestamps(loaded: Loaded, rule: str) -> bool:
    return rule == MEMORY and loaded.world.variant.own_timestamps


@pytest.mark.parametrize("rule", [rule for rule in GAUGES if rule != MEMORY])
def test_gauge_is_what_was_scraped(loaded: Loaded, values: dict[float, Values], rule: str):
    """To the last digits; with two replicas, between what the one and the other saw."""
    assert_as_scraped(loaded, values, rule)


@pytest.mark.parametrize("loaded", WITH_MARKERS, indirect=True, ids=lambda variant: variant.name)
def test_memory_is_what_was_scraped(loaded: Loaded, values: dict[float, Values]):
    """Also to the last digits, but without stale markers what was scraped is not what is seen."""
    assert_as_scraped(loaded, values, MEMORY)


def assert_as_scraped(loaded: Loaded, values: dict[float, Values], rule: str) -> None:
    compared = 0
    for end in loaded.world.window_ends:
        want, _ = loaded.as_scraped(rule, end)
        assert outside(values[end][rule], want) == [], f"{rule} at {end}"
        compared += len(want)
    assert compared >= 10 * len(loaded.world.window_ends)


@pytest.mark.parametrize("rule", GAUGES)
def test_gauge_is_what_was(loaded: Loaded, values: dict[float, Values], rule: str):
    """To within a scrape at each edge, where there was no outage."""
    interval = loaded.world.variant.interval
    # Without markers, a container that has ended is seen until its last sample is 2 minutes old.
    late = interval + truth.FRESH if own_timestamps(loaded, rule) else interval
    windows = [end for end in loaded.world.window_ends if not loaded.has_outage(rule, end)]
    assert len(windows) >= 3
    for end in windows:
        averages = loaded.as_it_was(rule, end, late)
        want = {
            model: Bounds(value - edges, value + edges)
            for model, (value, edges) in averages.items()
        }
        got = {model: values[end][rule].get(model, 0.0) for model in want} | values[end][rule]
        assert outside(got, want) == [], f"{rule} at {end}"


@pytest.mark.parametrize("rule", GAUGES)
def test_gauge_with_an_outage_is_what_was_observed(
    loaded: Loaded, values: dict[float, Values], rule: str
):
    """Models that are the same all hour: an outage must not change their average at all."""
    windows = [end for end in loaded.world.window_ends if loaded.has_outage(rule, end)]
    for end in windows:
        averages = loaded.as_it_was(rule, end, 1.0)
        for model in steady_models(loaded, end):
            value = values[end][rule].get(model, 0.0)
            # Memory climbs and falls all the time, and a node may be away a scrape less or more.
            bound = 0.02 + loaded.world.variant.interval / HOUR if rule == MEMORY else EXACT
            assert value == pytest.approx(
                averages.get(model, (0.0,))[0], rel=bound
            ), f"{rule} of {model} at {end}"


def steady_models(loaded: Loaded, end: float) -> list[Model]:
    """The models all of whose containers run all through the window."""
    changing, all_models = set(), set()
    for pod in loaded.world.cluster.pods:
        if pod.created < end and pod.deleted > end - HOUR:
            for _, labels in pod.labels:
                model = (pod.namespace, labels.get(cases.DEPLOYMENT_ID, ""))
                all_models.add(model)
                runs = [run for c in pod.containers for run in c.incarnations]
                if not runs or any(start > end - HOUR or stop < end for start, stop in runs):
                    changing.add(model)
                if pod.model_at(max(end - HOUR, pod.created)) != model[1]:
                    changing.add(model)
    return sorted(all_models - changing)


def test_cpu_is_what_was_used(loaded: Loaded, values: dict[float, Values]):
    compared = 0
    for end in loaded.world.window_ends:
        used = cpu_used(loaded, end)
        got = values[end][CPU]
        complaints = []
        for model in sorted(used.keys() | got.keys()):
            truth_, bound = used.get(model, 0.0), cpu_bound(loaded, model, end, used)
            if abs(got.get(model, 0.0) - truth_) > bound:
                complaints.append(f"{model}: {got.get(model)} is not {truth_} +- {bound}")
            compared += 1
        assert complaints == [], f"at {end}"
    assert compared >= 10 * len(loaded.world.window_ends)


def cpu_used(loaded: Loaded, end: float) -> dict[Model, float]:
    averages = loaded.as_it_was(CPU, end, 0.0)
    return {model: value for model, (value, _) in averages.items() if value > 0}


def cpu_bound(loaded: Loaded, model: Model, end: float, used: dict[Model, float]) -> float:
    """How far the rule may be from the truth, in cores."""
    variant = loaded.world.variant
    case, edges = case_of(loaded, model, end)
    share = {
        cases.CRASHING: CPU_BOUND_CRASHING,
        cases.RELABELLED: CPU_BOUND_RELABELLED,
        cases.RESTART: CPU_BOUND_RESTART,
    }.get(case, CPU_BOUND)
    if loaded.has_outage(CPU, end):
        share = max(share, CPU_BOUND_WITH_OUTAGE)
    bound = share * used.get(model, 0.0)
    if variant.interval > 15 or variant.own_timestamps or case == cases.NEAR_OUTAGE:
        bound += edges * variant.interval / HOUR
    return bound


def case_of(loaded: Loaded, model: Model, end: float) -> tuple[str, float]:
    """The model's case, and the cores that may go uncounted or be counted twice for a scrape."""
    case, cores = "", 0.0
    for pod in loaded.world.cluster.pods:
        if pod.namespace == model[0] and any(
            l.get(cases.DEPLOYMENT_ID) == model[1] for _, l in pod.labels
        ):
            case = pod.case if pod.deleted > end - HOUR and pod.created < end else case
            cores += sum(
                c.load.cores
                * (1 + c.load.swing)
                * scrapes_of_doubt(
                    run, loaded.observed(CPU, end, pod.node), end, loaded.world.variant.interval
                )
                for c in pod.all_containers
                for run in c.incarnations
            )
    return case, cores


def scrapes_of_doubt(run: Piece, pieces: list[Piece], end: float, interval: float) -> float:
    """How many scrapes of a container's use may be counted too much or too little.

    Nothing at its start: a counter starts at 0. Half a scrape at its end and on either side of an
    outage, where the rule adds a half because it cannot know; all of one where there was but one
    scrape, from which the rule cannot tell the pace. One at an edge of the window, where the newest
    sample may be that old; but a container that runs all through it has both, and what is too
    little here is too much there.
    """
    if run[0] <= end - HOUR and run[1] >= end and len(pieces) == 1:
        return 0.0
    doubt = 0.0
    for start, stop in pieces:
        if run[0] < stop and run[1] > start:
            doubt += (1.0 if start == end - HOUR else 0.5) * (run[0] < start)
            scraped_twice = min(run[1], stop) - max(run[0], start) >= 2 * interval
            doubt += 0.5 if scraped_twice and (run[1] < stop or stop < end) else 1.0
    return doubt


def test_coverage_is_what_was_observed(loaded: Loaded):
    """For the gauges to the grid point; for CPU to within a scrape at both sides of each outage."""
    step = STEP / HOUR
    for end in loaded.world.window_ends:
        for rule in GAUGES:
            if not own_timestamps(loaded, rule):
                _, share = loaded.as_scraped(rule, end)
                assert len(loaded.prometheus.covered(rule, end, HOUR)) * step == pytest.approx(
                    share
                ), rule
        pieces = truth.observed(loaded.world.history, CPU, end, HOUR)
        observed = sum(stop - start for start, stop in pieces) / HOUR
        slack = 2 * (len(pieces) - 1) * (loaded.world.variant.interval + STEP) / HOUR
        assert len(loaded.prometheus.covered(CPU, end, HOUR)) * step == pytest.approx(
            observed, abs=slack + 1e-9
        )


def test_no_expression_fails_between_the_scrapes_of_replicas(loaded: Loaded):
    """Every 7 s comes to every distance from the scrapes; the grid's 15 s do not."""
    end = loaded.world.window_ends[1]
    for rule in loaded.prometheus.rules.values():
        for expression in (rule["expr"], rule["coverage"]):
            assert loaded.server.query_range(expression, end - HOUR + 1, end, 7)


def test_daemon_says_what_prometheus_says(loaded: Loaded):
    if not daemon_binary().exists():
        pytest.skip(f"{daemon_binary()} is not built")
    compared = 0
    for end, by_rule in loaded.from_prometheus.items():
        assert loaded.from_daemon[end].keys() == by_rule.keys()
        for rule, want in by_rule.items():
            exact = {model: Bounds(value, value) for model, value in want.items()}
            assert outside(loaded.from_daemon[end][rule], exact, 1e-12) == [], f"{rule} at {end}"
            compared += len(want)
    assert compared >= 70 * len(loaded.world.window_ends)

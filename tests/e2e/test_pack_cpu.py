"""What the CPU rule makes of a counter that it has not seen before: new, or merely seen anew.

Counters written as such, because the simulated cluster has neither labels that come late nor a
counter that is reset. A day of use must never appear in one step, nor a start be lost.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pack_evaluators import DaemonEvaluator, PrometheusEvaluator, Values, daemon_binary
from servers import Prometheus
from simulation.remote_write import write_series
from simulation.truth import CPU
from simulation.world import EPOCH

WINDOW = 1800.0
SCRAPE = 15
PACE = 0.1
DAYS = 1e6  # core seconds that were used before anybody looked
TIMES = [EPOCH - 300 + 3 + SCRAPE * index for index in range((int(WINDOW) + 600) // SCRAPE)]
MIDDLE = EPOCH + WINDOW / 2
LONG_AGO, JUST_NOW = EPOCH - DAYS, MIDDLE - 10
BURST = 9.0  # core seconds that a start takes before its first scrape

Samples = list[tuple[float, float]]


def growing(samples_at: list[float], first: float) -> Samples:
    return [(t, first + PACE * (t - samples_at[0])) for t in samples_at]


FIRST_HALF = [t for t in TIMES if t < MIDDLE]
LATE = [t for t in TIMES if t >= MIDDLE]
ALL_BUT_10_MINUTES = [t for t in TIMES if not MIDDLE - 600 <= t < MIDDLE]

# Model to its node, when cAdvisor says that it started, its counter, and the core seconds that are
# to be counted in the window. (Samples come 3 s after the grid points, and belong to those.)
COUNTERS: dict[str, tuple[str, float | None, Samples, float]] = {
    "steady": ("a", LONG_AGO, growing(TIMES, DAYS), PACE * WINDOW),
    "starts": ("a", JUST_NOW, growing(LATE, BURST), BURST + PACE * WINDOW / 2),
    # Half a scrape that was not scraped: before the first sample of what is older, or may be, and at
    # an end.
    "starts-without-a-start-time": ("a", None, growing(LATE, BURST), PACE * (WINDOW + SCRAPE) / 2),
    "labels-come-late-without-a-start-time": (
        "a",
        None,
        growing(LATE, DAYS),
        PACE * (WINDOW + SCRAPE) / 2,
    ),
    "labels-come-late": ("a", LONG_AGO, growing(LATE, DAYS), PACE * (WINDOW + SCRAPE) / 2),
    "ends": ("a", LONG_AGO, growing(FIRST_HALF, DAYS), PACE * (WINDOW / 2 - SCRAPE + SCRAPE / 2)),
    # The 10 minutes lack 615 s between two samples; half a scrape counts on either side.
    "node-was-away": ("b", None, growing(ALL_BUT_10_MINUTES, DAYS), PACE * (WINDOW - 600)),
    "reset": (
        "a",
        JUST_NOW,
        growing(FIRST_HALF, DAYS) + growing(LATE, BURST),
        BURST + PACE * (WINDOW - SCRAPE),  # nobody can know what it had used when it was reset
    ),
    "falls-a-little": (
        "a",
        LONG_AGO,
        growing(FIRST_HALF, DAYS) + growing(LATE, DAYS),
        PACE * (WINDOW - SCRAPE),
    ),
}


def series() -> Iterator[tuple[dict[str, str], Samples]]:
    for model, (node, started, samples, _) in COUNTERS.items():
        pod = {"namespace": "models", "pod": model}
        cgroup = pod | {"job": "kubelet", "instance": node, "container": "c", "id": f"/{model}"}
        yield cgroup | {"__name__": "container_cpu_usage_seconds_total", "cpu": "total"}, samples
        if started is not None:
            # cAdvisor gives its counters the time at which it read them, and this no time.
            start_times = [(t + 20, started) for t, _ in samples]
            yield cgroup | {"__name__": "container_start_time_seconds"}, start_times
        labels = {
            "__name__": "kube_pod_labels",
            "label_app_kubernetes_io_managed_by": "seldon-core",
            "label_seldon_deployment_id": model,
        }
        yield pod | labels | {"job": "kube-state-metrics"}, [(t + 1, 1.0) for t in TIMES]


@pytest.fixture(scope="module", params=["prometheus", "daemon"])
def values(request) -> Iterator[Values]:
    if request.param == "daemon" and not daemon_binary().exists():
        pytest.skip(f"{daemon_binary()} is not built")
    with Prometheus() as server:
        write_series(server.remote_write_url, series())
        evaluator = (
            PrometheusEvaluator(server)
            if request.param == "prometheus"
            else DaemonEvaluator(daemon_binary(), server)
        )
        yield evaluator.evaluate(EPOCH + WINDOW, WINDOW)


@pytest.mark.parametrize("model", COUNTERS)
def test_what_is_counted(values: Values, model: str):
    counted = values[CPU]["models", model] * WINDOW
    assert counted == pytest.approx(COUNTERS[model][3], abs=1e-3)

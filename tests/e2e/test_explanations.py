"""Why the Seldon pack finds nothing: each mistake of a cluster's monitoring is named, once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from daemon import Daemon, once
from fake_behaviors import matrix
from fake_prometheus import FakePrometheus
from faults import by_expression
from page import events, page_of, wait_for
from pack_evaluators import PACK
from random_series import EPOCH, HOUR, MINUTE
from servers import Prometheus
from simulation.remote_write import RemoteWriter, double, encode_labels, sample_head, sample_time

POD = {"namespace": "models", "pod": "a", "uid": "1"}
SELDON = {"label_app_kubernetes_io_managed_by": "seldon-core", "label_seldon_deployment_id": "iris"}
EXPORTED = {"namespace": "monitoring", "pod": "kube-state-metrics-0", "exported_namespace": "models", "exported_pod": "a"}
OF_KSM = {"namespace": "monitoring", "pod": "kube-state-metrics-0", "container": "c", "id": "/b"}
MEMORY = {"__name__": "container_memory_usage_bytes", "container": "c", "id": "/a"}
RULES = [rule["record"] for group in yaml.safe_load(PACK.read_text())["groups"] for rule in group["rules"]]

# An hour each: what there is in it, and the words of what must be said.
MISTAKES: dict[str, tuple[list[dict[str, str]], list[str]]] = {
    "nothing": ([{"__name__": "up", "job": "node"}], ["kube-state-metrics is not there, or not scraped"]),
    # All that the rules read: every pod's series carry the pod of kube-state-metrics, so they would join.
    "without_honor_labels": ([{"__name__": "kube_pod_info", **EXPORTED}, {"__name__": "kube_pod_labels", **EXPORTED, **SELDON},
                              {"__name__": "kube_pod_container_status_running", **EXPORTED, "container": "c"},
                              *({"__name__": f"kube_pod_container_resource_{kind}", **EXPORTED, "container": "c", "node": "n",
                                 "resource": resource} for kind in ("requests", "limits") for resource in ("cpu", "memory")),
                              {"__name__": "kube_pod_status_phase", **EXPORTED, "phase": "Running"},
                              {"__name__": "container_cpu_usage_seconds_total", **OF_KSM, "cpu": "total"},
                              {"__name__": "container_memory_usage_bytes", **OF_KSM}],
                             ["without `honor_labels: true`"]),
    "without_allowlist": ([{"__name__": "kube_pod_info", **POD}, {"__name__": "kube_pod_labels", **POD}],
                          ["--metric-labels-allowlist=pods=[app.kubernetes.io/managed-by,seldon-deployment-id]"]),
    "without_cadvisor": ([{"__name__": "kube_pod_info", **POD}, {"__name__": "kube_pod_labels", **POD, **SELDON}],
                         ["cAdvisor", *(f"nothing that {rule} measures" for rule in RULES
                                        if rule not in ("model_cpu_usage_seconds_total", "model_memory_usage_bytes"))]),
    "cadvisor_without_pods": ([{"__name__": "kube_pod_info", **POD}, {"__name__": "kube_pod_labels", **POD, **SELDON}, MEMORY],
                              ["cAdvisor", *(f"nothing that {rule} measures" for rule in RULES
                                             if rule not in ("model_cpu_usage_seconds_total", "model_memory_usage_bytes"))]),
}


@pytest.fixture(scope="module")
def mistaken() -> Iterator[Prometheus]:
    """Each of the mistakes in an hour of its own, every second one, so that none looks into another."""
    with Prometheus() as server:
        writer = RemoteWriter(server.remote_write_url)
        for number, (series, _) in enumerate(MISTAKES.values()):
            times = range(EPOCH + 2 * number * HOUR, EPOCH + (2 * number + 1) * HOUR, MINUTE // 2)
            for labels in series:
                writer.add(encode_labels(labels), b"".join(sample_head(double(1)) + sample_time(at) for at in times))
        writer.close()
        yield server


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_mistake_is_named_once(mistaken: Prometheus, mistake: str) -> None:
    end = (EPOCH + (2 * list(MISTAKES).index(mistake) + 1) * HOUR) // 1000
    done = once("--time", str(end), QUERIES=PACK, PROMETHEUS_URL=mistaken.url, LOG_FORMAT="json")
    assert (done.code, done.text) == (0, ""), done.log
    said = [event["why"] for event in events(done.log, "rule found nothing")]
    expected = MISTAKES[mistake][1]
    assert len(said) == len(expected)
    assert all(any(words in why for why in said) for words in expected), said


def test_it_is_said_again_only_when_it_was_well_meanwhile(tmp_path: Path) -> None:
    there, nothing = matrix(), matrix(0)
    hasty = tmp_path / PACK.name  # the pack's own step is longer than this test's windows
    hasty.write_text(PACK.read_text().replace("step: 15s", "step: 1s"))
    with FakePrometheus(nothing) as fake, \
            Daemon(QUERIES=hasty, PROMETHEUS_URL=fake.url, LOG_FORMAT="json", TIME_PERIOD="1s") as daemon:

        def wait_for_slots(count: int) -> None:
            end = page_of(daemon).window_end(RULES[-1])
            wait_for(lambda: page_of(daemon).window_end(RULES[-1]) >= end + count)

        def said() -> list[str]:
            return [event["why"] for event in events(daemon.log(), "rule found nothing")]

        wait_for_slots(3)
        assert len(said()) == 1 and "kube_pod_info" in said()[0]
        fake.set_plan(by_expression({}, there))
        wait_for(lambda: len({name for name in RULES if page_of(daemon).all(name)}) == len(RULES))
        fake.set_plan(nothing)
        wait_for_slots(3)
        assert len(said()) == 2 and said()[0] == said()[1]

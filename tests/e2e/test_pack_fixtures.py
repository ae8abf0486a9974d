"""The shipped rules on text that real kube-state-metrics and cAdvisor printed.

Expected values are read off the text itself, and some of them are spelled out. The text is a
moment: it is written as if scraped every 15 s, each CPU counter growing at a pace of its own.
"""

from __future__ import annotations

import gzip
import threading
import time
import zlib
from collections import defaultdict
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import exposition_text
import pytest
from pack_evaluators import DaemonEvaluator, PrometheusEvaluator, Values, daemon_binary, load_rules
from pack_worlds import VARIANTS
from servers import Prometheus
from simulation import truth
from simulation.exposition import cadvisor, kube_state_metrics, text
from simulation.remote_write import write_series
from simulation.world import EPOCH, build

FIXTURES = Path(__file__).resolve().parents[1] / "data" / "fixtures"
PAIRS = [
    ("ksm-v2", "cadvisor"),
    ("ksm-v1", "cadvisor-docker"),
    ("ksm-v2", "cadvisor-docker"),
    ("ksm-v1", "cadvisor"),
]
CPU_SECONDS = "container_cpu_usage_seconds_total"
WINDOW = 600.0


def captured(name: str) -> str:
    return gzip.decompress((FIXTURES / f"{name}.prom.gz").read_bytes()).decode()


def cores_of(labels: dict[str, str]) -> float:
    """The pace at which this test lets a cgroup's counter grow."""
    return (1 + zlib.crc32(labels["id"].encode()) % 100) / 100


def as_scraped(name: str, job: str) -> Iterator[tuple[dict[str, str], list[tuple[float, float]]]]:
    times = [EPOCH - WINDOW - 300 + 3 + 15 * index for index in range(int((WINDOW + 600) // 15))]
    for family, labels, value, _ in exposition_text.samples(captured(name)):
        pace = cores_of(labels) if family == CPU_SECONDS else 0.0
        samples = [(t, value + pace * (t - times[0])) for t in times]
        yield labels | {"__name__": family, "job": job, "instance": "fixture"}, samples


def expected(ksm: str, cgroups: str) -> Values:
    """What the text says, without PromQL; 1.9's requests by the families that end in a unit."""
    models, phases, out = {}, {}, defaultdict(lambda: defaultdict(float))
    reported = list(exposition_text.samples(captured(ksm)))
    for family, labels, value, _ in reported:
        pod = (labels.get("namespace"), labels.get("pod"))
        if (
            family == "kube_pod_labels"
            and labels.get("label_app_kubernetes_io_managed_by") == "seldon-core"
        ):
            if labels.get("label_seldon_deployment_id"):
                models[pod] = (pod[0], labels["label_seldon_deployment_id"])
        if family == "kube_pod_status_phase" and value == 1:
            phases[pod] = labels["phase"]
    for family, labels, value, _ in reported:
        pod = (labels.get("namespace"), labels.get("pod"))
        if pod not in models:
            continue
        if family == "kube_pod_container_status_running" and value == 1:
            out[truth.CONTAINERS][models[pod]] += 1
        for rule, (kind, resource) in truth.RESERVED.items():
            if ksm == "ksm-v1":
                unit = {"cpu": "cpu_cores", "memory": "memory_bytes"}[resource]
                mine = family == f"kube_pod_container_resource_{kind}_{unit}"
            else:
                mine = (
                    family == f"kube_pod_container_resource_{kind}"
                    and labels["resource"] == resource
                )
            if mine and labels["node"] and phases[pod] not in ("Succeeded", "Failed"):
                out[rule][models[pod]] += value
    for family, labels, value, _ in exposition_text.samples(captured(cgroups)):
        pod = (labels.get("namespace"), labels.get("pod"))
        if pod in models and labels.get("container") not in ("", "POD"):
            if family == "container_memory_usage_bytes":
                out[truth.MEMORY][models[pod]] += value
            elif family == CPU_SECONDS:
                out[truth.CPU][models[pod]] += cores_of(labels)
    return {rule: dict(out[rule]) for rule in truth.RULES}


@pytest.fixture(scope="module", params=PAIRS, ids=lambda pair: " and ".join(pair))
def pair_and_server(request):
    with Prometheus() as server:
        ksm, cgroups = request.param
        series = list(as_scraped(ksm, "kube-state-metrics")) + list(as_scraped(cgroups, "kubelet"))
        write_series(server.remote_write_url, series)
        yield request.param, server


@pytest.mark.parametrize("by", ["prometheus", "daemon"])
def test_rules_on_captured_text(pair_and_server, by: str):
    pair, server = pair_and_server
    if by == "daemon" and not daemon_binary().exists():
        pytest.skip(f"{daemon_binary()} is not built")
    evaluator = (
        PrometheusEvaluator(server)
        if by == "prometheus"
        else DaemonEvaluator(daemon_binary(), server)
    )
    got, want = evaluator.evaluate(EPOCH, WINDOW), expected(*pair)
    for rule in truth.RULES:
        assert got[rule] == pytest.approx(want[rule], rel=1e-9), rule


@pytest.mark.parametrize("ksm", ["ksm-v2", "ksm-v1"])
def test_expected_values_are_those_of_the_cluster(ksm: str):
    """The description of the captured cluster, by hand: guards the reading above."""
    want = expected(ksm, "cadvisor")
    containers, requests = want[truth.CONTAINERS], want["model_cpu_requests"]
    assert containers["models", "iris-sklearn"] == 4  # two pods; the evicted third has none
    assert requests["models", "iris-sklearn"] == pytest.approx(1.2)  # nor does it reserve anything
    assert containers["seldon-system", "iris-sklearn"] == 4
    assert containers["models", "fraud-crash"] == 1  # the engine; the classifier is crashing
    assert ("models", "nolimits") in containers and ("models", "nolimits") not in requests
    assert ("models", "sentiment-huge") not in requests  # on no node
    for job in ("score-ok", "score-bad"):
        assert all(("models", job) not in want[rule] for rule in truth.GAUGES), job
    assert all(namespace != "other" for rule in truth.RULES for namespace, _ in want[rule])


@pytest.mark.parametrize("pair", PAIRS[:2], ids=lambda pair: " and ".join(pair))
def test_rules_on_scraped_text(pair: tuple[str, str]):
    """A real Prometheus scrapes the very text; its samples' times are long past, so not honored."""
    pages = {f"/{name}": captured(name).encode() for name in pair}

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self):
            body = pages[self.path]
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    exporters = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=exporters.serve_forever, daemon=True).start()
    jobs = "".join(
        f"- {{job_name: {name}, metrics_path: /{name}, honor_labels: true, "
        f"honor_timestamps: false, "
        f"static_configs: [{{targets: ['127.0.0.1:{exporters.server_port}']}}]}}\n"
        for name in pair
    )
    try:
        with Prometheus(f"global: {{scrape_interval: 1s}}\nscrape_configs:\n{jobs}") as server:
            wait_for(lambda: server.query("count(count_over_time(up[1m]) >= 4) == 2", time.time()))
            want, now = expected(*pair), time.time()
            for rule, parts in load_rules().items():
                # The CPU rule compares with 8 s before; there are only a few seconds.
                at = now + 8 if rule == truth.CPU else now
                got = {(l["namespace"], l["name"]): v for l, v in server.query(parts["expr"], at)}
                if rule == truth.CPU:  # the counters stand still
                    assert got == dict.fromkeys(want[rule], 0.0)
                else:
                    assert got == pytest.approx(want[rule], rel=1e-9), rule
    finally:
        exporters.shutdown()
        exporters.server_close()


def wait_for(condition, timeout: float = 30.0) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "timed out"
        time.sleep(0.2)


@pytest.mark.parametrize("name", ["ksm-v2", "ksm-v1", "cadvisor", "cadvisor-docker"])
def test_simulation_looks_like_the_real_thing(name: str):
    """Families, HELP, TYPE, and the label names of every simulated series in their order."""
    version = 1 if name in ("ksm-v1", "cadvisor-docker") else 2
    cluster = build(VARIANTS["30s"]).cluster
    if name.startswith("ksm"):
        simulated = text(kube_state_metrics(cluster, version), EPOCH + 1000, version)
    else:
        simulated = text(cadvisor(cluster, "node-a", docker=version == 1), EPOCH + 1000)
    real = captured(name)
    real_metadata = exposition_text.metadata(real)
    for family, about in exposition_text.metadata(simulated).items():
        assert real_metadata[family] == about
    shapes = {(family, shape(labels)) for family, labels, _, _ in exposition_text.samples(real)}
    seen = {(family, shape(labels)) for family, labels, _, _ in exposition_text.samples(simulated)}
    assert len({family for family, _ in seen}) >= 3
    assert seen <= shapes


def shape(labels: dict[str, str]) -> tuple[str, ...]:
    """Label names in their order; those of a pod's own labels are as many as the pod has."""
    return tuple(dict.fromkeys("label_*" if name.startswith("label_") else name for name in labels))

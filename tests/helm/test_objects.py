"""What the objects say: the promises of values.yaml, one by one."""

from __future__ import annotations

import re

import daemon
import pytest
import yaml
from chart import CHART, NAMESPACE, RELEASE, Helm, Values, at, container, environment
from features import EVERY_KIND, FEATURES, LEVELS

SERVICE_MONITOR = at("scrape.method", "serviceMonitor")
# Periods, and the scrape interval that follows from each.
INTERVALS = {
    "15s": "15s",
    "59s": "59s",
    "1m": "1m",
    "61s": "1m",
    "1h": "1m",
    "1d": "1m",
    "1m30s": "1m",
}


def test_every_object_is_of_the_release(helm: Helm) -> None:
    for one in helm.objects(FEATURES["alerts"]["on"] | FEATURES["dashboard"]["on"]).values():
        assert one["metadata"]["namespace"] == NAMESPACE
        labels = one["metadata"]["labels"]
        assert labels["app.kubernetes.io/instance"] == RELEASE
        assert labels["app.kubernetes.io/managed-by"] == "Helm"


def test_no_service_account_token_unless_needed(helm: Helm) -> None:
    assert helm.objects({})["ServiceAccount"]["automountServiceAccountToken"] is False
    assert helm.pod({})["spec"]["automountServiceAccountToken"] is False
    assert [one["name"] for one in helm.pod({})["spec"]["volumes"]] == ["journal"]


def test_the_pod_is_hardened(helm: Helm) -> None:
    """Beyond the restricted standard, which the validator checks."""
    assert container(helm, {})["securityContext"]["readOnlyRootFilesystem"] is True
    assert helm.pod({})["spec"]["securityContext"]["runAsUser"] > 10000
    assert {"requests", "limits"} == container(helm, {})["resources"].keys()


def test_probes_ask_the_daemons_own_endpoints(helm: Helm) -> None:
    one = container(helm, {})
    assert one["startupProbe"]["httpGet"]["path"] == "/-/healthy"
    assert one["startupProbe"]["periodSeconds"] * one["startupProbe"]["failureThreshold"] == 600
    assert one["livenessProbe"]["httpGet"]["path"] == "/-/healthy"
    assert one["readinessProbe"]["httpGet"]["path"] == "/-/ready"


@pytest.mark.parametrize("port", (8000, 9100))
def test_annotations_say_where_to_scrape(helm: Helm, port: int) -> None:
    values = {"containerPort": port}
    annotations = helm.pod(values)["metadata"]["annotations"]
    assert {
        key: value for key, value in annotations.items() if key.startswith("prometheus.io/")
    } == {
        "prometheus.io/scrape": "true",
        "prometheus.io/path": "/metrics",
        "prometheus.io/port": str(port),
    }
    assert environment(helm, values)["LISTEN_ADDRESS"].endswith(f":{port}")
    assert container(helm, values)["ports"][0]["containerPort"] == port


@pytest.mark.parametrize("level", FEATURES["scrape"])
def test_a_target_is_found_once(helm: Helm, level: str) -> None:
    """By annotations, by a ServiceMonitor or by a PodMonitor, never by two of them."""
    objects = helm.objects(FEATURES["scrape"][level])
    annotated = "prometheus.io/scrape" in helm.pod(FEATURES["scrape"][level])["metadata"].get(
        "annotations", {}
    )
    annotated_service = "prometheus.io/scrape" in objects["Service"]["metadata"].get(
        "annotations", {}
    )
    found = [annotated, annotated_service, "ServiceMonitor" in objects, "PodMonitor" in objects]
    assert found.count(True) == (0 if level == "none" else 1)


@pytest.mark.parametrize(
    "kind, endpoints", (("ServiceMonitor", "endpoints"), ("PodMonitor", "podMetricsEndpoints"))
)
def test_a_monitor_honors_labels(helm: Helm, kind: str, endpoints: str) -> None:
    (endpoint,) = helm.objects(at("scrape.method", kind[0].lower() + kind[1:]))[kind]["spec"][
        endpoints
    ]
    assert endpoint["honorLabels"] is True and endpoint["path"] == "/metrics"
    assert endpoint["interval"] == "1m"


@pytest.mark.parametrize("kind", ("ServiceMonitor", "PodMonitor"))
def test_a_release_is_a_job(helm: Helm, kind: str) -> None:
    """The alerts take the pods of a job for replicas; two releases are not."""
    objects = helm.objects(at("scrape.method", kind[0].lower() + kind[1:]))
    pods = objects["Deployment"]["spec"]["template"]
    labeled = pods if kind == "PodMonitor" else objects["Service"]
    assert labeled["metadata"]["labels"][objects[kind]["spec"]["jobLabel"]] == RELEASE


@pytest.mark.parametrize("period", INTERVALS)
def test_the_interval_is_the_smaller_of_the_period_and_1m(helm: Helm, period: str) -> None:
    monitor = helm.objects(SERVICE_MONITOR | {"timePeriod": period})["ServiceMonitor"]
    assert monitor["spec"]["endpoints"][0]["interval"] == INTERVALS[period]


def test_a_budget_only_above_one_replica(helm: Helm) -> None:
    assert "PodDisruptionBudget" not in helm.objects({})
    assert "PodDisruptionBudget" not in helm.objects({"replicas": 0})
    assert helm.objects({"replicas": 2})["PodDisruptionBudget"]["spec"]["maxUnavailable"] == 1


@pytest.mark.parametrize(
    "feature, level", LEVELS, ids=[f"{feature}: {level}" for feature, level in LEVELS]
)
def test_the_selector_never_changes(helm: Helm, feature: str, level: str) -> None:
    """Of a release, with one exception: an API server refuses to change it."""
    selectors = [
        helm.workload(values)["spec"]["selector"]
        for values in ({}, FEATURES[feature][level])
    ]
    assert (selectors[0] == selectors[1]) == ((feature, level) != ("names", "name"))


def identities(helm: Helm, release: str, namespace: str, values: Values) -> set[tuple[str, ...]]:
    """By what a cluster tells the objects apart."""
    done = helm.run("template", release, str(CHART), "--namespace", namespace, values=values)
    assert done.returncode == 0, done.stderr
    objects = [one for one in yaml.safe_load_all(done.stdout) if one]
    return {
        (one["kind"], one["metadata"].get("namespace", ""), one["metadata"]["name"])
        for one in objects
    }


def test_two_releases_have_no_object_in_common(helm: Helm) -> None:
    """Of any namespace: a ClusterRoleBinding has none."""
    here, there, other = (
        identities(helm, release, namespace, EVERY_KIND)
        for release, namespace in ((RELEASE, "here"), (RELEASE, "there"), ("other", "here"))
    )
    assert len(here) == len(there) == len(other) >= 10
    assert not here & there and not here & other


def test_a_rollout_waits_until_every_shipped_rule_has_had_its_timeout(helm: Helm) -> None:
    pack = yaml.safe_load((daemon.ROOT / "queries/seldon.yaml").read_text())
    settings = (daemon.ROOT / "docs/configuration.md").read_text()
    minutes = int(re.search(r"`QUERY_TIMEOUT` \| `(\d+)m`", settings)[1])
    rules = sum(len(group["rules"]) for group in pack["groups"])
    deadline = helm.objects({})["Deployment"]["spec"]["progressDeadlineSeconds"]
    assert deadline > rules * minutes * 60 > 600  # 600: what Kubernetes waits by itself


def test_a_spread_constraint_selects_the_pods_or_what_it_says(helm: Helm) -> None:
    for level in ("on", "own selector"):
        values = FEATURES["scheduling"][level]
        (given,) = values["topologySpreadConstraints"]
        deployment = helm.objects(values)["Deployment"]["spec"]
        (made,) = deployment["template"]["spec"]["topologySpreadConstraints"]
        assert made == {"labelSelector": deployment["selector"]} | given


def test_the_source_may_have_any_port_until_ports_are_named(helm: Helm) -> None:
    rules = {
        level: helm.objects(FEATURES["network"][level])["NetworkPolicy"]["spec"]["egress"]
        for level in ("open", "narrow")
    }
    assert rules["open"][1] == {}
    assert [one["port"] for one in rules["narrow"][1]["ports"]] == [443, 9091]


def test_helm_test_asks_the_service(helm: Helm) -> None:
    objects = helm.objects({"service": {"port": 81}})
    assert objects["Pod"]["metadata"]["annotations"]["helm.sh/hook"] == "test"
    arguments = objects["Pod"]["spec"]["containers"][0]["args"]
    assert arguments == ["probe", f"http://{objects['Service']['metadata']['name']}:81/-/ready"]
    assert objects["Pod"]["spec"]["containers"][0]["image"] == container(helm, {})["image"]

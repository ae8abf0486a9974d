"""NOTES.txt, which Helm prints after an installation."""

from __future__ import annotations

import pytest
from chart import NAMESPACE, RELEASE, Helm, Values, at

ALLOWLIST = "--metric-labels-allowlist=pods=[app.kubernetes.io/managed-by,seldon-deployment-id]"
NO_PACK = {"rules": {"packs": {"seldon": False}, "files": {"own.yaml": {"groups": []}}}}
CLAIMS = at("persistence.enabled", True)

# What is said, and with which values: these two, and not with the third.
SAID: dict[str, tuple[str, Values, Values]] = {
    "the allowlist": (ALLOWLIST, {}, NO_PACK),
    "honor_labels": ("exported_namespace", {}, at("scrape.method", "podMonitor")),
    "replicas": ("max by (namespace, type, name)", {"replicas": 2}, {}),
    "what becomes of the journal": ("persistence.enabled=true", {}, CLAIMS),
    "the Deployment": (f"rollout status deployment/{RELEASE}-downsampled", {}, CLAIMS),
    "the StatefulSet": (f"rollout status statefulset/{RELEASE}-downsampled", CLAIMS, {}),
    "an insecure source": ("insecureSkipVerify", at("prometheus.insecureSkipVerify", True), {}),
    "the source": ("http://one.example", at("prometheus.url", "http://one.example"), {}),
    "the period": ("37m", {"timePeriod": "37m"}, {}),
    "no scraping": ("Nothing scrapes", at("scrape.method", "none"), {}),
    "the labels that a Prometheus selects by": (
        "release: stack",
        {"scrape": {"method": "serviceMonitor", "labels": {"release": "stack"}}},
        at("scrape.labels", {"release": "stack"}),
    ),
    "the labels of the release": (
        f"app.kubernetes.io/instance: {RELEASE}",
        at("scrape.method", "serviceMonitor"),
        {},
    ),
    "what reads replicas as one": (
        "Nothing has to be done about the dashboard and the alerts.",
        {"replicas": 2, "dashboard": {"enabled": True}, "alerts": {"enabled": True}},
        {"replicas": 2},
    ),
    "what else does": (
        "Nothing has to be done about the alerts.",
        {"replicas": 2, "alerts": {"enabled": True}},
        {"replicas": 2},
    ),
}


@pytest.mark.parametrize("what", SAID)
def test_it_says(helm: Helm, what: str) -> None:
    text, with_it, without = SAID[what]
    assert text in helm.notes(with_it)
    assert text not in helm.notes(without)


def test_it_names_no_label_that_an_upgrade_changes(helm: Helm) -> None:
    assert "helm.sh/chart" not in helm.notes(at("scrape.method", "serviceMonitor"))


@pytest.mark.parametrize(
    "values", ({}, at("scrape.method", "serviceMonitor")), ids=("annotations", "monitor")
)
def test_it_says_what_to_look_at_next(helm: Helm, values: Values) -> None:
    notes = helm.notes(values)
    assert (
        f"--namespace {NAMESPACE}" in notes and f"test {RELEASE}" in notes and "/metrics" in notes
    )
    assert (
        "<no value>" not in notes and "%!" not in notes and max(map(len, notes.splitlines())) <= 120
    )

"""Where the journal is: an emptyDir, a claim for each pod, or one that exists."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import daemon
import pytest
import yaml
from chart import CHART, DEFAULTS, NAMESPACE, RELEASE, Helm, Values, at, container, environment, merged
from features import EVERY_KIND, FEATURES, LEVELS

CLAIMS = FEATURES["persistence"]["claims"]
EXISTING = FEATURES["replicas"]["1, existing claim"]
STORAGES: dict[str, Values] = {"empty dir": {}, "claims": CLAIMS, "existing claim": EXISTING}
FOLDER = "/var/lib/downsampled"
# All of a StatefulSet's specification that an API server lets an upgrade change.
CHANGEABLE = {
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
}
NEVER = ("serviceName", "podManagementPolicy", "selector", "volumeClaimTemplates")


def default_of(variable: str) -> str:
    settings = (daemon.ROOT / "docs/configuration.md").read_text()
    return re.search(rf"`{variable}` \| `([^`]+)` \|", settings)[1]


@pytest.mark.parametrize("storage", STORAGES)
def test_the_journal_is_in_a_volume_that_can_be_written(helm: Helm, storage: str) -> None:
    values = STORAGES[storage]
    (mount,) = (one for one in container(helm, values)["volumeMounts"] if one["name"] == "journal")
    assert mount == {"name": "journal", "mountPath": FOLDER}, "not read-only, no part of a volume"
    assert environment(helm, values)["STORAGE_PATH"] == FOLDER
    security = helm.pod(values)["spec"]["securityContext"]
    assert security["fsGroup"] == security["runAsUser"], "the kubelet gives the volume to this group"
    assert security["fsGroupChangePolicy"] == "OnRootMismatch"


def test_the_image_has_the_same_folder() -> None:
    assert f"ENV STORAGE_PATH={FOLDER}" in (daemon.ROOT / "Containerfile").read_text()


@pytest.mark.parametrize("storage", STORAGES)
def test_one_volume_is_the_journal(helm: Helm, storage: str) -> None:
    made = helm.workload(STORAGES[storage])
    volumes = [one for one in made["spec"]["template"]["spec"].get("volumes", []) if one["name"] == "journal"]
    claims = made["spec"].get("volumeClaimTemplates", [])
    if storage == "empty dir":
        limit = DEFAULTS["persistence"]["emptyDir"]["sizeLimit"]
        assert made["kind"] == "Deployment" and claims == []
        assert volumes == [{"name": "journal", "emptyDir": {"sizeLimit": limit}}]
    elif storage == "claims":
        assert made["kind"] == "StatefulSet" and volumes == []
        assert [claim["metadata"] for claim in claims] == [{"name": "journal"}]
    else:
        # A StatefulSet too: it ends a pod before it starts the next, which cannot share the volume.
        assert made["kind"] == "StatefulSet" and claims == []
        assert volumes == [{"name": "journal", "persistentVolumeClaim": {"claimName": "journal"}}]


def test_an_empty_dir_may_have_no_limit(helm: Helm) -> None:
    (volume,) = helm.pod(FEATURES["persistence"]["unlimited"])["spec"]["volumes"]
    assert volume == {"name": "journal", "emptyDir": {}}


def claim(helm: Helm, values: Values) -> dict:
    (made,) = helm.workload(values)["spec"]["volumeClaimTemplates"]
    return made


def test_a_claim_is_what_the_values_say(helm: Helm) -> None:
    assert claim(helm, FEATURES["persistence"]["claims of a kind"]) == {
        "metadata": {"name": "journal", "labels": {"backup": "daily"}, "annotations": {"example.org/c": "1"}},
        "spec": {
            "accessModes": ["ReadWriteOncePod"],
            "storageClassName": "fast",
            "resources": {"requests": {"storage": "20Gi"}},
        },
    }


@pytest.mark.parametrize("storage_class, made", (("", None), ("-", ""), ("fast", "fast")))
def test_no_class_and_the_default_class_are_not_the_same(
    helm: Helm, storage_class: str, made: str | None
) -> None:
    """Without the key, the API server puts in the default class; with "" there is none."""
    values = merged(CLAIMS, at("persistence.storageClass", storage_class))
    assert claim(helm, values)["spec"].get("storageClassName") == made


def test_claims_are_kept_unless_values_say_otherwise(helm: Helm) -> None:
    policies = [
        helm.workload(values)["spec"]["persistentVolumeClaimRetentionPolicy"]
        for values in (CLAIMS, FEATURES["persistence"]["claims of a kind"])
    ]
    assert policies == [
        {"whenDeleted": kept, "whenScaled": kept} for kept in ("Retain", "Delete")
    ]


def test_helm_never_deletes_an_existing_claim(helm: Helm) -> None:
    """Neither does Kubernetes: the policy is about claims that the StatefulSet made."""
    assert "PersistentVolumeClaim" not in helm.objects(EXISTING)
    assert "persistentVolumeClaimRetentionPolicy" not in helm.workload(EXISTING)["spec"]


def test_replicas_have_claims_of_their_own_and_do_not_wait_for_each_other(helm: Helm) -> None:
    values = merged(CLAIMS, {"replicas": 2})
    spec = helm.workload(values)["spec"]
    assert spec["replicas"] == 2 and spec["podManagementPolicy"] == "Parallel"
    assert "PodDisruptionBudget" in helm.objects(values)


def test_the_set_is_governed_by_the_only_service(helm: Helm) -> None:
    """A headless one would be a second target of a ServiceMonitor."""
    objects = helm.objects(CLAIMS)
    assert objects["StatefulSet"]["spec"]["serviceName"] == objects["Service"]["metadata"]["name"]


@pytest.mark.parametrize(
    "feature, level",
    [
        (feature, level)
        for feature, level in LEVELS
        if feature not in ("names", "persistence") and "persistence" not in FEATURES[feature][level]
    ],
    ids=str,
)
def test_no_value_of_another_feature_changes_what_cannot_change(
    helm: Helm, feature: str, level: str
) -> None:
    before, after = (helm.workload(merged(CLAIMS, values))["spec"] for values in ({}, FEATURES[feature][level]))
    assert before.keys() | after.keys() <= CHANGEABLE | set(NEVER)
    assert [before[key] for key in NEVER] == [after[key] for key in NEVER]


def test_an_upgrade_of_the_chart_changes_nothing_that_cannot_change(helm: Helm, tmp_path: Path) -> None:
    newer = shutil.copytree(CHART, tmp_path / CHART.name)
    about = yaml.safe_load((newer / "Chart.yaml").read_text()) | {"version": "9.9.9", "appVersion": "9.9.9"}
    (newer / "Chart.yaml").write_text(yaml.safe_dump(about))
    done = helm.run("template", RELEASE, str(newer), "--namespace", NAMESPACE, values=CLAIMS)
    assert done.returncode == 0 and "9.9.9" in done.stdout, done.stderr
    (after,) = (one for one in yaml.safe_load_all(done.stdout) if one and one["kind"] == "StatefulSet")
    before = helm.workload(CLAIMS)["spec"]
    assert [before[key] for key in NEVER] == [after["spec"][key] for key in NEVER]


def test_only_the_workload_differs_between_the_two(helm: Helm) -> None:
    """What else there is stays when a release gets claims: Helm makes the one and deletes the other."""
    without, with_claims = (
        helm.objects(merged(EVERY_KIND, at("persistence.enabled", enabled))) for enabled in (False, True)
    )
    assert without.keys() ^ with_claims.keys() == {"Deployment", "StatefulSet"}
    for key in without.keys() & with_claims.keys():
        assert without[key] == with_claims[key]
    names = {helm.workload(values)["metadata"]["name"] for values in ({}, CLAIMS)}
    assert len(names) == 1
    old, new = (helm.pod(values) for values in ({}, CLAIMS))
    del old["spec"]["volumes"]
    assert old == new


def test_the_chart_knows_the_defaults_that_it_compares() -> None:
    """What it refuses is in test_refused.py; with these, and as the daemon does."""
    checks = (CHART / "templates/_checks.tpl").read_text()
    for variable in ("CATCH_UP_MAX_AGE", "STORAGE_RETENTION"):
        assert f'default "{default_of(variable)}" $settings.{variable}' in checks


@pytest.mark.parametrize("age, code", (("25h", 2), ("24h", 0)))
def test_the_daemon_refuses_what_the_chart_refuses(age: str, code: int, tmp_path: Path) -> None:
    rules = daemon.write_rules(tmp_path / "rules.yaml", [{"name": "g", "rules": [{"record": "r", "expr": "1"}]}])
    settings = {
        "PROMETHEUS_URL": "http://127.0.0.1:9",
        "QUERIES": rules,
        "STORAGE_RETENTION": "24h",
        "CATCH_UP_MAX_AGE": age,
    }
    if code == 0:
        with daemon.Daemon(**settings) as running:
            running.wait_until_ready()
    else:
        with pytest.raises(RuntimeError, match=f"ended with {code}"):
            daemon.Daemon(**settings)

"""What the chart refuses: every typo and every wrong type, and values that cannot work.

Each time Helm has to fail, and its message has to name the value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from chart import CHART, DEFAULTS, NAMESPACE, RELEASE, Helm, Validate, Values, at, leaves, merged
from features import EVERY_KIND

# Mappings whose keys are the user's.
FREE = re.compile(r"(^|\.)(labels|annotations|\w+Annotations|podLabels|nodeSelector)$|^affinity$"
                  r"|^rules\.files$|^resources\.(requests|limits)$")
WRONG_TYPE = {bool: "yes", int: "1", float: "1", str: ["text"], list: "text", dict: "text"}


def mappings(values: Values, prefix: str = "") -> Iterator[str]:
    """The path of every mapping, "" for the whole."""
    yield prefix
    for key, value in values.items():
        path = f"{prefix}.{key}" if prefix else key
        if isinstance(value, dict) and not FREE.search(path):
            yield from mappings(value, path)


TYPOS = list(mappings(DEFAULTS))
TYPES = [path for path in [*leaves(DEFAULTS), *TYPOS] if path]

OWN = {"groups": []}
# Path, value, and what else the case needs.
REFUSED: list[tuple[str, object] | tuple[str, object, Values]] = [
    *(("replicas", value) for value in (-1, 1.5)),
    *(("service.port", value) for value in (0, -1, 65536)),
    *(("containerPort", value) for value in (0, -1, 65536)),
    ("service.type", "ExternalName"), ("service.type", "clusterIP"),
    *(("timePeriod", value) for value in ("", "0s", "-1h", "1.5h", "90", "1 h", "1h 30m", "30m1h", "h", "1H")),
    ("timePeriod", "14s"), ("timePeriod", "14999ms"),  # the step of the shipped rules is 15s
    *(("scrape.interval", value) for value in (
        "121s", "2m1s", "3m", "1h", "1d", "120001ms", "0s", "-1m", "90", "1 m", "often", "1m61s")),
    ("scrape.timeout", "ten"), ("scrape.timeout", "0s"),
    ("scrape.timeout", "90s", at("scrape.interval", "1m")), ("scrape.timeout", "31s", {"timePeriod": "30s"}),
    ("scrape.method", "prometheus"), ("scrape.method", "ServiceMonitor"),
    ("image.pullPolicy", "Often"), ("image.repository", ""),
    *(("image.digest", value) for value in ("latest", "sha256:12", "sha256:" + "X" * 64)),
    ("image.tag", "a b"),
    *(("prometheus.url", value) for value in (
        "", "prometheus:9090", "ftp://prometheus", "http://user:word@prometheus", "http://prometheus/?a=b",
        "http://prometheus#a", "http://")),
    ("prometheus.token", {"value": "a", "existingSecret": {"name": "b"}}),
    ("prometheus.token", {"value": "a", "serviceAccount": {"enabled": True}}),
    ("prometheus.token", {"existingSecret": {"name": "b"}, "serviceAccount": {"enabled": True}}),
    ("prometheus.token.existingSecret.key", "", at("prometheus.token.existingSecret.name", "own")),
    ("prometheus.token.serviceAccount.expirationSeconds", 599),  # a kubelet's least is 10 minutes
    ("prometheus", {"token": {"value": "a"}, "basicAuth": {"username": "a", "existingSecret": {"name": "b"}}}),
    ("prometheus.basicAuth", {"existingSecret": {"name": "b"}}),
    ("prometheus.basicAuth.username", "a:b", at("prometheus.basicAuth.existingSecret.name", "own")),
    ("prometheus.ca", {"inline": "a", "configMap": {"name": "b"}}),
    ("prometheus.ca", {"inline": "a", "secret": {"name": "b"}}),
    ("prometheus.ca", {"secret": {"name": "b"}, "configMap": {"name": "b"}}),
    ("prometheus.token.existingSecret.name", "No_Name"), ("prometheus.ca.configMap.name", "No_Name"),
    ("rules", {"packs": {"seldon": False}}),  # and no rules of one's own
    *(("rules.files", {name: OWN}) for name in ("own.yml", "own", "a/b.yaml", "own rules.yaml")),
    ("rules.files", {"own.yaml": [OWN]}), ("rules.files", {"own.yaml": 1}),
    ("settings", {"QUERY_OFSET": "1m"}), ("settings", {"LOG_FORMAT": ["json"]}),
    *(("settings", {name: "1h"}) for name in (
        "TIME_PERIOD", "PROMETHEUS_URL", "QUERIES", "LISTEN_ADDRESS", "PROMETHEUS_SELDON_TOKEN",
        "PROMETHEUS_SELDON_TOKEN_FILE", "PROMETHEUS_TLS_CA_FILE", "PROMETHEUS_USERNAME", "STORAGE_PATH")),
    ("settings", {"CATCH_UP_MAX_AGE": "33d"}), ("settings", {"STORAGE_RETENTION": "23h"}),
    ("settings", {"STORAGE_RETENTION": "0s"}), ("settings", {"CATCH_UP_MAX_AGE": "-1h"}),
    ("persistence.existingClaim", "own"),  # and not enabled
    ("persistence.existingClaim", "own", {"replicas": 2, "persistence": {"enabled": True}}),
    ("persistence.existingClaim", "No_Name", at("persistence.enabled", True)),
    ("persistence.storageClass", "No_Name"), ("persistence.accessModes", []),
    ("persistence.accessModes", ["ReadOnlyMany"]),  # a journal is written
    *((f"persistence.{key}", value) for key in ("size", "emptyDir.sizeLimit")
      for value in ("0", "4", "4GB", "-1Gi", "0Gi", "4 Gi", "much")),
    ("persistence.size", ""),
    *((f"persistence.persistentVolumeClaimRetentionPolicy.{when}", "Keep") for when in ("whenDeleted", "whenScaled")),
    ("extraEnv", [{"nam": "A", "value": "1"}]), ("extraEnv", [{"name": "A", "value": 1}]),
    ("extraEnv", [{"name": "TIME_PERIOD", "value": "1h"}]),
    ("imagePullSecrets", ["registry"]),
    ("podDisruptionBudget.maxUnavailable", -1), ("podDisruptionBudget.maxUnavailable", "many"),
    ("podDisruptionBudget.maxUnavailable", 0, {"replicas": 2}),  # would block every drain of a node
    ("networkPolicy.ports", [0]), ("networkPolicy.ports", ["web"]), ("networkPolicy.dnsPorts", [65536]),
    *((f"{probe}.{key}", 0) for probe in ("startupProbe", "livenessProbe", "readinessProbe")
      for key in ("periodSeconds", "timeoutSeconds", "failureThreshold")),
    ("resources", {"limit": {"memory": "1Gi"}}), ("resources", {"limits": {"memory": "1GB"}}),
    ("fullnameOverride", "No_Name"), ("fullnameOverride", "m" * 64), ("nameOverride", "m" * 64),
    ("serviceAccount.name", "No_Name"),
    *((path, {"team": 1}) for path in (
        "labels", "podLabels", "podAnnotations", "deploymentAnnotations", "nodeSelector", "service.annotations",
        "serviceAccount.annotations", "persistence.labels", "persistence.annotations", "scrape.labels", "alerts.labels", "dashboard.labels", "dashboard.annotations")),
    ("labels", {"team": "a b"}), ("podLabels", {"team": "-a"}),
    ("dashboard.namespaceLabel", "a-b"), ("dashboard.namespaceLabel", ""),
    ("topologySpreadConstraints", [{"maxSkew": 0}]),
]
ACCEPTED: list[tuple[str, object] | tuple[str, object, Values]] = [
    *(("scrape.interval", value) for value in ("2m", "120s", "1m30s", "15s", "1m", "120000ms")),
    *(("timePeriod", value) for value in ("15s", "15000ms", "1h30m", "90s", "1d", "1w")),
    ("timePeriod", "500ms", {"rules": {"packs": {"seldon": False}, "files": {"own.yaml": OWN}}}),
    ("enabled", True),  # read by an umbrella chart's condition
    *(("prometheus.url", value) for value in (
        "http://[::1]:9090", "https://a.b/prefix/api/v1", "http://127.0.0.1:9090/", "https://a_b:1")),
    ("settings", {"CATCH_UP_MAX_AGE": "0s"}), ("settings", {"CATCH_UP_MAX_AGE": "32d"}),
    ("settings", {"STORAGE_RETENTION": "1d"}), ("settings", {"STORAGE_RETENTION": "2d", "CATCH_UP_MAX_AGE": "48h"}),
    *(("persistence.size", value) for value in ("500M", "1.5Ti", "10Gi")), ("persistence.storageClass", "-"),
    ("replicas", 0), ("service.port", 65535), ("settings", {"QUERY_CONCURRENCY": 8}),
    ("settings", {"QUERY_MAX_POINTS": 1000000}), ("podDisruptionBudget.maxUnavailable", "50%"),
]


def names(path: str, message: str) -> bool:
    """Whether the message has the path, as a.b.c or /a/b/c."""
    return re.search(rf"(?<![\w.]){re.escape(path)}(?!\w)", message.replace("/", ".").replace("'.", "'")) is not None


@pytest.mark.parametrize("path", TYPOS, ids=[path or "top" for path in TYPOS])
def test_a_typo_is_refused(helm: Helm, path: str) -> None:
    message = helm.refusal(at(f"{path}.typpo".lstrip("."), 1))
    assert names(path, message) and "'typpo'" in message, message


@pytest.mark.parametrize("path", TYPES)
def test_a_wrong_type_is_refused(helm: Helm, path: str) -> None:
    default = DEFAULTS
    for key in path.split("."):
        default = default[key]
    message = helm.refusal(at(path, WRONG_TYPE[type(default)]))
    assert names(path, message), message


@pytest.mark.parametrize("case", REFUSED, ids=[f"{case[0]}={str(case[1])[:40]}" for case in REFUSED])
def test_what_cannot_work_is_refused(helm: Helm, case: tuple) -> None:
    path, value, *others = case
    message = helm.refusal(merged(at(path, value), *others))
    assert names(path, message), message


@pytest.mark.parametrize("case", ACCEPTED, ids=[f"{case[0]}={case[1]}" for case in ACCEPTED])
def test_what_works_is_taken(helm: Helm, case: tuple) -> None:
    path, value, *others = case
    assert helm.template(merged(at(path, value), *others))


@pytest.mark.parametrize("path, claims", [
    *((path, False) for path in (*TYPES, "dashboard.labels")),
    *((path, True) for path in TYPES if path.startswith("persistence."))])
def test_null_is_as_good_as_nothing_or_refused(helm: Helm, validate: Validate, path: str, claims: bool) -> None:
    values = merged(EVERY_KIND, at("persistence.enabled", claims), at(path, None))
    done = helm.run("template", RELEASE, str(CHART), values=values)
    parent, _, key = path.rpartition(".")
    if done.returncode == 0:
        assert "<no value>" not in done.stdout
        found = validate(done.stdout)  # that the pod is hardened is a default, not a must
        assert [one for one in found if ": not restricted: " not in one] == []
    else:
        assert f"missing property '{key}'" in done.stderr and names(parent, done.stderr), done.stderr


def test_null_takes_away_what_a_file_of_values_sets(helm: Helm) -> None:
    values = {"settings": {"LOG_LEVEL": "debug"}, "rules": {"files": {"own.yaml": OWN}}}
    nothing = ("--set", r"settings.LOG_LEVEL=null,rules.files.own\.yaml=null")
    done = helm.run("template", RELEASE, str(CHART), "--namespace", NAMESPACE, *nothing, values=values)
    assert done.returncode == 0, done.stderr
    assert done.stdout == helm.template({}) != helm.template(values)

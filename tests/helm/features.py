"""The chart's features, each with the values that switch it on, and sets of them to render."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product

from chart import Values, merged

TOKEN = "only-in-a-secret"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
OWN_RULES = {"groups": [{"name": "own", "interval": "1m", "rules": [
    {"record": "up:max", "expr": 'max(up{job!="{{ not_a_template }}"})'}]}]}
PEER = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}

# Feature to level to values; that a feature is off is the level that is not listed.
FEATURES: dict[str, dict[str, Values]] = {
    "names": {"fullname": {"fullnameOverride": "meter"}, "name": {"nameOverride": "meter"},
              "long": {"fullnameOverride": "m" * 63}},
    "labels": {"team": {"labels": {"team": "ml", "cost-center": "42"}}},
    "image": {"tag": {"image": {"repository": "registry.example:5000/ml/downsampled", "tag": "1.2.3",
                                "pullPolicy": "Always"}},
              "digest": {"image": {"digest": "sha256:" + "0123456789abcdef" * 4}}},
    "pull secrets": {"one": {"imagePullSecrets": [{"name": "registry"}]}},
    "url": {"prefix": {"prometheus": {"url": "https://prometheus.example/prefix"}}},
    "credentials": {
        "token value": {"prometheus": {"token": {"value": TOKEN}}},
        "token secret": {"prometheus": {"token": {"existingSecret": {"name": "own", "key": "bearer"}}}},
        "service account": {"prometheus": {"token": {"serviceAccount": {
            "enabled": True, "audience": "prometheus", "expirationSeconds": 7200}}}},
        "basic": {"prometheus": {"basicAuth": {"username": "meter", "existingSecret": {
            "name": "own", "key": "word"}}}}},
    "ca": {"inline": {"prometheus": {"ca": {"inline": CERTIFICATE}}},
           "config map": {"prometheus": {"ca": {"configMap": {"name": "ca", "key": "bundle.pem"}}}},
           "secret": {"prometheus": {"ca": {"secret": {"name": "ca", "key": "bundle.pem"}}}}},
    "client certificate": {"on": {"prometheus": {"clientCertificate": {"existingSecret": "client"}}}},
    "insecure": {"on": {"prometheus": {"insecureSkipVerify": True}}},
    "config": {"secret": {"config": {"existingSecret": "downsampled-config"}}},
    "period": {"30s": {"timePeriod": "30s"}, "1d": {"timePeriod": "1d"}},
    "settings": {"two": {"settings": {"QUERY_OFFSET": "1m", "LOG_FORMAT": "json"}},
                 "journal": {"settings": {"STORAGE_RETENTION": "400d", "CATCH_UP_MAX_AGE": "7d"}}},
    "pack": {"off": {"rules": {"packs": {"seldon": False}, "files": {"own.yaml": OWN_RULES}}}},
    "own rules": {"YAML": {"rules": {"files": {"own.yaml": OWN_RULES}}},
                  "text": {"rules": {"files": {"own.yaml": "groups: []  # {{ none }}\n", "b.yaml": OWN_RULES}}},
                  "config map": {"rules": {"existingConfigMap": "own-rules"}}},
    "persistence": {
        "claims": {"persistence": {"enabled": True}},
        "claims of a kind": {"persistence": {
            "enabled": True, "size": "20Gi", "storageClass": "fast", "accessModes": ["ReadWriteOncePod"],
            "labels": {"backup": "daily"}, "annotations": {"example.org/c": "1"},
            "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete", "whenScaled": "Delete"}}},
        "no class": {"persistence": {"enabled": True, "storageClass": "-"}},
        "unlimited": {"persistence": {"emptyDir": {"sizeLimit": ""}}}},
    # An existing claim is for one replica: so that no row has both, it is one of the levels.
    "replicas": {"2": {"replicas": 2}, "3": {"replicas": 3}, "1, existing claim": {
        "replicas": 1, "persistence": {"enabled": True, "existingClaim": "journal"}}},
    "service": {"node port": {"service": {"type": "NodePort", "annotations": {"example.org/a": "b"}}},
                "balancer": {"service": {"type": "LoadBalancer", "port": 80}}},
    "container port": {"9100": {"containerPort": 9100}},
    "scrape": {
        "service monitor": {"scrape": {"method": "serviceMonitor", "labels": {"release": "prometheus"}}},
        "pod monitor": {"scrape": {"method": "podMonitor", "interval": "2m", "timeout": "30s", "relabelings": [
            {"sourceLabels": ["__meta_kubernetes_pod_node_name"], "targetLabel": "node"}]}},
        "service monitor, relabeled": {"scrape": {"method": "serviceMonitor", "metricRelabelings": [
            {"regex": "process_.*", "sourceLabels": ["__name__"], "action": "drop"}]}},
        "none": {"scrape": {"method": "none"}}},
    "alerts": {"on": {"alerts": {"enabled": True, "labels": {"release": "prometheus"}}}},
    "dashboard": {"on": {"dashboard": {"enabled": True}},
                  "renamed": {"dashboard": {"enabled": True, "labels": {"grafana_dashboard": "yes"}, "annotations": {
                      "grafana_folder": "Models"}, "namespaceLabel": "exported_namespace"}}},
    "service account": {
        "bound": {"serviceAccount": {"clusterRoles": ["cluster-monitoring-view"]}},
        "existing": {"serviceAccount": {"create": False, "name": "existing"}},
        "annotated": {"serviceAccount": {"name": "meter", "annotations": {"example.org/role": "r"}}},
        "token": {"serviceAccount": {"automountToken": True}}},
    "pod context": {"any user": {"podSecurityContext": {"runAsUser": None, "runAsGroup": None, "fsGroup": None}},
                    "other": {"podSecurityContext": {"runAsUser": 1001, "fsGroupChangePolicy": "Always", "seccompProfile": {
                        "type": "Localhost", "localhostProfile": "a.json"}, "runAsNonRoot": True}}},
    "context": {"user": {"securityContext": {"runAsUser": 1002, "readOnlyRootFilesystem": True,
                                             "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}}},
    "resources": {"more": {"resources": {"requests": {"cpu": "100m", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}},
                  "none": {"resources": None}},
    "probes": {"slow": {"startupProbe": {"periodSeconds": 10, "timeoutSeconds": 9, "failureThreshold": 60},
                        "livenessProbe": {"periodSeconds": 60, "timeoutSeconds": 9, "failureThreshold": 9},
                        "readinessProbe": {"periodSeconds": 61, "timeoutSeconds": 8, "failureThreshold": 7}}},
    "disruption": {"two": {"podDisruptionBudget": {"maxUnavailable": 2}},
                   "off": {"podDisruptionBudget": {"enabled": False}}},
    "network": {"narrow": {"networkPolicy": {
                    "enabled": True, "from": [PEER], "to": [PEER], "ports": [443, 9091], "dnsPorts": [5353],
                    "extraIngress": [{"from": [PEER]}], "extraEgress": [{"to": [PEER]}]}},
                "open": {"networkPolicy": {"enabled": True}}},
    "env": {"on": {"extraEnv": [{"name": "HTTPS_PROXY", "value": "http://proxy:3128"}],
                   "extraEnvFrom": [{"configMapRef": {"name": "more"}}]}},
    "volumes": {"on": {"extraVolumes": [{"name": "more", "emptyDir": {}}],
                       "extraVolumeMounts": [{"name": "more", "mountPath": "/more"}]}},
    "containers": {"on": {"extraContainers": [{"name": "proxy", "image": "example.org/proxy:1", "securityContext": {
        "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}}]}},
    "metadata": {"on": {"deploymentAnnotations": {"example.org/d": "1"}, "podAnnotations": {"example.org/p": "2"},
                        "podLabels": {"example.org/l": "3"}},
                 "of ours": {"podAnnotations": {"prometheus.io/scrape": "false", "checksum/rules": "0"},
                             "podLabels": {"team": "a"}, "labels": {"team": "b"}}},
    "scheduling": {"on": {
        "nodeSelector": {"kubernetes.io/os": "linux"}, "priorityClassName": "high",
        "tolerations": [{"key": "infra", "operator": "Exists", "effect": "NoSchedule"}],
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
            {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}]}}},
        "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "kubernetes.io/hostname",
                                       "whenUnsatisfiable": "DoNotSchedule"}]},
        "own selector": {"topologySpreadConstraints": [{
            "maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchExpressions": [{"key": "team", "operator": "Exists"}]}}]}},
}
# Makes an object of every kind but a PodMonitor.
EVERY_KIND = merged(*(FEATURES[feature][level] for feature, level in (
    ("scrape", "service monitor"), ("alerts", "on"), ("dashboard", "on"), ("ca", "inline"), ("own rules", "YAML"),
    ("credentials", "token value"), ("network", "open"), ("service account", "bound"), ("replicas", "2"))))
Choice = tuple[str, str]  # feature and level
LEVELS = [(feature, level) for feature, levels in FEATURES.items() for level in levels]


def values_of(choices: dict[str, str]) -> Values:
    return merged(*(FEATURES[feature][level] for feature, level in choices.items()))


def _missing_pairs() -> set[frozenset[Choice]]:
    return {frozenset(pair) for one, other in combinations(FEATURES, 2)
            for pair in product(*([(feature, level) for level in FEATURES[feature]] for feature in (one, other)))}


def pairwise() -> Iterator[dict[str, str]]:
    """Rows, such that any two levels of two features are on together in one of them."""
    missing = _missing_pairs()
    while missing:
        row = dict(sorted(min(missing, key=sorted)))
        for feature in (name for name in FEATURES if name not in row):
            def gain(level: str) -> int:
                return sum(frozenset({(feature, level), chosen}) in missing for chosen in row.items())
            row[feature] = max(FEATURES[feature], key=gain)
        missing -= {frozenset(pair) for pair in combinations(row.items(), 2)}
        yield row

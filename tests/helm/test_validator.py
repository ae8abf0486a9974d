"""The validator finds what is wrong: each case breaks one line of objects that are good."""

from __future__ import annotations

import re

import pytest
from chart import HERE, Validate

GOOD = (HERE / "validate/testdata/good.yaml").read_text()

# What the mistake is: the text that is replaced, what it becomes, and the finding.
BROKEN = {
    "unknown kind": ("kind: ConfigMap", "kind: ConfigMop", 'no kind "ConfigMop"'),
    "old version of a kind": ("policy/v1", "policy/v1beta1", "v1beta1 is no stable version"),
    "unknown field": ("replicas: 2", "replica: 2", 'unknown field "spec.replica"'),
    "unknown field, deep": ("{path: /-/ready,", "{paths: /-/ready,", r'httpGet.paths"'),
    "unknown field of a monitor": ("scrapeTimeout", "scrapetimeout", 'endpoints.0..scrapetimeout"'),
    "key twice": ("replicas: 2", "replicas: 2\n  replicas: 2", 'key "replicas" already set'),
    "text for a number": ("replicas: 2", 'replicas: "2"', "string into Go struct field DeploymentSpec.*replicas"),
    "number for a text": ('value: "1"', "value: 1", "number into Go struct field EnvVar.*value"),
    "number for a label": ("{app: demo}\n    spec", "{app: 1}\n    spec",
                           "number into Go struct field ObjectMeta.*labels"),
    "quantity": ("memory: 32Mi", "memory: 32MB", "quantities must match"),
    "requests over limits": ("memory: 32Mi", "memory: 1Gi", "less than or equal to memory limit"),
    "name": ("{name: demo}\nspec:\n  maxUn", "{name: Demo_}\nspec:\n  maxUn", "metadata.name: Inv"),
    "name of a monitor": ("ServiceMonitor\nmetadata: {name: demo}",
                          "ServiceMonitor\nmetadata: {name: Demo}", "ServiceMonitor.*metadata.name"),
    "long name": ("name: demo\n  labels: {app.k", f"name: {'d' * 64}\n  labels: {{app.k", "over 63"),
    "label value": ("{app.kubernetes.io/name: demo}", '{app.kubernetes.io/name: "a b"}', "labels: Inv"),
    "label key": ("{app.kubernetes.io/name: demo}", "{a/b/c: demo}", "metadata.labels: Invalid"),
    "selector misses its pods": ("matchLabels: {app: demo}\n  template",
                                 "matchLabels: {app: other}\n  template", "selector.*does not match"),
    "env name": ("name: FIRST", 'name: "1=2"', r"env\[0\].name: Invalid"),
    "env twice": ("name: SECOND", "name: FIRST", "hides previous definition"),
    "env with value and source": ("valueFrom:", 'value: "2"\n              valueFrom:',
                                  "may not be specified when `value`"),
    "port name too long": ("- name: metrics\n              c", "- name: metrics-and-more\n              c",
                           "no more than 15"),
    "port out of range": ("containerPort: 8000", "containerPort: 80000", "between 1 and 65535"),
    "port twice": ("containerPort: 8000", "containerPort: 8000\n            - containerPort: 8000",
                   "duplicate port"),
    "probe's port": ("port: metrics}\n          res", "port: http}\n          res",
                     "has no port http, which its readiness probe asks"),
    "probe without a handler": ("httpGet: {path: /-/ready, port: metrics}", "periodSeconds: 5",
                                "must specify a handler"),
    "mount without a volume": ("- name: rules\n              m", "- name: rule\n              m",
                               r"volumeMounts\[0\].name: Not found"),
    "volume without a source": ("configMap: {name: demo}", "configMap: {}",
                                "configMap.name: Required"),
    "volume twice": ("configMap: {name: demo}", "configMap: {name: demo}\n        - name: rules\n"
                     "          emptyDir: {}", "Duplicate value"),
    "pull policy": ("image: example.org/demo:1\n          env",
                    "image: example.org/demo:1\n          imagePullPolicy: Often\n          env",
                    "imagePullPolicy: Unsupported"),
    "topology spread": ("ScheduleAnyway", "Schedule", "whenUnsatisfiable: Unsupported"),
    "runs as root": ("runAsNonRoot: true\n        seccompProfile", "seccompProfile", "runAsNonRoot"),
    "keeps capabilities": ("{drop: [ALL]}\n          vol", "{drop: []}\n          vol", "capabilities"),
    "escalates": ("allowPrivilegeEscalation: false\n            capabilities: {drop: [ALL]}\n          vol",
                  "capabilities: {drop: [ALL]}\n          vol", "allowPrivilegeEscalation"),
    "service selects nothing": ("selector: {app: demo}", "selector: {app: other}", "selects no pod"),
    "service selects the test": ("{name: demo-test}", "{name: demo-test, labels: {app: demo}}",
                                 "Service/demo: selects Pod/demo-test as well"),
    "service's target": ("targetPort: metrics", "targetPort: http", "no container has targetPort http"),
    "service's port name": ("- name: metrics\n      port: 80", "- name: Metrics\n      port: 80",
                            r"ports\[0\].name: Invalid"),
    "file name in a ConfigMap": ("rules.yaml:", '"rules/yaml":', "ConfigMap.*Invalid"),
    "secret's data": ("stringData: {token: abc}", "data: {token: a b}", "illegal base64"),
    "budget with both": ("maxUnavailable: 1", "maxUnavailable: 1\n  minAvailable: 1", "cannot be both set"),
    "budget selects nothing": ("maxUnavailable: 1\n  selector:\n    matchLabels: {app: demo}",
                               "maxUnavailable: 1\n  selector:\n    matchLabels: {app: other}",
                               "PodDisruptionBudget/demo: selects no pod"),
    "policy selects nothing": ("podSelector:\n    matchLabels: {app: demo}",
                               "podSelector:\n    matchLabels: {app: other}",
                               "NetworkPolicy/demo: selects no pod"),
    "policy type": ("[Ingress]", "[In]", "policyTypes"),
    "monitor's port": ("- port: metrics\n      interval: 1m", "- port: http\n      interval: 1m",
                       'ServiceMonitor/demo: the service has no port "http"'),
    "monitor selects nothing": ("matchLabels: {app: demo}\n  endpoints",
                                "matchLabels: {app: other}\n  endpoints", "selects 0 services"),
    "monitor's interval": ("interval: 1m", "interval: 1 m", "unknown unit"),
    "timeout over interval": ("scrapeTimeout: 10s", "scrapeTimeout: 2m", "longer than the interval"),
    "pod monitor's port": ("- port: metrics\n      interval: 30s", "- port: http\n      interval: 30s",
                           "a port that no pod opens"),
    "pod monitor selects nothing": ("matchLabels: {app: demo}\n  podMetricsEndpoints",
                                    "matchLabels: {app: other}\n  podMetricsEndpoints",
                                    "PodMonitor/demo: selects no pod"),
    "unknown field of a rule": ("alert: Down", "alarm: Down", 'rules.0..alarm"'),
    "set's selector": ("matchLabels: {app: store}", "matchLabels: {app: other}", "selector.*does not match"),
    "set's policy": ("Parallel", "Together", "podManagementPolicy: Invalid"),
    "set's service": ("serviceName: store", "serviceName: other", 'no service "other" selects its pods'),
    "set's service selects others": ("metadata: {name: store}\nspec:\n  selector: {app: store}",
                                     "metadata: {name: store}\nspec:\n  selector: {app: demo}",
                                     'StatefulSet/store: no service "store" selects its pods'),
    "mount without a claim": ("- name: data\n              m", "- name: date\n              m",
                              "mounts date, which is neither a volume nor a claim"),
    "what becomes of claims": ("whenScaled: Delete", "whenScaled: Keep", "whenScaled: Unsupported"),
    "claim's access mode": ("[ReadWriteOnce]", "[ReadWrite]", "accessModes: Unsupported"),
    "claim without a size": ("resources: {requests: {storage: 1Gi}}", "resources: {}", "storage.*: Required"),
    "claim of a part of a byte": ("storage: 1Gi", "storage: 1m", "fractional byte"),
    "claim's label": ("labels: {team: ml}", 'labels: {team: "m l"}', r"volumeClaimTemplates\[0\].metadata.labels: Inv"),
    "object twice": ("{name: demo-test}", "{name: demo-test}\n---\napiVersion: v1\nkind: ServiceAccount\n"
                     "metadata: {name: demo}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: x}",
                     "ServiceAccount/demo: there are two of it"),
    "no YAML": ("kind: ConfigMap", "kind: [ConfigMap", "did not find expected"),
}


def test_nothing_is_wrong_with_good_objects(validate: Validate) -> None:
    assert validate(GOOD) == []


@pytest.mark.parametrize("mistake", BROKEN)
def test_a_mistake_is_found(validate: Validate, mistake: str) -> None:
    old, new, finding = BROKEN[mistake]
    assert GOOD.count(old) == 1, "the case no longer names one place of good.yaml"
    found = validate(GOOD.replace(old, new))
    assert any(re.search(finding, line) for line in found), found


def test_nothing_at_all_is_no_success(validate: Validate) -> None:
    assert validate("# only a comment\n") != []

"""Whatever is switched on, Helm's lint is content and an API server would take what is rendered."""

from __future__ import annotations

import os

import pytest
import yaml
from chart import (
    CHART,
    DEFAULTS,
    EXAMPLES,
    HERE,
    NAMESPACE,
    RELEASE,
    Helm,
    Validate,
    Values,
    at,
    leaves,
    merged,
)
from features import FEATURES, LEVELS, OWN_RULES, pairwise, values_of

ROWS = list(pairwise())
EVERYTHING = {feature: next(iter(levels)) for feature, levels in FEATURES.items()}
CASES: dict[str, Values] = {
    "defaults": {},
    "everything": values_of(EVERYTHING),
    **{f"{feature}: {level}": FEATURES[feature][level] for feature, level in LEVELS},
    **{f"pairs {number}": values_of(row) for number, row in enumerate(ROWS)},
    **{path.name: yaml.safe_load(path.read_text()) for path in EXAMPLES},
}
GOLDEN = ("defaults", "everything", *(path.name for path in EXAMPLES))
# What is refused when it alone is left out, and what takes its place then.
INSTEAD = {
    "prometheus.basicAuth.username": at("prometheus.basicAuth.username", "other"),
    "rules.files": at("rules.files", {"other.yaml": OWN_RULES}),
    "persistence.enabled": at("persistence.existingClaim", ""),
}
WITH_TWO = {"replicas": 2}  # without which a PodDisruptionBudget is never made


@pytest.mark.parametrize("case", CASES)
def test_an_api_server_takes_it(helm: Helm, validate: Validate, case: str) -> None:
    found = validate(helm.template(CASES[case]))
    allowed = "not restricted: seccompProfile" if "pod context: other" == case else None
    assert [one for one in found if not allowed or allowed not in one] == []


def test_the_longest_release_name_is_no_problem(helm: Helm, validate: Validate) -> None:
    unnamed = {feature: level for feature, level in EVERYTHING.items() if feature != "names"}
    done = helm.run("template", "d" * 53, str(CHART), values=values_of(unnamed))
    assert "d" * 53 in done.stdout, done.stderr
    assert validate(done.stdout) == []


@pytest.mark.parametrize("name", ("", "meter"))
@pytest.mark.parametrize(
    "release",
    ("my.release", "2024", "1st", "1.2-downsampled", "b.downsampled", "a" * 45 + "------b"),
)
def test_any_release_has_objects_with_good_names(
    helm: Helm, validate: Validate, release: str, name: str
) -> None:
    names = {"fullnameOverride": "", "nameOverride": name}
    done = helm.run("template", release, str(CHART), values=values_of(EVERYTHING) | names)
    assert done.returncode == 0, done.stderr
    assert validate(done.stdout) == []


LIKE_NUMBERS: Values = {
    "fullnameOverride": "on",
    "nameOverride": "yes",
    "priorityClassName": "123",
    "nodeSelector": {"a": "1", "b": "true"},
    "serviceAccount": {"create": False, "name": "42"},
    "imagePullSecrets": [{"name": "7"}],
    "image": {"tag": "1.10"},
    "podAnnotations": {"a": "null"},
    "labels": {"a": "0x1"},
    "rules": {"existingConfigMap": "99"},
    "settings": {"STEP": "15s", "QUERY_CONCURRENCY": 8},
    "prometheus": {
        "token": {"existingSecret": {"name": "10", "key": "11"}},
        "ca": {"secret": {"name": "12", "key": "13"}},
        "clientCertificate": {"existingSecret": "14"},
    },
    "scrape": {"method": "serviceMonitor", "labels": {"release": "1"}},
    "dashboard": {"enabled": True},
    "alerts": {"enabled": True, "labels": {"release": "yes"}},
    "replicas": 2,
    "persistence": {
        "enabled": True,
        "storageClass": "5",
        "labels": {"a": "1"},
        "annotations": {"a": "true"},
    },
    "networkPolicy": {"enabled": True, "from": [{"podSelector": {}}]},
}


@pytest.mark.parametrize(
    "values",
    (
        LIKE_NUMBERS,
        merged(LIKE_NUMBERS, {"serviceAccount": {"create": True}}),
        {
            "prometheus": {
                "basicAuth": {"username": "1", "existingSecret": {"name": "2", "key": "3"}},
                "ca": {"configMap": {"name": "4", "key": "5"}},
            }
        },
        {
            "prometheus": {"token": {"serviceAccount": {"enabled": True, "audience": "6"}}},
            "serviceAccount": {"clusterRoles": ["7"]},
            "persistence": {"enabled": True, "existingClaim": "8"},
            "scrape": {"method": "podMonitor"},
        },
    ),
)
def test_text_that_looks_like_a_number_stays_text(
    helm: Helm, validate: Validate, values: Values
) -> None:
    values = {"fullnameOverride": "off"} | values
    done = helm.run("template", "2024", str(CHART), "--namespace", "1234", values=values)
    assert done.returncode == 0, done.stderr
    assert validate(done.stdout) == []


@pytest.mark.parametrize(
    "case",
    (
        "defaults",
        *(f"pairs {number}" for number in range(len(ROWS))),
        *(path.name for path in EXAMPLES),
    ),
)
def test_lint_is_content(helm: Helm, case: str) -> None:
    done = helm.run("lint", "--strict", str(CHART), values=CASES[case])
    assert done.returncode == 0, done.stdout + done.stderr


def test_there_are_examples() -> None:
    assert EXAMPLES


def test_every_value_belongs_to_a_feature() -> None:
    """A new value is tested in both states or this fails."""
    varied = {path for feature, level in LEVELS for path in leaves(FEATURES[feature][level])}
    untested = [
        path
        for path in leaves(DEFAULTS)
        if not any(
            path == one or one.startswith(path + ".") or path.startswith(one + ".")
            for one in varied
        )
    ]
    assert untested == []


def without(values: Values, path: str) -> Values:
    key, _, rest = path.partition(".")
    return {
        name: without(value, rest) if name == key and rest else value
        for name, value in values.items()
        if rest or name != key
    }


@pytest.mark.parametrize(
    "feature, level", LEVELS, ids=[f"{feature}: {level}" for feature, level in LEVELS]
)
def test_every_value_has_an_effect(helm: Helm, feature: str, level: str) -> None:
    chosen, defaults = FEATURES[feature][level], leaves(DEFAULTS)
    rendered = helm.template(merged(WITH_TWO, chosen))
    for path, value in leaves(chosen).items():
        if value not in (defaults.get(path, "none"), WITH_TWO.get(path, "none")):
            other = without(chosen, path)
            other = merged(other, INSTEAD.get(path, {}))
            assert helm.template(merged(WITH_TWO, other)) != rendered, path


def shown(objects: list[dict]) -> str:
    """The objects as YAML; what is a file of the chart, word for word, by that file's name."""
    for one in objects:
        if one["kind"] == "PrometheusRule":
            one["spec"] = "rules/alerts.yaml"
        for name in one.get("data", {}) if one["kind"] == "ConfigMap" else ():
            if name.endswith(".json"):
                one["data"][name] = "dashboards/downsampled.json"
    return yaml.safe_dump_all(objects, sort_keys=False, width=100)


@pytest.mark.parametrize("case", GOLDEN)
def test_it_is_what_was_accepted(helm: Helm, case: str) -> None:
    """ACCEPT=1 writes the file instead, for a person to read the difference in git."""
    made = shown([one for one in yaml.safe_load_all(helm.template(CASES[case])) if one])
    path = HERE / "golden" / (case.removesuffix(".yaml") + ".yaml")
    if os.environ.get("ACCEPT") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_text(made)
    assert path.read_text() == made

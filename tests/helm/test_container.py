"""What the container is given: the daemon knows all of it, and runs with it."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from pathlib import Path

import daemon
import pytest
from chart import DEFAULTS, Helm, Values, at, container, environment
from features import CERTIFICATE, FEATURES, LEVELS, OWN_RULES, TOKEN
from page import Page

VARIABLES = set(
    re.findall(
        r"^\|[^|]*\| `([A-Z_]+)` \|",
        (daemon.ROOT / "docs/configuration.md").read_text(),
        re.MULTILINE,
    )
)
# Rule files whose text must arrive as it is.
TEXTS = (
    "groups: []",
    "groups: []\n",
    "\n\ngroups: []\n\n",
    "  groups: []\n",
    "# a comment\ngroups:\n- name: é {{ x }}\n",
    'groups:\n  - name: "a: b"\r\n',
    "\tgroups",
    "---\ngroups: []\n...\n",
    "- '#'\n- \"%\"\n",
)


def test_a_token_is_in_a_secret_and_nowhere_else(helm: Helm) -> None:
    text = helm.template(at("prometheus.token.value", TOKEN))
    secret = helm.objects(at("prometheus.token.value", TOKEN))["Secret"]
    assert TOKEN not in text.replace(json.dumps(secret.get("stringData", {})), "")
    assert [base64.b64decode(value).decode() for value in secret["data"].values()] == [TOKEN]


@pytest.mark.parametrize("level", ("token value", "token secret", "service account"))
def test_a_token_reaches_the_daemon_as_a_file(helm: Helm, level: str) -> None:
    values = FEATURES["credentials"][level]
    path = environment(helm, values)["PROMETHEUS_SELDON_TOKEN_FILE"]
    mount = next(
        one
        for one in container(helm, values)["volumeMounts"]
        if path.startswith(one["mountPath"] + "/")
    )
    volume = next(
        one for one in helm.pod(values)["spec"]["volumes"] if one["name"] == mount["name"]
    )
    projected = [
        item["path"]
        for source in volume["projected"]["sources"]
        for kind in source.values()
        for item in kind.get("items", [kind])
    ]
    assert path.removeprefix(mount["mountPath"] + "/") in projected


@pytest.mark.parametrize(
    "feature, level", LEVELS, ids=[f"{feature}: {level}" for feature, level in LEVELS]
)
def test_the_daemon_knows_every_variable(helm: Helm, feature: str, level: str) -> None:
    extra = {one["name"] for one in FEATURES[feature][level].get("extraEnv", [])}
    assert environment(helm, FEATURES[feature][level]).keys() - extra <= VARIABLES


@pytest.mark.parametrize("text", TEXTS, ids=repr)
def test_a_rule_file_arrives_as_it_is(helm: Helm, text: str) -> None:
    values = {"rules": {"files": {"a.yaml": text, "b.yaml": OWN_RULES}}}
    data = helm.objects(values)["ConfigMap"]["data"]
    assert data["a.yaml"].rstrip("\n") == text.rstrip("\n")


def test_rules_given_as_yaml_are_a_rule_file(helm: Helm, tmp_path: Path) -> None:
    data = helm.objects({"rules": {"files": {"own.yaml": OWN_RULES}}})["ConfigMap"]["data"]
    (tmp_path / "own.yaml").write_text(data["own.yaml"])
    done = subprocess.run(
        [*daemon.command(), "check", tmp_path / "own.yaml"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "{{ not_a_template }}" in data["own.yaml"]


def test_other_rules_make_other_pods(helm: Helm) -> None:
    """And nothing else does: pods that are the same are not replaced."""
    pods = [
        helm.pod({"rules": {"files": {"own.yaml": text}}})
        for text in ("groups: []", "groups: {}", "groups: []")
    ]
    assert pods[0] != pods[1] and pods[0] == pods[2]
    assert helm.pod({}) == helm.pod({"service": {"port": 80}})


def test_another_ca_makes_other_pods(helm: Helm) -> None:
    """It is read at the start only."""
    one, other, same = (
        helm.pod(at("prometheus.ca.inline", CERTIFICATE.replace("MIIB", text)))
        for text in ("MIIB", "MIIC", "MIIB")
    )
    assert one != other and one == same


def test_the_daemon_refuses_the_periods_that_the_chart_refuses() -> None:
    """What the chart refuses is in test_refused.py."""
    settings = {
        "PROMETHEUS_URL": "http://127.0.0.1:9",
        "QUERIES": str(daemon.ROOT / "queries/seldon.yaml"),
    }
    done = subprocess.run(
        [*daemon.command(), "once"],
        env=settings | {"TIME_PERIOD": "14999ms"},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode != 0 and "step 15s is longer than the window" in done.stderr
    with daemon.Daemon(**settings, TIME_PERIOD="15s") as running:
        running.wait_until_ready()


def test_the_packs_and_own_rules_are_what_the_daemon_reads(helm: Helm) -> None:
    packs = {path.stem for path in (daemon.ROOT / "queries").glob("*.yaml")}
    assert DEFAULTS["rules"]["packs"].keys() == packs
    assert environment(helm, {})["QUERIES"] == "/etc/downsampled/queries/seldon.yaml"
    only = {"rules": {"packs": {"seldon": False}, "files": {"own.yaml": OWN_RULES}}}
    assert "seldon.yaml" not in environment(helm, only)["QUERIES"]


def mounted(helm: Helm, values: Values, folder: Path) -> dict[str, str]:
    """The container's variables, with the files and folders that they name put into a folder."""
    objects = helm.objects(values)
    contents = {one["metadata"]["name"]: one.get("data", {}) for one in objects.values()}
    variables = environment(helm, values)
    for mount in container(helm, values).get("volumeMounts", []):
        place = folder / mount["name"]
        place.mkdir()
        volumes = {one["name"]: one for one in helm.pod(values)["spec"].get("volumes", [])}
        for source in volumes.get(mount["name"], {}).get("projected", {}).get("sources", []):
            ((kind, named),) = source.items()
            for key, text in contents[named["name"]].items():
                path = {item["key"]: item["path"] for item in named.get("items", [])}.get(key, key)
                (place / path).write_text(
                    base64.b64decode(text).decode() if kind == "secret" else text
                )
        variables = {
            name: re.sub(rf"{mount['mountPath']}(?=/|$)", str(place), value)
            for name, value in variables.items()
        }
    shipped = str(daemon.ROOT / "queries") + "/"
    return {
        name: value.replace("/etc/downsampled/queries/", shipped)
        for name, value in variables.items()
    }


@pytest.mark.parametrize(
    "feature, level",
    (
        ("period", "30s"),
        ("settings", "two"),
        ("own rules", "YAML"),
        ("own rules", "text"),
        ("pack", "off"),
        ("credentials", "token value"),
        ("insecure", "on"),
        ("container port", "9100"),
        ("persistence", "claims"),
    ),
)
def test_the_daemon_runs_with_what_the_container_gets(
    helm: Helm, tmp_path: Path, feature: str, level: str
) -> None:
    values = FEATURES[feature][level]
    here = {"PROMETHEUS_URL": "http://127.0.0.1:9", "LISTEN_ADDRESS": "127.0.0.1:0"}
    with daemon.Daemon(**mounted(helm, values, tmp_path) | here) as running:
        running.wait_until_ready()
        groups = {
            one["rule_group"]
            for one, _ in Page(running.get()).all("downsampled_rule_group_interval_seconds")
        }
    assert [path.name for path in tmp_path.glob("*/journal.db")] == ["journal.db"]
    expected = ["seldon"] * (feature != "pack") + ["own"] * ("rules" in values)
    assert sorted(group.partition(";")[2] for group in groups) == sorted(expected)


def test_the_daemon_has_the_command_of_helm_test(helm: Helm) -> None:
    command = helm.objects({})["Pod"]["spec"]["containers"][0]["args"][0]
    with daemon.Daemon(
        PROMETHEUS_URL="http://127.0.0.1:9", QUERIES=daemon.ROOT / "queries/seldon.yaml"
    ) as running:
        running.wait_until_ready()
        for path, code in (("/-/ready", 0), ("/no-such-page", 1)):
            done = subprocess.run(
                [*daemon.command(), command, running.url + path],
                capture_output=True,
                text=True,
                timeout=30,
            )
            assert done.returncode == code, done.stderr

"""The alerts: promtool parses and tests them, and what they name is there."""

from __future__ import annotations

import re
import subprocess

import pytest
import yaml
from chart import HERE, Helm
from features import FEATURES
from page import Page
from queries import ALERTS, ALERTS_FILE, metrics
from replicas import Replicas

CASES = yaml.safe_load((HERE / "alerts_test.yaml").read_text())["tests"]


def promtool(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["promtool", *map(str, arguments)], capture_output=True, text=True, timeout=120
    )


def labels_seen(alert: str) -> list[set[str]]:
    """The labels with which the test cases expect the alert to fire."""
    expected = [
        sample["labels"]
        for case in CASES
        for one in case["promql_expr_test"]
        for sample in one["exp_samples"]
    ]
    return [set(re.findall(r"(\w+)=", text)) for text in expected if f'alertname="{alert}"' in text]


def test_promtool_takes_the_file() -> None:
    done = promtool("check", "rules", ALERTS_FILE)
    assert done.returncode == 0 and f"{len(ALERTS)} rules found" in done.stdout, (
        done.stdout + done.stderr
    )


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_what_fires_and_what_does_not(tmp_path, case: dict) -> None:
    """One of the cases of alerts_test.yaml, which `promtool test rules` runs at once."""
    path = tmp_path / "case.yaml"
    path.write_text(
        yaml.safe_dump(
            {"rule_files": [str(ALERTS_FILE)], "evaluation_interval": "1m", "tests": [case]}
        )
    )
    done = promtool("test", "rules", path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_cases_run_by_hand() -> None:
    """`promtool test rules tests/helm/alerts_test.yaml` finds the rule file."""
    for rule_file in yaml.safe_load((HERE / "alerts_test.yaml").read_text())["rule_files"]:
        assert (HERE / rule_file).samefile(ALERTS_FILE)


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_fires_in_one_of_the_cases(alert: str) -> None:
    assert labels_seen(alert)


@pytest.mark.parametrize("alert", ALERTS)
def test_its_text_names_labels_that_it_has(alert: str) -> None:
    annotations = ALERTS[alert]["annotations"]
    assert annotations["summary"] and annotations["description"]
    used = set(re.findall(r"\$labels\.(\w+)", " ".join(annotations.values())))
    assert used <= {"cluster", "namespace", "job"}.union(*labels_seen(alert))


@pytest.mark.parametrize("alert", ALERTS)
def test_every_metric_that_it_names_is_on_the_page(replicas: Replicas, alert: str) -> None:
    shown = {name for name, *_ in Page(replicas.daemons[0].get()).samples}
    assert metrics(ALERTS[alert]["expr"]) and metrics(ALERTS[alert]["expr"]) <= shown


def test_nothing_is_wrong_with_daemons_that_work(replicas: Replicas) -> None:
    """But that they have not recorded for an hour, which no alert needs."""
    now = replicas.last_second(2)
    firing = {alert for alert, rule in ALERTS.items() if replicas.server.query(rule["expr"], now)}
    assert firing == set()


def test_the_chart_has_the_same_groups(helm: Helm) -> None:
    rule = helm.objects(FEATURES["alerts"]["on"])["PrometheusRule"]
    assert rule["spec"]["groups"] == yaml.safe_load(ALERTS_FILE.read_text())["groups"]

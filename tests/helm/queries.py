"""The PromQL that the chart ships: the dashboard's queries and the alerts' expressions."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import yaml
from chart import CHART

ALERTS_FILE = CHART / "rules" / "alerts.yaml"
ALERTS = {
    rule["alert"]: rule
    for group in yaml.safe_load(ALERTS_FILE.read_text())["groups"]
    for rule in group["rules"]
}
DASHBOARD_FILE = CHART / "dashboards" / "downsampled.json"
DASHBOARD = json.loads(DASHBOARD_FILE.read_text())
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
METRIC = re.compile(r"\b(?:downsampled|process|model)_\w+|\b[a-zA-Z_:][\w:]*(?=\s*[{\[])")


def panels(dashboard: dict) -> list[dict]:
    """Every panel, those in rows too."""
    out = []
    for panel in dashboard["panels"]:
        out += [panel, *panel.get("panels", [])]
    return out


def queries(dashboard: dict) -> dict[str, str]:
    """Panel's title and the query's letter to expression."""
    return {
        f"{panel['id']} {panel['title']} {target['refId']}": target["expr"]
        for panel in panels(dashboard)
        for target in panel.get("targets", [])
    }


def variables(dashboard: dict) -> dict[str, dict]:
    return {one["name"]: one for one in dashboard["templating"]["list"]}


def filled(expression: str, job: str = ".+") -> str:
    """As Grafana sends it when All is chosen, or that job."""
    for name, value in (
        ("job", job),
        ("namespace", ".*"),
        ("exported_namespace", ".*"),
        ("__rate_interval", "5m"),
        ("__interval", "1m"),
        ("__range", "1h"),
    ):
        expression = re.sub(rf"\$(?:{name}\b|\{{{name}(?::\w+)?\}})", lambda _: value, expression)
    return expression


def metrics(expression: str) -> set[str]:
    return set(METRIC.findall(STRING.sub('""', expression)))


def check(expressions: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """promtool's word on a rule file that has each as a rule."""
    rules = [
        {"record": f"query:{number}", "expr": one}
        for number, one in enumerate(expressions.values())
    ]
    path = folder / "rules.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))
    return subprocess.run(
        ["promtool", "check", "rules", path], capture_output=True, text=True, timeout=30
    )

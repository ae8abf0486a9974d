"""The chart as a part of another one, switched by that one's condition."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from chart import CHART, RELEASE, Helm, at


@pytest.fixture
def umbrella(tmp_path: Path) -> Path:
    dependency = {
        "name": CHART.name,
        "version": yaml.safe_load((CHART / "Chart.yaml").read_text())["version"],
        "repository": "",
        "condition": f"{CHART.name}.enabled",
    }
    chart = {"apiVersion": "v2", "name": "umbrella", "version": "1.0.0"}
    (tmp_path / "Chart.yaml").write_text(yaml.safe_dump(chart | {"dependencies": [dependency]}))
    shutil.copytree(CHART, tmp_path / "charts" / CHART.name)
    return tmp_path


@pytest.mark.parametrize("enabled", (True, False))
def test_its_condition_switches_the_chart(helm: Helm, umbrella: Path, enabled: bool) -> None:
    values = at(f"{CHART.name}.enabled", enabled) | {"global": {"team": "ml"}}
    done = helm.run("template", RELEASE, str(umbrella), values=values)
    assert done.returncode == 0, done.stderr
    assert ("kind: Deployment" in done.stdout) == enabled


def test_a_claim_can_be_asked_for_there(helm: Helm, umbrella: Path) -> None:
    done = helm.run(
        "template", RELEASE, str(umbrella), values=at(f"{CHART.name}.persistence.enabled", True)
    )
    assert done.returncode == 0, done.stderr
    assert "kind: StatefulSet" in done.stdout and "kind: Deployment" not in done.stdout


def test_a_value_is_refused_there_too(helm: Helm, umbrella: Path) -> None:
    done = helm.run("template", RELEASE, str(umbrella), values=at(f"{CHART.name}.enabeld", True))
    assert done.returncode != 0 and "enabeld" in done.stderr

"""The version comes from one place, and the documents of the chart from its values."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import daemon
import pytest
import yaml
from chart import CHART, DEFAULTS, EXAMPLES, leaves

PROJECT = re.search(r"version: '([^']+)'", (daemon.ROOT / "meson.build").read_text())[1]
README = (CHART / "README.md").read_text()


@pytest.mark.parametrize("key", ("version", "appVersion"))
def test_the_chart_has_the_projects_version(key: str) -> None:
    assert str(yaml.safe_load((CHART / "Chart.yaml").read_text())[key]) == PROJECT


def test_the_table_of_values_is_what_the_generator_makes() -> None:
    done = subprocess.run(
        ["/usr/bin/python3", daemon.ROOT / "helm/readme.py", "--check"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_value_is_in_the_table_of_values() -> None:
    """Read without the generator: each value or the mapping that it is in, with the default."""
    documented = dict(re.findall(r"^\| `([\w.]+)` \| `(.*?)` \|", README, re.MULTILINE))
    for path, text in documented.items():
        default = DEFAULTS
        for key in path.split("."):
            default = default[key]
        assert yaml.safe_load(text) == default, path
    assert [
        path
        for path in leaves(DEFAULTS)
        if not any(f"{path}.".startswith(f"{one}.") for one in documented)
    ] == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_says_what_it_is_for(example: Path) -> None:
    assert example.read_text().startswith("# ") and f"examples/{example.name}" in README

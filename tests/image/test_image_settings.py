"""Every variable does in the container what it says: the effects of the end-to-end tests, with the
image's program in a read-only root."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from container import PROGRAM, Container
from daemon import environment
from setting_effects import EFFECTS, Given
from store import ROOT


def test_these_are_all_variables(container: Container) -> None:
    page = subprocess.run(
        container.command(PROGRAM, "--write-documentation"),
        env=environment({}),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    known = set(re.findall(r"^\| (?:`--[a-z.-]+`|never a flag) \| `([A-Z_]+)` \|", page, re.M))
    readme = set(re.findall(r"^\| [^|]* \| `([A-Z_]+)` \|", (ROOT / "README.md").read_text(), re.M))
    assert known == EFFECTS.keys()
    assert readme and readme <= known


@pytest.mark.parametrize("variable", EFFECTS)
def test_a_variable_has_its_effect(
    variable: str, container: Container, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    container.with_open_folder(tmp_path).use(monkeypatch)
    EFFECTS[variable].shows(Given("", variable, None, tmp_path))

"""Every setting that the program knows has an effect that can be seen: as a flag, as a variable, and
as a flag where the variable says something else."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from daemon import command, environment, once, write_rules
from fake_behaviors import grid_of, matrix
from fake_prometheus import FakePrometheus
from setting_effects import EFFECTS, TIME, Given


def settings_of_the_program() -> dict[str, str]:
    """Variable to flag, empty where there is none: as the program itself lists them."""
    page = subprocess.run([*command(), "--write-documentation"], env=environment({}), capture_output=True,
                          text=True, check=True, timeout=60).stdout
    rows = re.findall(r"^\| (?:`(--[a-z.-]+)`|never a flag) \| `([A-Z_]+)` \|", page, re.M)
    return {variable: flag for flag, variable in rows}


SETTINGS = settings_of_the_program()
FLAGS = {variable: flag for variable, flag in SETTINGS.items() if flag}


def test_the_list_is_the_one_of_the_help() -> None:
    text = subprocess.run([*command(), "--help"], env=environment({}), capture_output=True, text=True).stdout
    assert set(re.findall(r"^  (--[a-z.-]+\.[a-z-]+|--rules|--step|--[a-z]+-[a-z]+)", text, re.M)) == set(FLAGS.values())
    assert len(SETTINGS) == len(FLAGS) + 1


def test_every_setting_has_a_test() -> None:
    assert SETTINGS.keys() == EFFECTS.keys()


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return write_rules(tmp_path / "other.yaml", [{"name": "other", "rules": [{"record": "other", "expr": "other"}]}])


@pytest.mark.parametrize("variable", SETTINGS)
def test_a_variable_has_its_effect(variable: str, tmp_path: Path) -> None:
    EFFECTS[variable].shows(Given("", variable, None, tmp_path))


@pytest.mark.parametrize("variable", FLAGS)
def test_a_flag_has_its_effect_whatever_the_variable_says(variable: str, tmp_path: Path, other: Path) -> None:
    over = EFFECTS[variable].other.replace("FILE", str(other))
    EFFECTS[variable].shows(Given(FLAGS[variable], variable, over, tmp_path))


@pytest.mark.parametrize("variable", SETTINGS)
def test_a_bad_value_is_refused_by_its_name(variable: str, tmp_path: Path) -> None:
    for flag in {FLAGS.get(variable, ""), ""}:
        with FakePrometheus(matrix()) as fake:
            done = Given(flag, variable, None, tmp_path).once(EFFECTS[variable].bad, **{"PROMETHEUS_URL": fake.url})
            assert fake.requests == []
        assert (done.code, done.text) == (2, ""), done.log
        assert (flag or variable) in done.log and "reason=config" in done.log


def test_empty_variables_count_as_unset(tmp_path: Path) -> None:
    path = write_rules(tmp_path / "rules.yaml", [{"name": "only", "rules": [{"record": "one", "expr": "one"}]}])
    with FakePrometheus(matrix()) as fake:
        done = once(f"--prometheus.url={fake.url}", f"--rules={path}", *TIME, **dict.fromkeys(SETTINGS, ""))
        sent, = fake.requests
    assert done.code == 0, done.log
    assert (sent.form["step"], len(grid_of(sent))) == ("15", 240)
    assert 90 < float(sent.form["timeout"]) <= 108  # nine tenths of 2m, less what has passed since the start
    assert "authorization" not in sent.headers

"""Fixtures of the chart's tests: Helm, and the program that validates what it renders.

Helm is the program that HELM names, else the one on PATH. A test that needs what is absent is
skipped, with the reason.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e"), str(HERE.parent)]

from chart import Helm, Validate  # noqa: E402
from replicas import Replicas  # noqa: E402

GO_TIMEOUT = 1200.0  # a first build, on a slow machine


@pytest.fixture(scope="session")
def helm_program() -> str:
    found = shutil.which(os.environ.get("HELM") or "helm")
    if not found:
        pytest.skip("needs Helm: on PATH, or named by HELM")
    return found


@pytest.fixture(scope="session")
def helm(helm_program: str) -> Helm:
    return Helm(helm_program)


def go(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["go", *arguments],
        cwd=HERE / "validate",
        capture_output=True,
        text=True,
        timeout=GO_TIMEOUT,
    )


@pytest.fixture(scope="session")
def validate(tmp_path_factory: pytest.TempPathFactory) -> Validate:
    """Findings about the objects in a YAML text, pods measured by the restricted standard."""
    if not shutil.which("go"):
        pytest.skip("needs Go, to build tests/helm/validate")
    fetched = go("mod", "download")
    if fetched.returncode != 0:
        pytest.skip("needs the Go modules of tests/helm/validate: " + fetched.stderr.strip()[-200:])
    program = tmp_path_factory.mktemp("validate") / "validate"
    built = go("build", "-o", str(program), ".")
    assert built.returncode == 0, built.stderr

    def findings(text: str) -> list[str]:
        done = subprocess.run(
            [program, "-restricted"], input=text, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == (1 if done.stdout else 0) and not done.stderr, done
        return done.stdout.splitlines()

    return findings


@pytest.fixture(scope="session")
def replicas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replicas]:
    with Replicas(tmp_path_factory.mktemp("replicas")) as servers:
        yield servers


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What reads scraped series comes last: by then they are there, and nobody waits for them."""
    items.sort(key=lambda item: "replicas" in getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session", autouse=True)
def scraping_begins_first(request: pytest.FixtureRequest) -> None:
    if any("replicas" in getattr(item, "fixturenames", ()) for item in request.session.items):
        request.getfixturevalue("replicas")

"""make helm-install and make helm-delete, where there is no cluster and where there is no Helm."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml
from chart import DEFAULTS
from daemon import ROOT

UNREACHABLE = "Kubernetes cluster unreachable"
TARGETS = ("helm-install", "helm-delete")


@pytest.fixture
def make(tmp_path: Path):
    """Runs a target; fails if that tried to install a package."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for program in ("apt-get", "dpkg-query", "sudo"):
        (folder / program).write_text(f"#!/bin/sh\ntouch {tmp_path}/installed\n")
        (folder / program).chmod(0o755)

    def run(*arguments: str, path: str = os.environ["PATH"]) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": f"{folder}:{path}", "HOME": str(tmp_path), "KUBECONFIG": "/dev/null"}
        done = subprocess.run(
            ["make", *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert not (tmp_path / "installed").exists()
        return done

    return run


@pytest.mark.parametrize("target", TARGETS)
def test_without_a_cluster_helm_says_so(make, helm_program: str, target: str) -> None:
    done = make(target, f"HELM={helm_program}")
    assert done.returncode != 0 and UNREACHABLE in done.stderr


def test_a_dry_run_shows_the_objects(make, helm_program: str) -> None:
    done = make("-s", "helm-install", f"HELM={helm_program}", "ARGS=--dry-run=client")
    assert done.returncode == 0, done.stderr
    objects = {one["kind"]: one for one in yaml.safe_load_all(done.stdout.partition("---\n")[2])}
    assert {"ServiceAccount", "Service", "Deployment"} <= objects.keys()
    assert objects["Deployment"]["metadata"]["namespace"] == "seldon-system"
    assert objects["Deployment"]["spec"]["replicas"] == DEFAULTS["replicas"]


def test_files_with_values_and_more_arguments(make, helm_program: str, tmp_path: Path) -> None:
    for name, text in (("one", "replicas: 3\ntimePeriod: 2h\n"), ("two", "timePeriod: 3h\n")):
        (tmp_path / name).write_text(text)
    done = make(
        "-s",
        "helm-install",
        f"HELM={helm_program}",
        f"VALUES={tmp_path}/one {tmp_path}/two",
        "ARGS=--dry-run=client --set containerPort=9100",
    )
    assert done.returncode == 0, done.stderr
    assert "replicas: 3" in done.stdout and "containerPort: 9100" in done.stdout
    assert 'value: "3h"' in done.stdout and "2h" not in done.stdout


def test_a_value_that_is_refused_ends_it(make, helm_program: str) -> None:
    done = make(
        "helm-install", f"HELM={helm_program}", "ARGS=--dry-run=client --set scrape.interval=1h"
    )
    assert done.returncode != 0 and "scrape" in done.stderr and "interval" in done.stderr


@pytest.mark.parametrize("target", TARGETS)
def test_without_helm_it_says_what_it_wants(make, target: str) -> None:
    done = make(target, "HELM=no-such-helm")
    assert done.returncode != 0
    assert "want helm" in done.stderr and len(done.stderr.splitlines()) <= 2, done.stderr

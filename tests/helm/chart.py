"""The chart as Helm renders it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import yaml
from daemon import ROOT

HERE = Path(__file__).resolve().parent
CHART = ROOT / "helm" / "downsampled"
RELEASE, NAMESPACE = "demo", "seldon-system"
EXAMPLES = sorted((CHART / "examples").glob("*.yaml"))
DEFAULTS = yaml.safe_load((CHART / "values.yaml").read_text())

Values = dict[str, object]
Validate = Callable[[str], list[str]]  # the findings about a text of objects


class Helm:
    """Runs Helm with no cluster in reach and folders of its own."""

    def __init__(self, program: str):
        self._program = program
        self._home = tempfile.TemporaryDirectory()
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": self._home.name,
            "KUBECONFIG": "/dev/null",
        }

    def run(
        self, *arguments: str, values: Values | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._program, *arguments, "-f", "-"],
            input=json.dumps(values or {}),
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    @cache
    def _rendered(self, values: str) -> str:
        done = self.run(
            "template", RELEASE, str(CHART), "--namespace", NAMESPACE, values=json.loads(values)
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def template(self, values: Values) -> str:
        """The YAML text of every object."""
        return self._rendered(json.dumps(values, sort_keys=True))

    def objects(self, values: Values) -> dict[str, dict]:
        """Every object, by kind; of several of a kind, by kind and name."""
        out: dict[str, dict] = {}
        for found in yaml.safe_load_all(self.template(values)):
            if found:
                key = found["kind"]
                out[f"{key}/{found['metadata']['name']}" if key in out else key] = found
        return out

    def workload(self, values: Values) -> dict:
        """What makes the pods: a Deployment or a StatefulSet."""
        objects = self.objects(values)
        (made,) = (objects[kind] for kind in ("Deployment", "StatefulSet") if kind in objects)
        return made

    def pod(self, values: Values) -> dict:
        """The template of the pods."""
        return self.workload(values)["spec"]["template"]

    def notes(self, values: Values) -> str:
        """What is printed after an installation, which takes a cluster: so it is made an object."""
        with tempfile.TemporaryDirectory() as folder:
            chart = shutil.copytree(CHART, Path(folder) / CHART.name)
            notes = chart / "templates" / "NOTES.txt"
            (chart / "templates" / "_notes.tpl").write_text(
                '{{ define "notes" }}' + notes.read_text() + "{{ end }}"
            )
            notes.unlink()
            (chart / "templates" / "notes.yaml").write_text(
                'kind: Notes\napiVersion: v1\ntext: {{ include "notes" . | toJson }}\n'
            )
            done = self.run(
                "template",
                RELEASE,
                str(chart),
                "--namespace",
                NAMESPACE,
                "--show-only",
                "templates/notes.yaml",
                values=values,
            )
        assert done.returncode == 0, done.stderr
        return yaml.safe_load(done.stdout)["text"]

    def refusal(self, values: Values) -> str:
        """What Helm says against values that it must not take."""
        done = self.run("template", RELEASE, str(CHART), values=values)
        assert done.returncode != 0, f"taken: {values}"
        return done.stderr


def container(helm: Helm, values: Values) -> dict:
    """The daemon's."""
    return helm.pod(values)["spec"]["containers"][0]


def environment(helm: Helm, values: Values) -> dict[str, str]:
    return {one["name"]: one.get("value") for one in container(helm, values)["env"]}


def merged(*several: Values) -> Values:
    """All of these values; a later one's leaf wins."""
    out: Values = {}
    for values in several:
        for key, value in values.items():
            old = out.get(key)
            both = isinstance(value, dict) and isinstance(old, dict)
            out[key] = merged(old, value) if both else value
    return out


def at(path: str, value: object) -> Values:
    """The values that have this one at the path, such as prometheus.token.value."""
    for key in reversed(path.split(".")):
        value = {key: value}
    return value


def leaves(values: Values, defaults: Values = DEFAULTS, prefix: str = "") -> dict[str, object]:
    """Path to value of what is set, as deep as the chart's own values go."""
    out: dict[str, object] = {}
    for key, value in values.items():
        path, default = f"{prefix}{key}", defaults.get(key)
        deeper = isinstance(value, dict) and isinstance(default, dict) and default
        out |= leaves(value, default, path + ".") if deeper else {path: value}
    return out

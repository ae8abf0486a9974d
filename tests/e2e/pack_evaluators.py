"""Two ways to the value of a rule of a pack: Prometheus and a few lines of Python, or the daemon.

Both answer {record: {(namespace, name): value}} for the window (T - W, T].
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections import defaultdict
from functools import lru_cache
from pathlib import Path

import exposition_text
import yaml
from servers import Server

ROOT = Path(__file__).resolve().parents[2]
PACK = ROOT / "queries" / "seldon.yaml"
STEP = 15.0
Values = dict[str, dict[tuple[str, str], float]]


def load_rules(path: Path = PACK) -> dict[str, dict]:
    """Record to rule, with the coverage that applies to it."""
    rules = {}
    for group in yaml.safe_load(path.read_text())["groups"]:
        for rule in group["rules"]:
            rules[rule["record"]] = {"coverage": group.get("coverage", "")} | rule
    return rules


def daemon_binary() -> Path:
    """The daemon under test: DOWNSAMPLED_BINARY, or the build's."""
    return Path(os.environ.get("DOWNSAMPLED_BINARY") or ROOT / "build" / "downsampled")


class PrometheusEvaluator:
    """Range queries on the grid and the average of what is covered: the definition itself."""

    def __init__(self, server: Server, step: float = STEP):
        self._server = server
        self._step = step
        self.rules = load_rules()

    @lru_cache(maxsize=64)
    def _ask(self, expression: str, end: float, window: float):
        return self._server.query_range(expression, end - window + self._step, end, self._step)

    def covered(self, record: str, end: float, window: float) -> set[float]:
        """The covered grid points of the window."""
        answer = self._ask(self.rules[record]["coverage"], end, window)
        return {t for _, samples in answer for t in samples}

    def evaluate(self, end: float, window: float) -> Values:
        assert end % self._step == 0 and window % self._step == 0
        out: Values = {}
        for record, rule in self.rules.items():
            assert rule["absent"] == "zero" and rule.get("aggregate", "avg") == "avg"
            covered = self.covered(record, end, window)
            sums: dict[tuple[str, str], float] = {}
            for labels, samples in self._ask(rule["expr"], end, window):
                assert labels.keys() == {"namespace", "name"}, labels
                present = [samples[t] for t in covered & samples.keys()]
                if present:
                    sums[labels["namespace"], labels["name"]] = sum(present)
            out[record] = {model: total / len(covered) for model, total in sums.items()}
        return out


class DaemonEvaluator:
    """`downsampled once --time T` on the shipped pack."""

    def __init__(self, binary: Path, server: Server):
        self._binary = binary
        self._server = server

    def evaluate(self, end: float, window: float) -> Values:
        environment = {
            "PATH": os.environ["PATH"],
            "PROMETHEUS_URL": self._server.url,
            "TIME_PERIOD": f"{int(window)}s",
            "QUERIES": str(PACK),
        }
        wrapper = shlex.split(os.environ.get("DOWNSAMPLED_WRAPPER", ""))
        done = subprocess.run(
            [*wrapper, self._binary, "once", "--time", str(int(end))],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        out: Values = defaultdict(dict)
        for name, labels, value, _ in exposition_text.samples(done.stdout):
            assert labels.keys() == {"namespace", "type", "name"}, labels
            assert labels["type"] == "SeldonDeployment", labels
            model = (labels["namespace"], labels["name"])
            assert model not in out[name], f"{name} of {model} twice"
            out[name][model] = value
        return out

"""Prints how far the CPU rule is from the simulated truth, and what it costs Prometheus.

    python3 tests/e2e/pack_accuracy.py [--pack queries/seldon.yaml] ["15s" "60s" ...]

One line a variant and case, without and with an outage in the hour: the largest deviation from
the truth of any model in any window, and that model's truth in core seconds.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from pack_evaluators import PACK, STEP, load_rules
from pack_worlds import VARIANTS, Loaded, load, server_for
from simulation.cluster import DEPLOYMENT_ID
from simulation.truth import CPU, Model
from simulation.world import HOUR


def case_of(loaded: Loaded, model: Model, end: float) -> str:
    cases = {
        pod.case
        for pod in loaded.world.cluster.pods
        if pod.namespace == model[0]
        and pod.created < end
        and pod.deleted > end - HOUR
        and any(labels.get(DEPLOYMENT_ID) == model[1] for _, labels in pod.labels)
    }
    if "near an outage" in cases:
        return model[1]
    return " and ".join(sorted(cases)) or "not there"


def report(loaded: Loaded, rule: dict) -> None:
    worst: dict[tuple[str, bool], tuple[float, float]] = {}
    seconds = 0.0
    loaded.prometheus.rules = {CPU: rule}
    for end in loaded.world.window_ends:
        started = time.monotonic()
        got = loaded.prometheus.evaluate(end, HOUR)[CPU]
        seconds += time.monotonic() - started
        truth = {model: value for model, (value, _) in loaded.as_it_was(CPU, end, 0.0).items()}
        for model in got.keys() | truth.keys():
            was = truth.get(model, 0.0)
            off = got.get(model, 0.0) - was
            if off:
                off = off / was if was else float("inf")
            key = (case_of(loaded, model, end), loaded.has_outage(CPU, end))
            if key not in worst or abs(off) > abs(worst[key][0]):
                worst[key] = (off, was * HOUR)
    name, windows = loaded.world.variant.name, len(loaded.world.window_ends)
    print(f"{name}: {1000 * seconds / windows:.0f} ms a window of {HOUR / STEP:.0f} points")
    for (case, outage), (off, was) in sorted(worst.items()):
        print(f"  {case:32} {'outage' if outage else '':6} {100 * off:+7.2f} % of {was:7.1f}")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pack", type=Path, default=PACK)
    parser.add_argument("variants", nargs="*", default=list(VARIANTS))
    arguments = parser.parse_args()
    rule = load_rules(arguments.pack)[CPU]
    for name in arguments.variants:
        with server_for(VARIANTS[name]) as server:
            report(load(VARIANTS[name], server), rule)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The rules of the pack as recording rules of the same numbers: what benchmarks compare with."""

from __future__ import annotations

from oracle import Rule, points_of, present


def recording_rule(rule: Rule, prefix: str, window: float, offset: float = 0.0) -> dict:
    """Its average over the covered points of a left-open window, what is absent counting zero.

    `window` in seconds; it ends `offset` seconds before the evaluation.
    """
    span = f"[{round(window * 1000) - 1}ms:{rule.step}ms]"
    span += f" offset {round(offset * 1000)}ms" if offset else ""
    covered = f"sum_over_time((group({present(rule.coverage)})){span})"
    return {"record": prefix + rule.record, "labels": dict(rule.labels),
            "expr": f"sum_over_time(({points_of(rule)}){span}) / on () group_left () {covered}"}

"""Whether a journal has all windows of the rules over known_series, each once and right."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from random import Random

from journal_file import Window, exported
from known_series import RULES, expected, interval_of
from oracle import Oracle, Rule, Vector, compare
from servers import Prometheus

LATE = 5.0  # a window that is due is there so soon, when nothing is wrong
ASKED = 5  # windows of each rule whose values are asked of the server too


def missing(recorded: Iterable[Window], until: float = 0) -> list[Window]:
    """Slots that have no window: from a rule's first to its newest, or to `until` (seconds)."""
    out = []
    for rule in RULES:
        ends = {window.end for window in recorded if window.record == rule.record}
        newest = max(ends | {int(until * 1000)})
        due = range(min(ends, default=newest), newest + 1, interval_of(rule))
        out += [Window(rule.record, end) for end in due if end not in ends]
    return out


def check_recorded(storage: Path, recorded: Iterable[Window], server: Prometheus, rng: Random,
                   began: float) -> int:
    """Each slot since the daemon began has its window, once, and that is right; their number."""
    recorded = set(recorded)
    newest = max(window.end for window in recorded)
    # A daemon that was stopped may have left a slot or two before its last to the next one.
    gaps = [window for window in missing(recorded) if window.end < newest - LATE * 1000]
    assert not gaps, f"{gaps}, newest {newest}"
    for rule in RULES:
        ends = sorted(window.end for window in recorded if window.record == rule.record)
        assert not any(end % interval_of(rule) for end in ends), rule.record
        first = ends[0] / 1000 - began
        assert -2 * interval_of(rule) / 1000 <= first <= LATE, (rule.record, first)
        _check_values(rule, ends, exported(storage, rule.record))
        for end in rng.sample(ends, min(ASKED, len(ends))):
            asked = Oracle(server).expect(rule, end)
            compare(expected(rule, end), {labels: (value.low + value.high) / 2
                                          for labels, value in asked.items()})
    return len(recorded)


def _check_values(rule: Rule, ends: list[int], actual: dict[int, Vector]) -> None:
    assert set(actual) <= set(ends), f"exported, not recorded: {set(actual) - set(ends)}"
    compared = sum(compare(expected(rule, end), actual.get(end, {})) for end in ends)
    assert 2 * compared >= len(ends), f"{compared} series in {len(ends)} windows"

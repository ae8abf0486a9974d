"""Groups of rules with several windows of each expression, and what their slots must come to."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from daemon import write_rules
from journal_file import exported
from oracle import Labels, Mismatch, Rule, Vector, compare
from random_rules import AGGREGATES
from servers import Server
from simulation.remote_write import double
from sliding_oracle import SlidingOracle
from slot_driver import Evaluated, costs, drive, slot

# What costs one query each: every aggregate is of one of them, with all windows.
INPUTS = (("load", ""), ("ticks", "watcher"), ("rare", "watcher == 1"),
          ("rate(requests_total[10m])", "watcher"))
PROBLEMS_SHOWN = 20

Script = list[int | str]  # slots by their ends, and other lines of the driver's
Windows = dict[str, dict[int, Vector]]  # by record and end: those with output series


@dataclass(frozen=True)
class LongGroup:
    """Rules of one group; durations in milliseconds."""

    rules: tuple[Rule, ...]

    @staticmethod
    def random(rng: Random, interval: int, step: int, windows: Iterable[int],
               inputs: int = len(INPUTS), aggregates: Sequence[str] = AGGREGATES,
               eval_offset: int = 0) -> LongGroup:
        """Each aggregate of one of so many inputs, which all have some, at all windows."""
        chosen = rng.sample(INPUTS, inputs)
        rules = []
        for index, aggregate in enumerate(rng.sample(aggregates, len(aggregates))):
            expr, coverage = chosen[index % inputs]
            absent = rng.choice(("skip", "zero"))
            for window in windows:
                name, *_ = aggregate.partition("(")
                rules.append(Rule(f"{name}_{window}ms", expr, step, window, aggregate, absent,
                                  coverage, interval=interval, eval_offset=eval_offset))
        return LongGroup(tuple(rules))

    @property
    def interval(self) -> int:
        return self.rules[0].interval

    @property
    def queries(self) -> int:
        """That a slot takes when its newest panes are all that is missing."""
        coverages = {rule.coverage for rule in self.rules} - {""}
        return len({(rule.expr, rule.coverage) for rule in self.rules}) + len(coverages)

    def text(self) -> dict:
        """As it stands in a rule file."""
        first = self.rules[0].group()
        return first | {"name": "long", "rules": [rule.group()["rules"][0] for rule in self.rules]}

    def write(self, folder: Path) -> Path:
        return write_rules(folder / "rules.yaml", [self.text()])

    def drive(self, server: Server, folder: Path, script: Iterable[int | str],
              **settings: object) -> list[Evaluated]:
        """The journal is in the folder, unless the settings say otherwise."""
        rules = self.write(folder)
        lines = [slot(0, line) if isinstance(line, int) else line for line in script]
        return drive(lines, **{"PROMETHEUS_URL": server.url, "QUERIES": rules, "LOG_LEVEL": "warn",
                               "STORAGE_PATH": folder / "storage", "STORAGE_RETENTION": "100y",
                               "CATCH_UP_MAX_AGE": "1h", **settings})

    def check_slots(self, slots: list[Evaluated]) -> None:
        """All went well; from the second on each asked for its newest panes and nothing else."""
        assert all(one.failed == 0 and one.published == len(self.rules) for one in slots), slots
        requests = costs(slots)
        # Where nothing is covered, only the coverages are asked for.
        assert max(requests) <= self.queries, requests
        assert 2 * requests.count(self.queries) >= len(requests), requests
        # Whatever the tail cuts is read a few panes a slot, the newest pane included.
        most = sum(math.log2(rule.window / rule.interval) + 2 for rule in self.rules)
        reads = [one.panes_read for one in slots[1:]]
        assert max(reads) <= most, f"{reads}, not {most}"

    def export(self, storage: Path) -> Windows:
        return {rule.record: exported(storage, rule.record) for rule in self.rules}

    def check(self, server: Server, actual: Windows, ends: range) -> int:
        """All windows of these slots against the server's arithmetic; the number of values."""
        oracle = SlidingOracle(server, ends, max(rule.window for rule in self.rules))
        values, problems = 0, []
        for rule in self.rules:
            found = actual[rule.record]
            assert set(found) <= set(ends), f"{rule.record} has windows that were not asked for"
            for end in ends:
                try:
                    values += compare(oracle.expect(rule, end), found.get(end, {}))
                except Mismatch as mismatch:
                    problems.append(f"{rule} at {end}:\n{mismatch}")
        assert not problems, "\n".join([f"{len(problems)} windows", *problems[:PROBLEMS_SHOWN]])
        return values


def compare_bits(some: Windows, all_of_them: Windows) -> int:
    """That each of some windows is the same to the bit among all of them; how many there are."""
    problems = [f"{record} at {end}: {vector} and {all_of_them[record].get(end)}"
                for record, found in some.items() for end, vector in found.items()
                if bits(vector) != bits(all_of_them[record].get(end, {}))]
    assert not problems, "\n".join([f"{len(problems)} windows", *problems[:PROBLEMS_SHOWN]])
    return sum(map(len, some.values()))


def bits(vector: Vector) -> dict[Labels, bytes]:
    """So that NaN equals NaN, and 0 does not equal -0."""
    return {labels: double(value) for labels, value in vector.items()}

"""Windows of a month, slot after slot, against the arithmetic of Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from daemon import SHORT
from long_rules import INPUTS, LongGroup
from long_series import Span, long_history
from random_rules import AGGREGATES
from random_series import DAY, EPOCH, HOUR, MINUTE, write_in_time_order
from servers import Prometheus

MONTH = 30 * DAY
MONTHS = Span(EPOCH, EPOCH + 2 * MONTH + HOUR, 2 * MINUTE)


@dataclass(frozen=True)
class Case:
    """Durations in milliseconds."""

    interval: int
    step: int
    slots: int
    windows: tuple[int, ...]
    inputs: int
    aggregates: tuple[str, ...]

    def ends(self) -> range:
        """Over the end of the first spike in the windows of a month, or until it was in a month."""
        first = MONTHS.at(0.4) + MONTH - 2 * HOUR if self.interval < HOUR else EPOCH + MONTH
        first -= first % self.interval
        return range(first, first + self.slots * self.interval + 1, self.interval)

    def __str__(self) -> str:
        return f"{self.interval // MINUTE}m"


# All slots of a month at an hour; hundreds otherwise.
HOURLY = Case(HOUR, 5 * MINUTE, 720, (DAY, MONTH), len(INPUTS), AGGREGATES)
CASES = [HOURLY, Case(5 * MINUTE, 5 * MINUTE, 300, (6 * HOUR, MONTH), 3, AGGREGATES),
         Case(MINUTE, MINUTE, 200, (MONTH,), 1, ("avg", "max", "stddev"))]


@pytest.fixture(scope="module")
def server(seed: int) -> Iterator[Prometheus]:
    with Prometheus() as server:
        write_in_time_order(server.remote_write_url, long_history(Random(f"{seed}:months"), MONTHS))
        yield server


@pytest.mark.parametrize("case", CASES[:1] if SHORT else CASES, ids=str)
def test_every_slot(server: Prometheus, seed: int, case: Case, tmp_path: Path,
                    record_property: Callable[[str, object], None]) -> None:
    group = LongGroup.random(Random(f"{seed}:{case}"), case.interval, case.step, case.windows,
                             case.inputs, case.aggregates)
    ends = case.ends()
    group.check_slots(group.drive(server, tmp_path, ends))
    values = group.check(server, group.export(tmp_path / "storage"), ends)
    assert values >= len(ends) * len(group.rules)
    record_property("measured", f"{values} values of {len(ends)} slots, {len(group.rules)} rules")

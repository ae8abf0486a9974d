"""Windows longer than their interval, slot after slot, against the arithmetic of Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from backfill_process import COMPLETE, backfill
from daemon import SHORT
from long_rules import LongGroup, Script, compare_bits
from long_series import Span, long_history
from oracle import Oracle, Vector
from random_rules import AGGREGATES
from random_series import DAY, EPOCH, HOUR, MINUTE, SECOND, write_in_time_order
from servers import Prometheus
from sliding_oracle import SlidingOracle
from slot_driver import PRUNE, costs
from slot_orders import ORDERS, restarted

DAYS = Span(EPOCH, EPOCH + 2 * DAY + HOUR, 15 * SECOND)
WINDOWS = (HOUR, 6 * HOUR, DAY)
SLOTS = DAY // (6 if SHORT else 1)  # of the time after the first whole day
OFTEN = 5 * MINUTE  # the interval at which other ways to the same windows are tried
WITH_QUANTILE = (*AGGREGATES, "quantile(0.9)")


@dataclass(frozen=True)
class Kind:
    """What else differs by the interval of a group; durations in milliseconds."""

    interval: int
    step: int = 15 * SECOND
    eval_offset: int = 0
    aggregates: tuple[str, ...] = WITH_QUANTILE

    def group(self, rng: Random) -> LongGroup:
        return LongGroup.random(rng, self.interval, self.step, WINDOWS,
                                aggregates=self.aggregates, eval_offset=self.eval_offset)

    def ends(self) -> range:
        first = EPOCH + DAY + self.eval_offset
        return range(first, first + SLOTS + 1, self.interval)


# To sort every window of a day for its exact quantile takes too long at a minute.
KINDS = {kind.interval: kind for kind in (
    Kind(MINUTE, aggregates=AGGREGATES),
    Kind(OFTEN, step=14 * SECOND, eval_offset=100 * SECOND),  # which divides no pane
    Kind(HOUR, eval_offset=25 * MINUTE))}


@pytest.fixture(scope="module")
def server(seed: int) -> Iterator[Prometheus]:
    with Prometheus() as server:
        write_in_time_order(server.remote_write_url, long_history(Random(f"{seed}:days"), DAYS))
        yield server


@dataclass(frozen=True)
class Day:
    """What a journal has after all slots of a day, one after the other."""

    group: LongGroup
    ends: range
    windows: dict[str, dict[int, Vector]]


def record_day(server: Prometheus, rng: Random, kind: Kind, folder: Path) -> Day:
    group, ends = kind.group(rng), kind.ends()
    group.check_slots(group.drive(server, folder, ends))
    return Day(group, ends, group.export(folder / "storage"))


@pytest.fixture(scope="module")
def days(server: Prometheus, seed: int,
         tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Day]:
    """By interval; each is made once."""
    made: dict[int, Day] = {}

    def day(interval: int) -> Day:
        if interval not in made:
            made[interval] = record_day(server, Random(f"{seed}:{interval}"), KINDS[interval],
                                        tmp_path_factory.mktemp("day"))
        return made[interval]

    return day


@pytest.mark.parametrize("interval", KINDS)
def test_every_slot_of_a_day(days: Callable[[int], Day], server: Prometheus, interval: int,
                             record_property: Callable[[str, object], None]) -> None:
    day = days(interval)
    values = day.group.check(server, day.windows, day.ends)
    assert values >= len(day.ends) * len(day.group.rules)
    record_property("measured", f"{values} values of {len(day.ends)} slots, "
                                f"{len(day.group.rules)} rules")


def test_the_oracle_is_that_of_one_window(server: Prometheus, seed: int) -> None:
    """At once or one by one, Prometheus answers the same for them."""
    rng = Random(f"{seed}:oracles")
    group, ends = KINDS[OFTEN].group(rng), KINDS[OFTEN].ends()
    sliding, single = SlidingOracle(server, ends, DAY), Oracle(server)
    for rule in group.rules:
        end = rng.choice(ends)
        together, alone = ({labels: str(value) for labels, value in one.expect(rule, end).items()}
                           for one in (sliding, single))  # as text, since no NaN equals another
        assert together == alone, (rule, end)


@pytest.mark.parametrize("order", ORDERS)
def test_the_order_leaves_no_trace(days: Callable[[int], Day], server: Prometheus, seed: int,
                                   order: Callable[..., Script], tmp_path: Path) -> None:
    """Bit for bit the windows that are seen to be right above."""
    day = days(OFTEN)
    rng = Random(f"{seed}:{order.__name__}")
    script = order(rng, day.group, day.ends, tmp_path)
    slots = day.group.drive(server, tmp_path, script)
    assert not any(one.failed for one in slots), slots
    if order is restarted:
        assert max(costs(slots)) <= day.group.queries, "what was journaled was asked for again"
    windows = day.group.export(tmp_path / "storage")
    assert compare_bits(windows, day.windows) >= len(slots) * len(day.group.rules) / 2


def test_a_journal_in_memory_keeps_what_windows_need(days: Callable[[int], Day],
                                                      server: Prometheus, tmp_path: Path) -> None:
    """Else windows would fail, or panes be asked for again."""
    day = days(OFTEN)
    script = [line for end in day.ends for line in (end, PRUNE)]
    day.group.check_slots(day.group.drive(server, tmp_path, script, STORAGE_PATH=""))


def test_backfill_leaves_no_trace(days: Callable[[int], Day], server: Prometheus,
                                  tmp_path: Path) -> None:
    day = days(OFTEN)
    span = (day.ends[0] - OFTEN) / 1000, day.ends[-1] / 1000
    code, log = backfill(span, PROMETHEUS_URL=server.url, QUERIES=day.group.write(tmp_path),
                         STORAGE_PATH=tmp_path / "storage", STORAGE_RETENTION="100y")
    assert code == COMPLETE, log
    windows = day.group.export(tmp_path / "storage")
    assert {record: found.keys() for record, found in windows.items()} == \
        {record: found.keys() for record, found in day.windows.items()}
    compare_bits(windows, day.windows)

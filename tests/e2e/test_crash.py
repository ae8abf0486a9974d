"""Killed at any moment, the daemon loses no window and records none twice, nor a wrong one."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from random import Random

from crash_lane import Crash, CrashLane, is_zero
from daemon import SHORT
from recorded_windows import check_recorded
from servers import Prometheus

LANES = 2 if SHORT else 4
RANDOM = 4 if SHORT else 100
INSIDE = {"query": 15, "decode": 15, "append": 40, "commit": 15, "publish": 15, "checkpoint": 10}
if SHORT:
    INSIDE = dict.fromkeys(INSIDE, 1)
PAUSES = 0.2  # share of the crashes
SPARE = 10  # calls of the last commit, which is not always the same


def crashes(rng: Random, writes: int) -> list[Crash]:
    """In random order. Each write of a commit at least once, before it and within it by turns."""
    appends = INSIDE["append"] if SHORT else max(INSIDE["append"], writes)
    out = [Crash("random", at=rng.random()) for _ in range(RANDOM)]
    out += [Crash("append", write=index % writes + 1, torn=(index + index // writes) % 2 == 1)
            for index in range(appends)]
    for phase, count in INSIDE.items():
        if phase != "append":
            out += [Crash(phase, at=rng.random(), write=index // 2 + 1, torn=index % 2 == 1)
                    for index in range(count)]
    rng.shuffle(out)
    return [replace(crash, pause=rng.random() < PAUSES) for crash in out]


def test_killed_at_any_moment(known_server: Prometheus, seed: int, tmp_path: Path,
                              record_property: Callable[[str, object], None]) -> None:
    rng = Random(f"{seed}:crashes")
    began = time.monotonic()
    with ExitStack() as stack, ThreadPoolExecutor(LANES) as pool:
        lanes = [stack.enter_context(CrashLane(tmp_path / str(index), known_server.url))
                 for index in range(LANES)]
        writes = max(pool.map(CrashLane.first_life, lanes))
        planned = crashes(rng, writes)
        list(pool.map(go_through, lanes, (planned[index::LANES] for index in range(LANES))))
        pages = list(pool.map(CrashLane.last_life, lanes))
    assert all(is_zero(page, "downsampled_rule_windows_lost_total") for page in pages)
    recorded = sum(check_recorded(lane.storage, lane.known, known_server, rng, lane.began)
                   for lane in lanes)
    phases = sum((lane.tally.phases for lane in lanes), Counter())
    hit = sum((lane.tally.writes for lane in lanes), Counter())
    kinds = ", ".join(f"{phase} {phases[phase]}" for phase in ("random", *INSIDE))
    record_property("measured", f"{sum(phases.values())} SIGKILLs ({kinds}; at {len(hit)} of the "
                    f"{writes} writes of a commit), {recorded} windows recorded, each once and "
                    f"right, in {time.monotonic() - began:.0f} s, DOWNSAMPLED_SEED={seed}")
    assert phases["random"] == RANDOM
    assert all(phases[phase] for phase in INSIDE), phases
    if not SHORT:
        assert sum(phases[phase] for phase in INSIDE) - phases["checkpoint"] >= 100, phases
        assert not set(range(1, writes + 1)) - hit.keys(), hit


def go_through(lane: CrashLane, planned: list[Crash]) -> None:
    for crash in planned:
        lane.crash(crash)


def test_killed_while_the_journal_is_made(known_server: Prometheus, tmp_path: Path,
                                          record_property: Callable[[str, object], None]) -> None:
    def killed(call: int) -> bool:
        with CrashLane(tmp_path / str(call), known_server.url) as lane:
            return lane.killed_at_birth(call)

    with CrashLane(tmp_path / "traced", known_server.url) as lane:
        calls = lane.birth()
    planned = range(1, calls + 1, calls // 2 if SHORT else 1)
    with ThreadPoolExecutor(LANES) as pool:
        hit = sum(pool.map(killed, planned))
    record_property("measured", f"{hit} SIGKILLs at the {calls} calls that make a journal")
    assert hit >= (1 if SHORT else calls - SPARE)

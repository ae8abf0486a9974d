"""Runs tests/support/slot_driver.cc: slot after slot of live evaluations under a manual clock."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from daemon import command, environment

TIMEOUT = 600.0


REQUESTS = "downsampled_source_requests_total"
PANES_READ = "downsampled_rule_last_evaluation_panes_read"
BLOCK_BYTES = "downsampled_window_block_bytes"



@dataclass(frozen=True)
class Evaluated:
    """What one slot came to; of all rules together."""

    failed: int
    published: int
    requests: int  # since the last reopening
    panes_read: int  # at this slot
    block_bytes: int


def costs(slots: list[Evaluated]) -> list[int]:
    """Requests by slot, without the first."""
    return [after.requests - before.requests if after.requests >= before.requests
            else after.requests for before, after in zip(slots, slots[1:])]


def program() -> list[str]:
    """Beside the binary that is tested; skips where that was built without tests."""
    *wrapper, binary = command()
    path = Path(binary).resolve().parent / "tests" / "support" / "slot_driver"
    if not path.exists():
        pytest.skip(f"no {path.name} beside the binary: it was built without -Dtests=true")
    return [*wrapper, str(path)]


def slot(group: int, end: int) -> str:
    return f"slot {group} {end}"


PRUNE = "prune"


def reopen(rules: Path) -> str:
    return f"reopen {rules}"


def reload(rules: Path) -> str:
    return f"reload {rules}"


def drive(script: Iterable[str], **settings: object) -> list[Evaluated]:
    """One answer for each slot of the script."""
    lines = [f"watch {name}" for name in (REQUESTS, PANES_READ, BLOCK_BYTES)] + [*script, ""]
    done = subprocess.run(program(), input="\n".join(lines), env=environment(settings),
                          capture_output=True, text=True, timeout=TIMEOUT)
    assert done.returncode == 0, done.stderr[-3000:]
    return [Evaluated(*map(int, line.split())) for line in done.stdout.splitlines()]

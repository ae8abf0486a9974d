"""Sets the clock of one daemon, by tests/support/clock_offset.cc."""

from __future__ import annotations

import struct
import time
from pathlib import Path

from preloaded import preloaded


class ClockOffset:
    """The wall clock of one daemon, at first ahead of the machine's by so many seconds."""

    def __init__(self, path: Path, ahead: float = 0.0):
        self._path = path
        self._ahead = 0.0
        path.write_bytes(bytes(8))
        self.jump(ahead)

    def settings(self) -> dict[str, str]:
        """The environment of the daemon."""
        return preloaded("clock_offset") | {"CLOCK_OFFSET": str(self._path)}

    def jump(self, by: float) -> None:
        """Forward, or back if negative."""
        self._ahead += by
        with self._path.open("r+b", buffering=0) as file:  # in place: it is mapped
            file.write(struct.pack("=q", round(self._ahead * 1e9)))

    def now(self) -> float:
        return time.time() + self._ahead

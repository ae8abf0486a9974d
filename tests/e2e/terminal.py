"""A program whose standard error is a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import threading
from collections.abc import Iterator


class OnTerminal:
    """Runs until it ends, or is killed when `patience` is over."""

    def __init__(self, command: list[str], variables: dict[str, str], patience: float):
        self._near, far = pty.openpty()
        self.process = subprocess.Popen(command, env=variables, stderr=far)
        os.close(far)
        self._watch = threading.Timer(patience, self.process.kill)
        self._watch.start()

    def pieces(self) -> Iterator[str]:
        """What it writes, as it does, until its end."""
        try:
            while piece := os.read(self._near, 1 << 16):
                yield piece.decode()
        except OSError:  # how Linux says that the other side is closed
            pass
        os.close(self._near)

    def wait(self) -> int:
        """The exit code."""
        code = self.process.wait()
        self._watch.cancel()
        return code

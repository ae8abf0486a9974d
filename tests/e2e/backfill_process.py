"""Runs `downsampled backfill`, to its end or as a process to interrupt."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from daemon import command, environment

TIMEOUT = 900.0
COMPLETE, WRONG, PARTIAL = 0, 2, 3


class Backfill:
    """The running command; `flags` by their names without dashes in front, the rest environment."""

    def __init__(self, span: tuple[float, float] | None, output: Path | None = None,
                 flags: tuple[str, ...] = (), **settings: object):
        arguments = [*flags]
        if span:
            arguments += ["--from", f"{span[0]:.3f}", "--to", f"{span[1]:.3f}"]
        if output:
            arguments += ["--output", str(output)]
        self._stderr = tempfile.TemporaryFile()
        self.process = subprocess.Popen([*command(), "backfill", *arguments],
                                        env=environment(settings), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=self._stderr)

    def wait(self, timeout: float = TIMEOUT) -> tuple[int, str]:
        """Exit code (minus a signal's number) and standard error."""
        try:
            code = self.process.wait(timeout)
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise
        self._stderr.seek(0)
        return code, self._stderr.read().decode(errors="replace")


def backfill(*arguments, **settings) -> tuple[int, str]:
    return Backfill(*arguments, **settings).wait()

"""Runs a program of an unpacked image the way that a container runtime does.

The root is mounted read-only, the user is any number, no capability is left and none can be gained.
The network is this machine's, so that loopback servers can be reached.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest

PROGRAM = "/usr/bin/downsampled"

# Ends in the program itself: it has the process id and gets the signals.
START = r"""
root=$1 user=$2 mounts=$3
shift 3
mount --bind "$root" "$root"
for place in /proc /dev; do mount --rbind "$place" "$root$place"; done
while [ "$mounts" -gt 0 ]; do
  chmod -R a+rX "$1"
  mount --bind "$1" "$root$2"
  mount -o remount,bind,ro "$root$2"
  mounts=$((mounts - 1))
  shift 2
done
mount -o remount,bind,ro "$root"
exec chroot "$root" setpriv --reuid="${user%:*}" --regid="${user#*:}" --clear-groups \
  --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
"""


@dataclass(frozen=True)
class Container:
    """One image's root, one user, and what is mounted over it."""

    root: Path
    user: str  # uid:gid
    mounts: tuple[tuple[Path, str], ...] = ()  # read-only; made readable for everyone

    def command(self, *program: str, first_process: bool = False) -> list[str]:
        """As first process it has process id 1, below the process that this command starts."""
        apart = ["unshare", "--mount", "--propagation=private"]
        if first_process:
            apart += ["--pid", "--fork", "--kill-child", "--mount-proc"]
        ends = [str(end) for mount in self.mounts for end in mount]
        start = ["sh", "-ec", START, "sh", str(self.root), self.user, str(len(self.mounts)), *ends]
        return [*apart, *start, *program]

    def with_mount(self, source: Path, target: str) -> Container:
        """The place is made, as runtimes do; a file goes over a file."""
        place = self.root / target.lstrip("/")
        if source.is_dir():
            place.mkdir(parents=True, exist_ok=True)
        elif not place.exists():
            raise ValueError(f"no file {target} in the image")
        return Container(self.root, self.user, (*self.mounts, (source, target)))

    def use(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """From now on the end-to-end tests' `once` and `Daemon` are the image's program in here."""
        monkeypatch.setenv("DOWNSAMPLED_BINARY", PROGRAM)
        monkeypatch.setenv("DOWNSAMPLED_WRAPPER", shlex.join(self.command()))

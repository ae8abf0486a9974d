"""Runs a program of an unpacked image the way that a container runtime does.

The root is mounted read-only, the user is any number, no capability is left and none can be gained.
The image's variables are set, where nobody says otherwise. The network is this machine's, so that
loopback servers can be reached.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
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
  mount --bind "$1" "$root$2"
  case $3 in
    read-only) chmod -R a+rX "$1"; mount -o remount,bind,ro "$root$2" ;;
    open) chmod -R a+rwX "$1" ;;
  esac
  mounts=$((mounts - 1))
  shift 3
done
while [ "$1" != -- ]; do
  if ! printenv "${1%%=*}" >/dev/null; then export "$1"; fi
  shift
done
shift
mount -o remount,bind,ro "$root"
exec chroot "$root" setpriv --reuid="${user%:*}" --regid="${user#*:}" --clear-groups \
  --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
"""


@dataclass(frozen=True)
class Container:
    """One image's root and variables, one user, and what is mounted over it."""

    root: Path
    user: str  # uid:gid
    variables: tuple[str, ...] = ()  # NAME=VALUE
    mounts: tuple[tuple[str, str, str], ...] = ()  # source, target, and how

    def command(self, *program: str, first_process: bool = False) -> list[str]:
        """As first process it has process id 1, below the process that this command starts."""
        apart = ["unshare", "--mount", "--propagation=private"]
        if first_process:
            apart += ["--pid", "--fork", "--kill-child", "--mount-proc"]
        mounts = [word for mount in self.mounts for word in mount]
        start = ["sh", "-ec", START, "sh", str(self.root), self.user, str(len(self.mounts)), *mounts]
        return [*apart, *start, *self.variables, "--", *program]

    def with_mount(self, source: Path, target: str) -> Container:
        """Read-only, and made readable for everyone. The place is made, as runtimes do; a file goes
        over a file."""
        place = self.root / target.lstrip("/")
        if source.is_dir():
            place.mkdir(parents=True, exist_ok=True)
        elif not place.exists():
            raise ValueError(f"no file {target} in the image")
        return replace(self, mounts=(*self.mounts, (str(source), target, "read-only")))

    def with_volume(self, source: Path, target: str) -> Container:
        """A folder that can be written by whom its mode and owner let, at a place of the image."""
        return replace(self, mounts=(*self.mounts, (str(source), target, "as it is")))

    def with_open_folder(self, folder: Path) -> Container:
        """At the same place; everyone is let read and write all that is in it at the start."""
        (self.root / str(folder).lstrip("/")).mkdir(parents=True, exist_ok=True)
        return replace(self, mounts=(*self.mounts, (str(folder), str(folder), "open")))

    def use(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """From now on the end-to-end tests' `once` and `Daemon` are the image's program in here."""
        monkeypatch.setenv("DOWNSAMPLED_BINARY", PROGRAM)
        monkeypatch.setenv("DOWNSAMPLED_WRAPPER", shlex.join(self.command()))

"""Starts the real binary: `once`, which ends, and `run`, which serves until it is stopped.

DOWNSAMPLED_BINARY names the binary (else build/downsampled), DOWNSAMPLED_WRAPPER a command
to run it by.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import tempfile
import time
import urllib.request
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import exposition_text
import yaml

ROOT = Path(__file__).resolve().parents[2]
SHORT = bool(os.environ.get("DOWNSAMPLED_SHORT"))  # a sanitizer's build: less of everything
ONCE_TIMEOUT = 300.0
RUN_TIMEOUT = 30.0

Labels = frozenset[tuple[str, str]]
Results = dict[str, dict[Labels, float]]  # by record, by output label set


def command() -> list[str]:
    binary = os.environ.get("DOWNSAMPLED_BINARY") or str(ROOT / "build" / "downsampled")
    return [*shlex.split(os.environ.get("DOWNSAMPLED_WRAPPER", "")), binary]


def environment(settings: dict[str, object]) -> dict[str, str]:
    """Nothing of the caller's but what programs need, and the settings."""
    kept = {name: value for name, value in os.environ.items()
            if name in ("PATH", "HOME", "LANG") or name.endswith("SAN_OPTIONS")}
    return kept | {name: str(value) for name, value in settings.items()}


def write_rules(path: Path, groups: list[dict]) -> Path:
    path.write_text(yaml.safe_dump({"groups": groups}, sort_keys=False, allow_unicode=True))
    return path


@dataclass(frozen=True)
class Once:
    """What one call of `once` left."""

    code: int
    text: str
    log: str

    def results(self) -> Results:
        """What was printed; raises ValueError for anything that is no exposition text."""
        out: Results = defaultdict(dict)
        for name, labels, value, at in exposition_text.samples(self.text):
            key = frozenset(labels.items())
            if at is not None or key in out[name]:
                raise ValueError(f"{name}{labels} twice or with a time")
            out[name][key] = value
        return out


def once(*arguments: str, timeout: float = ONCE_TIMEOUT, **settings: object) -> Once:
    """`downsampled once ARGUMENTS` with these environment variables."""
    done = subprocess.run([*command(), "once", *arguments], env=environment(settings),
                          capture_output=True, timeout=timeout)
    return Once(done.returncode, done.stdout.decode(), done.stderr.decode(errors="replace"))


class Daemon:
    """`downsampled run` on a free loopback port while the `with` block runs.

    `wait`: until it listens; otherwise `url` is there from wait_until_listening() on.
    """

    def __init__(self, *arguments: str, wait: bool = True, **settings: object):
        self._log = tempfile.TemporaryFile()
        variables = environment({"LISTEN_ADDRESS": "127.0.0.1:0"} | settings)
        self.process = subprocess.Popen([*command(), "run", *arguments], env=variables,
                                        stdout=self._log, stderr=self._log)
        if wait:
            self.wait_until_listening()

    def wait_until_listening(self) -> None:
        try:
            self.url = "http://" + self.wait_for_log(
                r"""msg"?[=:]"listening".*?\baddress"?[=:]"?([^\s"]+)""")
        except BaseException:
            self.stop()
            raise

    def log(self) -> str:
        """Its whole lines; another one may be under way."""
        text = os.pread(self._log.fileno(), 1 << 24, 0).decode(errors="replace")
        return text[:text.rfind("\n") + 1]

    def wait_for_log(self, pattern: str, timeout: float = RUN_TIMEOUT) -> str:
        """The first group of the pattern, as soon as the log has it."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if found := re.search(pattern, self.log()):
                return found[1] if found.groups() else found[0]
            if self.process.poll() is not None:
                raise RuntimeError(f"ended with {self.process.returncode}: {self.log()[-3000:]}")
            time.sleep(0.02)
        raise TimeoutError(f"no {pattern!r} in the log: {self.log()[-3000:]}")

    def get(self, path: str = "/metrics", timeout: float = 10.0) -> str:
        with urllib.request.urlopen(self.url + path, timeout=timeout) as response:
            return response.read().decode()

    def wait_until_ready(self, timeout: float = RUN_TIMEOUT) -> None:
        """Returns when every group has been attempted once."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                self.get("/-/ready")
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"not ready: {self.log()[-3000:]}") from None
                time.sleep(0.05)

    def stop(self, timeout: float = 20.0) -> int:
        """SIGTERM; the exit code."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise
        return self.process.returncode

    def __enter__(self) -> Daemon:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._log.close()

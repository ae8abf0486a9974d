"""A disk that fails, fills up or refuses: windows go on, and it has them all as soon as it can."""

from __future__ import annotations

import errno
import itertools
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from daemon import SHORT, Daemon, command, environment, write_rules
from journal_faults import FOREVER
from known_series import RULES, groups
from page import events, page_of, wait_for
from recording import PATIENCE, Recording
from servers import Prometheus

STOP = 5.0
RETRY = 90.0  # a disk is tried again after a minute at the latest
REFUSED = "the journal cannot be written; windows are kept in memory until it can"
TAKEN_AGAIN = "the journal can be written again"


@dataclass(frozen=True)
class Fault:
    call: str  # write; or commit, the sync at its end
    number: int
    error: int  # 0: a short write, which is no error
    lasting: bool = False  # from that call on, not once

    @property
    def action(self) -> str:
        return "error" if self.error else "short"


def suffer(recording: Recording, fault: Fault) -> bool:
    """One fault and the recovery from it; False where no commit has that call."""
    refused, taken = recording.said(REFUSED), recording.said(TAKEN_AGAIN)
    failures = recording.journal("failures_total")
    recording.faults.arm(fault.action, fault.call, fault.number,
                         FOREVER if fault.lasting else 1, error=fault.error)
    try:
        wait_for(recording.faults.hits, PATIENCE / 2)
    except TimeoutError:
        recording.faults.disarm()
        return False
    if fault.lasting:
        recording.check_goes_on()
        assert recording.journal("persistent") == 0
        assert recording.journal("memory_windows") > 0
        recording.faults.disarm()
    if fault.error:  # before that is counted, the page is still the one from before the fault
        wait_for(lambda: recording.journal("failures_total") > failures)
    recording.wait_until_durable()
    recording.faults.disarm()
    said = 1 if fault.error else 0
    assert recording.said(REFUSED) - refused == said, fault
    assert recording.said(TAKEN_AGAIN) - taken == said, fault
    assert (recording.journal("failures_total") > failures) == bool(fault.error), fault
    return True


def faults_of(commit: int) -> list[list[Fault]]:
    """One list for each of the recordings that go on side by side."""
    calls = [("write", number) for number in range(1, commit + 1)] + [("commit", 1)]
    if SHORT:
        calls = [calls[0], calls[-1]]
    lasting = [Fault(*call, error, lasting=True)
               for call, error in zip(calls, itertools.cycle((errno.ENOSPC, errno.EIO)))]
    return [[Fault(*call, errno.ENOSPC) for call in calls],
            [Fault(*call, errno.EIO) for call in calls],
            lasting[::2], lasting[1::2],
            [Fault(*call, 0) for call in calls if call[0] == "write"]]


def test_every_write_and_sync_of_a_commit_fails(known_server: Prometheus, seed: int, tmp_path: Path,
                                               record_property: Callable[[str, object], None]
                                               ) -> None:
    rng = Random(f"{seed}:disk faults")

    def go_through(recording: Recording, faults: list[Fault]) -> list[Fault]:
        return [fault for fault in faults if not suffer(recording, fault)]

    lanes = len(faults_of(1))
    with ExitStack() as stack, ThreadPoolExecutor(lanes) as pool:
        recordings = [stack.enter_context(Recording(tmp_path / str(index), known_server))
                      for index in range(lanes)]
        commit = max(pool.map(lambda one: one.faults.usual_commit(), recordings))
        planned = faults_of(commit)
        unmet = sum(pool.map(go_through, recordings, planned), [])
        recorded = sum(recording.check_end(rng) for recording in recordings)
    faults = sum(planned, [])
    writes = {fault.number for fault in faults if fault.call == "write"}
    record_property("measured", f"{len(faults)} faults, at {len(writes)} of the {commit} writes "
                    f"of a commit and its sync, {recorded} windows recorded, each once and right")
    assert not unmet


@pytest.mark.parametrize("call, error", [
    ("open", errno.EACCES), ("open", errno.EROFS), ("write", errno.ENOSPC), ("sync", errno.EIO)],
    ids=lambda value: errno.errorcode.get(value, value))
def test_a_disk_that_fails_from_the_start(known_server: Prometheus, seed: int, tmp_path: Path,
                                          call: str, error: int) -> None:
    recording = Recording(tmp_path / "only", known_server)
    recording.faults.arm("error", call, times=FOREVER, file="*", error=error)
    with recording:
        check_refused(recording)
        recording.faults.disarm()
        check_taken_again(recording, seed)


def check_refused(recording: Recording) -> None:
    """It is said, once, and shown."""
    recording.daemon.wait_until_ready()
    recording.check_goes_on()
    wait_for(lambda: recording.journal("persistent") == 0)
    assert recording.journal("memory_windows") > 0
    refused = events(recording.daemon.log(), REFUSED)
    assert [event["level"] for event in refused] == ["error"], refused
    assert str(recording.storage) in refused[0]["path"] and refused[0]["error"], refused


def check_taken_again(recording: Recording, seed: int) -> None:
    recording.wait_until_durable(RETRY)
    assert recording.said(REFUSED) == recording.said(TAKEN_AGAIN) == 1
    recording.check_end(Random(f"{seed}:recorded"))


@pytest.mark.parametrize("last_call", [
    None, ("kill-before", "write", 1), ("kill-within", "write", 7), ("kill-before", "commit", 1),
    ("kill-after", "commit", 1)], ids=lambda call: call and f"{call[0]}-{call[1]}")
def test_killed_before_the_disk_has_everything(known_server: Prometheus, seed: int, tmp_path: Path,
                                               last_call: tuple[str, str, int] | None) -> None:
    """While it refuses, or as it takes what waited: what is lost with the memory is asked again."""
    recording = Recording(tmp_path / "only", known_server)
    with recording:
        recording.wait_until_durable()
        recording.faults.arm("error", "write", times=FOREVER, error=errno.ENOSPC)
        wait_for(lambda: recording.journal("persistent") == 0)
        check_refused(recording)
        if last_call:
            recording.faults.arm(*last_call)
            recording.daemon.process.wait(PATIENCE)
        recording.daemon.process.kill()
    go_on(recording, seed)


def test_stopped_while_the_disk_refuses(known_server: Prometheus, seed: int,
                                        tmp_path: Path) -> None:
    recording = Recording(tmp_path / "only", known_server)
    with recording:
        recording.wait_until_durable()
        recording.faults.arm("error", "*", times=FOREVER, file="*", error=errno.EIO)
        recording.check_goes_on()
        start = time.monotonic()
        assert recording.daemon.stop() == 0
        assert time.monotonic() - start < STOP
    go_on(recording, seed)


def go_on(recording: Recording, seed: int) -> None:
    """Another daemon, on a disk that works: it has all windows since the first began."""
    recording.faults.disarm()
    began = recording.began
    with recording:
        recording.check_end(Random(f"{seed}:recorded"), began)


@contextmanager
def file_system(folder: Path, options: str) -> Iterator[Path]:
    """A small one in memory; skips the test where that cannot be mounted."""
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root mounts a file system")
    if not shutil.which("mount"):
        pytest.skip("there is no mount(8)")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder],
                          capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"no file system can be mounted: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def fill(disk: Path) -> Path:
    """The file that takes all the space."""
    filler = disk / "filler"
    with open(filler, "wb", buffering=0) as file, pytest.raises(OSError) as full:
        while True:
            file.write(bytes(4096))
    assert full.value.errno == errno.ENOSPC
    return filler


def test_a_file_system_that_fills_up(known_server: Prometheus, seed: int, tmp_path: Path) -> None:
    with file_system(tmp_path / "disk", "size=8m") as disk, \
            Recording(tmp_path / "only", known_server, disk / "storage") as recording:
        recording.wait_until_durable()
        filler = fill(disk)
        wait_for(lambda: recording.journal("persistent") == 0)
        check_refused(recording)
        filler.unlink()
        check_taken_again(recording, seed)


def test_a_file_system_that_is_full(known_server: Prometheus, seed: int, tmp_path: Path) -> None:
    with file_system(tmp_path / "disk", "size=8m") as disk:
        filler = fill(disk)
        with Recording(tmp_path / "only", known_server, disk / "storage") as recording:
            check_refused(recording)
            filler.unlink()
            check_taken_again(recording, seed)


def test_a_file_system_that_is_read_only(known_server: Prometheus, seed: int,
                                         tmp_path: Path) -> None:
    with file_system(tmp_path / "disk", "size=8m,ro") as disk, \
            Recording(tmp_path / "only", known_server, disk / "storage") as recording:
        check_refused(recording)
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
        check_taken_again(recording, seed)


def test_a_second_daemon_on_the_same_path(known_server: Prometheus, tmp_path: Path) -> None:
    settings = {"PROMETHEUS_URL": known_server.url, "STORAGE_PATH": tmp_path / "storage",
                "QUERIES": write_rules(tmp_path / "rules.yaml", groups()),
                "LISTEN_ADDRESS": "127.0.0.1:0"}
    with Daemon(**settings) as first:
        first.wait_until_ready()
        for _ in range(2):
            second = subprocess.run([*command(), "run"], env=environment(settings),
                                    timeout=PATIENCE, capture_output=True, text=True)
            assert second.returncode == 2, second.stderr
            assert str(tmp_path / "storage") in second.stderr, second.stderr
            assert "another process uses this journal" in second.stderr, second.stderr
        before = page_of(first).window_end(RULES[0].record)
        wait_for(lambda: page_of(first).window_end(RULES[0].record) > before)
        first.process.kill()
        with Daemon(**settings) as third:  # the path is free as soon as the process is gone
            third.wait_until_ready()
            assert third.stop() == 0

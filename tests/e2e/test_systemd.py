"""The daemon as a systemd service: what it tells the service manager, and the unit that it ships with."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from daemon import ROOT, SHORT, Daemon, command, environment, once, write_rules
from fake_behaviors import hang, matrix, status
from fake_prometheus import FakePrometheus
from page import wait_for

WATCHDOG = 1.0  # seconds


class ServiceManager:
    """The socket that systemd would listen on, and what came with its times."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()  # its path is short, as a socket's must be
        self.path = f"{self._folder.name}/notify"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        self.received: list[tuple[float, str]] = []

    def listen(self, seconds: float) -> list[tuple[float, str]]:
        """The lines that come in this time."""
        new = len(self.received)
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                message = self._socket.recv(4096).decode()
            except TimeoutError:
                break
            self.received += [(time.monotonic(), line) for line in message.split("\n")]
        return self.received[new:]

    def lines(self) -> list[str]:
        self.listen(0.05)
        return [line for _, line in self.received]

    def wait_for(self, line: str) -> None:
        wait_for(lambda: line in self.lines())

    def __enter__(self) -> ServiceManager:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._folder.cleanup()


@pytest.fixture
def manager() -> Iterator[ServiceManager]:
    with ServiceManager() as manager:
        yield manager


def rules(folder: Path, **keys: object) -> Path:
    groups = [{"name": name, "interval": "1s", "query_offset": "0s", "rules": [{"record": name, "expr": name}]} | keys
              for name in ("first", "second")]
    return write_rules(folder / "rules.yaml", groups)


def test_ready_status_and_stopping(manager: ServiceManager, tmp_path: Path) -> None:
    with FakePrometheus(matrix()) as fake, \
            Daemon(PROMETHEUS_URL=fake.url, QUERIES=rules(tmp_path), NOTIFY_SOCKET=manager.path) as daemon:
        manager.wait_for("STATUS=2 of 2 groups evaluated, 0 rules failing.")
        fake.set_plan(status(500))
        manager.wait_for("STATUS=2 of 2 groups evaluated, 2 rules failing.")
        daemon.get("/-/healthy")
        assert "STOPPING=1" not in manager.lines()
        assert daemon.stop() == 0
    lines = manager.lines()
    assert lines[0] == "READY=1" and lines[1].startswith("STATUS=") and lines.count("READY=1") == 1
    assert lines[-2:] == ["STOPPING=1", "STATUS=Stopping."]
    assert "WATCHDOG=1" not in lines, "nobody asked for it"
    shown = [line for line in lines if line.startswith("STATUS=")]
    assert all(one != next_one for one, next_one in zip(shown, shown[1:]))


def test_a_source_that_hangs_delays_neither_ready_nor_the_watchdog(manager: ServiceManager, tmp_path: Path) -> None:
    with FakePrometheus(hang()) as fake, \
            Daemon(PROMETHEUS_URL=fake.url, QUERIES=rules(tmp_path, interval="1d", step="1h"),
                   NOTIFY_SOCKET=manager.path, WATCHDOG_USEC=int(WATCHDOG * 1e6)):
        manager.wait_for("READY=1")
        wait_for(lambda: fake.requests)
        manager.listen(4 * WATCHDOG)
        assert "STATUS=0 of 2 groups evaluated, 0 rules failing." in manager.lines()
    ready = next(at for at, line in manager.received if line == "READY=1")
    fed = [ready, *(at for at, line in manager.received if line == "WATCHDOG=1")]
    gaps = [after - before for before, after in zip(fed, fed[1:])]
    # What systemd would kill it for, with the half for a machine that has other things to do.
    assert len(gaps) >= 8 and max(gaps) < WATCHDOG, gaps
    assert sorted(gaps)[len(gaps) // 2] <= WATCHDOG / 2 + 0.05, gaps
    assert len(gaps) < 40, "no more often than it helps"


@contextmanager
def main_thread_stopped(pid: int) -> Iterator[None]:
    """Stops the thread whose id is the process's, and no other (ptrace(2))."""
    seize, interrupt, detach, any_thread = 0x4206, 0x4207, 17, 0x40000000
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    if libc.ptrace(seize, pid, None, None) != 0:
        pytest.skip(f"no ptrace here: {os.strerror(ctypes.get_errno())}")
    assert libc.ptrace(interrupt, pid, None, None) == 0
    os.waitpid(pid, any_thread)
    try:
        yield
    finally:
        assert libc.ptrace(detach, pid, None, None) == 0


def test_a_stuck_schedule_loop_feeds_no_watchdog(manager: ServiceManager, tmp_path: Path) -> None:
    with FakePrometheus(matrix()) as fake, \
            Daemon(PROMETHEUS_URL=fake.url, QUERIES=rules(tmp_path), NOTIFY_SOCKET=manager.path,
                   WATCHDOG_USEC=int(WATCHDOG * 1e6)) as daemon:
        manager.wait_for("WATCHDOG=1")
        daemon.wait_until_ready()
        with main_thread_stopped(daemon.process.pid):
            manager.lines()
            assert manager.listen(2 * WATCHDOG) == []
            assert "alive" in daemon.get("/-/healthy"), "the other threads know nothing of it"
        fed = manager.listen(2 * WATCHDOG)
        assert "WATCHDOG=1" in [line for _, line in fed]


def test_a_watchdog_of_another_process_is_not_fed(manager: ServiceManager, tmp_path: Path) -> None:
    with FakePrometheus(matrix()) as fake, \
            Daemon(PROMETHEUS_URL=fake.url, QUERIES=rules(tmp_path), NOTIFY_SOCKET=manager.path,
                   WATCHDOG_USEC=200_000, WATCHDOG_PID=1):
        manager.wait_for("READY=1")
        manager.listen(1)
    assert "WATCHDOG=1" not in manager.lines()


def test_only_the_daemon_notifies(manager: ServiceManager, tmp_path: Path) -> None:
    with FakePrometheus(matrix()) as fake:
        assert once(PROMETHEUS_URL=fake.url, QUERIES=rules(tmp_path), NOTIFY_SOCKET=manager.path).code == 0
    assert manager.lines() == []


def test_a_socket_that_is_gone_is_said_once_and_does_no_harm(tmp_path: Path) -> None:
    with FakePrometheus(matrix()) as fake, \
            Daemon(PROMETHEUS_URL=fake.url, QUERIES=rules(tmp_path), NOTIFY_SOCKET=tmp_path / "none",
                   WATCHDOG_USEC=100_000) as daemon:
        daemon.wait_until_ready()
        time.sleep(0.5)
        assert daemon.stop() == 0
        assert daemon.log().count("cannot notify the service manager") == 1


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit as it would be installed, for the binary under test, with the drop-in of the document."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze here")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "downsampled").symlink_to(Path(command()[-1]).resolve())
    path = tmp_path / "downsampled.service"
    path.write_text((ROOT / "systemd" / "downsampled.service.in").read_text()
                    .replace("@bindir@", str(tmp_path / "bin")))
    page = (ROOT / "docs" / "systemd.md").read_text()
    drop_in = re.search(r"^```ini\n(.*?)^```", page, re.M | re.S)[1]
    assert "LoadCredential=" in drop_in
    (tmp_path / "downsampled.service.d").mkdir()
    (tmp_path / "downsampled.service.d" / "token.conf").write_text(drop_in)
    return path


def analyze(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", "--no-pager", *map(str, arguments)], capture_output=True, text=True,
                          timeout=60)


def test_systemd_accepts_the_unit(unit: Path) -> None:
    done = analyze("verify", "--man=no", unit)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    drop_in = unit.parent / "downsampled.service.d" / "token.conf"
    for file, right, wrong in ((unit, "ProtectSystem=strict", "ProtectSystem=very"),
                               (drop_in, "LoadCredential=prometheus-token", "LoadCredential=a/b")):
        file.write_text(file.read_text().replace(right, wrong))
        assert f"{file}:" in analyze("verify", "--man=no", unit).stderr, "a mistake is seen"


def test_systemd_rates_the_unit_as_well_hardened(unit: Path) -> None:
    done = analyze("security", "--offline=true", "--threshold=15", unit)  # in tenths
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr


def system_calls(group: str) -> set[str]:
    """All that systemd has in a group, which may hold others."""
    listed = analyze("syscall-filter", group).stdout.splitlines()[2:]
    names = {line.strip() for line in listed if line.strip() and not line.strip().startswith("#")}
    return {call for name in names for call in (system_calls(name) if name[0] == "@" else {name})}


def test_the_filter_lets_through_what_the_daemon_calls(unit: Path, tmp_path: Path) -> None:
    if SHORT or shutil.which("strace") is None:
        pytest.skip("no strace here, or a sanitizer's build, which calls more")
    allowed = system_calls("@system-service") - system_calls("@privileged") - system_calls("@resources")
    assert "epoll_wait" in allowed and "chroot" not in allowed
    trace = tmp_path / "trace"
    with FakePrometheus(matrix()) as fake:
        settings = {"PROMETHEUS_URL": fake.url.replace("127.0.0.1", "localhost"), "QUERIES": rules(tmp_path),
                    "LISTEN_ADDRESS": "[::]:0", "STORAGE_PATH": tmp_path / "journal"}
        process = subprocess.Popen(["strace", "-D", "-f", "-qq", "-o", trace, *command(), "run"], text=True,
                                   stderr=subprocess.PIPE, env=environment(settings))
        wait_for(lambda: len(fake.requests) > 3)
        process.send_signal(signal.SIGTERM)
        log = process.communicate(timeout=30)[1]
        assert process.returncode == 0, log
    called = set(re.findall(r"^\d+ +(?:\d+:\d+:\d+ )?(?:<\.\.\. )?([a-z_0-9]+)[( ]", trace.read_text(), re.M))
    if os.geteuid() == 0:
        called.discard("fchown")  # SQLite's, of root only: it gives its files to the owner of the database
    assert {"epoll_wait", "sendto"} & called and called <= allowed, called - allowed
    assert {"flock", "fsync", "fdatasync"} & called, "nothing was written"

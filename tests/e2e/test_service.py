"""The shipped unit under a real systemd: a manager of its own, in a mount namespace where it believes that the
machine was booted by it. The lines of the unit that need a mount namespace for the service, or the system's manager,
are left out; the filters of system calls and address families, the capabilities, the folder of the journal and the
watchdog are in force."""

from __future__ import annotations

import os
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from daemon import ROOT, SHORT, command, write_rules
from fake_behaviors import hang, matrix
from fake_prometheus import FakePrometheus
from page import wait_for
from servers import free_port

WATCHDOG = 2.0  # seconds
SYSTEMD = Path("/lib/systemd/systemd")
# No other process of the machine sees the folder that says so.
START = """mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system &&
exec "$0" --user --log-target=console --log-level=warning"""
OF_A_SYSTEM = re.compile(r"^(DynamicUser|Private\w+|Protect\w+)=.*\n", re.M)


class Manager:
    """A systemd that has one unit; the source and the exporter's address of that, and its settings file."""

    def __init__(self, folder: Path, unit: str, fake: FakePrometheus, url: str, settings: Path) -> None:
        self.fake, self.url, self.settings = fake, url, settings
        self.state = folder / "downsampled"  # until systemd 253, a user's state is beside the configuration
        self._variables = {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder),
                           "XDG_CONFIG_HOME": str(folder), "XDG_STATE_HOME": str(folder)}
        path = folder / "systemd" / "user" / "downsampled.service"
        path.parent.mkdir(parents=True)
        path.write_text(unit)
        self._log = open(folder / "log", "w+")
        self._process = subprocess.Popen(["unshare", "--mount", "sh", "-c", START, str(SYSTEMD)], env=self._variables,
                                         stdout=self._log, stderr=self._log)
        wait_for(lambda: self._process.poll() is not None or (folder / "systemd" / "private").exists())
        if self._process.poll() is not None:
            self._log.seek(0)
            pytest.skip(f"no systemd can be started here: {self._log.read()[-200:]}")

    def control(self, *arguments: str) -> str:
        done = subprocess.run(["systemctl", "--user", *arguments, "downsampled.service"], env=self._variables,
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def show(self, name: str) -> str:
        return self.control("show", "--value", f"--property={name}")

    def end(self) -> None:
        try:
            if self._process.poll() is None:
                self.control("stop")
        finally:
            self._process.terminate()
            self._process.wait(30)
            self._log.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    if SHORT or os.geteuid() != 0 or not SYSTEMD.exists() or shutil.which("unshare") is None:
        pytest.skip("no systemd here, no right to mount, or a sanitizer's build, which the unit's filters stop")
    unit = (ROOT / "systemd" / "downsampled.service.in").read_text()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "downsampled").symlink_to(Path(command()[-1]).resolve())
    rules = write_rules(tmp_path / "rules.yaml", [{"name": "only", "rules": [{"record": "one", "expr": "one"}]}])
    address = f"127.0.0.1:{free_port()}"
    (tmp_path / "settings").write_text(f"QUERIES={rules}\nLISTEN_ADDRESS={address}\n")
    for right, wanted in (("@bindir@", str(tmp_path / "bin")), ("WatchdogSec=30s", f"WatchdogSec={WATCHDOG}s"),
                          ("RestartSec=10s", "RestartSec=100ms"),
                          ("/etc/default/downsampled", str(tmp_path / "settings"))):
        assert right in unit
        unit = unit.replace(right, wanted)
    with FakePrometheus(matrix()) as fake, tempfile.TemporaryDirectory() as short:
        with open(tmp_path / "settings", "a") as settings:
            settings.write(f"PROMETHEUS_URL={fake.url.replace('127.0.0.1', 'localhost')}\n")
        manager = Manager(Path(short), OF_A_SYSTEM.sub("", unit), fake, f"http://{address}", tmp_path / "settings")
        try:
            yield manager
        finally:
            manager.end()


def test_systemd_starts_watches_and_stops_it(manager: Manager) -> None:
    manager.control("start")  # returns at READY=1
    wait_for(lambda: manager.show("StatusText") == "1 of 1 groups evaluated, 0 rules failing.")
    process = int(manager.show("MainPID"))
    status = Path(f"/proc/{process}/status").read_text()
    assert re.search(r"^Seccomp:\s+2$", status, re.M) and re.search(r"^CapEff:\s+0+$", status, re.M)
    time.sleep(2.5 * WATCHDOG)
    assert manager.show("NRestarts") == "0", "it is killed though it feeds the watchdog"
    assert int(manager.show("MainPID")) == process
    manager.control("stop")
    assert (manager.show("Result"), manager.show("ExecMainStatus")) == ("success", "0")


def test_systemd_restarts_it_when_nothing_feeds_the_watchdog(manager: Manager) -> None:
    manager.control("start")
    process = int(manager.show("MainPID"))
    os.kill(process, signal.SIGSTOP)
    wait_for(lambda: manager.show("NRestarts") == "1")
    wait_for(lambda: manager.show("StatusText") == "1 of 1 groups evaluated, 0 rules failing.")
    assert int(manager.show("MainPID")) != process


def recorded(manager: Manager) -> list[str]:
    with urllib.request.urlopen(manager.url + "/metrics", timeout=10) as page:
        return [line for line in page.read().decode().splitlines() if line.startswith("one")]


def test_systemd_keeps_its_journal(manager: Manager) -> None:
    manager.control("start")
    wait_for(lambda: manager.show("StatusText") == "1 of 1 groups evaluated, 0 rules failing.")
    before = recorded(manager)
    assert before and stat.filemode(manager.state.stat().st_mode) == "drwx------"
    journal = manager.state / "journal.db"
    assert stat.filemode(journal.stat().st_mode) == "-rw-------"
    manager.fake.set_plan(hang())
    os.kill(int(manager.show("MainPID")), signal.SIGKILL)
    wait_for(lambda: manager.show("NRestarts") == "1" and manager.show("ActiveState") == "active")
    assert recorded(manager) == before, "the source has not answered yet"


def test_the_file_of_settings_wins_over_the_unit(manager: Manager) -> None:
    with open(manager.settings, "a") as settings:
        settings.write("STORAGE_PATH=\n")
    manager.control("start")
    wait_for(lambda: manager.show("StatusText") == "1 of 1 groups evaluated, 0 rules failing.")
    assert recorded(manager) and list(manager.state.iterdir()) == []


def test_systemd_does_not_start_it_again_for_a_wrong_setting(manager: Manager) -> None:
    with open(manager.settings, "a") as settings:
        settings.write("TIME_PERIOD=soon\n")
    with pytest.raises(AssertionError):
        manager.control("start")
    assert (manager.show("ExecMainStatus"), manager.show("NRestarts"), manager.show("ActiveState")) == \
        ("2", "0", "failed")

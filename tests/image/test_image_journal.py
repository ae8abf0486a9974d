"""The journal in a container: on volumes as runtimes make them, by any user, and without a volume."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import SystemRandom

import pytest
from container import Container
from daemon import Daemon, write_rules
from fake_behaviors import hang, matrix
from fake_prometheus import FakePrometheus
from page import Page
from store import ROOT, Image

FOLDER = "/var/lib/downsampled"
RULE_FOLDER = "/etc/downsampled/queries"
OWN = [{"name": "own", "rules": [{"record": "own", "expr": "one"}]}]


def somebody() -> int:
    return SystemRandom().randrange(10**5, 10**9)


def test_the_image_has_a_folder_that_anybody_can_write(image: Image) -> None:
    found = (image.root / FOLDER.lstrip("/")).lstat()
    assert stat.filemode(found.st_mode) == "drwxrwxrwt"
    configuration = image.store.configuration(image.name)
    assert (found.st_uid, found.st_gid) == (65532, 0)
    assert f"{found.st_uid}:" in configuration["User"]
    assert f"STORAGE_PATH={FOLDER}" in configuration["Env"]
    assert not configuration.get("Volumes"), "each run would leave one without a name behind"


# How a volume's folder is made for a user (uid, gid), and who that user is.


def named(folder: Path, image: Image, user: str) -> None:
    """A named volume of docker and podman: empty, it gets the mode and owner of the image's folder."""
    model = (image.root / FOLDER.lstrip("/")).stat()
    os.chown(folder, model.st_uid, model.st_gid)
    folder.chmod(stat.S_IMODE(model.st_mode))


def group(folder: Path, image: Image, user: str) -> None:
    """A volume of Kubernetes with fsGroup."""
    os.chown(folder, 0, int(user.partition(":")[2]))
    folder.chmod(0o2775)


def bound(folder: Path, image: Image, user: str) -> None:
    """A folder of the host that was given to the user."""
    os.chown(folder, *map(int, user.split(":")))
    folder.chmod(0o700)


Make = Callable[[Path, Image, str], None]
VOLUMES: dict[str, tuple[Make, Callable[[], str]]] = {
    "named, image's user": (named, lambda: "65532:65532"),
    "named, any uid and gid": (named, lambda: f"{somebody()}:{somebody()}"),
    "named, any uid of group 0": (named, lambda: f"{somebody()}:0"),
    "fsGroup, image's user": (group, lambda: "65532:65532"),
    "fsGroup, any uid": (group, lambda: f"{somebody()}:{somebody()}"),
    "bound, any uid and gid": (bound, lambda: f"{somebody()}:{somebody()}"),
}


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    write_rules(folder / "own.yaml", OWN)
    return folder


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    folder = tmp_path / "volume"
    folder.mkdir()
    return folder


def recorded(daemon: Daemon) -> list[tuple[dict[str, str], float]]:
    return Page(daemon.get()).all("own")


@pytest.mark.parametrize("kind", VOLUMES)
def test_the_next_container_shows_what_the_last_one_recorded(
    kind: str,
    image: Image,
    container: Container,
    rules: Path,
    volume: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With a root that is read-only, and before the source answers anything."""
    make, user = VOLUMES[kind]
    container = replace(container, user=user())
    make(volume, image, container.user)
    container.with_mount(rules, RULE_FOLDER).with_volume(volume, FOLDER).use(monkeypatch)
    with FakePrometheus(matrix(3)) as fake:
        with Daemon(PROMETHEUS_URL=fake.url) as first:
            first.wait_until_ready()
            before = recorded(first)
            assert Page(first.get()).value("downsampled_journal_persistent") == 1
            assert first.stop() == 0
            assert "level=error" not in first.log()
        assert len(before) == 3
        assert {path.stat().st_uid for path in volume.iterdir()} == {int(container.user.split(":")[0])}
        fake.set_plan(hang())
        with Daemon(PROMETHEUS_URL=fake.url) as second:
            assert recorded(second) == before
            assert "level=error" not in second.log()
    with sqlite3.connect(volume / "journal.db") as journal:
        assert journal.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_without_a_volume_it_says_that_it_cannot_write_and_goes_on(
    container: Container, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The root is read-only, and the image's folder with it."""
    container.with_mount(rules, RULE_FOLDER).use(monkeypatch)
    with FakePrometheus(matrix(3)) as fake, Daemon(PROMETHEUS_URL=fake.url) as daemon:
        daemon.wait_until_ready()
        page = Page(daemon.get())
        assert len(page.all("own")) == 3
        assert page.value("downsampled_journal_persistent") == 0
        assert page.value("downsampled_journal_memory_windows") == 1
        error = re.search(r'level=error .*msg="the journal cannot be written.*', daemon.log())[0]
        assert FOLDER in error and "Read-only file system" in error
        assert daemon.stop() == 0


def test_a_variable_that_is_empty_switches_the_journal_off(
    container: Container, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For whoever wants neither a volume nor the error: `docker run -e STORAGE_PATH=`."""
    container.with_mount(rules, RULE_FOLDER).use(monkeypatch)
    with FakePrometheus(matrix()) as fake, Daemon(PROMETHEUS_URL=fake.url, STORAGE_PATH="") as daemon:
        daemon.wait_until_ready()
        assert "level=error" not in daemon.log() and "journal is in memory" in daemon.log()


def test_two_containers_do_not_share_a_volume(
    image: Image, container: Container, rules: Path, volume: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named(volume, image, container.user)
    container.with_mount(rules, RULE_FOLDER).with_volume(volume, FOLDER).use(monkeypatch)
    with FakePrometheus(matrix()) as fake, Daemon(PROMETHEUS_URL=fake.url) as first:
        first.wait_until_ready()
        with pytest.raises(RuntimeError, match=f"(?s)ended with 2: .*{FOLDER}"):
            Daemon(PROMETHEUS_URL=fake.url)


def test_the_page_about_the_image_says_the_same() -> None:
    page = (ROOT / "docs" / "container.md").read_text()
    assert f":{FOLDER}" in page and "STORAGE_PATH=" in page

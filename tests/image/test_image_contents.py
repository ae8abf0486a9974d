"""What is in the image and what is not, and what it says about itself."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from container import Container
from store import ROOT, Image

MOST_OVER_BASE = 45e6  # compressed
DOCUMENTS = "usr/share/doc/downsampled"
OURS = ("usr/bin/downsampled", "etc/downsampled", DOCUMENTS)
BUILD_TOOLS = re.compile(
    r"(.*-)?(gcc|g\+\+|cc|c\+\+|cpp|clang(\+\+)?|ld|as|make|meson|ninja)(-[\d.]+)?"
)
PREFIX = "org.opencontainers.image."


def run(container: Container, *program: str) -> str:
    done = subprocess.run(container.command(*program), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def files_below(place: Path) -> Iterator[Path]:
    """The place itself, and all in it; symbolic links are not followed."""
    yield place
    for folder, folders, files in os.walk(place):
        yield from (Path(folder) / name for name in folders + files)


def packages(root: Path) -> dict[str, str]:
    """Name to version: what dpkg itself says is installed."""
    format = "--showformat=${db:Status-Abbrev}|${Package}|${Version}\n"
    rows = [line.split("|") for line in dpkg_query(root, "--show", format).splitlines()]
    return {name: version for status, name, version in rows if status.strip() == "ii"}


def dpkg_query(root: Path, *arguments: str) -> str:
    command = ["dpkg-query", f"--admindir={root}/var/lib/dpkg", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_it_adds_little_to_its_base(image: Image, capsys: pytest.CaptureFixture) -> None:
    base, *ours = image.store.layers(image.name)
    unpacked = sum(
        path.lstat().st_size
        for path in files_below(image.root)
        if path.is_file() and not path.is_symlink()
    )
    with capsys.disabled():
        print(
            f"\nimage: {sum(ours) / 1e6:.1f} MB compressed over a base of {base / 1e6:.1f} MB; "
            f"{unpacked / 1e6:.1f} MB unpacked, base included"
        )
    assert ours and sum(ours) <= MOST_OVER_BASE


def test_nothing_of_the_build_is_left(image: Image) -> None:
    names = {path.name for path in files_below(image.root) if path.is_symlink() or path.is_file()}
    assert {"downsampled", "libcurl.so.4"} <= names  # else nothing was walked
    assert [name for name in names if BUILD_TOOLS.fullmatch(name)] == []
    assert [name for name in packages(image.root) if re.search(r"-dev$|^g\+\+", name)] == []
    assert not (image.root / "source").exists()
    command = ["readelf", "--sections", "--wide", image.root / "usr/bin/downsampled"]
    sections = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert ".text" in sections and ".debug" not in sections and ".symtab" not in sections


def test_everyone_can_read_it_and_nobody_but_root_can_change_it(image: Image) -> None:
    for place in (*OURS, "etc/ssl/certs"):
        for path in files_below(image.root / place):
            mode = path.lstat().st_mode
            if not stat.S_ISLNK(mode):
                assert mode & 0o022 == 0 and mode & 0o444 == 0o444, path
            if stat.S_ISDIR(mode):
                assert mode & 0o111 == 0o111, path


def test_no_program_gives_privileges(image: Image) -> None:
    gives = [
        path
        for path in files_below(image.root)
        if stat.S_ISREG(mode := path.lstat().st_mode) and mode & (stat.S_ISUID | stat.S_ISGID)
    ]
    assert gives == []
    capable = [
        path
        for path in files_below(image.root)
        if not path.is_symlink() and "security.capability" in os.listxattr(path)
    ]
    assert capable == []


def test_the_package_list_is_true(image: Image) -> None:
    lines = (image.root / DOCUMENTS / "packages.txt").read_text().splitlines()
    assert dict(line.split(" ") for line in lines) == packages(image.root)
    assert len(lines) == len(packages(image.root))


def test_every_library_is_of_a_listed_package(image: Image, container: Container) -> None:
    found = re.findall(
        r"^\s*(\S+) => (\S+)", run(container, "/usr/bin/ldd", "/usr/bin/downsampled"), re.M
    )
    assert {"libcurl.so.4", "libstdc++.so.6"} <= {name for name, _ in found}
    assert [name for name, place in found if not place.startswith("/")] == []
    assert dpkg_query(image.root, "--search", *(f"*/{name}" for name, _ in found))


def test_licenses_come_along(image: Image) -> None:
    documents = image.root / "usr/share/doc"
    without = [
        name for name in packages(image.root) if not (documents / name / "copyright").exists()
    ]
    assert without == []
    assert (image.root / DOCUMENTS / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert "BSD" in (image.root / DOCUMENTS / "copyright.libcli11-dev").read_text()
    assert "MIT" in (image.root / DOCUMENTS / "copyright.libspdlog-dev").read_text()


def test_it_has_the_shipped_rules_once(image: Image) -> None:
    shipped = {path.name: path.read_bytes() for path in (ROOT / "queries").glob("*.yaml")}
    found = {
        path.name: path.read_bytes()
        for path in (image.root / "etc/downsampled/queries").glob("*.yaml")
    }
    assert shipped and found == shipped
    assert not (image.root / "usr/share/downsampled/queries").exists()


def test_it_says_what_it_is(image: Image, container: Container) -> None:
    configuration = image.store.configuration(image.name)
    assert configuration["User"] == "65532:65532"
    assert configuration["Entrypoint"] == ["/usr/bin/downsampled"] and not configuration.get("Cmd")
    assert configuration["ExposedPorts"] == {"8000/tcp": {}}
    assert configuration["Healthcheck"]["Test"] == ["CMD", "/usr/bin/downsampled", "probe"]
    labels = {
        name.removeprefix(PREFIX): value
        for name, value in configuration["Labels"].items()
        if name.startswith(PREFIX)
    }
    assert (labels["title"], labels["licenses"]) == ("downsampled", "Apache-2.0")
    assert run(container, "/usr/bin/downsampled", "--version").split()[-1] == labels["version"]
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()
    assert labels["revision"].removesuffix("-dirty") == head
    age = datetime.now(timezone.utc) - datetime.fromisoformat(labels["created"])
    assert timedelta() <= age < timedelta(hours=2)


def test_the_page_about_it_names_what_is_there(image: Image) -> None:
    page = (ROOT / "docs" / "container.md").read_text()
    named = re.findall(r"^\| `(/[^`]+)` \|", page, re.M)
    assert len(named) >= 5
    assert [path for path in named if not (image.root / path.lstrip("/")).exists()] == []

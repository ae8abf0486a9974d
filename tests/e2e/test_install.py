"""`make install`, `make dist` and the version: what packagers and administrators call."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from daemon import ROOT, Daemon, command, environment

BINARY = Path(command()[-1]).resolve()
PREFIX = "/opt/metering"
GENERATED = {"man": "share/man/man1/downsampled.1", "bash": "share/bash-completion/completions/downsampled",
             "zsh": "share/zsh/site-functions/_downsampled", "fish": "share/fish/vendor_completions.d/downsampled.fish"}
OWN_RULES = Path("/etc/downsampled/queries")  # win over the installed ones


def run(*arguments: object, cwd: Path = ROOT) -> str:
    done = subprocess.run(list(map(str, arguments)), cwd=cwd, env=environment({}), timeout=300, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    return done.stdout


def version() -> str:
    return re.search(r"^  version: '([^']+)',$", (ROOT / "meson.build").read_text(), re.M)[1]


def documentation(form: str) -> str:
    return run(*command(), f"--write-documentation={form}")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build folder set up for another prefix, with what was built for this one: `make install` must move it to
    the new prefix and compile nothing."""
    folder = tmp_path_factory.mktemp("install")
    build = folder / "build"
    run("meson", "setup", build, "-Dtests=false")
    shutil.copy(BINARY, build / "downsampled")
    for form, target in GENERATED.items():
        (build / "docs" / Path(target).name).write_text(documentation(form))
    run("make", "install", f"BUILD={build}", f"DESTDIR={folder / 'root'}", f"PREFIX={PREFIX}")
    assert not list(build.glob("**/*.o")), "it compiled"
    return folder / "root"


def test_these_files_and_no_others_are_installed(installed: Path) -> None:
    documents = ["LICENSE", "README.md", "CHANGELOG.md", "queries/README.md",
                 *(path.relative_to(ROOT) for path in ROOT.glob("docs/**/*.*") if path.suffix in (".md", ".svg"))]
    expected = {"bin/downsampled", "lib/systemd/system/downsampled.service", *GENERATED.values(),
                *(f"share/downsampled/queries/{path.name}" for path in ROOT.glob("queries/*.yaml")),
                *(f"share/doc/downsampled/{document}" for document in documents)}
    files = {path for path in installed.glob("**/*") if path.is_file()}
    assert {path.relative_to(installed / PREFIX[1:]).as_posix() for path in files} == expected
    assert all(path.stat().st_mode & 0o777 == (0o755 if path.parent.name == "bin" else 0o644) for path in files)


def test_the_unit_starts_what_was_installed(installed: Path) -> None:
    unit = (installed / PREFIX[1:] / "lib/systemd/system/downsampled.service").read_text()
    program, = re.findall(r"^ExecStart=(\S+) run$", unit, re.M)
    assert program == f"{PREFIX}/bin/downsampled" and (installed / program[1:]).is_file()
    assert "@" not in re.sub(r"@system-service|@privileged|@resources", "", unit)


def test_the_installed_program_finds_its_rules(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if OWN_RULES.exists():
        pytest.skip(f"{OWN_RULES} would be read instead")
    monkeypatch.setenv("DOWNSAMPLED_BINARY", str(installed / PREFIX[1:] / "bin" / "downsampled"))
    with Daemon(PROMETHEUS_URL="http://127.0.0.1:9") as daemon:
        page = daemon.get("/")
    queries = installed / PREFIX[1:] / "share/downsampled/queries"
    assert list(queries.iterdir())
    assert all(str(path) in page for path in queries.iterdir())


def test_what_the_build_makes_is_what_the_program_prints() -> None:
    made = {form: BINARY.parent / "docs" / Path(target).name for form, target in GENERATED.items()}
    if not all(path.exists() for path in made.values()):
        pytest.skip("a sanitizer's build, or a binary outside of its build folder")
    for form, path in made.items():
        assert path.read_text() == documentation(form)


def test_the_version_comes_from_one_place() -> None:
    assert run(*command(), "--version") == f"downsampled {version()}\n"
    assert f'"downsampled {version()}"' in documentation("man").replace("\\", "")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The work tree as it is, committed: `make dist` takes nothing else."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("no git checkout")
    clone = tmp_path_factory.mktemp("dist") / "clone"
    run("git", "-c", f"safe.directory={ROOT}", "clone", "--quiet", "--no-hardlinks", ROOT, clone)
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z").split("\0")
    for name in filter(None, listed):
        target = clone / name
        if not (ROOT / name).exists():
            target.unlink(missing_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)
    run("git", "add", "--all", cwd=clone)
    run("git", "-c", "user.name=test", "-c", "user.email=test@localhost", "commit", "--quiet", "--allow-empty",
        "-m", "work tree", cwd=clone)
    return clone


def test_the_source_archive_is_whole(repository: Path, tmp_path: Path) -> None:
    run("make", "dist", cwd=repository)
    name = f"downsampled-{version()}"
    archive = repository / "build" / "meson-dist" / f"{name}.tar.xz"
    digest, named = Path(f"{archive}.sha256sum").read_text().split()
    assert (digest, named.lstrip("*")) == (hashlib.sha256(archive.read_bytes()).hexdigest(), archive.name)
    with tarfile.open(archive) as opened:
        names = {member.name.removeprefix(f"{name}/") for member in opened if member.isfile()}
        opened.extractall(tmp_path)
    assert names == set(run("git", "ls-files", cwd=repository).split())
    run("meson", "setup", tmp_path / "build", tmp_path / name, "-Dtests=false")
    planned = run("ninja", "-n", "-C", tmp_path / "build")
    assert "Linking target downsampled" in planned or re.search(r"-o downsampled\b", planned)

"""How the program starts and how it refuses to: exit codes and what it says."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import pytest
from daemon import ROOT, command, environment, write_rules

GOOD = ROOT / "tests" / "data" / "good" / "all_keys.yaml"
BAD = sorted((ROOT / "tests" / "data" / "bad").glob("*.yaml"))


def program(*arguments: object, **settings: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*command(), *map(str, arguments)], env=environment(settings), timeout=60,
                          capture_output=True, text=True)


def test_help_and_version() -> None:
    assert program("--version").returncode == 0 and program("--version").stdout.startswith("downsampled ")
    for words in ("", "run", "once", "check", "backfill", "journal", "journal status", "journal export"):
        arguments = (*words.split(), "--help")
        done = program(*arguments)
        assert (done.returncode, done.stderr) == (0, "") and "Usage: " in done.stdout


@pytest.mark.parametrize("arguments", [("--version",), ("--help",), ("check", GOOD)])
def test_what_cannot_be_printed_is_1(arguments: tuple[object, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*command(), *map(str, arguments)], env=environment({}), timeout=60,
                              stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and "cannot write to standard output" in done.stderr


@pytest.mark.parametrize("arguments, words", [
    (("--no-such-flag",), "no-such-flag"), (("walk",), "walk"), (("--query.timeout", "soon"), "--query.timeout"),
    (("--query.concurrency", "0"), "--query.concurrency"), (("--prometheus.token", "x"), "prometheus.token"),
    (("run", "--rules", "/nowhere/*.yaml"), "/nowhere"), (("once", "--time", "noon"), "--time"), (("check",), "FILE"),
    (("backfill", "--from", "1"), "--output"), (("backfill", "--output", "x"), "--from"),
    (("journal",), "journal export"), (("journal", "status"), "STORAGE_PATH"),
    (("run", "--from", "1"), "backfill and journal export"), (("--storage.path", GOOD), "--storage.path"),
    (("--storage.retention", "1h"), "--catch-up.max-age"),
    (("--web.listen-address", "8000"), "--web.listen-address"), (("--prometheus.url", "ftp://x"), "--prometheus.url"),
])
def test_a_bad_command_line_is_2(arguments: tuple[str, ...], words: str) -> None:
    done = program(*arguments, QUERIES=GOOD)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr and "Traceback" not in done.stderr


def test_a_bad_rule_file_is_2_and_every_mistake_is_said() -> None:
    bad = ROOT / "tests" / "data" / "bad" / "two_mistakes.yaml"
    done = program("run", QUERIES=f"{GOOD},{bad}")
    assert done.returncode == 2 and done.stderr.count("two_mistakes.yaml:") == 2


def test_a_port_in_use_is_1_and_says_which() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = program("run", QUERIES=GOOD, LISTEN_ADDRESS=address)
    assert done.returncode == 1
    assert address in done.stderr and "address already in use" in done.stderr and "--web.listen-address" in done.stderr


def test_check_says_a_line_for_each_file() -> None:
    good = sorted((ROOT / "tests" / "data" / "good").glob("**/*.yaml")) + [ROOT / "queries" / "seldon.yaml"]
    done = program("check", *good)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line for line in done.stdout.splitlines() if not line.startswith("warning: ")]
    assert [line.split(": ")[0] for line in lines] == list(map(str, good))
    assert all(": ok, " in line for line in lines)


def test_check_minds_no_source() -> None:
    done = program("check", GOOD, PROMETHEUS_URL="gopher://x", PROMETHEUS_TLS_CA_FILE="/no/such/file")
    assert (done.returncode, done.stderr) == (0, "")


def test_check_refuses_what_run_refuses_of_two_files(tmp_path: Path) -> None:
    files = [write_rules(tmp_path / name, [{"name": group, "rules": [{"record": "x", "expr": "x"}]}])
             for name, group in (("a", "b;c"), ("a;b", "c"))]
    checked, started = program("check", *files), program("run", QUERIES=",".join(map(str, files)))
    assert (checked.returncode, started.returncode) == (1, 2)
    assert all("label rule_group of both" in done.stderr for done in (checked, started))


def test_check_names_the_line_of_each_mistake() -> None:
    done = program("check", *BAD, GOOD)
    assert (done.returncode, done.stdout) == (1, "")
    lines = done.stderr.splitlines()
    assert f"{GOOD}: ok" in lines[-1] or any(line.startswith(f"{GOOD}: ok") for line in lines)
    for path in BAD:
        said = [line for line in lines if line.startswith(f"{path}:")]
        assert said and all(line.removeprefix(f"{path}:").split(":")[0].isdigit() for line in said), path


def test_check_of_what_is_no_file(tmp_path: Path) -> None:
    done = program("check", tmp_path / "none.yaml", tmp_path)
    assert done.returncode == 1
    assert "No such file" in done.stderr and "folder" in done.stderr

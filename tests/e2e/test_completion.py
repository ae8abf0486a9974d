"""What shells complete and what `man` shows: the generated texts in the programs that read them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from daemon import command, environment


def documentation(form: str) -> str:
    return subprocess.run([*command(), f"--write-documentation={form}"], env=environment({}), check=True,
                          capture_output=True, text=True, timeout=60).stdout


def run(*arguments: object) -> str:
    """What a program says that has nothing to complain about."""
    if shutil.which(str(arguments[0])) is None:
        pytest.skip(f"no {arguments[0]} here")
    done = subprocess.run(list(map(str, arguments)), env=environment({"MANWIDTH": 100}), capture_output=True,
                          text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


FLAGS = set(re.findall(r"^\| `(--[a-z.-]+)`", documentation("markdown"), re.M)) | {"--help", "--version"}
COMMANDS = set(re.findall(r"^\| `([a-z]+)(?: [^`]+)?` \| [A-Z]", documentation("markdown"), re.M))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("completions")
    for form in ("man", "bash", "zsh", "fish"):
        (folder / form).write_text(documentation(form))
    (folder / "my rules.yaml").touch()
    return folder


def test_there_is_something_to_complete() -> None:
    assert "--prometheus.url" in FLAGS and {"run", "once", "check", "probe"} == COMMANDS


CASES = [  # the words of the line, the last one unfinished; what may follow
    (["--prom"], {flag for flag in FLAGS if flag.startswith("--prom")}),
    ([""], FLAGS | COMMANDS), (["--"], FLAGS), (["pro"], {"probe"}), (["once", "--ti"], {"--time", "--time-period"}),
    (["once", "--log.level", "json", "--step"], {"--step"}), (["check", "--vers"], {"--version"}),
    (["--log.level", ""], {"debug", "info", "warn", "error"}), (["--log.format", "j"], {"json"}),
    (["--log.level", "=", "w"], {"warn"}), (["--log.level", "="], {"debug", "info", "warn", "error"}),
    (["--web.listen-address", ""], set()), (["once", "o"], set()), (["--ti"], {"--time-period"}),
]


@pytest.mark.parametrize("words, expected", CASES)
def test_bash_completes(folder: Path, words: list[str], expected: set[str]) -> None:
    """As readline does it: the function that `complete` names, with the words of the line."""
    script = r"""
        set -u; source "$1"; shift
        function=$(complete -p downsampled); function=${function#*-F }; function=${function%% *}
        COMP_WORDS=(downsampled "$@") COMP_CWORD=$# COMPREPLY=()
        "$function" downsampled "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        printf '%s\n' "${COMPREPLY[@]}" """
    offered = run("bash", "--norc", "-c", script, "bash", folder / "bash", *words).splitlines()
    assert sorted(filter(None, offered)) == sorted(expected)


@pytest.mark.parametrize("words", (["check"], ["--rules"], ["--rules", "="], ["--prometheus.token-file"]))
def test_bash_completes_files(folder: Path, words: list[str]) -> None:
    test_bash_completes(folder, [*words, f"{folder}/my"], {f"{folder}/my rules.yaml"})


def fish(folder: Path, line: str) -> set[str]:
    offered = run("fish", "--no-config", "-c", f"source {folder}/fish; complete -C '{line}'")
    return {one.split("\t")[0] for one in offered.splitlines()}


def test_fish_completes(folder: Path) -> None:
    assert fish(folder, "downsampled --prom") == {flag for flag in FLAGS if flag.startswith("--prom")}
    assert fish(folder, "downsampled ") == COMMANDS
    assert fish(folder, "downsampled --log.level ") == {"debug", "info", "warn", "error"}
    assert fish(folder, "downsampled once --ti") == {"--time", "--time-period"}
    assert fish(folder, f"downsampled check {folder}/my") == {f"{folder}/my rules.yaml"}


def test_zsh_reads_it(folder: Path) -> None:
    """Its syntax, and the specifications of `_arguments`, which zsh reads when it completes."""
    run("zsh", "-n", folder / "zsh")
    shown = run("zsh", "-f", "-c", "_arguments() { print -rl -- $@ }; words=(downsampled once); source $1", "zsh",
                folder / "zsh").splitlines()
    named = {re.match(r"(?:\([^)]*\))?(-[^=\[]*)", line)[1] for line in shown if re.match(r"(\([^)]*\))?-", line)}
    assert named == FLAGS | {"-h", "--time"}
    assert all(re.search(r"(?<!\\)\[.*(?<!\\)\]", line) for line in shown if "-" == line[0]), shown
    assert any(line.startswith("1:subcommand:((run\\:") for line in shown)


def test_the_manual_page_is_one(folder: Path) -> None:
    assert run("groff", "-ww", "-man", "-Tutf8", "-z", folder / "man") == ""
    assert run("man", "--warnings", "--encoding=utf-8", "-l", folder / "man")


def test_mandoc_reads_the_manual_page_too(folder: Path) -> None:
    assert run("mandoc", "-T", "lint", "-W", "error", folder / "man") == ""


def test_the_manual_page_says_all(folder: Path) -> None:
    page = run("man", "--encoding=ascii", "--no-justification", "--no-hyphenation", "-l", folder / "man")
    page = re.sub(r".\x08", "", page)
    assert all(f" {flag}" in page for flag in FLAGS) and "PROMETHEUS_SELDON_TOKEN" in page
    assert all(re.search(rf"^ +{name}\b", page, re.M) for name in COMMANDS)
    assert "  downsampled once --time=2026-01-02T03:00:00Z" in page

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


def options_of(command: str) -> set[str]:
    return set(re.findall(rf"^\| `{command} (--[a-z]+)` \|", documentation("markdown"), re.M))


FLAGS = set(re.findall(r"^\| `(--[a-z.-]+)`", documentation("markdown"), re.M)) | {"--help", "--version"}
NAMES = set(re.findall(r"^\| `([a-z]+(?: [a-z]+)?)(?: [^`]+)?` \| [A-Z].* \| 0", documentation("markdown"), re.M))
COMMANDS = {name.split()[0] for name in NAMES}
EXPORT = {"--rule", "--from", "--to", "--format"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("completions")
    for form in ("man", "bash", "zsh", "fish"):
        (folder / form).write_text(documentation(form))
    (folder / "my rules.yaml").touch()
    (folder / "the journal").mkdir()
    return folder


def test_there_is_something_to_complete() -> None:
    assert "--prometheus.url" in FLAGS and {"journal status", "journal export"} < NAMES
    assert {"run", "once", "check", "probe", "backfill", "journal"} == COMMANDS
    assert options_of("journal export") == EXPORT and options_of("once") == {"--time"}


CASES = [  # the words of the line, the last one unfinished; what may follow
    (["--prom"], {flag for flag in FLAGS if flag.startswith("--prom")}),
    ([""], FLAGS | COMMANDS), (["--"], FLAGS), (["pro"], {"probe"}), (["once", "--ti"], {"--time", "--time-period"}),
    (["once", "--log.level", "json", "--step"], {"--step"}), (["check", "--vers"], {"--version"}),
    (["--log.level", ""], {"debug", "info", "warn", "error"}), (["--log.format", "j"], {"json"}),
    (["--log.level", "=", "w"], {"warn"}), (["--log.level", "="], {"debug", "info", "warn", "error"}),
    (["--web.listen-address", ""], set()), (["once", "o"], set()), (["--ti"], {"--time-period"}),
    (["journal", ""], FLAGS | {"status", "export"}), (["journal", "e"], {"export"}),
    (["journal", "status", ""], FLAGS), (["--log.level", "info", "journal", "export", ""], FLAGS | EXPORT),
    (["journal", "--for"], set()), (["journal", "export", "--rule", ""], set()),
    (["journal", "export", "--format", ""], {"csv", "json", "openmetrics"}), (["backfill", "--o"], {"--output"}),
    (["backfill", "--from", "1", "--t"], {"--to", "--time-period"}),
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


@pytest.mark.parametrize("words", (["check"], ["--rules"], ["--rules", "="], ["--prometheus.token-file"],
                                   ["backfill", "--output"]))
def test_bash_completes_files(folder: Path, words: list[str]) -> None:
    test_bash_completes(folder, [*words, f"{folder}/my"], {f"{folder}/my rules.yaml"})


@pytest.mark.parametrize("words", (["--storage.path"], ["run", "--storage.path", "="]))
def test_bash_completes_directories(folder: Path, words: list[str]) -> None:
    test_bash_completes(folder, [*words, f"{folder}/"], {f"{folder}/the journal"})


def fish(folder: Path, line: str) -> set[str]:
    offered = run("fish", "--no-config", "-c", f"source {folder}/fish; complete -C '{line}'")
    return {one.split("\t")[0] for one in offered.splitlines()}


def test_fish_completes(folder: Path) -> None:
    assert fish(folder, "downsampled --prom") == {flag for flag in FLAGS if flag.startswith("--prom")}
    assert fish(folder, "downsampled ") == COMMANDS
    assert fish(folder, "downsampled --log.level ") == {"debug", "info", "warn", "error"}
    assert fish(folder, "downsampled once --ti") == {"--time", "--time-period"}
    assert fish(folder, "downsampled journal ") == {"status", "export"}
    assert fish(folder, "downsampled journal export ") == fish(folder, "downsampled once ") == set()
    assert fish(folder, "downsampled journal export --f") == {"--from", "--format"}
    assert fish(folder, "downsampled journal export --format ") == {"csv", "json", "openmetrics"}
    assert fish(folder, "downsampled backfill --t") == {"--to", "--time-period"}
    assert fish(folder, f"downsampled --storage.path {folder}/") == {f"{folder}/the journal/"}
    assert fish(folder, f"downsampled check {folder}/my") == {f"{folder}/my rules.yaml"}


# An interactive zsh behind a pseudo terminal lists what it would offer for each line. What is typed
# before its prompt is there would be the terminal's own to edit.
ZSH = r"""
    cd $1 && zmodload zsh/zpty && zpty z 'TERM=dumb zsh -f -i' || exit 1
    zpty -w z "unsetopt prompt_sp; unset zle_bracketed_paste; fpath=(\$PWD/functions \$fpath); LISTMAX=1000 COLUMNS=200"
    zpty -w z "autoload -Uz compinit; compinit -u -d dump; bindkey '^I' list-choices; PROMPT='<rea''dy>'"
    shift
    zpty -r -m z shown '*<ready>*' || exit 1
    for line; do
      zpty -n -w z $line$'\t'; zpty -n -w z $'\x15'; zpty -w z "print DO''NE"
      zpty -r -m z shown '*DONE*<ready>*' || exit 1
      print -r -- $shown
    done"""


def zsh(folder: Path, *lines: str) -> list[set[str]]:
    """What is offered for each line."""
    (folder / "functions").mkdir(exist_ok=True)
    shutil.copy(folder / "zsh", folder / "functions" / "_downsampled")
    shown = run("zsh", "-f", "-c", ZSH, "zsh", folder, *lines).split("DONE")
    offered = []
    for listing in shown[:len(lines)]:
        words = [line.split()[:1] if " -- " in line else line.split() for line in listing.splitlines()
                 if not any(typed in line for typed in ("<ready>", "downsampled ", "DO''NE"))]
        offered.append({word for some in words for word in some})
    return offered


LEVELS = {"debug", "info", "warn", "error"}
TIMES = {"--to", "--time-period"}


def test_zsh_completes(folder: Path) -> None:
    cases = {"--": FLAGS, "": COMMANDS, "journal ": {"status", "export"}, "journal export --": FLAGS | EXPORT,
             "journal status --": FLAGS, "run --log": {"--log.level", "--log.format"},
             "--log.level=info once --ti": {"--time", "--time-period"}, "backfill --from 1 --t": TIMES,
             "journal export --format=": {"csv", "json", "openmetrics"}, "--log.level ": LEVELS,
             "--storage.path=t": {"the\\", "journal/"}, "check my": {"my\\", "rules.yaml"}}
    run("zsh", "-n", folder / "zsh")
    offered = zsh(folder, *(f"downsampled {line}" for line in cases))
    assert dict(zip(cases, offered, strict=True)) == cases


def test_the_manual_page_is_one(folder: Path) -> None:
    assert run("groff", "-ww", "-man", "-Tutf8", "-z", folder / "man") == ""
    assert run("man", "--warnings", "--encoding=utf-8", "-l", folder / "man")


def test_mandoc_reads_the_manual_page_too(folder: Path) -> None:
    assert run("mandoc", "-T", "lint", "-W", "error", folder / "man") == ""


def test_the_manual_page_says_all(folder: Path) -> None:
    page = run("man", "--encoding=ascii", "--no-justification", "--no-hyphenation", "-l", folder / "man")
    page = re.sub(r".\x08", "", page)
    assert all(f" {flag}" in page for flag in FLAGS) and "PROMETHEUS_SELDON_TOKEN" in page
    assert all(re.search(rf"^ +{name}\b", page, re.M) for name in NAMES)
    assert all(re.search(rf"^ +{option} [A-Za-z|]+$", page, re.M) for name in NAMES for option in options_of(name))
    assert "  downsampled once --time=2026-01-02T03:00:00Z" in page

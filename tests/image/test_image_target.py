"""`make image`: which tool it takes, and what it tells that."""

from __future__ import annotations

import itertools
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from store import ROOT

TOOLS = ("docker", "podman", "buildah")
VERSION = re.search(r"^  version: '(.*)',$", (ROOT / "meson.build").read_text(), re.M)[1]


class Project:
    """A repository with a Makefile and tools that say what they were called with."""

    def __init__(self, folder: Path, *answering: str):
        self.folder = folder / "project"
        self.folder.mkdir()
        for name in ("Makefile", "meson.build"):
            shutil.copy(ROOT / name, self.folder)
        tools = folder / "tools"
        tools.mkdir()
        for tool in TOOLS:
            code = 0 if tool in answering else 1
            (tools / tool).write_text(
                f'#!/bin/sh\n[ "$1" != info ] || exit {code}\necho {tool} "$@"\n'
            )
            (tools / tool).chmod(0o755)
        self._environment = {"PATH": f"{tools}:/usr/bin:/bin", "HOME": str(folder)}

    def git(self, *arguments: str) -> str:
        return subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments],
            cwd=self.folder,
            env=self._environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()

    def make(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["make", "image", *arguments],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def call(self, *arguments: str) -> list[str]:
        """What the tool is called with; first its name."""
        done = self.make(*arguments)
        assert done.returncode == 0, done.stderr
        return shlex.split(done.stdout.splitlines()[-1])


def after(call: list[str], option: str) -> list[str]:
    return [value for name, value in itertools.pairwise(call) if name == option]


@pytest.mark.parametrize(
    "answering",
    [some for count in (1, 2, 3) for some in itertools.combinations(TOOLS, count)],
    ids=" ".join,
)
def test_the_first_tool_whose_engine_answers_builds(
    answering: tuple[str, ...], tmp_path: Path
) -> None:
    assert Project(tmp_path, *answering).call()[:2] == [answering[0], "build"]


def test_without_a_tool_it_says_what_it_wants(tmp_path: Path) -> None:
    done = Project(tmp_path).make()
    assert done.returncode != 0 and done.stdout == ""
    assert "want docker or podman with an engine that answers, or buildah" in done.stderr


def test_a_tool_can_be_named(tmp_path: Path) -> None:
    assert Project(tmp_path, *TOOLS).call("IMAGE_TOOL=buildah")[0] == "buildah"


def test_images_have_names(tmp_path: Path) -> None:
    project = Project(tmp_path, "podman")
    assert after(project.call(), "--tag") == [f"downsampled:{VERSION}", "downsampled:latest"]
    assert after(project.call("IMAGE=registry.example/a:1"), "--tag") == ["registry.example/a:1"]


def test_arguments_reach_the_tool(tmp_path: Path) -> None:
    call = Project(tmp_path, "podman").call(
        "IMAGE_ARGS=--platform linux/arm64 --build-arg BASE=mirror.example/debian"
    )
    assert after(call, "--platform") == ["linux/arm64"] and "BASE=mirror.example/debian" in after(
        call, "--build-arg"
    )
    assert call[-1] == "." and after(call, "--file") == ["Containerfile"]


def test_labels_name_the_commit_and_never_a_credential(tmp_path: Path) -> None:
    project = Project(tmp_path, "docker")
    project.git("init", "--quiet")
    project.git("add", ".")
    project.git("commit", "--quiet", "--message=all")
    project.git("remote", "add", "origin", "https://user:secret@git.example/owner/downsampled.git")

    def labels() -> dict[str, str]:
        return dict(argument.split("=", 1) for argument in after(project.call(), "--build-arg"))

    head = project.git("rev-parse", "HEAD")
    assert labels()["REVISION"] == head and labels()["VERSION"] == VERSION
    assert labels()["SOURCE"] == "https://git.example/owner/downsampled.git"
    (project.folder / "Makefile").write_text((ROOT / "Makefile").read_text() + "\n")
    assert labels()["REVISION"] == head + "-dirty"
    project.git("remote", "set-url", "origin", "/srv/local/downsampled")
    assert labels()["SOURCE"] == ""

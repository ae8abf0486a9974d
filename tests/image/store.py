"""Images built, named and unpacked by buildah in a folder of their own.

Nothing can be pulled in a test, so the Debian image that ours is built on is made here: from the
package servers that this machine uses, under the name that the Containerfile asks for.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BASE = re.search(r"^ARG BASE=(\S+)$", (ROOT / "Containerfile").read_text(), re.M)[1]
RELEASE = "bookworm"
# As Debian's own slim images are made.
SLIM = (
    "force-unsafe-io",
    "path-exclude=/usr/share/doc/*",
    "path-include=/usr/share/doc/*/copyright",
    "path-exclude=/usr/share/locale/*",
    "path-exclude=/usr/share/man/*",
)
BUILD_TIMEOUT = 1800.0


def package_servers() -> list[str]:
    """Debian's entries among this machine's own, as lines of sources.list."""
    listed = subprocess.run(
        [
            "apt-get",
            "indextargets",
            "--format",
            "$(REPO_URI) $(RELEASE) $(COMPONENT)",
            "Origin: Debian",
            "Created-By: Packages",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [f"deb {line}" for line in sorted(set(listed.splitlines())) if f" {RELEASE}" in line]


def download_settings() -> list[str]:
    """What this machine's apt is told about proxies, and about the dates of package lists."""
    dump = subprocess.run(
        ["apt-config", "dump", "Acquire"], capture_output=True, text=True, check=True
    ).stdout
    return [
        line
        for line in dump.splitlines()
        if re.match(r"Acquire::(https?|Check-[A-Z])", line) and not line.endswith(' "";')
    ]


class Store:
    """The folder of images, and buildah in it; close() leaves nothing."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="downsampled-image-", dir="/var/tmp"))
        configuration = self.folder / "storage.conf"
        configuration.write_text(
            f'[storage]\ndriver = "vfs"\ngraphroot = "{self.folder}/graph"\n'
            f'runroot = "{self.folder}/run"\n'
        )
        self.environment = os.environ | {
            "CONTAINERS_STORAGE_CONF": str(configuration),
            "BUILDAH_ISOLATION": "chroot",
        }

    def buildah(self, *arguments: str) -> str:
        done = subprocess.run(
            ["buildah", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=BUILD_TIMEOUT,
        )
        if done.returncode != 0:
            raise RuntimeError(f"buildah {arguments[0]}: {done.stderr[-3000:]}")
        return done.stdout.strip()

    def make_base(self, servers: list[str]) -> None:
        container = self.buildah("from", "scratch")
        options = [f"--dpkgopt={option}" for option in SLIM]
        options += [f"--aptopt={setting}" for setting in download_settings()]
        done = subprocess.run(
            [
                "mmdebstrap",
                "--quiet",
                "--variant=minbase",
                *options,
                RELEASE,
                self.buildah("mount", container),
                *servers,
            ],
            capture_output=True,
            text=True,
            timeout=BUILD_TIMEOUT,
        )
        if done.returncode != 0:
            raise RuntimeError(f"mmdebstrap: {done.stderr[-3000:]}")
        self.buildah("commit", "--quiet", "--rm", container, BASE)

    def make_image(self, name: str) -> None:
        """`make image`, with a health check as docker has it."""
        done = subprocess.run(
            [
                "make",
                "image",
                "IMAGE_TOOL=buildah",
                f"IMAGE={name}",
                "IMAGE_ARGS=--pull-never --format=docker",
            ],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=BUILD_TIMEOUT,
        )
        if done.returncode != 0:
            raise RuntimeError(f"make image: {done.stdout[-6000:]}")

    def configuration(self, name: str) -> dict:
        """What the image says about itself, in docker's words."""
        return json.loads(self.buildah("inspect", "--type", "image", name))["Docker"]["config"]

    def layers(self, name: str) -> list[int]:
        """The sizes of the image's layers as a registry keeps them, the base's first."""
        pushed = self.folder / "pushed"
        self.buildah("push", "--quiet", name, f"oci:{pushed}")

        def blob(digest: str) -> dict:
            return json.loads((pushed / "blobs" / digest.replace(":", "/")).read_text())

        index = json.loads((pushed / "index.json").read_text())
        sizes = [layer["size"] for layer in blob(index["manifests"][0]["digest"])["layers"]]
        shutil.rmtree(pushed)
        return sizes

    def unpack(self, name: str) -> Path:
        """The image's file system."""
        return Path(self.buildah("mount", self.buildah("from", "--pull-never", name)))

    def close(self) -> None:
        shutil.rmtree(self.folder)


@dataclass(frozen=True)
class Image:
    """One that `make image` built."""

    name: str
    store: Store
    root: Path  # its file system, unpacked

"""The image that the tests look at: built once, unpacked once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import SystemRandom

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "e2e")]

from container import Container  # noqa: E402
from store import RELEASE, Image, Store, package_servers  # noqa: E402

TOOLS = ("apt-get", "buildah", "mmdebstrap")
READ_ONLY = (
    "unshare",
    "--mount",
    "--propagation=private",
    "sh",
    "-ec",
    'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1"',
    "sh",
)


def why_not() -> str:
    """What this machine has not to build an image, empty if it can."""
    if missing := [tool for tool in TOOLS if shutil.which(tool) is None]:
        return f"not installed: {' '.join(missing)}"
    if os.geteuid() != 0:
        return "only root can unpack a Debian base"
    if not package_servers():
        return f"apt has no package lists of Debian {RELEASE} here"
    return ""


@pytest.fixture(scope="session")
def image() -> Iterator[Image]:
    if reason := why_not():
        pytest.skip(reason)
    store = Store()
    try:
        store.make_base(package_servers())
        name = "localhost/downsampled:test"
        store.make_image(name)
        yield Image(name, store, store.unpack(name))
    finally:
        store.close()


@pytest.fixture
def container(image: Image) -> Container:
    """Run by a number that is nobody's, in group 0: as OpenShift does."""
    done = subprocess.run([*READ_ONLY, image.root], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"no read-only mount can be had here: {done.stderr.strip()}")
    user = f"{SystemRandom().randrange(10**5, 10**9)}:0"
    variables = image.store.configuration(image.name)["Env"]
    return Container(image.root, user, tuple(variables))

"""Libraries of tests/support that take the place of libc's functions in a daemon that is tested."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from daemon import command


def preloaded(name: str) -> dict[str, str]:
    """The environment that loads it; skips where the binary was built without tests."""
    path = Path(command()[-1]).resolve().parent / "tests" / "support" / f"lib{name}.so"
    if not path.exists():
        pytest.skip(f"no {path.name} beside the binary: it was built without -Dtests=true")
    sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    return {"LD_PRELOAD": str(path), "ASAN_OPTIONS": sanitizer}

"""Which tests stay together where pytest-xdist deals them out to several processes."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
# What these share takes longer to make than their tests take: an image, a compiled program.
TOGETHER = {"helm", "image"}


@pytest.hookimpl(tryfirst=True)  # pytest-xdist looks for the marks in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of a file share its servers, so they go to one process; some folders likewise.

    Of the file with one server a variant, which takes the longest, the tests of a variant do.
    """
    for item in items:
        folder, *_ = item.path.relative_to(HERE).parts
        group = folder if folder in TOGETHER else str(item.path)
        variant = getattr(getattr(item, "callspec", None), "params", {}).get("loaded")
        item.add_marker(pytest.mark.xdist_group(f"{group} {variant.name}" if variant else group))

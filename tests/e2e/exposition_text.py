"""A reader of the Prometheus exposition text, format 0.0.4, for tests."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SAMPLE = re.compile(
    r"(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)(?: (?P<time>-?\d+))?"
)
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)",?')
_ESCAPED = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


def samples(text: str) -> Iterator[tuple[str, dict[str, str], float, int | None]]:
    """(name, labels, value, milliseconds or None) of each sample; ValueError on bad text."""
    for line in text.split("\n"):
        if not line or line.startswith("#"):
            continue
        match = _SAMPLE.fullmatch(line)
        if not match:
            raise ValueError(f"not a sample: {line!r}")
        time = match["time"]
        yield match["name"], _labels(match["labels"] or ""), float(match["value"]), int(
            time
        ) if time else None


def _labels(text: str) -> dict[str, str]:
    out: dict[str, str] = {}
    position = 0
    while position < len(text):
        match = _LABEL.match(text, position)
        if not match or match[1] in out:
            raise ValueError(f"bad labels: {text!r}")
        out[match[1]] = re.sub(r'\\[\\"n]', lambda found: _ESCAPED[found[0]], match[2])
        position = match.end()
    return out


def metadata(text: str) -> dict[str, tuple[str, str]]:
    """Family to (HELP, TYPE)."""
    out: dict[str, dict[str, str]] = {}
    for kind, name, rest in re.findall(r"^# (HELP|TYPE) (\S+) (.*)$", text, re.M):
        out.setdefault(name, {})[kind] = rest
    return {name: (found.get("HELP", ""), found.get("TYPE", "")) for name, found in out.items()}

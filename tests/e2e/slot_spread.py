"""When each group has its turn, by the same rule as src/schedule/spread.h and not by its code."""

from __future__ import annotations

EACH, MOST, PART_OF_INTERVAL = 10, 5000, 20  # milliseconds; the last is a divisor


def fnv1a(text: str) -> int:
    """64 bits (http://www.isthe.com/chongo/tech/comp/fnv/)."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def delay(rule_group: str, interval: int, groups: int) -> float:
    """Seconds after its slots; `interval` in milliseconds."""
    width = min(EACH * (groups - 1), interval // PART_OF_INTERVAL, MOST)
    return fnv1a(rule_group) % width / 1000 if width else 0.0

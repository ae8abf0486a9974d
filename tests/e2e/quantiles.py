"""What a quantile of samples is, and how far the daemon's may be from it.

The daemon knows the rank of a sample exactly, and the sample to ERROR of itself. Between two ranks
it interpolates as Prometheus does, so that the errors of both samples add up by their weights.
Where doubles lose their precision, below TINY, it takes a sample for 0.
"""

from __future__ import annotations

import math
import sys

ERROR = 1 / 129 + 1e-12  # and the rounding of doubles
TINY = sys.float_info.min


def argument(aggregate: str) -> float:
    """The q of `quantile(q)`."""
    assert aggregate.startswith("quantile(") and aggregate.endswith(")"), aggregate
    return float(aggregate[len("quantile("):-1])


def exact(values: list[float], q: float) -> float:
    lower, upper, share = neighbors(values, q)
    # Nothing of an infinity is nothing; Prometheus makes NaN of that.
    return lower if share == 0 else lower * (1 - share) + upper * share


def slack(values: list[float], q: float) -> float:
    lower, upper, share = neighbors(values, q)
    size = abs(lower) if share == 0 else (1 - share) * abs(lower) + share * abs(upper)
    return ERROR * size + TINY


def neighbors(values: list[float], q: float) -> tuple[float, float, float]:
    """The samples next to rank q (n - 1), and the share that the upper one has."""
    ordered = sorted(values)
    rank = q * (len(ordered) - 1)
    below = math.floor(rank)
    return ordered[below], ordered[min(below + 1, len(ordered) - 1)], rank - below

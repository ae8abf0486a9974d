"""Plain gauges in a Prometheus, many or over a long time, written quickly and ahead of now."""

from __future__ import annotations

from collections.abc import Sequence

from servers import Prometheus
from simulation.remote_write import RemoteWriter, double, encode_labels, sample_head, sample_time

BATCH = 1200  # seconds; Prometheus takes nothing an hour older than its newest sample


def write_gauges(server: Prometheus, labels: Sequence[dict[str, str]], start: int, end: int,
                 step: int) -> int:
    """Samples at the multiples of `step` in [start, end), which change every 20 minutes."""
    writer = RemoteWriter(server.remote_write_url)
    encoded = [encode_labels(one) for one in labels]
    written = 0
    for begin in range(start - start % BATCH, end, BATCH):
        times = [sample_time(at * 1000) for at in range(begin, min(begin + BATCH, end), step)
                 if at >= start]
        if not times:
            continue
        for number, one in enumerate(encoded):
            head = sample_head(double((number * 7919 + begin // BATCH * 31) % 9973 / 97))
            writer.add(one, head + head.join(times))
        writer.flush()
        written += len(times) * len(encoded)
    writer.close()
    return written

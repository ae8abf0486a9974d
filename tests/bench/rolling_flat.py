"""Whether a refresh costs the same over a short window and a long one: 500 series, as they are.

Both daemons run at once, each on a server of its own over a copy of the same data.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from daemon import Daemon, write_rules
from page import page_of
from rolling_cluster import AHEAD, restart
from rolling_cost import CountingProxy, Meter, wait_for
from rolling_gauges import write_gauges
from servers import Prometheus

STEP = 60
GAUGE = "simulated_load"
PATIENCE = 600.0


@contextmanager
def flat_daemons(folder: Path, series: int, windows: Mapping[str, int], interval: int,
                 ) -> Iterator[dict[str, Meter]]:
    """A meter for each window (name to seconds), once that window is filled."""
    labels = [{"__name__": GAUGE, "pod": f"pod-{number}"} for number in range(series)]
    now = int(time.time())
    with ExitStack() as stack:
        first = stack.enter_context(Prometheus())
        start = now - max(windows.values()) - 86400
        written = write_gauges(first, labels, start, now + int(AHEAD), STEP)
        print(f"  {series} series, {written} samples at {STEP} s", flush=True)
        first.halt()
        servers = [first] + [stack.enter_context(Prometheus(blocks=first.directory / "data"))
                             for _ in range(len(windows) - 1)]
        daemons = {}
        for server, (name, window) in zip(servers, windows.items()):
            restart(server)
            proxy = stack.enter_context(CountingProxy(server.port))
            rules = write_rules(folder / f"flat-{window}.yaml", [
                {"name": "flat", "interval": f"{interval}s", "window": f"{window}s",
                 "step": f"{min(STEP, interval)}s",
                 "rules": [{"record": "flat_load", "expr": GAUGE}]}])
            daemon = stack.enter_context(Daemon(PROMETHEUS_URL=proxy.url, QUERIES=rules,
                                                STORAGE_PATH=folder / f"flat-{window}"))
            daemons[name] = (daemon, Meter(server, daemon.process.pid, proxy))
        for name, (daemon, _) in daemons.items():
            wait_for(f"the first window of {name}",
                     lambda daemon=daemon: len(page_of(daemon).all("flat_load")) == series,
                     PATIENCE)
        yield {name: meter for name, (_, meter) in daemons.items()}

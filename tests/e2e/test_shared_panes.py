"""Groups whose rules are of the same expression and times ask for each pane once, together."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

from daemon import Daemon, write_rules
from fake_behaviors import grid_of, matrix
from fake_prometheus import Exchange, FakePrometheus
from page import page_of, wait_for

INTERVAL = 2  # seconds
WINDOWS = {"now": ("2s", "avg"), "soon": ("20s", "max"), "long": ("1m", "avg"), "again": ("1m", "stddev")}


def slow(exchange: Exchange) -> None:
    """So slow that all groups want the newest pane while one of them asks for it."""
    time.sleep(0.3)
    matrix()(exchange)


def test_groups_that_share_panes_ask_once(tmp_path: Path) -> None:
    path = write_rules(tmp_path / "rules.yaml", [
        {"name": name, "interval": f"{INTERVAL}s", "step": "1s", "query_offset": "0s", "window": window,
         "rules": [{"record": f"{name}_value", "expr": "shared", "aggregate": aggregate}]}
        for name, (window, aggregate) in WINDOWS.items()])
    with FakePrometheus(slow) as fake, Daemon(PROMETHEUS_URL=fake.url, QUERIES=path) as daemon:
        def newest() -> float:
            """The newest slot that all groups have recorded."""
            page = page_of(daemon)
            return min(page.window_end(f"{name}_value") for name in WINDOWS)

        first = wait_for(newest, 60)
        wait_for(lambda: newest() >= first + 5 * INTERVAL, 60)
        page = page_of(daemon)
        assert [page.value(f"{name}_value", i="0") for name in WINDOWS] == [1, 1, 1, 0]
        assert daemon.stop() == 0
        asked = Counter(point for request in fake.requests if "query" in request.form
                        for point in grid_of(request))
    assert len(asked) >= 60 and set(asked.values()) == {1}, asked

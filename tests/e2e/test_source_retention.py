"""A window that reaches further back than the source keeps samples: what is older is not covered."""

from __future__ import annotations

from pathlib import Path

from daemon import Daemon, once, write_rules
from page import events, page_of, wait_for
from servers import Prometheus

KEPT, WINDOW = 60, 180  # minutes
TOO_OLD = ("a window reaches further back than the source keeps samples; what is older counts as not "
           "covered")

# A sample a minute, which PromQL makes up for any time.
GROUP = {
    "name": "minutes", "interval": "1m", "step": "1m", "query_offset": "0s", "window": f"{WINDOW}m",
    "rules": [{"record": "minutes:count", "expr": "vector(1)", "aggregate": "count"},
              {"record": "minutes:avg", "expr": "vector(1)", "absent": "zero"}]}


def test_a_daemon_says_so_once_and_goes_on(tmp_path: Path) -> None:
    rules = write_rules(tmp_path / "rules.yaml", [GROUP])
    with Prometheus(retention=f"{KEPT}m") as server, \
            Daemon(PROMETHEUS_URL=server.url, QUERIES=rules, LOG_FORMAT="json",
                   STORAGE_PATH=tmp_path / "journal") as daemon:
        wait_for(lambda: page_of(daemon).all("minutes:avg"), 90)
        page = page_of(daemon)
        assert page.value("minutes:avg") == 1
        count = page.value("minutes:count")
        assert count in (KEPT - 1, KEPT, KEPT + 1)  # those of the next minute are there, too
        covered = page.value("downsampled_rule_window_covered_ratio", rule="minutes:count")
        assert covered == count / WINDOW
        lost = page.value("downsampled_rule_panes_lost_total", rule="minutes:count")
        assert WINDOW - KEPT - 1 <= lost <= WINDOW - KEPT + 1
        said = events(daemon.log(), TOO_OLD, level="warn", retention="1h", window="3h")
        assert [one["rule"] for one in said] == ["minutes:count"]  # whose panes are the other's too
        assert daemon.stop() == 0


def test_once(tmp_path: Path) -> None:
    rules = write_rules(tmp_path / "rules.yaml", [GROUP])
    with Prometheus(retention=f"{KEPT}m") as server:
        done = once(PROMETHEUS_URL=server.url, QUERIES=rules)
    assert done.code == 0
    assert list(done.results()["minutes:avg"].values()) == [1]
    assert list(done.results()["minutes:count"].values()) in ([KEPT - 1], [KEPT])

"""`aggregate: quantile(q)` against the quantile_over_time() of the Prometheus that is asked."""

from __future__ import annotations

import sqlite3
import subprocess
import time
from contextlib import closing
from itertools import product
from pathlib import Path
from random import Random

import pytest
from backfill_process import COMPLETE, backfill
from daemon import SHORT, command, environment, once, write_rules
from journal_file import exported
from known_series import FUTURE, start_server
from oracle import Mismatch, Oracle, Rule, compare
from random_rules import COVERAGES, random_time
from random_series import DAY, HOUR, MINUTE
from servers import Prometheus, free_port
from test_oracle import check

QUANTILES = ("0", "0.01", "0.25", "0.5", "0.9", "0.99", "0.999", "1")
EXPRESSIONS = ("reading", "abs(reading)", "special", "1 / special", "offset - 1e9", "offset", "huge",
               "ticks", "sum by (zone) (ticks)", "rate(requests_total[1m])", "exp(reading)")
SHAPES = ((7000, MINUTE), (1000, MINUTE), (15000, HOUR), (1000, HOUR), (15000, DAY))
LONG = 7 * MINUTE  # of panes of a minute


def random_quantiles(rng: Random) -> list[Rule]:
    """One or two of every kind, of random expressions and windows."""
    kinds = [(*kind, shape) for kind in product(QUANTILES, ("skip", "zero"), (False, True))
             for shape in rng.sample(SHAPES, 1 if SHORT else 2)]
    return [Rule(record=f"quantile_{number}", expr=rng.choice(EXPRESSIONS), step=step, window=window,
                 aggregate=f"quantile({q})", absent=absent,
                 coverage=rng.choice(COVERAGES) if covered else "")
            for number, (q, absent, covered, (step, window)) in enumerate(kinds)]


def test_random_rules(random_server: Prometheus, seed: int, tmp_path: Path) -> None:
    rng = Random(f"{seed}:quantiles")
    rules = random_quantiles(rng)
    assert check(random_server, rules, random_time(rng), tmp_path) >= len(rules)


def test_windows_longer_than_the_interval(random_server: Prometheus, seed: int,
                                          tmp_path: Path) -> None:
    """The sketches of panes merge to that of the window."""
    rng = Random(f"{seed}:long quantiles")
    rules = [Rule(record=f"long_{number}", expr=expr, step=1000, window=LONG, interval=MINUTE,
                  aggregate=f"quantile({q})", absent=absent)
             for number, (expr, q, absent)
             in enumerate(product(("reading", "special", "offset"), (0.5, 0.99), ("skip", "zero")))]
    assert check(random_server, rules, random_time(rng), tmp_path) >= len(rules)


def test_another_quantile_is_noticed(random_server: Prometheus, seed: int, tmp_path: Path) -> None:
    """The bound is narrow enough to tell ranks apart that are near each other."""
    at = random_time(Random(f"{seed}:time"))
    rule = Rule("median", "abs(reading)", step=1000, window=HOUR, aggregate="quantile(0.5)")
    other = Rule("median", "abs(reading)", step=1000, window=HOUR, aggregate="quantile(0.52)")
    path = write_rules(tmp_path / "rules.yaml", [rule.group()])
    done = once("--time", f"{at / 1000:.3f}", PROMETHEUS_URL=random_server.url, QUERIES=path)
    oracle, end = Oracle(random_server), rule.slot(at)
    actual = done.results()["median"]
    assert compare(oracle.expect(rule, end), actual) >= 1
    with pytest.raises(Mismatch):
        compare(oracle.expect(other, end), actual)


def test_windows_are_made_of_the_sketches_in_the_journal(tmp_path: Path) -> None:
    began = (time.time() - FUTURE) // 60 * 60
    span, storage = (began, began + 10 * 20), tmp_path / "storage"
    rules = [Rule("level_p90", "level", step=500, window=20_000, aggregate="quantile(0.9)"),
             Rule("level_p05", "level", step=500, window=20_000, aggregate="quantile(0.050)",
                  absent="zero", coverage="watcher")]
    path = write_rules(tmp_path / "rules.yaml", [rule.group() for rule in rules])
    with start_server(began) as server:
        code, log = backfill(span, PROMETHEUS_URL=server.url, QUERIES=path, STORAGE_PATH=storage)
        assert code == COMPLETE, log
        first = [exported(storage, rule.record) for rule in rules]
        oracle = Oracle(server)
        for rule, windows in zip(rules, first):
            assert len(windows) == 10
            for end, window in windows.items():
                assert compare(oracle.expect(rule, end), window) >= 3
    with closing(sqlite3.connect(storage / "journal.db")) as database, database:
        assert database.execute("DELETE FROM window").rowcount == 20
        database.execute("UPDATE rule SET settled = NULL")
    nobody = f"http://127.0.0.1:{free_port()}"
    code, log = backfill(span, PROMETHEUS_URL=nobody, QUERIES=path, STORAGE_PATH=storage)
    assert code == COMPLETE, log
    assert [exported(storage, rule.record) for rule in rules] == first
    status = subprocess.run([*command(), "journal", "status"], capture_output=True, timeout=60,
                            env=environment({"STORAGE_PATH": storage}), check=True).stdout.decode()
    assert "level_p90 (quantile(0.9) over 20s)" in status, status
    assert "level_p05 (quantile(0.05) over 20s)" in status, status

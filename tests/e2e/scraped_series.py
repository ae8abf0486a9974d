"""Series that a real Prometheus scrapes while a test runs, rules over them, and what they come to.

    with Exporter() as exporter, ScrapingPrometheus(exporter) as server:
        ...
        check_journal(storage, server, began)
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from daemon import SHORT
from journal_file import exported, opened, windows
from oracle import Answer, Oracle, Rule, compare
from page import Page
from servers import Prometheus

SCRAPE_INTERVAL = 0.25
# A sample that is older is absence, so that what was never scraped is soon not covered.
LOOKBACK_SECONDS = 0.999
# Until then, what was scraped by the end of a window can be queried.
QUERY_OFFSET = 1.5

# Different expressions, so that no two groups ask the same.
GROUPS: dict[str, tuple[Rule, ...]] = {
    "seconds": (
        Rule("load_avg", "load", step=250, window=1000),
        Rule("load_sum", "load", step=250, window=500, interval=1000, aggregate="sum"),
        Rule("load_zero", "load + 1", step=250, window=1000, absent="zero", coverage="up",
             labels={"kind": "zero"})),
    "pairs": (
        Rule("load_max", "load * 2", step=500, window=2000, aggregate="max"),
        Rule("load_count", "load - 1", step=500, window=1000, interval=2000, aggregate="count",
             coverage="up == 1")),
    "rates": (
        Rule("tick_rate", "rate(ticks_total[2s])", step=250, window=2000),),
}
RULES = [rule for rules in GROUPS.values() for rule in rules]


def interval_of(rule: Rule) -> int:
    return rule.interval or rule.window


LONGEST_INTERVAL = max(map(interval_of, RULES)) / 1000
AWAY = (4 if SHORT else 10) * LONGEST_INTERVAL + 1  # of whatever is stopped or cut off


def group_of(name: str, rules: Iterable[Rule], **keys: str) -> dict:
    """As it stands in a rule file."""
    rules = list(rules)
    return {"name": name, "interval": f"{interval_of(rules[0])}ms", "step": f"{rules[0].step}ms",
            "query_offset": f"{QUERY_OFFSET * 1000:.0f}ms", **keys,
            "rules": [rule.group()["rules"][0] for rule in rules]}


def groups() -> list[dict]:
    return [group_of(name, rules) for name, rules in GROUPS.items()]


class Exporter:
    """Its values change each second; some series come and go."""

    def __init__(self) -> None:
        self.dropped: set[str] = set()  # values of the label `i`
        self.scraped = threading.Condition()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(handler) -> None:
                page = self._page(int(time.time())).encode()
                handler.send_response(200)
                handler.send_header("Content-Type", "text/plain; version=0.0.4")
                handler.send_header("Content-Length", str(len(page)))
                handler.end_headers()
                handler.wfile.write(page)
                with self.scraped:
                    self.scraped.notify_all()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.target = f"127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,),
                                        daemon=True)

    def wait_until_between_scrapes(self) -> None:
        """What was scraped is stored, and the next scrape has not begun."""
        with self.scraped:
            assert self.scraped.wait(30), "nobody scrapes"
        time.sleep(SCRAPE_INTERVAL / 2)

    def _page(self, second: int) -> str:
        there = {"0": True, "1": True, "2": second // 3 % 2 == 0, "3": second % 11 < 4, "4": True}
        lines = ["# TYPE load gauge"]
        lines += [f'load{{i="{i}"}} {(second * (7 + 2 * int(i)) + 13 * int(i)) % 977 / 8 - 40}'
                  for i, is_there in there.items() if is_there and i not in self.dropped]
        lines += ["# TYPE ticks_total counter", f"ticks_total {second * 3 % 100_003}"]
        return "\n".join(lines) + "\n"

    def __enter__(self) -> Exporter:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


class ScrapingPrometheus(Prometheus):
    def __init__(self, exporter: Exporter):
        interval = f"{SCRAPE_INTERVAL * 1000:.0f}ms"
        super().__init__(
            f"scrape_configs: [{{job_name: series, scrape_interval: {interval}, scrape_timeout: "
            f"{interval}, static_configs: [{{targets: ['{exporter.target}']}}]}}]",
            flags=(f"--query.lookback-delta={LOOKBACK_SECONDS * 1000:.0f}ms",))
        deadline = time.monotonic() + 30
        while not self.query("load", time.time()):
            assert time.monotonic() < deadline, self.log_tail()
            time.sleep(0.05)


@dataclass(frozen=True)
class Row:
    """Of a journal's windows."""

    seq: int
    points: int
    covered: int
    series: int


def rows(journal: Path, rules: Iterable[Rule] = RULES) -> dict[str, dict[int, Row]]:
    """By record and end; each is there once."""
    with opened(journal) as database:
        windows(database)
        found = database.execute("SELECT record, end, seq, points, covered, series FROM window "
                                 "JOIN rule ON rule.id = window.rule ORDER BY seq").fetchall()
    out: dict[str, dict[int, Row]] = {rule.record: {} for rule in rules}
    for record, end, *rest in found:
        if record in out:
            out[record][end] = Row(*rest)
    return out


def gaps(found: dict[str, dict[int, Row]], until: float, rules: Iterable[Rule] = RULES) -> list:
    """(record, end) of slots without a window, from a rule's first one to `until` (seconds)."""
    out = []
    for rule in rules:
        ends = found[rule.record].keys()
        due = range(min(ends), int(until * 1000) + 1, interval_of(rule)) if ends else [0]
        out += [(rule.record, end) for end in due if end not in ends]
    return out


def newest_of(found: dict[str, dict[int, Row]], rules: Iterable[Rule] = RULES) -> float:
    """The end in seconds of the newest window of the rule for which that is the oldest."""
    return min(max(found[rule.record], default=0) for rule in rules) / 1000


def caught_up(page: Page, found: dict[str, dict[int, Row]], rules: Iterable[Rule] = RULES,
              lost_before: int = 0) -> bool:
    """No slot up to newest_of() is without a window, but those lost before, and those that the page
    says are lost. That it knows of none missing is not enough: the daemon may not have looked yet.
    """
    lost, missing = (sum(value for _, value in page.all(f"downsampled_rule_windows_{kind}"))
                     for kind in ("lost_total", "missing"))
    lacking = gaps(found, newest_of(found, rules), rules)
    return missing == 0 and len(lacking) == lost_before + lost


class Judge:
    """Asks the server about each window once, however many journals have it."""

    def __init__(self, server: Prometheus):
        self._oracle = Oracle(server)
        self._known: dict[tuple[str, int], tuple[Answer, int]] = {}

    def answer(self, rule: Rule, end: int) -> tuple[Answer, int]:
        """The output series, and how many points are covered."""
        key = (rule.record, end)
        if key not in self._known:
            self._known[key] = (self._oracle.expect(rule, end), self._oracle.covered(rule, end))
        return self._known[key]

    def check_windows(self, storage: Path, rules: Iterable[Rule] = RULES) -> int:
        """All windows of a journal are what the server says now; how many series were compared."""
        rules = list(rules)
        found = rows(storage / "journal.db", rules)
        wanted = [(rule, end) for rule in rules for end in found[rule.record]]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda one: self.answer(*one), wanted))
        compared = 0
        for rule in rules:
            actual = exported(storage, rule.record)
            assert actual.keys() <= found[rule.record].keys()
            for end, row in found[rule.record].items():
                assert not end % interval_of(rule), (rule.record, end)
                expected, covered = self.answer(rule, end)
                said = (row.points, row.covered, row.series)
                assert said == (rule.points(end), covered, len(expected)), (rule.record, end, row)
                compared += compare(expected, actual.get(end, {}))
        return compared

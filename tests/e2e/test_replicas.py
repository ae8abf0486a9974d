"""Two daemons on one source, each with a journal of its own, record the same bytes."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from daemon import Daemon, write_rules
from journal_file import opened
from known_series import RULES, groups, start_server
from page import wait_for

Payloads = dict[tuple[str, int], tuple[bytes, bytes]]


def payloads(storage: Path) -> Payloads:
    """Of each window, its values and the hash of its label sets, as they are packed."""
    with opened(storage / "journal.db") as database:
        return {(record, end): (payload, labels) for record, end, payload, labels in database.execute(
            "SELECT record, end, window.payload, series_list.hash FROM window "
            "JOIN rule ON rule.id = window.rule JOIN series_list ON series_list.id = series_list")}


def first(recorded: Payloads) -> int:
    """From here on every rule has windows."""
    return max(min(end for name, end in recorded if name == rule.record) for rule in RULES)


def test_two_replicas_record_the_same_bytes(tmp_path: Path) -> None:
    rules = write_rules(tmp_path / "rules.yaml", groups())
    with start_server(time.time()) as server:
        settings = {"PROMETHEUS_URL": server.url, "QUERIES": rules}
        with Daemon(STORAGE_PATH=tmp_path / "a", **settings) as one, \
                Daemon(STORAGE_PATH=tmp_path / "b", **settings) as other:
            one.wait_until_ready()
            other.wait_until_ready()
            other.process.send_signal(signal.SIGSTOP)  # away for some windows, which it catches up
            time.sleep(5)
            other.process.send_signal(signal.SIGCONT)
            back = time.time() * 1000
            since = max(first(payloads(tmp_path / name)) for name in "ab")

            def recorded() -> tuple[Payloads, Payloads]:
                """Of each, what it recorded from when both did until the other one was back."""
                a, b = ({window: packed for window, packed in payloads(tmp_path / name).items()
                         if since < window[1] <= back - 1000} for name in "ab")
                return a, b

            def settled() -> bool:
                a, b = recorded()
                return a.keys() == b.keys()
            wait_for(settled)
            a, b = recorded()
    assert {record for record, _ in a} == {rule.record for rule in RULES}
    assert len(a) > 15 and a == b

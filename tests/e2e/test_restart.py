"""The daemon is stopped for ten windows and started again: it goes on where it was."""

from __future__ import annotations

import time
import urllib.error
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from daemon import Daemon, write_rules
from journal_file import exported, opened
from journal_lives import Lives, asked_points, journaled_points
from oracle import Oracle, Rule, compare
from page import Page, events, page_of, wait_for
from scraped_series import (
    AWAY,
    GROUPS,
    LONGEST_INTERVAL,
    QUERY_OFFSET,
    RULES,
    Exporter,
    Judge,
    ScrapingPrometheus,
    gaps,
    group_of,
    groups,
    interval_of,
    rows,
)

LIVE = 3 * LONGEST_INTERVAL
VANISHED = "4"
BEFORE = Rule("edited", "load * 5", step=250, window=1000)
AFTER = replace(BEFORE, expr="load * 6")
SHORT_LIVED = "rates"  # the group whose windows are stale after an outage
MAX_AGE = 10  # seconds, in which a daemon starts even on a busy machine


def newest_windows(storage: Path, records: Iterable[str]) -> dict[str, tuple[int, dict]]:
    """By record: the end and the output series of the newest window that a journal has."""
    found = {record: exported(storage, record) for record in records}
    return {record: (max(ends), ends[max(ends)]) for record, ends in found.items()}


def shown(page: Page, record: str) -> dict:
    return {frozenset(labels.items()): value for labels, value in page.all(record)}


def is_ready(daemon: Daemon) -> bool:
    try:
        daemon.get("/-/ready")
    except urllib.error.HTTPError as refused:
        assert refused.code == 503
        return False
    return True


def check_restored(daemon: Daemon, lives: Lives, known: dict[str, tuple[int, dict]]) -> None:
    """While no query was answered yet, the page has the windows that the journal had."""
    page = page_of(daemon)
    for record, (end, values) in known.items():
        assert values and shown(page, record) == values, record
        assert round(page.window_end(record) * 1000) == end, record
    assert lives.gate.caught.wait(30), daemon.log()[-3000:]
    again = page_of(daemon)
    assert all(shown(again, record) == values for record, (_, values) in known.items())
    assert not is_ready(daemon)
    assert events(daemon.log(), "caught up") == []


def restart_lane(server: ScrapingPrometheus, exporter: Exporter, folder: Path) -> None:
    records = [rule.record for name, rules in GROUPS.items() if name != SHORT_LIVED
               for rule in rules]
    with Lives(folder, server) as lives:
        rules = write_rules(folder / "rules.yaml", [
            *groups_that_stay(), group_of("edits", [BEFORE], stale_after="1h")])
        with lives.life(rules) as daemon:
            daemon.wait_until_ready()
            time.sleep(LIVE)
        known = newest_windows(lives.storage, [*records, "edited"])
        assert any(VANISHED in dict(labels).values() for labels in known["load_avg"][1])
        journaled = journaled_points(lives.journal)

        exporter.dropped.add(VANISHED)
        time.sleep(AWAY)
        lives.gate.hold("all")
        with lives.life(rules) as daemon:
            check_restored(daemon, lives, known)
            check_stale(page_of(daemon), [rule.record for rule in GROUPS[SHORT_LIVED]])
            lives.gate.release()
            check_vanished(daemon, {record: end for record, (end, _) in known.items()})
            lives.wait_until_complete(daemon)
        check_went_on(lives, journaled)
        known = newest_windows(lives.storage, records)
        journaled = journaled_points(lives.journal)

        rules.unlink()
        rules = write_rules(folder / "renamed.yaml", [
            *renamed_groups(), group_of("edits", [AFTER], stale_after="1h")])
        time.sleep(2 * LONGEST_INTERVAL)
        started = time.time()
        lives.gate.hold("all")
        with lives.life(rules) as daemon:
            check_restored(daemon, lives, known)
            assert shown(page_of(daemon), "edited") == {}
            lives.gate.release()
            daemon.wait_until_ready()
            lives.wait_until_complete(daemon)
        check_went_on(lives, journaled)
        check_edited(lives, server, started)
        assert Judge(server).check_windows(lives.storage) > 0


def groups_that_stay() -> list[dict]:
    """All but one are shown however old they are."""
    return [group if group["name"] == SHORT_LIVED else group | {"stale_after": "1h"}
            for group in groups()]


def renamed_groups() -> list[dict]:
    """The same rules by other names, in another order and with other words."""
    out = []
    for group in reversed(groups_that_stay()):
        rules = [rule | {"help": f"Was said otherwise: {rule['record']}."}
                 for rule in reversed(group["rules"])]
        out.append(group | {"name": "renamed " + group["name"], "rules": rules})
    return out


def check_stale(page: Page, records: Iterable[str]) -> None:
    """Too old to be shown."""
    assert all(shown(page, record) == {} for record in records), page.text


def check_vanished(daemon: Daemon, before: dict[str, int]) -> None:
    """A series that is no more is on the page until the first evaluation, and then it is not."""
    def all_newer() -> Page | None:
        page = page_of(daemon)
        return page if all(page.window_end(record) * 1000 > end
                           for record, end in before.items()) else None
    page = wait_for(all_newer)
    for record in before:
        labels = [dict(found) for found in shown(page, record)]
        assert labels and all(one["i"] != VANISHED for one in labels), (record, labels)


def check_went_on(lives: Lives, journaled: set[tuple[str, int]]) -> None:
    """Nothing journaled was asked again, and no window is missing."""
    asked = asked_points(lives.asked)
    assert asked and not asked & journaled, sorted(asked & journaled)[:10]
    assert lives.errors == []
    found = rows(lives.journal)
    newest = max(max(ends) for ends in found.values()) / 1000
    assert gaps(found, newest - LONGEST_INTERVAL) == []


def check_edited(lives: Lives, server: ScrapingPrometheus, started: float) -> None:
    """The new expression from the restart on, and nothing of the old one under it."""
    with opened(lives.journal) as database:
        ends = {expr: [end for end, in database.execute(
            "SELECT end FROM window JOIN rule ON rule.id = window.rule "
            "JOIN pane_key ON pane_key.id = rule.pane_key WHERE expr = ?", (expr,))]
                for expr in (BEFORE.expr, AFTER.expr)}
    assert max(ends[BEFORE.expr]) / 1000 < started < min(ends[AFTER.expr]) / 1000 + 4, ends
    actual, oracle = exported(lives.storage, BEFORE.record), Oracle(server)
    for rule in (BEFORE, AFTER):
        assert ends[rule.expr]
        for end in ends[rule.expr]:
            compare(oracle.expect(rule, end), actual.get(end, {}))


def lost_lane(server: ScrapingPrometheus, folder: Path) -> None:
    with Lives(folder, server, CATCH_UP_MAX_AGE=f"{MAX_AGE}s") as lives:
        rules = write_rules(folder / "rules.yaml", groups())
        with lives.life(rules) as daemon:
            daemon.wait_until_ready()
            time.sleep(LIVE)
        time.sleep(max(AWAY, MAX_AGE + LIVE))
        started = time.time()
        with lives.life(rules) as daemon:
            daemon.wait_until_ready()
            lives.wait_until_complete(daemon)
            page = page_of(daemon)
        missed = check_lost(lives, page, lives.errors, started)
        with lives.life(rules) as daemon:  # and it is not said again
            daemon.wait_until_ready()
            lives.wait_until_complete(daemon, len(missed))
            again = page_of(daemon)
        assert lives.errors == []
        assert not any(value for _, value in again.all("downsampled_rule_windows_lost_total"))
        newest = max(max(ends) for ends in rows(lives.journal).values()) / 1000
        assert gaps(rows(lives.journal), newest - LONGEST_INTERVAL) == missed
        assert Judge(server).check_windows(lives.storage) > 0


def check_lost(lives: Lives, page: Page, said: list[dict[str, str]],
               started: float) -> list[tuple[str, int]]:
    """What was too old is counted, and one line says so for each rule."""
    found = rows(lives.journal)
    missed = gaps(found, started - QUERY_OFFSET - LONGEST_INTERVAL)
    for rule in RULES:
        ends = [end for record, end in missed if record == rule.record]
        assert ends == list(range(ends[0], ends[-1] + 1, interval_of(rule))), rule.record
        assert (ends[-1] + interval_of(rule)) / 1000 >= started - MAX_AGE, (rule.record, ends)
        assert page.value("downsampled_rule_windows_lost_total", rule=rule.record) == len(ends)
        lines = [event for event in said if event["rule"] == rule.record]
        assert len(lines) == 1 and "windows lost" in lines[0]["msg"], lines
    return missed


@pytest.fixture(scope="module")
def lanes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[None]]]:
    """Side by side: they mostly wait."""
    folder = tmp_path_factory.mktemp("lanes")
    with Exporter() as exporter, ScrapingPrometheus(exporter) as server, \
            ThreadPoolExecutor(2) as pool:
        yield {"restart": pool.submit(restart_lane, server, exporter, folder / "restart"),
               "lost": pool.submit(lost_lane, server, folder / "lost")}


def test_a_restart_goes_on(lanes: dict[str, Future[None]]) -> None:
    """Also with groups, files and helps of other names; a rule that was edited begins anew."""
    lanes["restart"].result()


def test_what_is_too_old_to_catch_up_is_lost(lanes: dict[str, Future[None]]) -> None:
    lanes["lost"].result()

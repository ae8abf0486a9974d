"""A daemon's first start with a long window: it fills what is missing, publishes, and goes on."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from backfill_process import COMPLETE, Backfill
from daemon import Daemon, command, environment, write_rules
from fake_behaviors import html, matrix, status
from fake_prometheus import Behavior, Exchange, FakePrometheus
from journal_lives import asked_points
from long_life import (
    BESIDE, INTERVAL, LONG, PATIENCE, RULES, STEP, LongLife, Slow, asked_twice, check_shown)
from page import Page, events, page_of, wait_for
from servers import Prometheus
from terminal import OnTerminal

DELAY = 0.3
# Panes that the journal has when the filling is well under way, but far from its end.
PANES = LONG // INTERVAL
UNDER_WAY = PANES // 4
# Of each expression, which all of its rules share; its first rule has it filled.
FILLED_BY = ("long_avg", "long_zero")
BAR = re.compile(r"\[#*-*\] (\w+): (\d+) of (\d+) panes\r")
LONG_RECORDS = [rule.record for rule in RULES if rule.window == LONG]
GOES_ON = 3.0


def shows_beside(daemon: Daemon) -> Page:
    return wait_for(lambda: (page := page_of(daemon)).all(BESIDE.record) and page)


def fill_and_go_on(life: LongLife, daemon: Daemon, began: float) -> None:
    """Until all windows since then are there, those of the slots that passed meanwhile too."""
    check_shown(life.wait_until_filled(daemon))
    check_shown(life.wait_until_filled(daemon, time.time() + GOES_ON))
    life.wait_until_complete(began)
    assert daemon.stop() == 0


def check_not_delayed(page: Page) -> None:
    """The group beside had its slots in time while the others were filled."""
    passed, missed = (page.all(f"downsampled_rule_group_iterations_{kind}total")
                      for kind in ("", "missed_"))
    assert passed and missed
    beside = {kind: value for kind, found in (("passed", passed), ("missed", missed))
              for labels, value in found if labels["rule_group"].endswith(";" + BESIDE.record)}
    assert beside["passed"] > UNDER_WAY / 50 and beside["missed"] <= 1, beside


def missing_panes(daemon: Daemon) -> dict[str, float]:
    """By rule."""
    return {labels["rule"]: value
            for labels, value in page_of(daemon).all("downsampled_rule_panes_missing")}


def check_filled(daemon: Daemon, began: float) -> None:
    """No pane is missing, and all but the slots' own were asked for beside the slots, once."""
    wait_for(lambda: not any(missing_panes(daemon).values()))
    page = page_of(daemon)
    filled = {labels["rule"]: value
              for labels, value in page.all("downsampled_rule_panes_filled_total")}
    slots = (time.time() - began) * 1000 / INTERVAL + 1
    for expr in {rule.expr for rule in RULES}:
        panes = sum(filled[rule.record] for rule in RULES if rule.expr == expr)
        assert PANES - 1 <= panes <= PANES - 1 + slots, (filled, slots)
    assert filled[BESIDE.record] == 0
    assert all(value == 0 for _, value in page.all("downsampled_rule_panes_lost_total"))


def check_hardly_asked_twice(slow: Slow) -> None:
    """A slot may ask for panes that the filling beside it is just asking for, and the reverse."""
    points, twice = asked_points(slow.answered), asked_twice(slow.answered)
    assert len(points) >= 3 * LONG // STEP
    assert len(twice) < len(points) / 2, f"{len(twice)} of {len(points)} points were asked twice"


def fills_lane(slow: Slow, folder: Path) -> None:
    life, began = LongLife(folder, slow), time.time()
    with life.start() as daemon:
        page = shows_beside(daemon)
        assert not any(page.all(record) for record in LONG_RECORDS), "published before it was full"
        wait_for(lambda: 0 < missing_panes(daemon)["long_avg"] <= PANES - UNDER_WAY)
        page = life.wait_until_filled(daemon)
        check_filled(daemon, began)
        check_not_delayed(page)
        fill_and_go_on(life, daemon, began)
    assert life.check() > 0
    check_hardly_asked_twice(slow)


def partial_lane(slow: Slow, folder: Path) -> None:
    life = LongLife(folder, slow, partial=True)
    with life.start() as daemon:
        wait_for(lambda: life.panes() >= UNDER_WAY)
        slow.away = True
        assert all(page_of(daemon).all(rule.record) for rule in RULES)
        assert life.panes() < PANES, "it was published when it was full"
        slow.away = False
        wait_for(lambda: life.panes() >= PANES)
        check_shown(life.wait_until_filled(daemon, time.time() + GOES_ON))
        assert daemon.stop() == 0
    assert life.check() > 0, "a partial window is in the journal"


def killed_lane(slow: Slow, folder: Path) -> None:
    life, began = LongLife(folder, slow), time.time()
    with life.start() as daemon:
        wait_for(lambda: life.panes() >= UNDER_WAY)
        daemon.process.kill()
        daemon.process.wait()
    assert life.panes() < PANES, "it was killed too late"
    journaled, before = life.journaled(), len(slow.answered)
    with life.start() as daemon:
        fill_and_go_on(life, daemon, began)
    again = asked_points(slow.answered[before:]) & journaled
    assert not again, f"{len(again)} points were journaled and asked for again"
    assert life.check() > 0


def outage_lane(slow: Slow, folder: Path) -> None:
    life, began = LongLife(folder, slow), time.time()
    with life.start() as daemon:
        wait_for(lambda: life.panes() >= UNDER_WAY)
        slow.away = True
        time.sleep(GOES_ON)
        slow.away = False
        fill_and_go_on(life, daemon, began)
    assert life.check() > 0
    check_hardly_asked_twice(slow)


def refused_lane(slow: Slow, folder: Path) -> None:
    slow.delay = 0
    slow.begins = round(time.time()) - LONG // 2000
    life = LongLife(folder, slow)
    now = time.time()
    code, log = Backfill((now - 2 * GOES_ON, now - GOES_ON), **life.settings).wait()
    assert code == COMPLETE, log
    logged = "\n".join(line for line in log.splitlines() if line.startswith("{"))  # without progress
    for rule in FILLED_BY:
        lost = events(logged, "pane lost: the source refuses it for good; windows over it do without", rule=rule)
        assert 0 < len(lost) < PANES
        assert {event["reason"] for event in lost} == {"query_error"}
        assert len({event["from"] for event in lost}) == len(lost)
    assert life.check(slow.begins * 1000) > 0


def terminal_lane(slow: Slow, folder: Path) -> None:
    variables = environment({"LISTEN_ADDRESS": "127.0.0.1:0"} | LongLife(folder, slow).settings)
    process, text = OnTerminal([*command(), "run"], variables, PATIENCE), ""
    for piece in process.pieces():
        text += piece
        if all(re.search(f'"filled a long window".*"{rule}"', text) for rule in FILLED_BY):
            process.process.terminate()
    assert process.wait() == 0, text
    for rule in FILLED_BY:
        bars = [(int(done), int(total)) for record, done, total in BAR.findall(text) if record == rule]
        assert len(bars) >= 3 and bars == sorted(bars) and bars[0][0] < bars[-1][0], bars
        assert all(done < total for done, total in bars), bars
        assert all(PANES - 1 <= total <= PANES + PATIENCE for _, total in bars), bars
    assert all(len(line) < 80 for line in re.split(r"[\r\n]|\x1b\[K", text) if "[#" in line)
    end = text[[bar.end() for bar in BAR.finditer(text)][-1]:]
    assert "\x1b[K" in end and end.index("\x1b[K") < end.index("filled a long window"), end


LANES = (fills_lane, killed_lane, outage_lane, partial_lane, refused_lane, terminal_lane)


@pytest.fixture(scope="module")
def lanes(known_server: Prometheus,
          tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[None]]]:
    """Side by side: they mostly wait."""
    def run(lane: Callable[[Slow, Path], None]) -> None:
        slow = Slow(known_server, DELAY)
        with slow.fake:
            lane(slow, tmp_path_factory.mktemp(lane.__name__))

    with ThreadPoolExecutor(3) as pool:
        yield {lane.__name__: pool.submit(run, lane) for lane in LANES}


def test_it_fills_and_then_publishes(lanes: dict[str, Future[None]]) -> None:
    lanes["fills_lane"].result()


def test_a_partial_window_is_published_at_once(lanes: dict[str, Future[None]]) -> None:
    lanes["partial_lane"].result()


def test_a_killed_daemon_goes_on_where_it_was(lanes: dict[str, Future[None]]) -> None:
    lanes["killed_lane"].result()


def test_it_goes_on_after_the_source_was_away(lanes: dict[str, Future[None]]) -> None:
    lanes["outage_lane"].result()


def test_panes_that_are_refused_for_good_are_lost(lanes: dict[str, Future[None]]) -> None:
    """The windows over them do without."""
    lanes["refused_lane"].result()


def test_a_bar_on_a_terminal(lanes: dict[str, Future[None]]) -> None:
    lanes["terminal_lane"].result()


@pytest.mark.parametrize("fault", (html(), status(422, "the store is in a mood")), ids=("html", "422"))
def test_a_fault_that_passes_loses_no_pane(tmp_path: Path, fault: Behavior) -> None:
    """Whatever it looks like: what is lost is lost for ever."""
    def filled() -> float:
        return page_of(daemon).value("downsampled_rule_panes_filled_total", rule="long") or 0

    def good(exchange: Exchange) -> None:
        time.sleep(0.1)
        matrix()(exchange)

    rules = write_rules(tmp_path / "rules.yaml", [
        {"name": "long", "interval": "1s", "step": "1s", "query_offset": "0s", "window": "10m",
         "rules": [{"record": "long", "expr": "which", "aggregate": "count"}]}])
    with FakePrometheus(good) as fake, \
            Daemon(PROMETHEUS_URL=fake.url, QUERIES=rules, STORAGE_PATH=tmp_path / "journal") as daemon:
        wait_for(lambda: filled() > 3)
        fake.set_plan(fault)
        asked = len(fake.requests)
        wait_for(lambda: sum(page_of(daemon).failures("long").values()) >= 3)
        assert len(fake.requests) - asked < 30, "it did not pause"
        fake.set_plan(good)
        page = wait_for(lambda: (page := page_of(daemon)).all("long") and page, 90)
        assert page.value("long", i="0") == 600
        assert page.value("downsampled_rule_panes_lost_total", rule="long") == 0
        assert daemon.stop() == 0

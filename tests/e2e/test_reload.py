"""Rules and configuration file are read again by SIGHUP and POST /-/reload, all of it or nothing."""

from __future__ import annotations

import copy
import os
import signal
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path
from random import Random

import pytest
import yaml
from clock_offset import ClockOffset
from daemon import SHORT, Daemon, write_rules
from fake_behaviors import hang, matrix
from fake_prometheus import Exchange, FakePrometheus
from journal_file import exported
from known_series import RULES, groups
from page import events, page_of, wait_for
from recording import Recording
from reply_gate import ReplyGate
from servers import Prometheus

SUCCESSFUL = "downsampled_config_last_reload_successful"
SUCCESS_TIME = "downsampled_config_last_reload_success_timestamp_seconds"
EVALUATIONS = "downsampled_rule_evaluations_total"
MISSING = "downsampled_rule_windows_missing"
HANGUPS = 10 if SHORT else 60
# A long window: of 64 panes, whose largest block may be of level 6.
PANE = 250  # milliseconds
PANES = 64
LEVELS = 6


def group(name: str, *rules: tuple[str, str], interval: str = "1s", **keys: object) -> dict:
    return {"name": name, "interval": interval, "step": "500ms", "query_offset": "0s", **keys,
            "rules": [{"record": record, "expr": expr} for record, expr in rules]}


def post(daemon: Daemon, method: str = "POST") -> tuple[int, str]:
    request = urllib.request.Request(daemon.url + "/-/reload", method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def hang_up(daemon: Daemon, outcome: str = "reloaded") -> None:
    """SIGHUP; returns when that had its outcome."""
    before = len(events(daemon.log(), outcome))
    daemon.process.send_signal(signal.SIGHUP)
    wait_for(lambda: len(events(daemon.log(), outcome)) > before)


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return tmp_path / "rules.yaml"


def running(server: str, rules: Path, **settings: object) -> Daemon:
    return Daemon(**{"PROMETHEUS_URL": server, "QUERIES": rules, "LOG_FORMAT": "json",
                     "ENABLE_LIFECYCLE": "true"} | settings)


def test_groups_come_go_and_stay(known_server: Prometheus, rules: Path) -> None:
    stays = group("stays", ("level_stays", "level"))
    write_rules(rules, [stays, group("goes", ("level_goes", "level")),
                        group("changes", ("level_before", "level"), ("level_both", "level"))])
    with running(known_server.url, rules) as daemon:
        wait_for(lambda: {"level_stays", "level_goes", "level_before", "level_both"} <=
                 {name for name, *_ in page_of(daemon).samples})
        daemon.wait_until_ready()
        before = page_of(daemon)
        write_rules(rules, [group("comes", ("level_comes", "level")),
                            group("changes", ("level_after", "level"), ("level_both", "level")),
                            stays])
        hang_up(daemon)
        after = page_of(daemon)
        assert not after.all("level_goes") and not after.all("level_before")
        assert after.all("level_both") and after.all("level_stays")  # without a scrape that lacks them
        for rule in ("level_stays", "level_both"):
            assert after.value(EVALUATIONS, rule=rule) >= before.value(EVALUATIONS, rule=rule)
        assert daemon.get("/-/ready")
        wait_for(lambda: {"level_comes", "level_after"} <=
                 {name for name, *_ in page_of(daemon).samples})
        wait_for(lambda: not [name for name, labels, *_ in page_of(daemon).samples
                              if labels.get("rule") in ("level_goes", "level_before")])
        reloaded, = events(daemon.log(), "reloaded")
        assert (reloaded["groups"], reloaded["rules"]) == ("3", "4"), reloaded
        assert after.value(SUCCESSFUL) == 1
        assert after.value(SUCCESS_TIME) > before.value(SUCCESS_TIME)
        assert daemon.stop() == 0


BAD_RULES = {
    "a mistake": ("groups:\n- name: g\n  rules:\n  - record: level_new\n    expr: sum(\n", ":5: "),
    "no YAML": ("groups: [\n", ": "),
    "no rules": ("groups: []\n", "no rules"),
    "a source that is not there": (
        "groups:\n- name: g\n  source: nowhere\n  rules: [{record: a, expr: a}]\n", "nowhere")}


@pytest.mark.parametrize("bad", BAD_RULES)
def test_a_bad_rule_file_changes_nothing(known_server: Prometheus, rules: Path, bad: str) -> None:
    text, said = BAD_RULES[bad]
    good = write_rules(rules, [group("g", ("level_old", "level"))]).read_text()
    with running(known_server.url, rules) as daemon:
        wait_for(lambda: page_of(daemon).all("level_old"))
        read_at = page_of(daemon).value(SUCCESS_TIME)
        rules.write_text(text)
        code, answer = post(daemon)
        assert code == 500 and said in answer, answer
        hang_up(daemon, "not reloaded; what was read before still holds")
        page = page_of(daemon)
        assert page.value(SUCCESSFUL) == 0 and page.value(SUCCESS_TIME) == read_at
        wait_for(lambda: page_of(daemon).window_end("level_old") > page.window_end("level_old") + 1)
        rules.write_text(good)
        assert post(daemon)[0] == 200
        page = page_of(daemon)
        assert page.value(SUCCESSFUL) == 1 and page.value(SUCCESS_TIME) > read_at


def test_a_bad_configuration_file_changes_nothing(known_server: Prometheus, rules: Path,
                                                  tmp_path: Path) -> None:
    write_rules(rules, [group("g", ("level_old", "level"), source="one")])
    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump({"sources": [{"name": "one", "url": known_server.url}]}))
    with running(known_server.url, rules, CONFIG_FILE=config) as daemon:
        wait_for(lambda: page_of(daemon).all("level_old"))
        write_rules(rules, [group("g", ("level_new", "level"), source="one")])  # which is right
        config.write_text("sources:\n- name: one\n  url: nonsense\n  tokn: abc\n")
        code, answer = post(daemon)
        assert code == 500 and f"{config}:3" in answer and f"{config}:4" in answer, answer
        end = page_of(daemon).window_end("level_old")
        wait_for(lambda: page_of(daemon).window_end("level_old") > end)


def test_a_source_that_moved_is_asked_at_its_new_place(rules: Path, tmp_path: Path) -> None:
    write_rules(rules, [group("g", ("one", "one"), source="moves")])
    config = tmp_path / "config.yaml"

    def write(url: str) -> None:
        config.write_text(yaml.safe_dump({"sources": [{"name": "moves", "url": url}]}))

    with FakePrometheus(matrix()) as first, FakePrometheus(matrix()) as second:
        write(first.url)
        with running(first.url, rules, CONFIG_FILE=config) as daemon:
            wait_for(lambda: first.requests)
            write(second.url)
            assert post(daemon)[0] == 200
            wait_for(lambda: second.requests)
            asked = len(first.requests)
            seen = len(second.requests)
            wait_for(lambda: len(second.requests) > seen + 2)
            assert len(first.requests) <= asked + 1  # what was under way
            config.write_text("sources: []\n")
            code, answer = post(daemon)
            assert code == 500 and "moves" in answer, answer
            write_rules(rules, [group("g", ("one", "one"))])
            assert post(daemon)[0] == 200
            wait_for(lambda: not [name for name, labels, *_ in page_of(daemon).samples
                                  if labels.get("source") == "moves"])


def test_what_is_in_flight_is_recorded_and_not_asked_again(known_server: Prometheus, rules: Path,
                                                           tmp_path: Path) -> None:
    """The group changes, one of its rules does not: that one's reply is under way."""
    gate = ReplyGate(known_server.url)
    keys = {"interval": "4s"}
    write_rules(rules, [group("g", ("level_same", "level"), **keys)])
    with FakePrometheus(gate) as source, \
            running(source.url, rules, STORAGE_PATH=tmp_path / "storage") as daemon:
        daemon.wait_until_ready()
        gate.hold("all")
        assert gate.caught.wait(30)
        held, asked = time.time(), len(source.requests)
        write_rules(rules, [group("g", ("level_same", "level"), ("level_new", "level + 1"), **keys)])
        assert post(daemon)[0] == 200
        assert len(source.requests) == asked, "the new group did not wait for the old one"
        gate.release()
        wait_for(lambda: page_of(daemon).all("level_new"))
        of_it = [request.form["end"] for request in source.requests[asked - 1:]
                 if request.form["query"] == "level"]
        assert len(of_it) == len(set(of_it)), "a window was asked for twice"
        assert page_of(daemon).window_end("level_same") <= held + 4
        assert daemon.stop() == 0
    assert len(exported(tmp_path / "storage", "level_same")) >= 2


def test_catching_up_goes_on_after_a_reload(rules: Path, tmp_path: Path) -> None:
    """Of a group that is not evaluated again before the next hour."""
    write_rules(rules, [group("g", ("one", "one"), interval="1h")])
    storage = {"STORAGE_PATH": tmp_path / "storage"}
    past = ClockOffset(tmp_path / "clock", -12 * 3600.0)

    def slow(exchange: Exchange) -> None:
        time.sleep(0.8)
        matrix()(exchange)

    with FakePrometheus(slow) as source:
        with running(source.url, rules, **storage, **past.settings()) as daemon:
            wait_for(lambda: page_of(daemon).window_end("one") > 0)
            assert daemon.stop() == 0
        with running(source.url, rules, **storage) as daemon:
            wait_for(lambda: (page_of(daemon).value(MISSING) or 0) > 5)
            for _ in range(3):
                assert post(daemon)[0] == 200
                assert page_of(daemon).value(MISSING) > 0
            wait_for(lambda: page_of(daemon).value(MISSING) == 0)
            assert daemon.stop() == 0
    assert len(exported(storage["STORAGE_PATH"], "one")) == 13


def test_what_was_shown_of_a_rule_that_stays_is_shown_on(rules: Path) -> None:
    """Also what the journal does not have: a part of a long window."""
    def answer(exchange: Exchange) -> None:
        (matrix() if len(source.requests) < 8 else hang())(exchange)

    rule = {"record": "part", "expr": "one", "window": "1h", "partial": True}
    one = group("g", interval="2s") | {"rules": [rule]}
    write_rules(rules, [one])
    with FakePrometheus(answer) as source, running(source.url, rules) as daemon:
        wait_for(lambda: page_of(daemon).all("part"))
        wait_for(lambda: len(source.requests) >= 8)
        write_rules(rules, [one | {"limit": 100}])
        assert post(daemon)[0] == 200
        assert page_of(daemon).all("part")


def blocks_by_level(daemon: Daemon) -> dict[int, float]:
    return {int(labels["level"]): value
            for labels, value in page_of(daemon).all("downsampled_window_blocks")}


def levels_of(first: int, behind: int) -> Counter[int]:
    """How many of the largest aligned blocks the panes [first, behind) come to, by level."""
    levels: Counter[int] = Counter()
    while first < behind:
        level = 0
        while first % (2 << level) == 0 and first + (2 << level) <= behind:
            level += 1
        levels[level] += 1
        first += 1 << level
    return levels


def holds_one_window(daemon: Daemon) -> bool:
    """The blocks of the rule's window, and beside them at most one part of each that is cut next."""
    end = round(page_of(daemon).window_end("level_long") * 1000)
    window = levels_of(end // PANE + 1 - PANES, end // PANE + 1)
    held = blocks_by_level(daemon)
    return sum(held.values()) > 0 and all(
        window[level] <= held.get(level, 0) <= window[level] + max(0, LEVELS - level)
        for level in range(max(LEVELS, *held) + 1))


def test_the_blocks_of_a_long_window_stay_few_and_go_with_it(known_server: Prometheus,
                                                             rules: Path) -> None:
    long = group("long", ("level_long", "level"), interval=f"{PANE}ms", step=f"{PANE}ms",
                 window=f"{PANES * PANE}ms")
    other = group("other", ("level_other", "level"))
    write_rules(rules, [long, other])
    with running(known_server.url, rules) as daemon:
        first = wait_for(lambda: page_of(daemon).window_end("level_long"))
        wait_for(lambda: page_of(daemon).window_end("level_long") > first + PANES * PANE / 2000)
        wait_for(lambda: holds_one_window(daemon))
        write_rules(rules, [long | {"limit": 1000}, other])  # another group; it takes the blocks over
        hang_up(daemon)
        wait_for(lambda: page_of(daemon).window_end("level_long") > time.time() - 1)
        wait_for(lambda: holds_one_window(daemon))
        write_rules(rules, [other])
        hang_up(daemon)
        wait_for(lambda: not any(blocks_by_level(daemon).values()))
        assert page_of(daemon).value("downsampled_window_block_bytes") == 0
        assert daemon.stop() == 0


def test_a_pipe_is_refused_and_holds_nothing_up(known_server: Prometheus, rules: Path) -> None:
    write_rules(rules, [group("g", ("level_old", "level"))])
    with running(known_server.url, rules.with_name("*.yaml")) as daemon:
        os.mkfifo(rules.with_name("pipe.yaml"))
        code, answer = post(daemon)
        assert code == 500 and "pipe.yaml: is a pipe" in answer
        rules.with_name("pipe.yaml").unlink()
        rules.with_name("loop.yaml").symlink_to("loop.yaml")
        code, answer = post(daemon)
        assert code == 500 and "loop.yaml: cannot be read" in answer
        assert page_of(daemon).value(SUCCESSFUL) == 0
        assert daemon.stop() == 0


def test_many_hangups_are_few_reloads(known_server: Prometheus, rules: Path) -> None:
    write_rules(rules, [group(f"g{number}", ("level_old", "level")) for number in range(20)])
    with running(known_server.url, rules) as daemon:
        for _ in range(200):
            daemon.process.send_signal(signal.SIGHUP)
        start = time.monotonic()
        assert daemon.stop() == 0
        assert time.monotonic() - start < 5


def test_reloads_at_any_moment_lose_nothing(known_server: Prometheus, seed: int,
                                            tmp_path: Path) -> None:
    """The rules of the oracle stay; groups, their order, and a rule beside them change each time."""
    rng = Random(f"{seed}:reloads")
    recording = Recording(tmp_path / "only", known_server)
    path = tmp_path / "only" / "rules.yaml"
    with recording:
        for number in range(HANGUPS):
            changed = copy.deepcopy(groups())
            rng.shuffle(changed)
            for one in rng.sample(changed, rng.randrange(len(changed) + 1)):
                one["rules"].append({"record": f"{one['name']}_more_{number}", "expr": "level"})
            if rng.random() < 0.1:
                changed.append({"name": "bad", "rules": [{"record": "bad", "expr": "("}]})
            write_rules(path, changed)
            recording.daemon.process.send_signal(signal.SIGHUP)
            time.sleep(rng.choice((0.01, 0.1, 0.5)))
        write_rules(path, groups())
        hang_up(recording.daemon)
        windows = recording.check_end(rng)
    assert windows > len(RULES)


def test_without_the_flag_only_a_signal_reloads(known_server: Prometheus, rules: Path) -> None:
    write_rules(rules, [group("g", ("level_old", "level"))])
    with running(known_server.url, rules, ENABLE_LIFECYCLE="") as daemon:
        code, answer = post(daemon)
        assert code == 403 and "--web.enable-lifecycle" in answer
        write_rules(rules, [group("g", ("level_new", "level"))])
        hang_up(daemon)
        wait_for(lambda: page_of(daemon).all("level_new"))
    with running(known_server.url, rules) as daemon:
        code, _ = post(daemon, "GET")
        assert code == 405


def test_a_stop_right_after_a_hangup_is_a_clean_one(known_server: Prometheus, rules: Path) -> None:
    write_rules(rules, [group("g", ("level_old", "level"))])
    for pause in (0, 0.002, 0.02):
        with running(known_server.url, rules) as daemon:
            daemon.process.send_signal(signal.SIGHUP)
            time.sleep(pause)
            start = time.monotonic()
            assert daemon.stop() == 0
            assert time.monotonic() - start < 5


def test_more_groups_than_there_were_are_evaluated_side_by_side(rules: Path) -> None:
    """One that hangs does not hold up those that a reload brought."""
    def answer(exchange: Exchange) -> None:
        (hang() if exchange.request.form["query"] == "stuck" else matrix())(exchange)

    write_rules(rules, [group("stuck", ("stuck", "stuck"))])
    with FakePrometheus(answer) as source, running(source.url, rules) as daemon:
        wait_for(lambda: source.requests)
        write_rules(rules, [group("stuck", ("stuck", "stuck")), group("free", ("one", "one"))])
        assert post(daemon)[0] == 200
        wait_for(lambda: page_of(daemon).window_end("one") > 0)


def test_thousands_of_rules_come_and_go_at_once(rules: Path) -> None:
    def many(name: str) -> list[dict]:
        return [group(f"{name}{number}", *((f"{name}_{rule}", f"v{rule}") for rule in range(20)),
                      interval="1h") for number in range(5 if SHORT else 100)]

    write_rules(rules, many("before"))
    with FakePrometheus(matrix()) as source, running(source.url, rules) as daemon:
        write_rules(rules, many("after"))
        start = time.monotonic()
        assert post(daemon)[0] == 200
        wait_for(lambda: not [name for name, labels, *_ in page_of(daemon).samples
                              if labels.get("rule_group", "").rpartition(";")[2].startswith("before")])
        assert time.monotonic() - start < 20
        start = time.monotonic()
        assert daemon.stop() == 0
        assert time.monotonic() - start < 5

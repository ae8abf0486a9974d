"""The command `once` against a real Prometheus: which windows, what is printed, how it ends."""

from __future__ import annotations

import re
import socket
import subprocess
import time
from itertools import product
from pathlib import Path
from random import Random

import pytest
from daemon import Daemon, once, write_rules
from oracle import Oracle, Rule, compare
from random_rules import AGGREGATES, random_rules
from random_series import END, HOUR, MINUTE, SECOND
from servers import Prometheus, free_port
from simulation.remote_write import (
    STALE_MARKER, RemoteWriter, double, encode_labels, sample_head, sample_time)

TIME = Rule(record="end_of_window", expr="vector(time())", step=SECOND, window=MINUTE,
            aggregate="last")
QUOTED = {"quoted": 'a "b" \\ }\n]'}


def group_of(*rules: dict, **keys: object) -> list[dict]:
    return [{"name": "only", "interval": "1m", "step": "1s"} | keys | {"rules": list(rules)}]


def end_of_window(path: Path, *arguments: str, **settings: object) -> float:
    done = once(*arguments, QUERIES=path, **settings)
    assert done.code == 0, done.log
    return done.results()["end_of_window"][frozenset()]


def ask_time(tmp_path: Path, **keys: object) -> Path:
    return write_rules(tmp_path / "rules.yaml", group_of(TIME.group()["rules"][0], **keys))


def test_a_window_that_ends_exactly_then_is_complete(random_server: Prometheus,
                                                     tmp_path: Path) -> None:
    path = ask_time(tmp_path)
    for text, end in (("1772323260", 1772323260), ("1772323259.999", 1772323200),
                      ("2026-03-01T01:01:00+01:00", 1772323260),
                      ("2026-03-01T00:00:59.999Z", 1772323200)):
        assert end_of_window(path, "--time", text, PROMETHEUS_URL=random_server.url) == end


def test_the_query_offset_counts_only_without_a_time(random_server: Prometheus,
                                                     tmp_path: Path) -> None:
    path, url = ask_time(tmp_path, query_offset="1000s"), random_server.url
    assert end_of_window(path, "--time", "1772323260", PROMETHEUS_URL=url) == 1772323260
    before = time.time()
    found = end_of_window(path, PROMETHEUS_URL=url)
    slots = {(moment - 1000) // 60 * 60 for moment in (before, time.time())}
    assert found in slots


def test_the_setting_counts_where_the_group_has_no_query_offset(random_server: Prometheus,
                                                                tmp_path: Path) -> None:
    path = ask_time(tmp_path)
    before = time.time()
    found = end_of_window(path, PROMETHEUS_URL=random_server.url, QUERY_OFFSET="10m")
    assert found in {(moment - 600) // 60 * 60 for moment in (before, time.time())}


def test_standard_output_is_the_exposition_alone(random_server: Prometheus, seed: int,
                                                 tmp_path: Path) -> None:
    groups = group_of({"record": "watched", "expr": "reading", "labels": QUOTED},
                      {"record": "nothing", "expr": "none"},
                      {"record": "extreme", "expr": "special", "unit": "s"},
                      interval="1h")
    done = once("--time", str(END // 1000), PROMETHEUS_URL=random_server.url,
                QUERIES=write_rules(tmp_path / "rules.yaml", groups))
    assert done.code == 0 and done.results().keys() == {"watched", "extreme"}
    families = re.findall(r"^# (TYPE|HELP) (\S+) .+$", done.text, re.M)
    assert sorted(families) == list(product(("HELP", "TYPE"), ("extreme", "watched")))
    checked = subprocess.run(["promtool", "check", "metrics"], input=done.text,
                             capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_it_starts_no_server(random_server: Prometheus, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        assert end_of_window(ask_time(tmp_path), "--time", "1772323260", LISTEN_ADDRESS=address,
                             PROMETHEUS_URL=random_server.url) == 1772323260


def test_a_rule_that_fails_leaves_the_others(random_server: Prometheus, tmp_path: Path) -> None:
    # Only the server knows that this function does not exist.
    groups = group_of({"record": "good", "expr": "vector(7)"},
                      {"record": "bad", "expr": "no_such_function(up)"},
                      {"record": "good_too", "expr": "vector(8)"})
    done = once("--time", "1772323260", PROMETHEUS_URL=random_server.url,
                QUERIES=write_rules(tmp_path / "rules.yaml", groups))
    assert done.code == 1
    assert done.results() == {"good": {frozenset(): 7.0}, "good_too": {frozenset(): 8.0}}
    failures = [line for line in done.log.splitlines() if "rule failed" in line]
    assert len(failures) == 1 and "rule=bad" in failures[0] and "no_such_function" in failures[0]


@pytest.mark.parametrize("arguments, settings", [
    ((), {"QUERIES": "bad.yaml"}), ((), {"QUERIES": "none.yaml"}), (("--time", "yesterday"), {}),
    (("--no-such-flag",), {}), ((), {"TIME_PERIOD": "1 hour"}),
    ((), {"PROMETHEUS_URL": "http://u:p@localhost"}),
])
def test_a_bad_configuration_is_2(tmp_path: Path, arguments: tuple[str, ...],
                                  settings: dict[str, str]) -> None:
    (tmp_path / "bad.yaml").write_text("groups: [{name: a, rules: [{record: x}]}]")
    good = {"QUERIES": str(ask_time(tmp_path))}
    if "QUERIES" in settings:
        settings = {"QUERIES": str(tmp_path / settings["QUERIES"])}
    done = once(*arguments, **(good | settings))
    assert (done.code, done.text) == (2, "") and "reason=config" in done.log, done.log


def test_retries_end_with_the_query_timeout(tmp_path: Path) -> None:
    start = time.monotonic()
    done = once("--time", "1772323260", QUERIES=ask_time(tmp_path), QUERY_TIMEOUT="3s",
                PROMETHEUS_URL=f"http://127.0.0.1:{free_port()}")
    took = time.monotonic() - start
    assert (done.code, done.text) == (1, "") and "rule failed" in done.log
    assert 0.2 < took < 6, f"ended after {took:.1f} s"


def test_any_cut_gives_the_same_bytes(random_server: Prometheus, seed: int, tmp_path: Path) -> None:
    def texts(rules: list[Rule], sizes: tuple[int, ...]) -> set[str]:
        path = write_rules(tmp_path / "rules.yaml", [rule.group() for rule in rules])
        answers = [once("--query.max-points", str(size), "--time", str(END // 1000),
                        QUERIES=path, PROMETHEUS_URL=random_server.url) for size in sizes]
        assert all(answer.code == 0 for answer in answers), answers[-1].log
        assert sum(map(len, answers[0].results().values())) > 10
        return {answer.text for answer in answers}

    rules = random_rules(Random(f"{seed}:cuts"))
    hours = [rule for rule in rules if rule.window == HOUR and rule.step == SECOND]
    minutes = [rule for rule in rules if rule.window == MINUTE and rule.step > SECOND]
    assert len(texts(hours, (11000, 1000, 37))) == 1
    assert len(texts(minutes, (11000, 37, 1))) == 1


@pytest.fixture(scope="module")
def twins(random_server: Prometheus) -> Oracle:
    """A pod that is replaced, whose two lives overlap or do not."""
    writer = RemoteWriter(random_server.remote_write_url)
    start = END - 2 * MINUTE
    for name, first_end, second_start in (("apart", 60, 64), ("together", 60, 45)):
        for uid, span in (("1", range(0, first_end)), ("2", range(second_start, 119))):
            samples = [(start + at * SECOND + 137, double(at % 7 - 0.3 * int(uid))) for at in span]
            samples.append((start + span.stop * SECOND + 137, STALE_MARKER))
            writer.add(encode_labels({"__name__": name, "uid": uid, "pod": "a"}),
                       b"".join(sample_head(value) + sample_time(at) for at, value in samples))
    writer.close()
    return Oracle(random_server)


def twin_rules(name: str, expr: str, labels: dict[str, str]) -> list[Rule]:
    return [Rule(record=f"{name}_{aggregate}_{absent}", expr=expr, step=SECOND, window=2 * MINUTE,
                 aggregate=aggregate, absent=absent, labels=labels, eval_offset=0)
            for aggregate in AGGREGATES for absent in ("skip", "zero")]


@pytest.mark.parametrize("uid", ("", "any"))
def test_series_of_one_label_set_become_one(random_server: Prometheus, twins: Oracle, uid: str,
                                            tmp_path: Path) -> None:
    rules = twin_rules("apart", "apart", {"uid": uid, "pod": "b"})
    path = write_rules(tmp_path / "rules.yaml", [rule.group() for rule in rules])
    done = once("--time", str(END // 1000), PROMETHEUS_URL=random_server.url, QUERIES=path)
    assert done.code == 0, done.log
    actual = done.results()
    # No label tells them apart any more, so Prometheus must be asked for them as one.
    for rule in twin_rules("apart", "max by (pod) (apart)", {"uid": uid, "pod": "b"}):
        assert compare(twins.expect(rule, END), actual[rule.record], at_least=1) == 1


def test_series_of_one_label_set_at_one_time_are_an_error(random_server: Prometheus, twins: Oracle,
                                                          tmp_path: Path) -> None:
    groups = group_of({"record": "merged", "expr": "together", "labels": {"uid": ""}},
                      {"record": "separate", "expr": "together"},
                      {"record": "names", "expr": '{__name__=~"apart|together",uid="1"}'},
                      interval="2m")
    done = once("--time", str(END // 1000), PROMETHEUS_URL=random_server.url,
                QUERIES=write_rules(tmp_path / "rules.yaml", groups))
    assert done.code == 1
    assert {record: len(series) for record, series in done.results().items()} == {"separate": 2}
    refused = re.findall(r"rule=(\w+).*reason=duplicate_series", done.log)
    assert sorted(refused) == ["merged", "names"]


def test_run_serves_what_once_prints(random_server: Prometheus, tmp_path: Path) -> None:
    path = write_rules(tmp_path / "rules.yaml", group_of(
        {"record": "constant", "expr": "vector(7)"},
        {"record": "quoted", "expr": "vector(1e-9)", "labels": QUOTED}, interval="1h"))
    settings = {"PROMETHEUS_URL": random_server.url, "QUERIES": path}
    with Daemon(**settings) as daemon:
        daemon.wait_until_ready()
        served = daemon.get()
    printed = once(**settings)
    assert printed.code == 0 and daemon.process.returncode == 0
    assert printed.results().keys() == {"constant", "quoted"}
    assert set(printed.text.splitlines()) <= set(served.splitlines())

"""`downsampled journal status` and `journal export`: what they say, beside the daemon too."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from backfill_process import COMPLETE, backfill
from backfill_source import Past, all_slots, known_past, recorded
from daemon import Daemon, command, environment, write_rules
from known_series import RULES, groups, interval_of, start_server
from servers import Prometheus

AVG = RULES[0]
GAP = 40


def journal(*arguments: str, storage: Path) -> subprocess.CompletedProcess:
    return subprocess.run([*command(), "journal", *arguments], capture_output=True, timeout=60,
                          env=environment({"STORAGE_PATH": storage}))


def export(storage: Path, *arguments: str, rule: str = AVG.record) -> str:
    done = journal("export", "--rule", rule, *arguments, storage=storage)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    with known_past(tmp_path_factory.mktemp("past")) as past:
        yield past


@pytest.fixture(scope="module")
def storage(past: Past, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A minute of windows, a gap of 40 seconds, and a minute more."""
    storage = tmp_path_factory.mktemp("journal") / "storage"
    for start in (past.start, past.start + 60 + GAP):
        code, log = backfill((start, start + 60), PROMETHEUS_URL=past.url, QUERIES=past.rules,
                             STORAGE_PATH=storage)
        assert code == COMPLETE, log
    return storage


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.record)
def test_json_is_what_a_prometheus_answers_that_imported_the_openmetrics(
        past: Past, storage: Path, rule) -> None:
    ours = json.loads(export(storage, "--format", "json", rule=rule.record))
    text = export(storage, "--format", "openmetrics", rule=rule.record)
    # It looks back for less than a second: no sample stands for a gap.
    with Prometheus(history=text, flags=("--query.lookback-delta=999ms",)) as server:
        theirs = server._ask("query_range", query=rule.record, start=past.start,
                             end=past.start + 120 + GAP, step=interval_of(rule) / 1000)
    assert ours.keys() == {"status", "data"} and ours["status"] == "success"
    assert ours["data"]["resultType"] == "matrix" and len(ours["data"]["result"]) == len(theirs) > 1
    assert by_metric(ours["data"]["result"]) == by_metric(theirs)


def by_metric(result: list[dict]) -> dict[frozenset, list]:
    return {frozenset(one["metric"].items()): one["values"] for one in result}


def test_csv_has_the_same_samples_as_json(storage: Path) -> None:
    from_json = {(one["metric"]["i"], float(at), float(value))
                 for one in json.loads(export(storage, "--format", "json"))["data"]["result"]
                 for at, value in one["values"]}
    text = export(storage, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    from_csv = {(row["i"], datetime.fromisoformat(row["time"]).timestamp(), float(row["value"]))
                for row in rows}
    assert from_csv == from_json and len(rows) == len(from_json) > 200
    assert text == export(storage)  # the standard format


@pytest.mark.parametrize("arguments", [("status",), ("export", "--rule", "level_avg")])
@pytest.mark.parametrize("change, code, said", [
    (None, 0, ""),
    ("", 1, "is empty"),
    ("DROP INDEX pane_fields; ALTER TABLE pane DROP COLUMN fields; "
     "UPDATE journal SET version = 1; PRAGMA user_version = 1", 2,
     "start the daemon of this version once"),
], ids=["whole", "empty", "old"])
def test_neither_changes_anything(storage: Path, tmp_path: Path, arguments: tuple[str, ...],
                                  change: str | None, code: int, said: str) -> None:
    file = tmp_path / "journal.db"
    shutil.copyfile(storage / "journal.db", file)
    if change:
        with closing(sqlite3.connect(file)) as database:
            database.executescript(change)
    elif change is not None:
        file.write_bytes(b"")
    before = file.read_bytes()
    done = journal(*arguments, storage=tmp_path)
    assert done.returncode == code and said in done.stderr.decode(), done
    assert (code == 0) == bool(done.stdout) and (code == 0 or str(file) in done.stderr.decode())
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["journal.db"]


def test_from_is_exclusive_and_to_inclusive(past: Past, storage: Path) -> None:
    first = past.start + 10
    text = export(storage, "--format=json", f"--from={first:.0f}", f"--to={first + 5:.0f}")
    times = {at for one in json.loads(text)["data"]["result"] for at, _ in one["values"]}
    assert times == {first + second for second in range(1, 6)}
    beyond = export(storage, "--format=json", f"--from={past.end:.0f}")
    nothing = {"resultType": "matrix", "result": []}
    assert json.loads(beyond) == {"status": "success", "data": nothing}


def test_a_rule_that_nobody_recorded(storage: Path) -> None:
    done = journal("export", "--rule", "level_none", storage=storage)
    assert (done.returncode, done.stdout) == (1, b"")
    said = done.stderr.decode()
    assert all(rule.record in said for rule in RULES) and "level_none" in said


@pytest.mark.parametrize("arguments", [("status",), ("export", "--rule", "level_avg")])
def test_where_there_is_no_journal(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = journal(*arguments, storage=tmp_path / "none")
    assert (done.returncode, done.stdout) == (1, b"")
    assert f"{tmp_path}/none/journal.db" in done.stderr.decode()
    assert "--storage.path" in done.stderr.decode()
    assert not (tmp_path / "none").exists()


def status(storage: Path) -> str:
    done = journal("status", storage=storage)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def of_rule(text: str, record: str) -> dict[str, str]:
    """The lines below the rule, by their first word."""
    part = re.search(rf"^  {record}\b.*\n((?:    .*\n)+)", text, re.M)
    assert part, text
    return dict(re.findall(r"^    (\S+) +(.*)$", part[1], re.M))


def time_text(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def test_status_says_what_there_is(past: Past, storage: Path) -> None:
    text = status(storage)
    head = dict(re.findall(r"^(\S+) +(.*)$", text.split("\n\n")[0], re.M))
    assert head["journal"] == f"{storage}/journal.db"
    assert re.fullmatch(r"\d+(\.\d)? ([KM]i)?B", head["size"])
    minute = len(all_slots((past.start, past.start + 60)))
    assert int(head["windows"]) == len(recorded(storage)) == 2 * minute
    assert head["oldest"] == time_text(past.start + 1)
    assert re.search(rf"^rule group {past.rules};seconds$", text, re.M)
    assert re.search(r'^  level_zero\{kind="zero"\} \(avg over 1s\)$', text, re.M)
    rule = of_rule(text, "level_avg")
    last = past.start + 120 + GAP
    assert rule["windows"] == f"120, from {time_text(past.start + 1)} to {time_text(last)}"
    assert rule["covered"] == "100.0% of the points"
    assert rule["gaps"] == f"1, {GAP} windows missing"
    first, end = time_text(past.start + 61), time_text(past.start + 60 + GAP)
    assert f"      {first} to {end}: {GAP} windows\n" in text


def test_status_says_what_was_not_covered(storage: Path) -> None:
    with closing(sqlite3.connect(storage / "journal.db")) as database:
        points, covered, none = database.execute(
            "SELECT sum(points), sum(covered), sum(covered = 0) FROM window "
            "JOIN rule ON rule.id = rule WHERE record = 'level_zero'").fetchone()
    assert 0 < covered < points and none > 0
    said = of_rule(status(storage), "level_zero")["covered"]
    assert said == f"{100 * covered / points:.1f}% of the points; {none} windows have none"


def test_status_says_how_far_the_sinks_are(past: Past, tmp_path: Path) -> None:
    code, log = backfill(past.span(20), PROMETHEUS_URL=past.url, QUERIES=past.rules,
                         STORAGE_PATH=tmp_path)
    assert code == COMPLETE, log
    assert "\nsinks: none\n" in status(tmp_path)
    with closing(sqlite3.connect(tmp_path / "journal.db")) as database, database:
        newest, = database.execute("SELECT max(seq) FROM window").fetchone()
        database.execute("INSERT INTO sink(name, position) VALUES ('long-term', ?)", (newest - 7,))
    expected = rf"^  long-term: 7 windows behind \(at number {newest - 7}\)$"
    assert re.search(expected, status(tmp_path), re.M)


def test_beside_a_running_daemon(tmp_path: Path) -> None:
    storage = tmp_path / "storage"
    with start_server(time.time()) as server, Daemon(
            PROMETHEUS_URL=server.url, STORAGE_PATH=storage,
            QUERIES=write_rules(tmp_path / "rules.yaml", groups())) as daemon:
        daemon.wait_until_ready()  # before that the file is still empty for a moment
        counts, deadline = set(), time.monotonic() + 60
        while len(counts) < 4:
            assert time.monotonic() < deadline, daemon.log()
            time.sleep(0.5)
            if (storage / "journal.db").exists():
                found = re.search(r"^  level_avg .*\n    windows   (\d+)", status(storage), re.M)
                counts.add(int(found[1]) if found else 0)
                if found:
                    export(storage)
        assert daemon.stop() == 0
        assert "level=error" not in daemon.log()

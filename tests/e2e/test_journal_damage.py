"""A damaged journal never ends the daemon nor brings a wrong value; it is moved aside and said, and
what it held is recorded again."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random

import pytest
from daemon import SHORT, Daemon, write_rules
from journal_damage import (
    Damage,
    Survival,
    check_export,
    check_page,
    check_said,
    copied,
    digests,
    flipped,
    is_complaint,
    made_newer,
    overwritten,
    random_bits,
    replaced_by_directory,
    replaced_by_other_database,
    replaced_by_text,
    run_command,
    survive,
    truncated,
)
from journal_file import Window, after_crash, opened, windows
from known_series import RULES, groups, start_server
from page import events, page_of, wait_for
from servers import Prometheus

LANES = 3
FLIPS = {"journal.db": 20 if SHORT else 200, "journal.db-wal": 10 if SHORT else 60}
RECORDING = 6.0  # seconds
MAX_AGE = 100
SPARE = 15  # seconds before a window is lost that was damaged
PAGE = 4096
EXPORTED = 1  # rules after each flipped bit, by turns


@dataclass(frozen=True)
class Original:
    """What two daemons left: the files of one that was stopped, and of one that was killed."""

    stopped: Path
    killed: Path
    settings: dict[str, object]
    known: Collection[Window]  # the windows of the first
    known_killed: Collection[Window]


@pytest.fixture(scope="module")
def server() -> Iterator[Prometheus]:
    with start_server(time.time()) as server:
        yield server


@pytest.fixture(scope="module")
def original(server: Prometheus, tmp_path_factory: pytest.TempPathFactory) -> Original:
    folder = tmp_path_factory.mktemp("original")
    rules = write_rules(folder / "rules.yaml",
                        [group | {"stale_after": "1h"} for group in groups()])
    settings = {"PROMETHEUS_URL": server.url, "QUERIES": rules, "CATCH_UP_MAX_AGE": f"{MAX_AGE}s"}
    with Daemon(STORAGE_PATH=folder / "stopped", **settings) as stopped, \
            Daemon(STORAGE_PATH=folder / "killed", **settings) as killed:
        time.sleep(RECORDING)
        assert stopped.stop() == 0
        killed.process.kill()
        killed.process.wait()
    known = [after_crash(folder / name / "journal.db", folder / "copy").keys()
             for name in ("stopped", "killed")]
    assert all(len(one) > 2 * RECORDING for one in known), list(map(len, known))
    return Original(folder / "stopped", folder / "killed", settings, *known)


@pytest.mark.parametrize("name", FLIPS)
def test_flipped_bits(original: Original, seed: int, tmp_path: Path, name: str,
                      capsys: pytest.CaptureFixture[str]) -> None:
    """One at a time, anywhere; the bits of a log are those of a daemon that was killed."""
    rng = Random(f"{seed}:{name}")
    is_log = name.endswith("-wal")
    storage = original.killed if is_log else original.stopped
    known = original.known_killed if is_log else original.known
    bits = random_bits(rng, storage / name, FLIPS[name])
    rules = [rng.sample(RULES, EXPORTED) for _ in bits]

    def run(index: int) -> Survival | str:
        folder = copied(storage, tmp_path / str(index)).parent
        flipped(bits[index])(folder / name)
        try:
            if not is_log:  # which lives until the last process that reads it ends
                check_export(folder, rules[index])
            young = {window for window in known
                     if window.end / 1000 > time.time() + SPARE - MAX_AGE}
            return survive(folder, rules[index], young, **original.settings)
        except Exception as problem:  # all of them are told
            return f"bit {bits[index]}: {problem!r}"

    with ThreadPoolExecutor(LANES) as pool:
        results = list(pool.map(run, range(len(bits))))
    survivals = [one for one in results if isinstance(one, Survival)]
    problems = [one for one in results if isinstance(one, str)]
    problems += [f"bit {bit}: lost {len(one.lost)} windows" for bit, one in zip(bits, results)
                 if isinstance(one, Survival) and one.lost]
    problems += [f"bit {bit}: not found at the start, but by `journal export`"
                 for bit, one in zip(bits, results)
                 if isinstance(one, Survival) and not one.readable]
    with capsys.disabled():
        print(f"\n{len(bits)} bits of {name}: "
              f"{sum(one.moved_to is not None for one in survivals)} times moved aside, "
                  f"{len(problems)} times wrong", end=" ")
    assert not problems, "\n".join(problems)


def bit_of_a_payload(journal: Path, table: str) -> int:
    """In the middle of one of the table's payloads, where SQLite's own check finds nothing."""
    with opened(journal) as database:
        payload, = database.execute(
            f"SELECT payload FROM {table} ORDER BY end DESC LIMIT 1").fetchone()
    place = journal.read_bytes().find(payload)
    assert place > 0, "not in one piece"
    return 8 * (place + len(payload) // 2)


@pytest.mark.parametrize("table", ["window", "pane"])
def test_a_flipped_bit_in_a_payload_is_found_at_the_start(
        original: Original, tmp_path: Path, table: str) -> None:
    """With what was lost; and `journal status` says it too."""
    journal = copied(original.stopped, tmp_path / "storage")
    with opened(journal) as database:
        ends = [window.end for window in windows(database)]
        rules, = database.execute("SELECT count(*) FROM rule").fetchone()
    flipped(bit_of_a_payload(journal, table))(journal)
    before = digests(journal.parent)["journal.db"]
    done = run_command(journal.parent, "journal", "status")
    assert is_complaint(done, journal.parent) and "checksum" in done.stderr and not done.stdout
    with Daemon(STORAGE_PATH=journal.parent, LOG_FORMAT="json", **original.settings) as daemon:
        event = wait_for(lambda: events(daemon.log(), level="error"))[0]
        moved_to = check_said(journal.parent, [event])
        daemon.wait_until_ready()
        assert check_page(daemon) > 0
        assert daemon.stop() == 0
    assert moved_to and digests(journal.parent)[moved_to.name] == before
    assert event["windows"] == str(len(ends)) and event["rules"] == str(rules), event
    assert [seconds_of(event[name]) for name in ("from", "to")] == [min(ends) / 1000,
                                                                     max(ends) / 1000], event


def seconds_of(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def half_of(journal: Path) -> int:
    return journal.stat().st_size // 2


CASES: dict[str, Damage] = {
    "in-the-header": truncated(50),
    "behind-the-header": truncated(100),
    "one-page": truncated(PAGE),
    "at-a-page": truncated(5 * PAGE),
    "within-a-page": truncated(5 * PAGE + 1234),
    "half": lambda journal: truncated(half_of(journal))(journal),
    "text": replaced_by_text,
    "other-database": replaced_by_other_database,
}


@pytest.mark.parametrize("name", CASES)
def test_a_journal_that_is_none_any_more(original: Original, tmp_path: Path, name: str) -> None:
    """Moved aside; the newest windows come from the source again."""
    journal = copied(original.stopped, tmp_path / "storage")
    CASES[name](journal)
    before = digests(journal.parent)["journal.db"]
    check_commands_refuse(original, journal.parent)
    start = time.time()
    with Daemon(STORAGE_PATH=journal.parent, LOG_FORMAT="json", **original.settings) as daemon:
        check_page(daemon)
        wait_for(lambda: first_recorded(journal) < start - MAX_AGE + 5, 60)
        assert check_page(daemon) > 0
        assert daemon.stop() == 0
        moved_to = check_said(journal.parent, events(daemon.log(), level="error"))
    assert moved_to and digests(journal.parent)[moved_to.name] == before
    assert check_export(journal.parent, RULES)


def first_recorded(journal: Path) -> float:
    """When the last of the rules' first windows ended."""
    with opened(journal) as database:
        found = windows(database)
    return max(min((window.end for window in found if window.record == rule.record),
                   default=10**15) for rule in RULES) / 1000


def check_commands_refuse(original: Original, storage: Path) -> None:
    """They leave the file as it is."""
    before = digests(storage)
    for arguments in (("journal", "status"), ("journal", "export", "--rule", RULES[0].record),
                      ("backfill", "--from", f"{time.time() - 5:.0f}")):
        done = run_command(storage, *arguments, **original.settings)
        assert is_complaint(done, storage), done
        assert not done.stdout, done
        after = digests(storage)
        assert after["journal.db"] == before["journal.db"] and not list(storage.glob("*.corrupt-*"))


def test_an_empty_file(original: Original, tmp_path: Path) -> None:
    """As a crash at the very first start may leave it."""
    journal = copied(original.stopped, tmp_path / "storage")
    truncated(0)(journal)
    survive(journal.parent, RULES, (), **original.settings)


def test_a_directory_of_that_name(original: Original, tmp_path: Path) -> None:
    """It is said; windows are recorded in memory."""
    journal = copied(original.stopped, tmp_path / "storage")
    replaced_by_directory(journal)
    with Daemon(STORAGE_PATH=journal.parent, LOG_FORMAT="json", **original.settings) as daemon:
        daemon.wait_until_ready()
        assert check_page(daemon) > 0
        assert page_of(daemon).value("downsampled_journal_persistent") == 0
        assert daemon.stop() == 0
        event, = events(daemon.log(), level="error")
    assert str(journal.parent) in event["path"] and event["error"], event
    assert (journal / "photos").is_dir()


def test_a_journal_of_a_newer_version(original: Original, tmp_path: Path) -> None:
    journal = copied(original.stopped, tmp_path / "storage")
    made_newer(journal)
    before = digests(journal.parent)
    done = run_command(journal.parent, "run", LISTEN_ADDRESS="127.0.0.1:0", **original.settings)
    assert done.returncode == 2 and str(journal) in done.stderr, done
    assert "newer" in done.stderr
    assert before.items() <= digests(journal.parent).items()


@pytest.mark.parametrize("first, last", [(0, PAGE), (PAGE, None), (0, None)],
                         ids=["its-first-page", "all-but-that", "all-of-it"])
def test_damage_while_a_daemon_runs(original: Original, seed: int, tmp_path: Path, first: int,
                                    last: int | None) -> None:
    """Found then or at the next start; no wrong value in between nor after."""
    journal = copied(original.stopped, tmp_path / "storage")
    with Daemon(STORAGE_PATH=journal.parent, LOG_FORMAT="json", **original.settings) as daemon:
        daemon.wait_until_ready()
        overwritten(first, last or journal.stat().st_size, Random(f"{seed}:{first}"))(journal)
        for _ in range(3):
            before = page_of(daemon).window_end(RULES[0].record)
            wait_for(lambda: page_of(daemon).window_end(RULES[0].record) > before)
            assert check_page(daemon) > 0
        assert daemon.stop() == 0
        check_said(journal.parent, events(daemon.log(), level="error"))
    survive(journal.parent, RULES, (), **original.settings)

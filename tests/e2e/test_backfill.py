"""`downsampled backfill` that is interrupted, repeated, raced, and wrongly asked."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import fake_behaviors as fake
import pytest
from backfill_process import COMPLETE, PARTIAL, WRONG, Backfill, backfill
from backfill_source import Asked, Past, all_slots, counting, known_past, recorded
from daemon import Daemon, command, environment, write_rules
from fake_prometheus import FakePrometheus
from journal_file import exported
from known_series import FAMILIES, RULES, expected, groups, start_server
from oracle import Rule, compare
from servers import free_port
from terminal import OnTerminal

SECONDS = 600
PATIENCE = 60.0
FAILED = 1  # without a doubt of the settings


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    with known_past(tmp_path_factory.mktemp("past")) as past:
        yield past


def source(past: Past, url: str = "") -> dict[str, object]:
    return {"PROMETHEUS_URL": url or past.url, "QUERIES": past.rules}


def wait_until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def journal_of(output: Path) -> Path:
    return output.with_name(output.name + ".journal")


def has_windows(journal: Path, at_least: int) -> bool:
    return (journal / "journal.db").exists() and len(recorded(journal)) >= at_least


def assert_values(rule: Rule, ends: set[int], actual: dict) -> None:
    """What was exported of the rule is what its windows come to."""
    assert actual.keys() <= ends
    compared = sum(compare(expected(rule, end), actual.get(end, {})) for end in ends)
    assert compared >= len(ends) / 2, (rule.record, compared)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_it_goes_on_where_it_was_interrupted(past: Past, tmp_path: Path,
                                             number: signal.Signals) -> None:
    span, whole, parts = past.span(SECONDS), tmp_path / "whole.om", tmp_path / "parts.om"
    code, log = backfill(span, whole, **source(past))
    assert (code, os.listdir(tmp_path)) == (COMPLETE, [whole.name]), log

    with counting(past.url, delay=0.1) as between:
        process = Backfill(span, parts, **source(past, between.url))
        wait_until(lambda: has_windows(journal_of(parts), 50), "no windows")
        process.process.send_signal(number)
        code, log = process.wait(10)
    before = recorded(journal_of(parts))
    assert not parts.exists()
    if number == signal.SIGKILL:
        assert code == -signal.SIGKILL
    else:
        assert code == PARTIAL, log
        assert f"stopped: {len(before)} of {len(all_slots(span))} windows are evaluated" in log
    assert before < all_slots(span)

    with counting(past.url, port=between.port) as between:
        code, log = backfill(span, parts, **source(past, between.url))
        asked = [Asked.of(request) for request in between.requests]
    assert code == COMPLETE, log
    assert f"recorded_before={len(before)}" in log
    again = [(one, window) for rule in RULES for window in before if window.record == rule.record
             for one in asked if one.touches(rule, window)
             if not any(one.touches(other, rest) for other in RULES
                        for rest in all_slots(span) - before if rest.record == other.record)]
    assert not again
    assert parts.read_bytes() == whole.read_bytes()
    assert sorted(os.listdir(tmp_path)) == [parts.name, whole.name]


def test_repeating_it_makes_the_same_file(past: Past, tmp_path: Path) -> None:
    output, texts = tmp_path / "some.om", set()
    for concurrency in (1, 2, 7):
        code, log = backfill(past.span(60), output, **source(past), QUERY_CONCURRENCY=concurrency)
        assert code == COMPLETE, log
        texts.add(output.read_bytes())
    assert len(texts) == 1 and texts.pop().endswith(b"# EOF\n")


def test_a_second_one_into_the_same_file_is_refused(past: Past, tmp_path: Path) -> None:
    output = tmp_path / "some.om"
    with counting(past.url, delay=0.1) as between:
        first = Backfill(past.span(SECONDS), output, **source(past, between.url))
        wait_until(lambda: has_windows(journal_of(output), 1), "no windows")
        code, log = backfill(past.span(SECONDS), output, **source(past))
        assert code == WRONG
        assert f"another backfill into {output} is under way" in log and "--output" in log
        first.process.send_signal(signal.SIGINT)
        assert first.wait(10)[0] == PARTIAL
    with counting(past.url, port=between.port) as between:
        assert backfill(past.span(SECONDS), output, **source(past, between.url))[0] == COMPLETE


def test_another_server_is_not_mixed_with_what_was_begun(past: Past, tmp_path: Path) -> None:
    """The URL is another one; the source has the same name, `default`."""
    output = tmp_path / "some.om"
    with counting(past.url, delay=0.1) as first:
        process = Backfill(past.span(SECONDS), output, **source(past, first.url))
        wait_until(lambda: has_windows(journal_of(output), 50), "no windows")
        process.process.send_signal(signal.SIGKILL)
        process.wait(10)
    before = recorded(journal_of(output))
    with counting(past.url) as second:
        code, log = backfill(past.span(SECONDS), output, **source(past, second.url))
        assert not second.requests
    assert code == WRONG and not output.exists()
    assert all(word in log for word in (first.url, second.url, str(journal_of(output)), "delete"))
    assert recorded(journal_of(output)) == before
    with counting(past.url, port=first.port) as again:
        code, log = backfill(past.span(60), output, **source(past, again.url))
    assert code == COMPLETE, log
    assert os.listdir(tmp_path) == [output.name]


def test_into_the_journal_of_a_running_daemon(tmp_path: Path) -> None:
    began = time.time()
    with start_server(began) as server:
        settings = {"PROMETHEUS_URL": server.url, "STORAGE_PATH": tmp_path / "storage",
                    "QUERIES": write_rules(tmp_path / "rules.yaml", groups())}
        with Daemon(**settings) as daemon:
            wait_until(lambda: has_windows(tmp_path / "storage", 5), "no windows")
            # Up to now: some of these the daemon records at the same time.
            span = began - 300, time.time()
            two = [Backfill(span, **settings), Backfill(span, **settings)]
            for process in two:
                code, log = process.wait()
                assert code == COMPLETE, log
            known = recorded(tmp_path / "storage")
            assert all_slots((span[0], span[1] - 1)) <= known
            wait_until(lambda: max(recorded(tmp_path / "storage")) > max(known), "no more windows")
            for rule in RULES:
                ends = {window.end for window in known if window.record == rule.record}
                actual = exported(tmp_path / "storage", rule.record)
                assert_values(rule, ends, {end: actual[end] for end in actual.keys() & ends})
            assert daemon.stop() == 0
            assert "level=error" not in daemon.log()


def failing_groups() -> list[dict]:
    """A rule that the server does not understand, one whose windows fail now and then, and one."""
    def rule(record: str, expr: str, **more: object) -> dict:
        return {"record": record, "expr": expr, "window": "1s", **more}
    return [{"name": "failing", "interval": "1s", "step": "200ms", "query_offset": "0s",
             "rules": [rule("not_known", "no_such_function(level)"),
                       rule("sometimes_twice", 'level{i=~"2|3"}', labels={"i": ""}),
                       rule("well", "level")]}]


def test_windows_that_fail_keep_no_others_out_of_the_file(past: Past, tmp_path: Path) -> None:
    rules = write_rules(tmp_path / "rules.yaml", failing_groups())
    span, output = past.span(120), tmp_path / "some.om"
    seconds = range(round(span[0]) + 1, round(span[1]) + 1)
    # The grid points of a window that ends at T are T - 0.8 s, …, T: at most one of them is of T.
    both = {second for second in range(seconds[0] - 1, seconds[-1] + 1)
            if all(one.is_there(second) for one in FAMILIES["level"][2:])}
    twice = sum(second in both or second - 1 in both for second in seconds)
    assert 0 < twice < 120
    for _ in range(2):
        code, log = backfill(span, output, PROMETHEUS_URL=past.url, QUERIES=rules)
        assert code == PARTIAL
        for record, reason, windows in (("not_known", "query_error", 120),
                                        ("sometimes_twice", "duplicate_series", twice)):
            assert re.search(rf'msg="windows failed".*rule={record} reason={reason} '
                             rf"windows={windows}\n", log), log
        assert log.count("window failed") == 2
        assert f"{360 - 120 - twice} of 360 windows are in {output}" in log
        text = output.read_text()
        assert "not_known{" not in text
        assert 'well{i="0"}' in text and "\nsometimes_twice " in text and text.endswith("# EOF\n")
    assert f"recorded_before={360 - 120 - twice}" in log  # in the second round


def test_a_source_that_is_down_is_given_up_and_may_come_back(past: Past, tmp_path: Path) -> None:
    output, start = tmp_path / "some.om", time.monotonic()
    code, log = backfill(past.span(30), output, PROMETHEUS_URL=f"http://127.0.0.1:{free_port()}",
                         QUERIES=past.rules, QUERY_TIMEOUT="3s")
    assert code == PARTIAL and time.monotonic() - start < 10
    assert "reason=connect" in log and not output.exists()
    code, log = backfill(past.span(30), output, **source(past))
    assert code == COMPLETE, log


def test_a_source_that_hangs_is_given_up(past: Past, tmp_path: Path) -> None:
    start = time.monotonic()
    with FakePrometheus([fake.hang()]) as hanging:
        code, log = backfill(past.span(300), tmp_path / "some.om", **source(past, hanging.url),
                             QUERY_TIMEOUT="1s")
    assert code == PARTIAL and time.monotonic() - start < 30
    assert "reason=timeout" in log and "--query.timeout" in log


FUTURE = time.time() + 3600


@pytest.mark.parametrize("flags, settings, code, said", [
    (("--from=2026-01-01T00:00:00Z", f"--to={FUTURE:.0f}", "--output=x.om"), {}, WRONG,
     ["--to", "future"]),
    (("--from=2020-01-01T00:00:00Z",), {"STORAGE_PATH": "storage"}, WRONG,
     ["--from", "--storage.retention", "--output"]),
    (("--from=2026-01-01T00:00:00Z",), {}, WRONG, ["--output", "--storage.path"]),
    (("--from=2026-01-01T00:00:01Z", "--to=2026-01-01T00:00:01.5Z", "--output=x.om"), {}, WRONG,
     ["--from, --to", "no window"]),
    (("--from=2026-01-02T00:00:00Z", "--to=2026-01-01T00:00:00Z", "--output=x.om"), {}, WRONG,
     ["--from", "--to"]),
    (("--from=2026-01-01T00:00:00Z", "--output=."), {}, WRONG, ["--output", "directory"]),
    (("--from=2026-01-01T00:00:00Z", "--output=none/x.om"), {}, FAILED,
     ["--output", "No such file"]),
    (("--from=2026-01-01T00:00:00Z", "--output=/proc/x.om"), {}, FAILED,
     ["--output", "/proc/x.om"]),
    (("--output=x.om",), {}, WRONG, ["--from"]),
], ids=lambda value: value[-1] if isinstance(value, tuple) else "")
def test_what_cannot_be_done_is_refused_before_anything_is_asked(
        past: Past, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...],
        settings: dict, code: int, said: list[str]) -> None:
    monkeypatch.chdir(tmp_path)
    with counting(past.url) as between:
        actual, log = backfill(None, flags=flags, **source(past, between.url), **settings)
        assert not between.requests
    assert actual == code, log
    assert all(word in log for word in said), log
    assert os.listdir(tmp_path) == []


def test_a_link_stays_and_the_file_that_it_leads_to_is_replaced(past: Past, tmp_path: Path) -> None:
    target, link = tmp_path / "target.om", tmp_path / "folder" / "link.om"
    target.write_text("old")
    link.parent.mkdir()
    link.symlink_to("../target.om")
    code, log = backfill(past.span(30), link, **source(past))
    assert code == COMPLETE, log
    assert os.readlink(link) == "../target.om" and target.read_text().endswith("# EOF\n")
    assert sorted(os.listdir(tmp_path)) == ["folder", "target.om"]
    assert os.listdir(link.parent) == ["link.om"]


def test_what_is_no_file_is_not_replaced(past: Past, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "link").symlink_to("pipe")
    for name in ("pipe", "link"):
        code, log = backfill(past.span(30), tmp_path / name, **source(past))
        assert code == WRONG and f"{tmp_path / name} is no regular file" in log, log
    assert pipe.is_fifo() and sorted(os.listdir(tmp_path)) == ["link", "pipe"]


LINE = re.compile(r"^(\d+) of (\d+) windows, [\d.]+/s(, (\d+[hms])+ left)?$", re.M)
BAR = re.compile(r"\[#*-*\] (\d+) of (\d+) windows, [\d.]+/s(, (?:\d+[hms])+ left)?")


def test_progress_in_plain_lines_on_a_pipe(past: Path, tmp_path: Path) -> None:
    with counting(past.url, delay=1.5) as between:
        process = Backfill(past.span(SECONDS), tmp_path / "some.om", **source(past, between.url),
                           QUERY_CONCURRENCY=1)
        time.sleep(11)
        process.process.send_signal(signal.SIGINT)
        code, log = process.wait(10)
    assert code == PARTIAL
    lines = LINE.findall(log)
    assert len(lines) == 1 and int(lines[0][0]) > 0 and lines[0][2], log
    assert int(lines[0][1]) == len(all_slots(past.span(SECONDS)))
    assert "\r" not in log and "#" not in log


def on_terminal(past: Past, url: str, output: Path) -> OnTerminal:
    start, end = past.span(SECONDS)
    return OnTerminal([*command(), "backfill", f"--from={start:.0f}", f"--to={end:.0f}",
                       f"--output={output}"], environment(source(past, url)), PATIENCE)


def test_a_progress_bar_on_a_terminal(past: Past, tmp_path: Path) -> None:
    with counting(past.url, delay=0.2) as between:
        process = on_terminal(past, between.url, tmp_path / "some.om")
        text = "".join(process.pieces())
        assert process.wait() == COMPLETE, text
    bars = [(int(done), int(total), bool(left)) for done, total, left in BAR.findall(text)]
    assert len(bars) >= 3
    assert {total for _, total, _ in bars} == {len(all_slots(past.span(SECONDS)))}
    assert bars == sorted(bars) and bars[0][0] < bars[-1][0] and any(left for _, _, left in bars)
    assert all(len(line) < 80 for line in re.split(r"\r\x1b\[K", text) if "[#" in line)
    last = text.rsplit("\x1b[K", 1)[1]
    assert last.startswith("complete: ") and last.count("\n") == 1  # the bar is gone


def test_a_stop_on_a_terminal(past: Past, tmp_path: Path) -> None:
    with counting(past.url, delay=0.2) as between:
        process = on_terminal(past, between.url, tmp_path / "some.om")
        text = ""
        for piece in process.pieces():
            if not BAR.search(text) and BAR.search(text + piece):
                process.process.send_signal(signal.SIGINT)
            text += piece
        assert process.wait() == PARTIAL, text
    # Not behind the bar, and nothing of it behind the line.
    assert re.search(r'/s(, \w+ left)?\r\x1b\[Ktime=\S+ level=info msg="stopping" signal=SIGINT\r\n', text)
    last = text.rsplit("\x1b[K", 1)[1]
    assert last.startswith("stopped: ") and last.count("\n") == 1

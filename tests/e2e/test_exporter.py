"""The port that is scraped: formats, paths, clients of all kinds, and the bits of the numbers."""

from __future__ import annotations

import gzip
import http.client
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import exposition_text
import pytest
from daemon import SHORT, Daemon, write_rules
from fake_behaviors import hang, matrix
from fake_prometheus import FakePrometheus
from faults import labeled
from pack_evaluators import PACK
from page import page_of, wait_for
from servers import has_ipv6

# What Prometheus 2.42 asks with (scrape/scrape.go).
PROMETHEUS_ACCEPT = ("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                     "text/plain;version=0.0.4;q=0.5,*/*;q=0.1")
DAY = {"interval": "1d", "step": "1h", "query_offset": "0s"}


def write_day(folder: Path, rules: int = 1) -> Path:
    return write_rules(folder / "rules.yaml", [DAY | {"name": "only", "rules": [
        {"record": f"rule_{i}", "expr": f"rule_{i}", "aggregate": "last"} for i in range(rules)]}])


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    path = write_day(tmp_path_factory.mktemp("exporter"))
    with FakePrometheus(matrix(3, "0.1")) as fake, Daemon(PROMETHEUS_URL=fake.url, QUERIES=path) as running:
        running.wait_until_ready()
        yield running


def ask(daemon: Daemon, path: str = "/metrics", method: str = "GET", body: bytes | None = None,
        **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection(daemon.url.removeprefix("http://"), timeout=20)
    connection.request(method, path, body, {name.replace("_", "-"): text for name, text in headers.items()})
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response, content


@pytest.mark.parametrize("accept, expected", [
    ("", "text/plain"), ("*/*", "text/plain"), ("text/plain;version=0.0.4", "text/plain"), ("text/html", "text/plain"),
    (PROMETHEUS_ACCEPT, "application/openmetrics-text"), ("application/openmetrics-text", "application/openmetrics-text"),
    ("text/plain;q=0.5,application/openmetrics-text;version=1.0.0;q=0.1", "text/plain"),
])
def test_the_format_that_is_asked_for(daemon: Daemon, accept: str, expected: str) -> None:
    response, content = ask(daemon, Accept=accept)
    version = {"text/plain": "0.0.4", "application/openmetrics-text": "1.0.0"}[expected]
    kind = response.getheader("Content-Type")
    assert kind.split(";")[0] == expected and f"version={version}" in kind and "charset=utf-8" in kind
    assert content.endswith(b"# EOF\n") == (expected != "text/plain")
    assert b'rule_0{i="0"} 0.1\n' in content


@pytest.mark.parametrize("accept", ("", PROMETHEUS_ACCEPT), ids=("text", "openmetrics"))
def test_gzip_carries_the_same_page(daemon: Daemon, accept: str) -> None:
    plain, text = ask(daemon, Accept=accept)
    packed, data = ask(daemon, Accept=accept, Accept_Encoding="gzip")
    assert plain.getheader("Content-Encoding") is None and packed.getheader("Content-Encoding") == "gzip"
    recorded = [[line for line in page.splitlines() if line.startswith(("rule_", "# HELP", "# TYPE", "# EOF"))]
                for page in (text.decode(), gzip.decompress(data).decode())]
    assert recorded[0] == recorded[1] and len(recorded[0]) > 40
    assert ask(daemon, Accept_Encoding="gzip;q=0")[0].getheader("Content-Encoding") is None


@pytest.mark.parametrize("path, method, status, words", [
    ("/-/healthy", "GET", 200, "alive"), ("/healthz", "GET", 200, "alive"), ("/-/ready", "GET", 200, "ready"),
    ("/", "GET", 200, 'href="metrics"'), ("/metrics?name=x", "GET", 200, "rule_0"), ("/nothing", "GET", 404, "/metrics"),
    ("/metrics/", "GET", 404, ""), ("/../etc/passwd", "GET", 404, ""), ("/metrics", "POST", 405, "GET"),
    ("/metrics", "DELETE", 405, "GET"), ("/-/ready", "PUT", 405, "GET"), ("/nothing", "POST", 404, ""),
])
def test_paths_and_methods(daemon: Daemon, path: str, method: str, status: int, words: str) -> None:
    response, content = ask(daemon, path, method)
    assert response.status == status and words in content.decode()
    assert (response.getheader("Allow") is not None) == (status == 405)
    head, nothing = ask(daemon, path, "HEAD")
    assert nothing == b""
    if method == "GET":
        assert head.status == status and head.getheader("Content-Type") == response.getheader("Content-Type")
        if "metrics" not in path:
            assert head.getheader("Content-Length") == str(len(content))


def test_a_body_is_refused(daemon: Daemon) -> None:
    response, _ = ask(daemon, "/metrics", "POST", b"x" * 100_000)
    assert response.status == 405
    assert ask(daemon)[0].status == 200


def test_too_long_a_header_is_431(daemon: Daemon) -> None:
    response, _ = ask(daemon, X_Filler="x" * 100_000)
    assert response.status == 431
    assert ask(daemon)[0].status == 200


def test_not_ready_until_every_group_was_attempted(tmp_path: Path) -> None:
    with FakePrometheus(hang()) as fake, \
            Daemon(PROMETHEUS_URL=fake.url, QUERIES=write_day(tmp_path), QUERY_TIMEOUT="300ms") as daemon:
        wait_for(lambda: fake.requests)
        assert ask(daemon, "/-/ready")[0].status == 503 and ask(daemon, "/-/healthy")[0].status == 200
        daemon.wait_until_ready()  # attempted, and failed
        assert page_of(daemon).failures("only") == {"timeout": 1}


def test_metrics_about_the_daemon_start_at_zero(tmp_path: Path) -> None:
    with FakePrometheus(hang()) as fake, Daemon(PROMETHEUS_URL=fake.url, QUERIES=write_day(tmp_path)) as daemon:
        wait_for(lambda: fake.requests)
        page = page_of(daemon)
    ours = [(name, labels, value) for name, labels, value, _ in page.samples if name.startswith("downsampled_rule_")]
    assert {name for name, _, _ in ours} >= {
        "downsampled_rule_" + name for name in ("evaluations_total", "evaluation_failures_total", "last_duration_seconds",
                                                "window_end_timestamp_seconds", "group_iterations_missed_total")}
    other = {"downsampled_rule_group_interval_seconds", "downsampled_rule_group_last_slot_lag_seconds"}
    assert {value for name, _, value in ours if name not in other} == {0}
    reasons = {labels["reason"] for _, labels, _ in ours if "reason" in labels}
    assert reasons >= {"connect", "timeout", "unauthorized", "duplicate_series"}


@pytest.mark.parametrize("host", ("127.0.0.1", pytest.param(
    "::1", marks=pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6"))))
def test_every_address_is_listened_on(tmp_path: Path, host: str) -> None:
    with FakePrometheus(matrix()) as fake, Daemon(
            PROMETHEUS_URL=fake.url, QUERIES=write_day(tmp_path), LISTEN_ADDRESS=":0") as daemon:
        port = int(daemon.url.rsplit(":", 1)[1])
        connection = http.client.HTTPConnection(host, port, timeout=10)
        connection.request("GET", "/-/healthy")
        assert connection.getresponse().read() == b"downsampled is alive.\n"


def test_the_pack_passes_promtool_but_for_one_name(tmp_path: Path) -> None:
    with FakePrometheus(matrix()) as fake, Daemon(PROMETHEUS_URL=fake.url, QUERIES=PACK) as daemon:
        daemon.wait_until_ready()
        text = daemon.get()
    assert sum(name.startswith("model_") for name in exposition_text.metadata(text)) == 7
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=60)
    found = (done.stdout + done.stderr).strip().splitlines()
    assert found == ['model_cpu_usage_seconds_total non-counter metrics should not have "_total" suffix']
    assert done.returncode == 3


def test_a_page_of_thousands_of_rules_comes_whole(tmp_path: Path) -> None:
    rules = 1100 if SHORT else 3000  # more parts than one system call takes
    with FakePrometheus(matrix(1, "7")) as fake, \
            Daemon(PROMETHEUS_URL=fake.url, QUERIES=write_day(tmp_path, rules)) as daemon:
        daemon.wait_until_ready(60)
        for data in (ask(daemon)[1], gzip.decompress(ask(daemon, Accept_Encoding="gzip")[1])):
            found = {name: value for name, _, value, _ in exposition_text.samples(data.decode())}
            assert all(found[f"rule_{i}"] == 7 for i in range(rules))
            assert "process_open_fds" in found, "the end of the page"


def connect(daemon: Daemon) -> socket.socket:
    host, port = daemon.url.removeprefix("http://").split(":")
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect((host, int(port)))
    return client


def test_a_slow_client_does_not_hold_up_another(tmp_path: Path) -> None:
    with FakePrometheus(labeled(4000, "x" * 2000)) as fake, \
            Daemon(PROMETHEUS_URL=fake.url, QUERIES=write_day(tmp_path)) as daemon:
        daemon.wait_until_ready()
        slow = [connect(daemon) for _ in range(5)]
        for client in slow:
            client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        start = time.monotonic()
        assert len(page_of(daemon).all("rule_0")) == 4000
        assert time.monotonic() - start < 5
        slow[0].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        received = bytearray()
        while data := slow[0].recv(1 << 20):
            received += data
        assert received.count(b"\nrule_0{") == 4000, "the slow one gets all of it as well"
        for client in slow:
            client.close()


def test_too_many_clients_are_turned_away_and_the_others_served(daemon: Daemon) -> None:
    idle = [connect(daemon) for _ in range(300)]
    time.sleep(0.2)
    assert len(list(Path(f"/proc/{daemon.process.pid}/fd").iterdir())) < 290
    for client in idle:
        client.close()
    wait_for(lambda: answers(daemon))


def answers(daemon: Daemon) -> bool:
    try:
        return ask(daemon, "/-/healthy")[0].status == 200
    except OSError:
        return False

"""What stands between the daemon and its source: no server, no name, TLS, redirects, a giant reply."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from daemon import SHORT, Daemon, once, write_rules
from fake_behaviors import giant, matrix, redirect, status
from fake_prometheus import Certificate, FakePrometheus
from faults import redirect_to_same_host
from page import events, page_of, wait_for
from servers import free_port

TOKEN = "a-token-that-nobody-else-may-see"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return write_rules(tmp_path / "rules.yaml", [
        {"name": "only", "interval": "1s", "step": "1s", "query_offset": "0s",
         "rules": [{"record": "one", "expr": "one"}, {"record": "two", "expr": "two"}]}])


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate.create(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def secure(certificate: Certificate) -> Iterator[FakePrometheus]:
    with FakePrometheus(matrix(), certificate) as fake:
        yield fake


def assert_fails_and_lives_on(rules: Path, reason: str, **settings: object) -> None:
    """Each rule says so once and counts it each time; then the daemon ends as it should."""
    with Daemon(QUERIES=rules, LOG_FORMAT="json", QUERY_TIMEOUT="2s", **settings) as daemon:
        daemon.wait_until_ready()
        page = wait_for(lambda: (page := page_of(daemon)).failures("only").get(reason, 0) >= 4 and page)
        assert page.failures("only").keys() == {reason}
        assert daemon.stop() == 0
        failed = events(daemon.log(), "rule failed")
    assert sorted((event["rule"], event["reason"]) for event in failed) == [("one", reason), ("two", reason)]
    done = once(QUERIES=rules, LOG_FORMAT="json", QUERY_TIMEOUT="2s", **settings)
    assert (done.code, done.text) == (1, "")
    assert reason in {event["reason"] for event in events(done.log, "rule failed")}


def test_connection_refused(rules: Path) -> None:
    assert_fails_and_lives_on(rules, "connect", PROMETHEUS_URL=f"http://127.0.0.1:{free_port()}")


def test_no_such_name(rules: Path) -> None:
    assert_fails_and_lives_on(rules, "resolve", PROMETHEUS_URL="http://no-such-host.invalid:9090")


def test_each_change_is_said_once(rules: Path) -> None:
    """No server, a server, one that fails, one that is well again."""
    def said(message: str) -> list[tuple[str, str]]:
        return [(event["rule"], event.get("reason", "")) for event in events(daemon.log(), message)]

    def published() -> bool:
        page = page_of(daemon)
        return all(page.value(rule, i="0") for rule in ("one", "two"))

    port = free_port()
    refused, broken = [[(rule, reason) for rule in ("one", "two")] for reason in ("connect", "unavailable")]
    recovered = [("one", ""), ("two", "")]
    with Daemon(QUERIES=rules, LOG_FORMAT="json", PROMETHEUS_URL=f"http://127.0.0.1:{port}") as daemon:
        wait_for(lambda: page_of(daemon).failures("only").get("connect", 0) >= 4)
        assert said("rule failed") == refused and said("rule recovered") == []
        with FakePrometheus(matrix(), port=port) as fake:
            wait_for(lambda: published() and said("rule recovered") == recovered)
            fake.set_plan(status(503))
            wait_for(lambda: page_of(daemon).failures("only").get("unavailable", 0) >= 4)
            assert said("rule failed") == refused + broken
            fake.set_plan(matrix())
            wait_for(lambda: said("rule recovered") == recovered * 2)
        assert said("rule failed") == refused + broken


def test_self_signed_is_refused(rules: Path, secure: FakePrometheus) -> None:
    assert_fails_and_lives_on(rules, "tls", PROMETHEUS_URL=secure.url)
    assert secure.requests == []


def test_https_to_a_server_without_tls(rules: Path) -> None:
    with FakePrometheus(matrix()) as fake:
        assert_fails_and_lives_on(rules, "tls", PROMETHEUS_URL=fake.url.replace("http:", "https:"))


def test_a_known_authority_is_trusted(rules: Path, secure: FakePrometheus, certificate: Certificate) -> None:
    done = once(QUERIES=rules, PROMETHEUS_URL=secure.url, PROMETHEUS_TLS_CA_FILE=certificate.certificate)
    assert (done.code, len(done.results())) == (0, 2), done.log


def test_a_client_certificate_is_shown_where_there_is_one(rules: Path, certificate: Certificate,
                                                          tmp_path: Path) -> None:
    own = Certificate.create(tmp_path, "client")
    with FakePrometheus(matrix(), certificate, client_authority=own.certificate) as fake:
        server = {"PROMETHEUS_URL": fake.url, "PROMETHEUS_TLS_CA_FILE": certificate.certificate}
        shown = once(QUERIES=rules, PROMETHEUS_TLS_CERT_FILE=own.certificate, PROMETHEUS_TLS_KEY_FILE=own.key, **server)
        assert (shown.code, len(shown.results())) == (0, 2), shown.log
        assert_fails_and_lives_on(rules, "tls", **server)


def test_a_redirect_on_the_same_host_is_followed_with_the_token(rules: Path) -> None:
    with FakePrometheus(redirect_to_same_host()) as fake:
        done = once(QUERIES=rules, PROMETHEUS_URL=fake.url, PROMETHEUS_SELDON_TOKEN=TOKEN)
        seen = fake.requests
    assert (done.code, len(done.results())) == (0, 2), done.log
    assert [(request.method, request.path) for request in seen] == [
        ("POST", "/api/v1/query_range"), ("POST", "/moved/api/v1/query_range")] * 2
    assert {request.headers["authorization"] for request in seen} == {f"Bearer {TOKEN}"}
    assert [request.form["query"] for request in seen] == ["one", "one", "two", "two"]


@pytest.mark.parametrize("code", (301, 302, 303, 307, 308))
@pytest.mark.parametrize("host", ("127.0.0.1", "localhost"))
def test_a_redirect_to_another_server_is_not_followed(rules: Path, host: str, code: int) -> None:
    with FakePrometheus(matrix()) as other:
        target = f"http://{host}:{other.port}/api/v1/query_range?secret={TOKEN}"
        with FakePrometheus(redirect(target, code)) as fake:
            done = once(QUERIES=rules, LOG_FORMAT="json", PROMETHEUS_URL=fake.url, PROMETHEUS_SELDON_TOKEN=TOKEN)
    assert done.code == 1 and other.requests == []
    assert {event["reason"] for event in events(done.log, "rule failed")} == {"redirect"}
    assert TOKEN not in done.log


def peak_memory(daemon: Daemon) -> int:
    """Bytes of RAM that the process held at most."""
    status = Path(f"/proc/{daemon.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) * 1024


def test_a_giant_reply_is_taken_in_bounded_memory(tmp_path: Path) -> None:
    size = 1 << (26 if SHORT else 30)
    path = write_rules(tmp_path / "rules.yaml", [
        {"name": "only", "interval": "1d", "step": "15s", "rules": [{"record": "giant", "expr": "giant"}]}])
    points = 24 * 60 * 4
    with FakePrometheus(giant(size, points)) as fake, \
            Daemon(PROMETHEUS_URL=fake.url, QUERIES=path, QUERY_TARGET_REPLY_BYTES="2GiB") as daemon:
        before = peak_memory(daemon)
        daemon.wait_until_ready(120)
        page = page_of(daemon)
        grown = peak_memory(daemon) - before
        assert len(fake.requests) == 2  # a little first, then all the rest
    found = page.all("giant")
    assert {value for _, value in found} == {0.123456789012345}
    assert len({labels["i"] for labels, _ in found}) == len(found) >= size // (points * 40)
    assert page.value("downsampled_rule_last_evaluation_samples", rule="giant") == len(found) * points
    assert page.value("downsampled_source_received_bytes_total") >= size
    # A few MB for the series that come out, wherever memory is not a sanitizer's.
    assert grown < (1 << 30 if SHORT else 24 << 20), f"{grown} bytes"

"""The subcommand `probe`: the exit code and the one line that health checks go by."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from daemon import Daemon, command, environment, write_rules
from fake_behaviors import hang, matrix
from fake_prometheus import FakePrometheus
from servers import free_port, has_ipv6

PATIENCE = 5.0  # as the program has it


def probe(*arguments: str, **settings: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*command(), "probe", *arguments], env=environment(settings), timeout=60,
                          capture_output=True, text=True)


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return write_rules(tmp_path / "rules.yaml",
                       [{"name": "only", "rules": [{"record": "one", "expr": "one"}]}])


@contextmanager
def answering(status: int, body: bytes, **headers: str) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """The URL of a server that answers every GET so, and the requests' headers."""
    seen: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/-/ready", seen
    finally:
        server.shutdown()
        server.server_close()


def test_a_daemon_becomes_ready(rules: Path) -> None:
    with FakePrometheus(hang()) as fake, Daemon(PROMETHEUS_URL=fake.url, QUERIES=rules) as daemon:
        url = f"{daemon.url}/-/ready"
        waiting = probe(url)
        assert (waiting.returncode, waiting.stdout) == (1, "")
        assert waiting.stderr == (f"{url} answered 503: Not ready: these groups have not been evaluated yet: "
                                  f"{rules};only.\n")
        healthy = probe(f"{daemon.url}/-/healthy")
        assert (healthy.returncode, healthy.stderr) == (0, "")
    with FakePrometheus(matrix()) as fake, Daemon(PROMETHEUS_URL=fake.url, QUERIES=rules) as daemon:
        daemon.wait_until_ready()
        ready = probe(f"{daemon.url}/-/ready")
        assert (ready.returncode, ready.stderr) == (0, "")
        assert ready.stdout == f"{daemon.url}/-/ready answered 200: downsampled is ready.\n"


@pytest.mark.parametrize("host, spelled", [("", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("127.0.0.2", "127.0.0.2"),
                                           ("[::1]", "[::1]"), ("[::]", "[::1]"), ("localhost", "localhost")])
def test_the_settings_of_the_daemon_are_enough(rules: Path, host: str, spelled: str) -> None:
    if "[" in host and not has_ipv6():
        pytest.skip("no IPv6 on the loopback interface")
    settings = {"LISTEN_ADDRESS": f"{host}:{free_port()}", "QUERIES": rules}
    port = settings["LISTEN_ADDRESS"].rpartition(":")[2]
    assert probe(**settings).returncode == 1
    with FakePrometheus(matrix()) as fake, Daemon(PROMETHEUS_URL=fake.url, **settings):
        for _ in range(100):
            done = probe(**settings)
            if done.returncode == 0:
                break
            time.sleep(0.1)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"http://{spelled}:{port}/-/ready answered 200: ")


@pytest.mark.parametrize("status, body, said", [
    (500, b"one\ntwo\n", "answered 500: one"), (404, b"", "answered 404: "), (204, b"", "answered 204: "),
    (503, b"<html><body>\nbusy", "answered 503: "), (201, b"made\n", "answered 201: made"),
    (401, b"\x1b[2J\xff" + b"x" * 100_000, "answered 401: [2J?" + "x" * 100)])
def test_any_other_answer_is_1_and_shown_in_a_line(status: int, body: bytes, said: str) -> None:
    with answering(status, body) as (url, _):
        done = probe(url)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{url} {said}") and done.stderr.count("\n") == 1 and len(done.stderr) < 1000


def test_a_long_200_is_ready() -> None:
    with answering(200, b"x" * 1_000_000) as (url, _):
        done = probe(url)
    assert (done.returncode, done.stderr) == (0, "") and len(done.stdout) < 1000


def test_no_credentials_and_no_proxy(rules: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("t0psecret")
    sources = [{"PROMETHEUS_SELDON_TOKEN": "t0psecret"}, {"PROMETHEUS_SELDON_TOKEN_FILE": tmp_path / "secret"},
               {"PROMETHEUS_USERNAME": "ann", "PROMETHEUS_PASSWORD_FILE": tmp_path / "secret"}]
    with answering(200, b"ok\n") as (url, seen):
        for settings in sources:
            assert probe(url, http_proxy="http://127.0.0.1:9", all_proxy="http://127.0.0.1:9",
                         **settings).returncode == 0
        assert len(seen) == 3
        for headers in seen:
            assert headers["user-agent"].startswith("downsampled/")
            assert "authorization" not in headers and "t0psecret" not in str(headers)


def test_a_redirect_stays_on_its_host() -> None:
    with answering(200, b"ok\n") as (target, _), answering(302, b"", Location=target) as (url, _):
        done = probe(url)
    assert done.returncode == 1 and target in done.stderr and "not followed" in done.stderr


def test_what_cannot_be_reached_is_1() -> None:
    refused = probe("http://127.0.0.1:9/-/ready")
    assert refused.returncode == 1 and refused.stderr.startswith("http://127.0.0.1:9/-/ready cannot be reached: ")
    unknown = probe("http://no-such-host.invalid/-/ready")
    assert unknown.returncode == 1 and "no-such-host.invalid" in unknown.stderr
    assert refused.stderr.count("\n") == unknown.stderr.count("\n") == 1


def test_it_does_not_wait_for_long() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        done = probe(f"http://127.0.0.1:{silent.getsockname()[1]}/-/ready")
        took = time.monotonic() - start
    assert (done.returncode, done.stdout) == (1, "") and "did not answer in time" in done.stderr
    assert PATIENCE - 0.1 <= took < PATIENCE + 3


@pytest.mark.parametrize("arguments, settings, words", [
    (("localhost:8000",), {}, "localhost:8000"), (("http://a/", "http://b/"), {}, "http://b/"),
    (("http://ann:t0psecret@localhost/",), {}, "credentials"), (("--timeout=1s",), {}, "--timeout"),
    ((), {"LISTEN_ADDRESS": "127.0.0.1:0"}, "LISTEN_ADDRESS"), (("http://a/",), {"LOG_LEVEL": "loud"}, "LOG_LEVEL")])
def test_bad_usage_is_2(arguments: tuple[str, ...], settings: dict[str, str], words: str) -> None:
    done = probe(*arguments, **settings)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr and "t0psecret" not in done.stderr and done.stderr.count("\n") == 1

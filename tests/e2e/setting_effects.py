"""What each setting does, as seen from outside: the registry that test_settings.py walks."""

from __future__ import annotations

import base64
import socket
import sqlite3
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from daemon import Daemon, Once, once, write_rules
from fake_behaviors import grid_of, hang, matrix
from fake_prometheus import Behavior, Certificate, Exchange, FakePrometheus, Request
from faults import labeled
from page import Page, events

TIME = ("--time", "1772323200")


@dataclass(frozen=True)
class Given:
    """The ways to give the program a setting."""

    flag: str
    variable: str
    over: str | None  # what its variable says while the flag says something else
    folder: Path

    def __call__(self, value: object) -> tuple[list[str], dict[str, object]]:
        """Arguments and variables."""
        if not self.flag:
            return [], {self.variable: value}
        return [f"{self.flag}={value}"], {} if self.over is None else {self.variable: self.over}

    def rules(self, **keys: object) -> Path:
        group = {"name": "only", "rules": [{"record": "one", "expr": "one"}]} | keys
        return write_rules(self.folder / "rules.yaml", [group])

    def once(self, value: object, *arguments: str, **settings: object) -> Once:
        own, variables = self(value)
        if "QUERIES" not in settings | variables:
            settings["QUERIES"] = self.rules()
        return once(*own, *(arguments or TIME), timeout=60, **(settings | variables))

    def daemon(self, value: object, **settings: object) -> Daemon:
        own, variables = self(value)
        if "QUERIES" not in settings | variables:
            settings["QUERIES"] = self.rules()
        return Daemon(*own, **(settings | variables))

    def asked(self, value: object, *arguments: str, behavior: Behavior = matrix(), **settings: object) -> list[Request]:
        """What the source is asked by a `once` that succeeds."""
        with FakePrometheus(behavior) as fake:
            done = self.once(value, *arguments, **({"PROMETHEUS_URL": fake.url} | settings))
            assert done.code == 0, done.log
            return fake.requests


def reason_of(done: Once) -> str:
    assert done.code == 1, done.log
    return next(event["reason"] for event in events(done.log, "rule failed"))


def url(given: Given) -> None:
    with FakePrometheus(matrix()) as fake:
        assert given.once(fake.url + "/prefix/api/v1/").code == 0
        assert [request.path for request in fake.requests] == ["/prefix/api/v1/query_range"]


def config_file(given: Given) -> None:
    with FakePrometheus(matrix()) as fake:
        path = given.folder / "config.yaml"
        path.write_text(f"sources: [{{name: default, url: '{fake.url}/of-the-file'}}]")
        assert given.once(path).code == 0
        assert [request.path for request in fake.requests] == ["/of-the-file/api/v1/query_range"]


def username(given: Given) -> None:
    sent, = given.asked("ann")
    assert sent.headers["authorization"] == "Basic " + base64.b64encode(b"ann:").decode()


def password_file(given: Given) -> None:
    (given.folder / "password").write_text("horse\n")
    sent, = given.asked(given.folder / "password", PROMETHEUS_USERNAME="ann")
    assert sent.headers["authorization"] == "Basic " + base64.b64encode(b"ann:horse").decode()


def token(given: Given) -> None:
    assert [request.headers["authorization"] for request in given.asked("t0ken")] == ["Bearer t0ken"]


def token_file(given: Given) -> None:
    path = given.folder / "token"
    path.write_text("first")
    group = given.rules(interval="1s", query_offset="0s")
    with FakePrometheus(matrix()) as fake, given.daemon(path, PROMETHEUS_URL=fake.url, QUERIES=group):
        for word in ("first", "second"):
            path.write_text(word)
            deadline = time.monotonic() + 10
            while f"Bearer {word}" not in {request.headers["authorization"] for request in fake.requests}:
                assert time.monotonic() < deadline, f"never sent: {word}"
                time.sleep(0.05)


def tls_ca_file(given: Given) -> None:
    certificate = Certificate.create(given.folder)
    with FakePrometheus(matrix(), certificate) as fake:
        assert given.once(certificate.certificate, PROMETHEUS_URL=fake.url).code == 0


def client_certificate(given: Given, own: str) -> None:
    server, client = Certificate.create(given.folder), Certificate.create(given.folder, "client")
    files = {"PROMETHEUS_TLS_CERT_FILE": client.certificate, "PROMETHEUS_TLS_KEY_FILE": client.key}
    with FakePrometheus(matrix(), server, client_authority=client.certificate) as fake:
        done = given.once(files.pop(own), PROMETHEUS_URL=fake.url, PROMETHEUS_TLS_CA_FILE=server.certificate, **files)
        assert done.code == 0, done.log


def insecure(given: Given) -> None:
    with FakePrometheus(matrix(), Certificate.create(given.folder)) as fake:
        assert given.once("true", PROMETHEUS_URL=fake.url).code == 0
        refused = given.once("false", PROMETHEUS_URL=fake.url, QUERY_TIMEOUT="2s", LOG_FORMAT="json")
        assert reason_of(refused) == "tls"


def time_period(given: Given) -> None:
    sent, = given.asked("10m")
    assert (len(grid_of(sent)) * int(sent.form["step"]), sent.form["end"]) == (600, TIME[1])


def query_offset(given: Given) -> None:
    before = time.time()
    sent, = given.asked("400d", "--log.level=info")
    assert -1 <= before - 400 * 86400 - float(sent.form["end"]) <= 3600 + 60


def step(given: Given) -> None:
    assert {request.form["step"] for request in given.asked("7s")} == {"7"}


def rules(given: Given) -> None:
    paths = [write_rules(given.folder / f"{name}_rules.yaml", [{"name": "only", "rules": [{"record": name, "expr": name}]}])
             for name in ("first", "second")]
    assert [request.form["query"] for request in given.asked(paths[1])] == ["second"]
    both = given.asked(f"{given.folder}/*_rules.yaml")
    assert [request.form["query"] for request in both] == ["first", "second"]


def timeout(given: Given) -> None:
    with FakePrometheus(hang()) as fake:
        start = time.monotonic()
        done = given.once("300ms", PROMETHEUS_URL=fake.url, LOG_FORMAT="json", STEP="1h")
        assert reason_of(done) == "timeout" and time.monotonic() - start < 5
        # The server gets nine tenths of what is left of it.
        assert 0.2 < max(float(request.form["timeout"]) for request in fake.requests) <= 0.27


def connect_timeout(given: Given) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = [socket.socket() for _ in range(4)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(full.getsockname())
        time.sleep(0.1)
        with given.daemon("300ms", PROMETHEUS_URL=f"http://127.0.0.1:{full.getsockname()[1]}") as daemon:
            daemon.wait_for_log("rule failed.*reason=connect", 5)
        for client in waiting:
            client.close()


def concurrency(given: Given) -> None:
    lock, now, most = threading.Lock(), 0, 0

    def count(exchange: Exchange) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.2)
        with lock:
            now -= 1
        matrix()(exchange)

    path = write_rules(given.folder / "groups.yaml", [
        {"name": f"group{i}", "rules": [{"record": f"rule{i}", "expr": f"one{i}"}]} for i in range(6)])
    with FakePrometheus(count) as fake, given.daemon("3", PROMETHEUS_URL=fake.url, QUERIES=path) as daemon:
        daemon.wait_until_ready()
    assert most == 3


def bound(given: Given, behavior: Behavior) -> None:
    with FakePrometheus(behavior) as fake:
        settings = {"PROMETHEUS_URL": fake.url, "LOG_FORMAT": "json"}
        assert reason_of(given.once("64KiB", **settings)) == "reply_too_large"
        assert given.once("10MiB", **settings).code == 0


def max_points(given: Given) -> None:
    sent = given.asked("7", STEP="60s")
    assert [len(grid_of(request)) for request in sent] == [7] * 8 + [4]


def target_reply_bytes(given: Given) -> None:
    """A reply has 12 bytes a point: `[1772319660,"1"],`, and some more; 1,440 points in a day."""
    fitting, whole = ([len(grid_of(request)) for request in given.asked(
        value, behavior=matrix(), STEP="1s")] for value in ("5000", "10MiB"))
    assert whole == [250, 3350]
    assert sum(fitting) == 3600 and all(200 < points < 300 for points in fitting[:-1])


def enable_lifecycle(g: Given) -> None:
    with FakePrometheus(matrix()) as fake, g.daemon("true", PROMETHEUS_URL=fake.url) as daemon:
        request = urllib.request.Request(daemon.url + "/-/reload", method="POST")
        with urllib.request.urlopen(request, timeout=10) as response:
            assert response.status == 200


def listen_address(given: Given) -> None:
    with FakePrometheus(matrix()) as fake, given.daemon("127.0.0.2:0", PROMETHEUS_URL=fake.url) as daemon:
        assert daemon.url.startswith("http://127.0.0.2:") and "alive" in daemon.get("/-/healthy")


def log_level(given: Given) -> None:
    with FakePrometheus(matrix()) as fake:
        logs = {level: given.once(level, PROMETHEUS_URL=fake.url).log for level in ("debug", "info")}
    assert "level=debug" in logs["debug"] and "level=debug" not in logs["info"]


def log_format(given: Given) -> None:
    with FakePrometheus(matrix()) as fake:
        log = given.once("json", PROMETHEUS_URL=fake.url, LOG_LEVEL="debug").log
        assert events(log, "rule evaluated", rule="one")
        assert "msg=\"rule evaluated\"" in given.once("logfmt", PROMETHEUS_URL=fake.url, LOG_LEVEL="debug").log


def windows_in(path: Path) -> int:
    with closing(sqlite3.connect(f"file:{path}/journal.db?mode=ro", uri=True)) as journal:
        return journal.execute("SELECT count(*) FROM window").fetchone()[0]


def storage_path(given: Given) -> None:
    path = given.folder / "made" / "with its parent"
    with FakePrometheus(matrix()) as fake, given.daemon(path, PROMETHEUS_URL=fake.url) as daemon:
        daemon.wait_until_ready()
        assert Page(daemon.get()).value("downsampled_journal_persistent") == 1
    assert windows_in(path) == 1


def journal_of_the_past(given: Given, fake: FakePrometheus) -> dict[str, object]:
    """The variables of a daemon whose journal ends a few windows of a second ago."""
    variables = {"PROMETHEUS_URL": fake.url, "STORAGE_PATH": given.folder / "journal",
                 "QUERIES": given.rules(interval="1s", query_offset="0s")}
    with Daemon(**variables) as daemon:
        daemon.wait_until_ready()
    assert windows_in(given.folder / "journal") > 0
    time.sleep(3)
    return variables


def retention(given: Given) -> None:
    with FakePrometheus(matrix()) as fake:
        past = journal_of_the_past(given, fake)
        now = past | {"QUERIES": given.rules(interval="1h"), "CATCH_UP_MAX_AGE": "0s"}
        for value, kept in (("2h", True), ("1s", False)):
            with given.daemon(value, **now) as daemon:
                daemon.wait_until_ready()
            # One may be this daemon's own: of the last whole hour.
            assert (windows_in(given.folder / "journal") > 1) == kept


def catch_up(given: Given) -> None:
    with FakePrometheus(matrix()) as fake:
        now = journal_of_the_past(given, fake)
        with given.daemon("0s", **now) as daemon:
            daemon.wait_for_log("windows lost")
            caught_up = Page(daemon.get()).value("downsampled_rule_windows_caught_up_total")
        assert caught_up == 0


@dataclass(frozen=True)
class Effect:
    shows: Callable[[Given], None]
    other: str  # a good value that does something else; FILE for a file that can be read
    bad: str


MISSING = "/no/such/file"
EFFECTS: dict[str, Effect] = {
    "CONFIG_FILE": Effect(config_file, "FILE", MISSING),
    "PROMETHEUS_URL": Effect(url, "http://127.0.0.1:9", "gopher://x"),
    "PROMETHEUS_USERNAME": Effect(username, "bob", "a:b"),
    "PROMETHEUS_PASSWORD_FILE": Effect(password_file, "FILE", MISSING),
    "PROMETHEUS_SELDON_TOKEN": Effect(token, "", "two words"),
    "PROMETHEUS_SELDON_TOKEN_FILE": Effect(token_file, "FILE", MISSING),
    "PROMETHEUS_TLS_CA_FILE": Effect(tls_ca_file, "FILE", MISSING),
    "PROMETHEUS_TLS_CERT_FILE": Effect(lambda g: client_certificate(g, "PROMETHEUS_TLS_CERT_FILE"), "FILE", MISSING),
    "PROMETHEUS_TLS_KEY_FILE": Effect(lambda g: client_certificate(g, "PROMETHEUS_TLS_KEY_FILE"), "FILE", MISSING),
    "PROMETHEUS_TLS_INSECURE_SKIP_VERIFY": Effect(insecure, "false", "maybe"),
    "TIME_PERIOD": Effect(time_period, "1h", "0s"),
    "QUERY_OFFSET": Effect(query_offset, "0s", "-1s"),
    "STEP": Effect(step, "15s", "fast"),
    "QUERIES": Effect(rules, "FILE", "/no/such/*.yaml"),
    "STORAGE_PATH": Effect(storage_path, MISSING, "/dev/null"),
    "STORAGE_RETENTION": Effect(retention, "40d", "0s"),
    "CATCH_UP_MAX_AGE": Effect(catch_up, "1h", "400d"),
    "QUERY_TIMEOUT": Effect(timeout, "1m", "0s"),
    "QUERY_CONNECT_TIMEOUT": Effect(connect_timeout, "1m", "never"),
    "QUERY_CONCURRENCY": Effect(concurrency, "6", "0"),
    "QUERY_MAX_REPLY_BYTES": Effect(lambda g: bound(g, labeled(100, "x" * 2000)), "1GiB", "0"),
    "QUERY_MAX_SERIES_BYTES": Effect(lambda g: bound(g, labeled(1, "x" * 200_000)), "1GiB", "-1"),
    "QUERY_MAX_POINTS": Effect(max_points, "11000", "0"),
    "QUERY_TARGET_REPLY_BYTES": Effect(target_reply_bytes, "16MiB", "0"),
    "ENABLE_LIFECYCLE": Effect(enable_lifecycle, "false", "maybe"),
    "LISTEN_ADDRESS": Effect(listen_address, "127.0.0.3:0", "8000"),
    "LOG_LEVEL": Effect(log_level, "error", "loud"),
    "LOG_FORMAT": Effect(log_format, "logfmt", "xml"),
}

"""The image's daemon as an orchestrator runs it: read-only root, any user, no capabilities."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from container import PROGRAM, Container
from daemon import Daemon, environment, once, write_rules
from exposition_text import samples
from fake_behaviors import matrix
from fake_prometheus import Certificate, FakePrometheus
from page import wait_for
from servers import free_port
from setting_effects import TIME, reason_of
from simulation.demo import DemoPrometheus, start_demo
from simulation.truth import RULES
from store import Image

RULE_FOLDER = "/etc/downsampled/queries"
OWN = [{"name": "own", "rules": [{"record": "own", "expr": "one"}]}]
STOP_SECONDS = 5.0
SCRAPE_JOB = """
- job_name: downsampled
  honor_labels: true
  scrape_interval: 1s
  scrape_timeout: 1s
  static_configs: [{{targets: ['{address}']}}]
"""


@pytest.fixture(scope="module")
def demo(image: Image) -> Iterator[DemoPrometheus]:
    """A quarter of an hour of a Seldon cluster in a real Prometheus."""
    server = start_demo(history_hours=0.25)
    yield server
    server.stop()


def scrape(demo: DemoPrometheus, address: str) -> None:
    path = demo.server.directory / "prometheus.yml"
    path.write_text(path.read_text() + SCRAPE_JOB.format(address=address))
    demo.server.process.send_signal(signal.SIGHUP)


def status_of(process: int) -> dict[str, list[str]]:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return {name: value.split() for name, value in (line.split(":", 1) for line in lines)}


def test_the_root_is_read_only_for_root_too(container: Container) -> None:
    command = Container(container.root, "0:0").command(
        "/usr/bin/touch", "/etc/downsampled/x", "/x", "/tmp/x"
    )
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and done.stderr.count("Read-only file system") == 3


def shown_by(daemon: Daemon) -> dict[tuple, float]:
    return {
        (name, *sorted(labels.items())): value
        for name, labels, value, _ in samples(daemon.get())
        if name in RULES
    }


def stored_by(demo: DemoPrometheus) -> dict[tuple, float]:
    """The same, out of the Prometheus that scraped it."""
    stored = {}
    for labels, value in demo.server.query('{job="downsampled",__name__=~"model_.+"}', time.time()):
        name = labels.pop("__name__")
        del labels["job"], labels["instance"]
        stored[name, *sorted(labels.items())] = value
    return stored


def test_prometheus_scrapes_what_the_shipped_rules_record(
    container: Container, demo: DemoPrometheus, monkeypatch: pytest.MonkeyPatch
) -> None:
    container.use(monkeypatch)
    address = f"127.0.0.1:{free_port()}"
    scrape(demo, address)
    with Daemon(PROMETHEUS_URL=demo.url, TIME_PERIOD="1m", LISTEN_ADDRESS=address) as daemon:
        daemon.wait_until_ready()
        assert {name for name, *_ in shown_by(daemon)} == set(RULES)
        # The page may change between the two; then the next try agrees.
        wait_for(lambda: shown_by(daemon) == stored_by(demo), 60, 1)
        status = status_of(daemon.process.pid)
        user, group = container.user.split(":")
        assert (set(status["Uid"]), set(status["Gid"])) == ({user}, {group})
        assert status["Groups"] == [] and status["NoNewPrivs"] == ["1"]
        assert status["CapEff"] == status["CapBnd"] == ["0" * 16]


@pytest.mark.parametrize("first_process", (False, True), ids=("any_user", "own_user_and_pid_1"))
def test_sigterm_ends_it(
    image: Image, container: Container, demo: DemoPrometheus, tmp_path: Path, first_process: bool
) -> None:
    if first_process:
        container = Container(image.root, image.store.configuration(image.name)["User"])
    address = f"127.0.0.1:{free_port()}"
    settings = {"PROMETHEUS_URL": demo.url, "TIME_PERIOD": "1m", "LISTEN_ADDRESS": address}
    command = container.command(PROGRAM, first_process=first_process)
    with open(tmp_path / "log", "wb") as log:
        started = subprocess.Popen(command, stdout=log, stderr=log, env=environment(settings))
    try:
        wait_for(lambda: probe(container, LISTEN_ADDRESS=address).returncode == 0)
        daemon = started.pid
        if first_process:
            daemon = int(Path(f"/proc/{daemon}/task/{daemon}/children").read_text())
            status = status_of(daemon)
            assert status["NSpid"][-1] == "1" and status["Uid"][0] == container.user.split(":")[0]
        start = time.monotonic()
        os.kill(daemon, signal.SIGTERM)
        assert started.wait(20) == 0
        assert time.monotonic() - start < STOP_SECONDS
    finally:
        started.kill()
        started.wait()
    assert 'msg="stopped"' in (tmp_path / "log").read_text()


def probe(container: Container, *url: str, **settings: object) -> subprocess.CompletedProcess:
    return subprocess.run(
        container.command(PROGRAM, "probe", *url),
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_probe_needs_no_shell(container: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    container.use(monkeypatch)
    address = f"127.0.0.1:{free_port()}"
    assert probe(container, LISTEN_ADDRESS=address).returncode == 1
    with FakePrometheus(matrix()) as fake, Daemon(
        PROMETHEUS_URL=fake.url, LISTEN_ADDRESS=address
    ) as daemon:
        daemon.wait_until_ready()
        assert probe(container, LISTEN_ADDRESS=address).returncode == 0
        assert probe(container, daemon.url + "/-/healthy").returncode == 0
        assert probe(container, daemon.url + "/nothing").returncode == 1


def test_a_mount_replaces_the_rules(
    container: Container, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted = container.with_mount(tmp_path, RULE_FOLDER)
    mounted.use(monkeypatch)
    with FakePrometheus(matrix()) as fake:
        done = once(*TIME, PROMETHEUS_URL=fake.url)
        assert done.code == 2 and "no rule files in " + RULE_FOLDER in done.log, done.log
        write_rules(tmp_path / "own.yaml", OWN)
        done = once(*TIME, PROMETHEUS_URL=fake.url)
    assert done.code == 0 and set(done.results()) == {"own"}, done.log


def test_the_shipped_certificate_authorities_are_asked(
    container: Container, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = Certificate.create(tmp_path)
    write_rules(tmp_path / "own.yaml", OWN)
    unknown = container.with_mount(tmp_path, RULE_FOLDER)
    with FakePrometheus(matrix(), certificate) as fake:
        unknown.use(monkeypatch)
        done = once(*TIME, PROMETHEUS_URL=fake.url, QUERY_TIMEOUT="2s", LOG_FORMAT="json")
        assert reason_of(done) == "tls"
        known = unknown.with_mount(certificate.certificate, "/etc/ssl/certs/ca-certificates.crt")
        known.use(monkeypatch)
        assert once(*TIME, PROMETHEUS_URL=fake.url).code == 0

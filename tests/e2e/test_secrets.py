"""Secrets reach the source and nobody else: no log, no metric, no error, no command line."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from daemon import Daemon, once, write_rules
from fake_behaviors import matrix, status
from fake_prometheus import Exchange, FakePrometheus
from page import page_of, wait_for

TOKEN = "tok-8c1f5b0e-a-secret"
PASSWORD = "pass-47a2d9-a-secret"


def bearer(path: Path) -> dict[str, object]:
    return {"PROMETHEUS_SELDON_TOKEN": TOKEN}


def bearer_file(path: Path) -> dict[str, object]:
    (path / "secret").write_text(TOKEN + "\n")
    return {"PROMETHEUS_SELDON_TOKEN_FILE": path / "secret"}


def basic(path: Path) -> dict[str, object]:
    (path / "secret").write_text(PASSWORD + "\n")
    return {"PROMETHEUS_USERNAME": "somebody", "PROMETHEUS_PASSWORD_FILE": path / "secret"}


BASIC = base64.b64encode(f"somebody:{PASSWORD}".encode()).decode()
SENT = {bearer: f"Bearer {TOKEN}", bearer_file: f"Bearer {TOKEN}", basic: f"Basic {BASIC}"}


def echo(exchange: Exchange) -> None:
    """A proxy that is too helpful: it says what it was sent."""
    status(401, f"not allowed: Authorization: {exchange.request.headers.get('authorization')}")(exchange)


@pytest.mark.parametrize("give", SENT, ids=lambda give: give.__name__)
def test_a_secret_goes_to_the_source_alone(tmp_path: Path, give) -> None:
    path = write_rules(tmp_path / "rules.yaml", [
        {"name": "only", "interval": "1s", "query_offset": "0s", "rules": [{"record": "one", "expr": "one"}]}])
    with FakePrometheus(echo) as fake:
        settings = give(tmp_path) | {"PROMETHEUS_URL": fake.url, "QUERIES": path, "LOG_LEVEL": "debug"}
        with Daemon(**settings) as daemon:
            page = wait_for(lambda: (page := page_of(daemon)).failures("only") and page)
            landing = daemon.get("/")
            command = Path(f"/proc/{daemon.process.pid}/cmdline").read_bytes().decode()
            fake.set_plan(matrix())
            wait_for(lambda: page_of(daemon).value("one", i="0"))
            log = daemon.log()
        fake.set_plan(echo)
        done = once(**settings)
        assert {request.headers["authorization"] for request in fake.requests} == {SENT[give]}
    assert "401" in log and done.code == 1
    for where, text in {"log": log, "page": page.text, "landing page": landing, "command line": command,
                        "output of once": done.text, "log of once": done.log}.items():
        for secret in (TOKEN, PASSWORD, BASIC):
            assert secret not in text, where


@pytest.mark.parametrize("content", ("", "two words", "caf\xe9", "a\nb", "x" * 70_000),
                         ids=("empty", "blank", "not_ascii", "lines", "long"))
def test_a_bad_token_is_not_quoted(tmp_path: Path, content: str) -> None:
    path = write_rules(tmp_path / "rules.yaml", [{"name": "only", "rules": [{"record": "one", "expr": "one"}]}])
    (tmp_path / "token").write_text(content)
    with FakePrometheus(matrix()) as fake:
        done = once(PROMETHEUS_URL=fake.url, QUERIES=path, PROMETHEUS_SELDON_TOKEN_FILE=tmp_path / "token",
                    QUERY_TIMEOUT="500ms", LOG_LEVEL="debug")
        assert fake.requests == []
    assert done.code in (1, 2) and "token" in done.log
    assert not content or content not in done.log


def test_a_bad_token_in_the_environment_is_not_quoted() -> None:
    done = once(PROMETHEUS_SELDON_TOKEN=f"{TOKEN} and more")
    assert done.code == 2 and "PROMETHEUS_SELDON_TOKEN" in done.log and TOKEN not in done.log


def test_credentials_in_the_url_are_refused_and_not_quoted() -> None:
    done = once(PROMETHEUS_URL=f"http://somebody:{PASSWORD}@localhost:9090")
    assert done.code == 2 and PASSWORD not in done.log
    assert "--prometheus.username" in done.log and "--prometheus.password-file" in done.log

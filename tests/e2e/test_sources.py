"""Several sources: which group asks which server, how each is spoken to, and what is not let pass."""

from __future__ import annotations

import base64
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml
from daemon import ROOT, Daemon, Once, command, environment, once, write_rules
from fake_behaviors import hang, matrix, status
from fake_prometheus import Certificate, FakePrometheus
from gateway import gateway, mark_partial, warn
from page import events, page_of, wait_for
from servers import Prometheus

END = 1_772_323_200  # 2026-03-01T00:00:00Z
TIME = ("--time", str(END))
TENANT = {"X-Scope-OrgID": "team-a"}


def config(folder: Path, *sources: dict) -> Path:
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump({"sources": list(sources)}, sort_keys=False))
    return path


def rules(folder: Path, **groups: str | None) -> Path:
    """A group of each name, which asks that source; None: it names none."""
    return write_rules(folder / "rules.yaml", [
        {"name": name, **({"source": source} if source else {}),
         "rules": [{"record": f"{name}_value", "expr": "which"}]} for name, source in groups.items()])


def history(value: int) -> str:
    samples = "".join(f"which {value} {second}\n" for second in range(END - 7200, END + 1, 15))
    return f"# TYPE which gauge\n{samples}# EOF\n"


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Prometheus, Prometheus]]:
    """Two whose only series says which of them it is: 1 and 2."""
    with ExitStack() as stack:
        first, second = (stack.enter_context(Prometheus(history=history(value))) for value in (1, 2))
        yield first, second


def values(done: Once) -> dict[str, float]:
    return {record: value for record, series in done.results().items() for value in series.values()}


def reasons(done: Once) -> list[str]:
    return [event["reason"] for event in events(done.log, "rule failed")]


def test_each_group_asks_its_own_source(servers: tuple[Prometheus, Prometheus], tmp_path: Path) -> None:
    first, second = servers
    path = config(tmp_path, {"name": "second", "url": second.url}, {"name": "again", "url": first.url + "/"})
    done = once(*TIME, PROMETHEUS_URL=first.url, CONFIG_FILE=path,
                QUERIES=rules(tmp_path, one=None, two="second", three="again", four="default"))
    assert done.code == 0, done.log
    assert values(done) == {"one_value": 1, "two_value": 2, "three_value": 1, "four_value": 1}


def test_the_file_may_describe_the_default_source(servers: tuple[Prometheus, Prometheus], tmp_path: Path) -> None:
    path = config(tmp_path, {"name": "default", "url": servers[1].url})
    done = once(*TIME, f"--config.file={path}", QUERIES=rules(tmp_path, one=None))
    assert done.code == 0 and values(done) == {"one_value": 2}, done.log


@pytest.mark.parametrize("settings", ({"PROMETHEUS_URL": "http://127.0.0.1:9"}, {"PROMETHEUS_SELDON_TOKEN": "abc"}),
                         ids=lambda settings: next(iter(settings)))
def test_default_is_not_described_twice(tmp_path: Path, settings: dict[str, object]) -> None:
    path = config(tmp_path, {"name": "other", "url": "http://127.0.0.1:9"}, {"name": "default", "url": "http://127.0.0.1:9"})
    done = once(*TIME, CONFIG_FILE=path, QUERIES=rules(tmp_path, one=None), **settings)
    assert done.code == 2
    assert f'{path}:4: source \\"default\\" is also what {next(iter(settings))} is for' in done.log, done.log


def test_no_group_asks_a_default_that_nobody_named(tmp_path: Path) -> None:
    """A file with other sources only: localhost:9090 is most likely nobody's server."""
    path = config(tmp_path, {"name": "eu", "url": "http://127.0.0.1:9"})
    done = once(*TIME, CONFIG_FILE=path, QUERIES=rules(tmp_path, one=None))
    assert done.code == 2 and "names no source" in done.log and "PROMETHEUS_URL" in done.log, done.log


def test_an_unknown_source_is_refused_by_check_as_well(tmp_path: Path) -> None:
    path = config(tmp_path, {"name": "europe", "url": "http://127.0.0.1:9"})
    file = rules(tmp_path, one="default", two="eurpoe")
    wanted = f'{file}:8: there is no source "eurpoe" (did you mean "europe"?); want one of default, europe'
    done = once(*TIME, CONFIG_FILE=path, PROMETHEUS_URL="http://127.0.0.1:9", QUERIES=file)
    assert done.code == 2 and wanted.replace('"', '\\"') in done.log, done.log
    for fix, code in ((False, 1), (True, 0)):
        if fix:
            file.write_text(file.read_text().replace("eurpoe", "europe"))
        checked = check(file, f"--config.file={path}")
        assert checked.returncode == code and (fix or wanted in checked.stderr), checked.stderr
    assert check(file).returncode == 1  # without the file there is no such source


def check(file: Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([*command(), "check", *arguments, file], env=environment({}), capture_output=True, text=True,
                          timeout=60)


def test_a_prefix_and_a_tenant(servers: tuple[Prometheus, Prometheus], tmp_path: Path) -> None:
    """The way to a Mimir: everything below /prometheus, for who says its tenant."""
    with FakePrometheus(gateway(servers[0], "/prometheus", TENANT["X-Scope-OrgID"])) as mimir:
        sources = ({"name": "mimir", "url": mimir.url + "/prometheus", "headers": TENANT},
                   {"name": "no_tenant", "url": mimir.url + "/prometheus"},
                   {"name": "no_prefix", "url": mimir.url, "headers": TENANT})
        done = once(*TIME, CONFIG_FILE=config(tmp_path, *sources), LOG_FORMAT="json", QUERY_TIMEOUT="5s",
                    QUERIES=rules(tmp_path, one="mimir", two="no_tenant", three="no_prefix"))
    assert values(done) == {"one_value": 1}
    assert done.code == 1 and reasons(done) == ["unauthorized", "http_status"], done.log


def test_parameters_stand_in_every_url(tmp_path: Path) -> None:
    source = {"name": "default", "params": {"partial_response": "false", "nocache": 1, "match": ["a b", "c&d"]}}
    with FakePrometheus(matrix()) as fake:
        done = once(*TIME, CONFIG_FILE=config(tmp_path, source | {"url": fake.url}), QUERIES=rules(tmp_path, one=None))
        sent, = fake.requests
    assert done.code == 0, done.log
    assert {"partial_response": "false", "nocache": "1", "match": "c&d", "query": "which"}.items() <= sent.form.items()


def basic(folder: Path) -> tuple[dict, str]:
    return ({"basic_auth": {"username": "ann", "password": "horse"}},
            "Basic " + base64.b64encode(b"ann:horse").decode())


def basic_file(folder: Path) -> tuple[dict, str]:
    (folder / "password").write_text("horse\n")
    return ({"basic_auth": {"username": "ann", "password_file": "password"}},  # beside the configuration file
            "Basic " + base64.b64encode(b"ann:horse").decode())


def bearer(folder: Path) -> tuple[dict, str]:
    return {"authorization": {"credentials": "t0ken"}}, "Bearer t0ken"


def other_type(folder: Path) -> tuple[dict, str]:
    (folder / "key").write_text("t0ken")
    return {"authorization": {"type": "Api-Key", "credentials_file": str(folder / "key")}}, "Api-Key t0ken"


def old_bearer(folder: Path) -> tuple[dict, str]:
    (folder / "key").write_text("t0ken")
    return {"bearer_token_file": "key"}, "Bearer t0ken"


@pytest.mark.parametrize("way", (basic, basic_file, bearer, other_type, old_bearer), ids=lambda way: way.__name__)
def test_credentials(way, tmp_path: Path) -> None:
    keys, wanted = way(tmp_path)
    with FakePrometheus(matrix()) as fake:
        done = once(*TIME, CONFIG_FILE=config(tmp_path, {"name": "default", "url": fake.url, **keys}),
                    QUERIES=rules(tmp_path, one=None))
        assert done.code == 0, done.log
        assert [request.headers["authorization"] for request in fake.requests] == [wanted]


def test_each_source_keeps_its_credentials_to_itself(tmp_path: Path) -> None:
    with FakePrometheus(matrix()) as one, FakePrometheus(matrix()) as two:
        path = config(tmp_path, {"name": "two", "url": two.url, "headers": {"X-Scope-OrgID": "b"}})
        done = once(*TIME, CONFIG_FILE=path, PROMETHEUS_URL=one.url, PROMETHEUS_SELDON_TOKEN="t0ken",
                    QUERIES=rules(tmp_path, one=None, two="two"))
        assert done.code == 0, done.log
        assert one.requests[0].headers["authorization"] == "Bearer t0ken"
        assert "x-scope-orgid" not in one.requests[0].headers
        assert "authorization" not in two.requests[0].headers


def test_a_proxy(tmp_path: Path) -> None:
    """The name is for the proxy to look up; its own password goes to it alone."""
    with FakePrometheus(matrix()) as proxy:
        url = proxy.url.replace("http://", "http://me:horse@")
        path = config(tmp_path, {"name": "default", "url": "http://prometheus.invalid:9090", "proxy_url": url})
        done = once(*TIME, CONFIG_FILE=path, QUERIES=rules(tmp_path, one=None))
        assert done.code == 0, done.log
        sent, = proxy.requests
    assert (sent.headers["host"], sent.path) == ("prometheus.invalid:9090", "/api/v1/query_range")
    assert sent.headers["proxy-authorization"] == "Basic " + base64.b64encode(b"me:horse").decode()


def test_the_certificate_is_checked_for_the_server_name(tmp_path: Path) -> None:
    """It is for localhost and 127.0.0.1; that is asked for by its address."""
    certificate = Certificate.create(tmp_path)
    with FakePrometheus(matrix(), certificate) as fake:
        def source(name: str) -> dict:
            return {"name": name.split(".")[0], "url": fake.url.replace("localhost", "127.0.0.1"),
                    "tls_config": {"ca_file": "server.crt", "server_name": name, "min_version": "TLS12"}}
        path = config(tmp_path, source("localhost"), source("elsewhere.example"))
        done = once(*TIME, CONFIG_FILE=path, LOG_FORMAT="json", QUERY_TIMEOUT="2s",
                    QUERIES=rules(tmp_path, one="localhost", two="elsewhere"))
        assert values(done) == {"one_value": 1}, done.log
        assert set(reasons(done)) == {"tls"}
        assert {request.headers["host"] for request in fake.requests} == {f"127.0.0.1:{fake.url.rsplit(':')[-1]}"}


PARTIAL = {"thanos": warn("receive series from Addr: 10.0.0.7:10901: rpc error: code = Unavailable desc = refused"),
           "no store": warn("No StoreAPIs matched for this query"), "victoria": mark_partial}


@pytest.mark.parametrize("how", PARTIAL)
def test_a_partial_answer_is_a_failure(servers: tuple[Prometheus, Prometheus], tmp_path: Path, how: str) -> None:
    with FakePrometheus(gateway(servers[0], edit=PARTIAL[how])) as fake:
        sources = [{"name": "strict", "url": fake.url}, {"name": "lenient", "url": fake.url, "allow_partial": True}]
        done = once(*TIME, CONFIG_FILE=config(tmp_path, *sources), LOG_FORMAT="json", QUERY_TIMEOUT="2s",
                    QUERIES=rules(tmp_path, two="lenient", one="strict"))  # which takes all the time there is
        asked = len(fake.requests)
    assert values(done) == {"two_value": 1}
    assert done.code == 1 and set(reasons(done)) == {"partial_answer"}, done.log
    assert "allow_partial: true" in done.log
    assert asked > 2, "it was not tried again"


def test_a_remark_about_the_expression_is_no_partial_answer(servers: tuple[Prometheus, Prometheus],
                                                            tmp_path: Path) -> None:
    """Prometheus 3 warns of expressions too, in words of its own."""
    words = 'PromQL warning: bucket label "le" is missing or has a malformed value of "x" (1:5)'
    with FakePrometheus(gateway(servers[0], edit=warn(words))) as fake:
        done = once(*TIME, PROMETHEUS_URL=fake.url, QUERIES=rules(tmp_path, one=None), LOG_FORMAT="json")
    assert done.code == 0 and values(done) == {"one_value": 1}
    assert [event["remark"] for event in events(done.log, "the source sent a remark")] == [words]


def test_a_window_comes_when_the_answer_is_whole_again(tmp_path: Path) -> None:
    path = write_rules(tmp_path / "rules.yaml", [{"name": "one", "interval": "1s", "query_offset": "0s",
                                                  "rules": [{"record": "one_value", "expr": "which"}]}])
    with FakePrometheus(matrix(warnings=("a store is away",))) as fake, \
            Daemon(PROMETHEUS_URL=fake.url, QUERIES=path) as daemon:
        wait_for(lambda: page_of(daemon).failures("one").get("partial_answer", 0) > 0)
        assert page_of(daemon).value("one_value", i="0") is None
        fake.set_plan(matrix())
        wait_for(lambda: page_of(daemon).value("one_value", i="0") == 1)


def test_a_source_that_hangs_holds_up_no_other(tmp_path: Path) -> None:
    """Each has its own connections, timeout and metrics, which are there from the start."""
    groups = [{"name": name, "source": name, "interval": "1s", "query_offset": "0s",
               "rules": [{"record": f"{name}_value", "expr": "which"}]} for name in ("slow", "quick")]
    path = write_rules(tmp_path / "rules.yaml", groups)
    with FakePrometheus(hang()) as slow, FakePrometheus(matrix()) as quick:
        sources = [{"name": "slow", "url": slow.url, "concurrency": 1, "timeout": "500ms"},
                   {"name": "quick", "url": quick.url}, {"name": "idle", "url": quick.url}]
        with Daemon(CONFIG_FILE=config(tmp_path, *sources), QUERIES=path, QUERY_TIMEOUT="20s") as daemon:
            first = page_of(daemon)
            for name in ("slow", "quick", "idle"):
                assert first.value("downsampled_source_warnings_total", source=name) == 0
                assert first.value("downsampled_source_requests_total", source=name, code="200") is not None
            assert first.all("downsampled_source_warnings_total", source="default") == []
            wait_for(lambda: page_of(daemon).failures("slow").get("timeout", 0) >= 2)
            page = page_of(daemon)
            requests = {name: page.value("downsampled_source_requests_total", source=name, code="200")
                        for name in ("slow", "quick", "idle")}
            assert requests["slow"] == requests["idle"] == 0 and requests["quick"] >= 1, requests
            assert page.value("quick_value", i="0") == 1


def test_catching_up_with_a_source_waits_for_no_other(tmp_path: Path) -> None:
    groups = [{"name": name, "source": name, "interval": "1s", "query_offset": "0s",
               "rules": [{"record": f"{name}_value", "expr": "which"}]} for name in ("away", "there")]
    with FakePrometheus(matrix()) as away, FakePrometheus(matrix()) as there:
        sources = [{"name": "away", "url": away.url}, {"name": "there", "url": there.url}]
        settings = {"CONFIG_FILE": config(tmp_path, *sources), "STORAGE_PATH": tmp_path / "journal",
                    "QUERIES": write_rules(tmp_path / "rules.yaml", groups)}
        with Daemon(**settings) as daemon:
            daemon.wait_until_ready()
        time.sleep(3)
        away.set_plan(status(503))
        with Daemon(**settings) as daemon:
            def caught_up(name: str) -> float:
                return page_of(daemon).value("downsampled_rule_windows_caught_up_total", rule=f"{name}_value")
            wait_for(lambda: caught_up("there") >= 2)
            assert caught_up("away") == 0


def test_backfill_asks_each_group_s_source(servers: tuple[Prometheus, Prometheus], tmp_path: Path) -> None:
    path = config(tmp_path, {"name": "second", "url": servers[1].url, "concurrency": 1})
    variables = {"PROMETHEUS_URL": servers[0].url, "CONFIG_FILE": path,
                 "QUERIES": rules(tmp_path, one=None, two="second")}
    output = tmp_path / "history.om"
    done = subprocess.run([*command(), "backfill", f"--from={END - 7200}", f"--to={END}", f"--output={output}"],
                          env=environment(variables), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in output.read_text().splitlines() if not line.startswith("#")]
    assert sorted((name.split("{")[0], float(value)) for name, value, _ in lines) == [
        ("one_value", 1), ("one_value", 1), ("two_value", 2), ("two_value", 2)]


SECRETS = {"password": "pass-47a2d9-a-secret", "credentials": "tok-8c1f5b0e-a-secret", "header": "key-99d1c0-a-secret",
           "param": "par-1b7c44-a-secret", "proxy": "prx-5e5e12-a-secret"}


def echo(exchange) -> None:
    """A proxy that is too helpful: it says what it was sent."""
    request = exchange.request
    status(401, f"not allowed: {request.headers} {request.form}")(exchange)


def test_no_secret_of_the_file_is_shown(tmp_path: Path) -> None:
    names = ("first", "second")
    groups = [{"name": name, "source": name, "interval": "1s", "query_offset": "0s",
               "rules": [{"record": f"{name}_value", "expr": "which"}]} for name in names]
    path = write_rules(tmp_path / "rules.yaml", groups)
    with FakePrometheus(echo) as fake:
        proxy = fake.url.replace("http://", f"http://me:{SECRETS['proxy']}@")
        sources = [{"name": "first", "url": fake.url, "basic_auth": {"username": "ann", "password": SECRETS["password"]},
                    "headers": {"X-Api-Key": SECRETS["header"]}, "params": {"key": SECRETS["param"]}},
                   {"name": "second", "url": "http://prometheus.invalid", "proxy_url": proxy,
                    "authorization": {"credentials": SECRETS["credentials"]}}]
        with Daemon(CONFIG_FILE=config(tmp_path, *sources), QUERIES=path, LOG_LEVEL="debug") as daemon:
            wait_for(lambda: all(page_of(daemon).failures(name) for name in names))
            shown = {"log": daemon.log(), "page": daemon.get(), "landing page": daemon.get("/"),
                     "command line": Path(f"/proc/{daemon.process.pid}/cmdline").read_text()}
        sent = "".join(f"{request.headers} {request.form}" for request in fake.requests)
    encoded = {name: base64.b64encode(f"{user}:{SECRETS[name]}".encode()).decode()
               for name, user in (("password", "ann"), ("proxy", "me"))}
    for name, secret in SECRETS.items():
        assert encoded.get(name, secret) in sent, f"{name} was not sent"
        for where, text in shown.items():
            assert secret not in text and encoded.get(name, secret) not in text, (name, where)
    assert "not allowed" in shown["log"]


def test_a_bad_file_shows_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    secret = SECRETS["password"]
    for text in (f"basic_auth: {{username: ann, pasword: {secret}}}", f"basic_auth: {{username: ann, password: *{secret}}}",
                 f"basic_auth: {{username: ann, password: [{secret}]}}", f"authorization: {{credentials: '{secret} {secret}'}}",
                 f'headers: {{X-Key: "{secret}\\n"}}', f"headers: {{Authorization: {secret}}}", f"bearer_token: '{secret} x'",
                 f"proxy_url: 'ftp://me:{secret}@proxy'", f"url: 'http://me:{secret}@host'", f"password_file: {secret}\n  - x"):
        path.write_text(f"sources:\n- name: default\n  url: http://127.0.0.1:9\n  {text}\n")
        done = once(*TIME, CONFIG_FILE=path)
        assert done.code == 2 and f"{path}:" in done.log and secret not in done.log, (text, done.log)


def test_the_example_of_the_page_is_accepted(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "config-file.md").read_text()
    blocks = re.findall(r"^```yaml\n(.*?)^```", page, re.M | re.S)
    (tmp_path / "secrets").mkdir()
    for name in re.findall(r"secrets/(\S+)", blocks[0]):
        (tmp_path / "secrets" / name).write_text("horse")
    for name, text in zip(("config.yaml", "rules.yaml"), blocks, strict=True):
        (tmp_path / name).write_text(text)
    done = check(tmp_path / "rules.yaml", "--config.file", str(tmp_path / "config.yaml"))
    assert done.returncode == 0 and "1 rule" in done.stdout, done.stderr


def test_the_page_lists_every_key(tmp_path: Path) -> None:
    path = config(tmp_path, {"name": "default", "url": "http://127.0.0.1:9", "no_such_key": 1})
    done = once(*TIME, CONFIG_FILE=path)
    known, = re.findall(r'has no key.*?; want one of ([a-z_, ]+)', done.log)
    table = (ROOT / "docs" / "config-file.md").read_text().split("## A source")[1].split("\n\n## ")[0]
    listed = [key for row in re.findall(r"^\| (`[^|]*) \|", table, re.M) for key in re.findall(r"`([a-z_]+)`", row)]
    assert sorted(listed) == sorted(known.split(", "))

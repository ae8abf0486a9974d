"""The numbers on the page: every double comes back bit for bit, at a real Prometheus as well."""

from __future__ import annotations

import gzip
import json
import math
import struct
import time
from pathlib import Path
from random import Random

from daemon import Daemon, once
from fake_behaviors import MATRIX_HEAD, MATRIX_TAIL, grid_of
from fake_prometheus import Behavior, Exchange, FakePrometheus
from page import Page, wait_for
from servers import Prometheus
from test_exporter import PROMETHEUS_ACCEPT, ask, write_day


def random_doubles(count: int, seed: int) -> list[float]:
    random = Random(f"{seed}:doubles")
    drawn = (struct.unpack("<d", random.randbytes(8))[0] for _ in iter(int, 1))
    numbers = [0.1, 1 / 3, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 2.0**53 + 2, -0.0, 123456789.0]
    while len(numbers) < count:
        if not math.isnan(number := next(drawn)):
            numbers.append(number)
    return numbers


def numbers_as_series(numbers: list[float]) -> Behavior:
    def behave(exchange: Exchange) -> None:
        times = grid_of(exchange.request)
        series = [{"metric": {"i": str(i)}, "values": [[float(time), repr(number)] for time in times]}
                  for i, number in enumerate(numbers)]
        exchange.reply(200, MATRIX_HEAD + json.dumps(series).encode()[1:-1] + MATRIX_TAIL, {})
    return behave


def bits(page: Page, count: int) -> list[bytes]:
    by_i = {labels["i"]: value for labels, value in page.all("rule_0")}
    return [struct.pack("<d", by_i[str(i)]) for i in range(count)]


def test_doubles_come_back_bit_for_bit(tmp_path: Path, seed: int) -> None:
    numbers = random_doubles(2000, seed)
    expected = [struct.pack("<d", number) for number in numbers]
    with FakePrometheus(numbers_as_series(numbers)) as fake:
        settings = {"PROMETHEUS_URL": fake.url, "QUERIES": write_day(tmp_path)}
        with Daemon(**settings) as daemon:
            daemon.wait_until_ready()
            pages = [Page(ask(daemon)[1].decode()),
                     Page(gzip.decompress(ask(daemon, Accept=PROMETHEUS_ACCEPT, Accept_Encoding="gzip")[1]).decode())]
        done = once(**settings)
    for page in (*pages, Page(done.text)):
        assert bits(page, len(numbers)) == expected


def test_a_real_prometheus_stores_what_is_shown(tmp_path: Path, seed: int) -> None:
    numbers = random_doubles(50, seed)
    with FakePrometheus(numbers_as_series(numbers)) as fake, \
            Daemon(PROMETHEUS_URL=fake.url, QUERIES=write_day(tmp_path)) as daemon:
        daemon.wait_until_ready()
        target = daemon.url.removeprefix("http://")
        config = {"scrape_configs": [{"job_name": "downsampled", "honor_labels": True, "scrape_interval": "1s",
                                      "scrape_timeout": "1s", "static_configs": [{"targets": [target]}]}]}
        with Prometheus(json.dumps(config)) as server:
            wait_for(lambda: server.query("up == 1", time.time()))
            stored = {labels["i"]: value for labels, value in server.query("rule_0", time.time())}
            types = server.query('{__name__=~"downsampled_.+|process_.+"}', time.time())
    assert [struct.pack("<d", stored[str(i)]) for i in range(len(numbers))] == [struct.pack("<d", n) for n in numbers]
    assert len({labels["__name__"] for labels, _ in types}) > 20

"""Peak memory of the daemon by the size of a reply, and at rest with 1,000 models.

Whole-process figures of the real binary against a server that makes up replies: peak RSS and
RssAnon, which leaves out the libraries' own pages. Prints a table and the differences.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

import fake_behaviors as fake  # noqa: E402
from fake_prometheus import FakePrometheus  # noqa: E402

MEGABYTE = 1_000_000
HOUR = 3600
RULES = """
groups:
  - name: memory
    interval: 3h
    step: 1s
    rules: [{record: peak, expr: giant}]
"""


def models(count: int) -> fake.Behavior:
    """As the seven rules of the Seldon pack answer: a series a model, over the whole window."""
    def behave(exchange: fake.Exchange) -> None:
        times = fake.grid_of(exchange.request)
        points = ",".join(f'[{time},"0.123456789{index % 977}"]' for index, time in enumerate(times))
        body = ",".join('{"metric":{"namespace":"models-%d","name":"model-%d"},"values":[%s]}'
                        % (index % 20, index, points) for index in range(count))
        text = '{"status":"success","data":{"resultType":"matrix","result":[%s]}}' % body
        exchange.reply(200, text.encode(), {"Content-Type": "application/json"})
    return behave


def peak_of_once(binary: Path, size: int, folder: Path) -> tuple[float, float]:
    """Evaluates one window whose reply has `size` bytes; peak RSS in bytes, and seconds."""
    rules = folder / "rules.yaml"
    rules.write_text(RULES)
    with FakePrometheus([fake.giant(size, 3 * HOUR)]) as server:
        start = time.monotonic()
        process = subprocess.Popen(
            [binary, "once", "--time", "1700006400"], stdout=subprocess.DEVNULL,
            env={**os.environ, "PROMETHEUS_URL": server.url, "QUERIES": str(rules),
                 "QUERY_TARGET_REPLY_BYTES": "4GiB"})
        peak = 0
        while process.poll() is None:  # wait4's figure would include this interpreter's own, forked
            peak = memory_of(process.pid).get("VmHWM", peak)
            time.sleep(0.005)
        if process.returncode != 0:
            raise SystemExit(f"once ended with {process.returncode}")
        return peak, time.monotonic() - start


def memory_of(pid: int) -> dict[str, int]:
    """VmRSS, RssAnon and the like, in bytes."""
    fields = (line.split() for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {field[0].rstrip(":"): int(field[1]) * 1024 for field in fields
            if field[0].rstrip(":") in ("VmRSS", "VmHWM", "RssAnon")}


def at_rest(binary: Path, count: int, folder: Path) -> dict[str, int]:
    """The daemon with the Seldon pack after its first evaluation, and a scrape of each kind."""
    log = folder / "log"
    with FakePrometheus([models(count)]) as server, log.open("w") as stderr:
        daemon = subprocess.Popen(
            [binary], stderr=stderr, env={**os.environ, "PROMETHEUS_URL": server.url,
                                          "QUERIES": str(ROOT / "queries" / "*.yaml"),
                                          "LISTEN_ADDRESS": "127.0.0.1:0"})
        try:
            address = wait_for_address(log)
            for _ in range(600):
                page = urllib.request.urlopen(f"http://{address}/metrics").read()
                if page.count(b"\nmodel_") >= 7 * count:
                    break
                time.sleep(0.1)
            else:
                raise SystemExit(f"{page.count(b'model_')} series after a minute")
            for accept in ("text/plain", "application/openmetrics-text;version=1.0.0"):
                urllib.request.urlopen(urllib.request.Request(
                    f"http://{address}/metrics",
                    headers={"Accept": accept, "Accept-Encoding": "gzip"})).read()
            time.sleep(1)
            return memory_of(daemon.pid)
        finally:
            daemon.terminate()
            daemon.wait()


def wait_for_address(log: Path) -> str:
    for _ in range(100):
        found = log.read_text().partition("address=")[2].split()
        if found:
            return found[0]
        time.sleep(0.05)
    raise SystemExit(log.read_text())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=Path, default=ROOT / "build" / "downsampled")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        peaks = {}
        for size in (20 * MEGABYTE, 500 * MEGABYTE):
            peaks[size], seconds = peak_of_once(options.binary, size, folder)
            print(f"reply of {size / MEGABYTE:.0f} MB: peak RSS {peaks[size] / MEGABYTE:.1f} MB, "
                  f"{size / MEGABYTE / seconds:.0f} MB/s with the server on the same cores")
        small, large = peaks.values()
        print(f"difference: {(large - small) / MEGABYTE:.1f} MB (aim: within 4, and below 24 each)")
        rest = at_rest(options.binary, 1000, folder)
        print(f"at rest, Seldon pack, 1000 models: RSS {rest['VmRSS'] / MEGABYTE:.1f} MB (aim: below "
              f"16), RssAnon {rest['RssAnon'] / MEGABYTE:.1f} MB, peak {rest['VmHWM'] / MEGABYTE:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())

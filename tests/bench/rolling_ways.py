"""The rolling averages of the Seldon pack by recording rules, of Prometheus itself and by vmalert.

Each begins with a fresh process of the server, which nothing else asks meanwhile.
"""

from __future__ import annotations

import datetime
import json
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from backfill_oracle import pack_rules
from oracle import Vector, by_labels
from recording_rules import recording_rule
from rolling_cluster import restart
from rolling_cost import Cost, CountingProxy, Meter, wait_for
from servers import Prometheus, free_port

OFFSET = 180.0  # the pack looks 2 minutes past its points; a multiple of any interval here
GROUP = "rolling"
PATIENCE = 600.0  # for one refresh
RECORDED, VMALERT = "recorded:", "vmalert:"
Windows = dict[tuple[str, int], Vector]  # by record, and end in milliseconds


@dataclass
class Way:
    """What the refreshes of one way cost and came to."""

    name: str
    costs: list[Cost] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)  # how long each took
    peaks: dict[str, float] = field(default_factory=dict)
    windows: Windows = field(default_factory=dict)


@dataclass(frozen=True)
class Rolling:
    """Windows of that many seconds, refreshed every so many."""

    window: int
    interval: int


def recording_file(path: Path, prefix: str, rolling: Rolling, offset: float) -> Path:
    rules = [recording_rule(rule, prefix, rolling.window, offset) for rule in pack_rules()]
    group = {"name": GROUP, "interval": f"{rolling.interval}s", "rules": rules}
    path.write_text(yaml.safe_dump({"groups": [group]}))
    return path


@contextmanager
def finding_shift(rules: Path, interval: int) -> Iterator[Callable[[], float]]:
    """How long after each multiple of the interval Prometheus evaluates the group of that file.

    A hash of the names of file and group says.
    """
    group = {"name": GROUP, "interval": f"{interval}s",
             "rules": [{"record": "probe", "expr": "vector(1)"}]}
    rules.write_text(yaml.safe_dump({"groups": [group]}))
    with Prometheus(config=yaml.safe_dump({"rule_files": [str(rules)]})) as server:
        def shift() -> float:
            found = wait_for("the first evaluation of a rule",
                             lambda: server.query("timestamp(probe)", time.time()), 90)
            return found[0][1] % interval
        yield shift


def by_recording_rules(server: Prometheus, rules: Path, rolling: Rolling, shift: float,
                       count: int) -> Way:
    """Its windows end at multiples of the interval, as the others' do, and not `shift` after."""
    way = Way("recording rules")
    recording_file(rules, RECORDED, rolling, OFFSET + int(shift))
    restart(server, rules)
    meter = Meter(server)
    for _ in range(count):
        done, took = next_evaluation(server, way.seconds)
        refreshed(way, meter, took, count)
        # A rule's samples have the time that it was due at.
        at = done - (done - shift) % rolling.interval
        read_recorded(way, server, RECORDED, at, at - shift - OFFSET)
    way.peaks = meter.peaks()
    return way


def next_evaluation(server: Prometheus, seen: list[float]) -> tuple[float, float]:
    """When the next evaluation of the rules began that has ended, and how long it took."""
    def ended() -> tuple[float, float] | None:
        with urllib.request.urlopen(server.url + "/api/v1/rules", timeout=60) as response:
            group = json.load(response)["data"]["groups"][0]
        began, took = unix(group["lastEvaluation"]), group["evaluationTime"]
        errors = [rule["lastError"] for rule in group["rules"] if rule.get("lastError")]
        if errors:
            raise SystemExit(f"recording rules: {errors[0]}")
        return (began, took) if began > 0 and took not in seen else None
    return wait_for("a refresh by recording rules", ended, PATIENCE, pause=2.0)


def unix(text: str) -> float:
    """Of RFC 3339 with nanoseconds; before 1970 for "never"."""
    if text.startswith("0001-"):
        return -1.0
    whole, _, rest = text.partition(".")
    zone = rest.lstrip("0123456789") or text[-1:]
    digits = rest[:len(rest) - len(zone)] or "0"
    moment = datetime.datetime.fromisoformat(whole.removesuffix("Z") + zone.replace("Z", "+00:00"))
    return moment.timestamp() + float("0." + digits)


def by_vmalert(server: Prometheus, folder: Path, rolling: Rolling, count: int) -> Way:
    """It evaluates at multiples of the interval, and writes back what it found."""
    way = Way("vmalert")
    rules = recording_file(folder / "vmalert.yaml", VMALERT, rolling, OFFSET)
    restart(server)
    port = free_port()
    with CountingProxy(server.port) as proxy, (folder / "vmalert.log").open("wb") as log:
        client = subprocess.Popen(
            ["vmalert", f"-rule={rules}", f"-datasource.url={proxy.url}",
             f"-remoteWrite.url={proxy.url}", f"-httpListenAddr=127.0.0.1:{port}",
             f"-evaluationInterval={rolling.interval}s", "-loggerLevel=WARN"],
            stdout=log, stderr=log)
        try:
            meter = Meter(server, client.pid, proxy)
            for number in range(1, count + 1):
                spent = wait_for("a refresh by vmalert",
                                 lambda: evaluated(client, port, number, log), PATIENCE, pause=2.0)
                took = spent - sum(way.seconds)
                refreshed(way, meter, took, count)
            way.peaks = meter.peaks()
            time.sleep(6)  # it sends what it found every 5 s
        finally:
            client.terminate()
            client.wait(20)
    for at in times_of(server, VMALERT):
        read_recorded(way, server, VMALERT, at, at - OFFSET)
    return way


def evaluated(client: subprocess.Popen, port: int, number: int, log) -> float | None:
    """Seconds that vmalert spent on so many evaluations, as soon as they have ended."""
    if client.poll() is not None:
        raise SystemExit(f"vmalert ended: {Path(log.name).read_text()[-2000:]}")
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as response:
            page = response.read().decode()
    except OSError:  # not listening yet
        return None
    values = {line.split("{")[0]: float(line.rsplit(" ", 1)[1]) for line in page.splitlines()
              if line.startswith("vmalert_iteration_duration_seconds_")}
    if values.get("vmalert_iteration_duration_seconds_count", 0) < number:
        return None
    return values["vmalert_iteration_duration_seconds_sum"]


def refreshed(way: Way, meter: Meter, took: float, count: int) -> None:
    way.seconds.append(took)
    way.costs.append(meter.lap())
    print(f"  {way.name}: refresh {len(way.costs)} of {count} took {took:.1f} s, "
          f"{way.costs[-1].cpu:.1f} s of CPU", flush=True)


def times_of(server: Prometheus, prefix: str) -> list[float]:
    """When samples of the first rule were recorded, within the last hour."""
    found = server.range_samples(f"{prefix}{pack_rules()[0].record}[1h]", time.time())
    return sorted({at for _, samples in found for at in samples})


def read_recorded(way: Way, server: Prometheus, prefix: str, at: float, end: float) -> None:
    """The samples of exactly that time, which are about windows with that end."""
    for rule in pack_rules():
        found = server.range_samples(f"{prefix}{rule.record}[1m]", at + 1)
        values = {labels: value for labels, samples in by_labels(found).items()
                  for time_of, value in samples.items() if abs(time_of - at) < 0.002}
        way.windows[rule.record, round(end) * 1000] = values

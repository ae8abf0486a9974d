"""What a refresh costs: CPU time of every process, bytes between them, samples that were read."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rolling_cluster import Query, queries_since
from servers import Prometheus
from tcp_proxy import PIECE, TcpProxy


def cpu_of(pid: int) -> float:
    """User and system time so far, in seconds, threads that have ended included.

    What /proc/<pid>/stat says in hundredths: the clock of the process, see clock_getcpuclockid(3).
    """
    scheduler_clock = 2
    return time.clock_gettime(~pid << 3 | scheduler_clock)


def memory_of(pid: int) -> dict[str, float]:
    """VmRSS, VmHWM and RssAnon in bytes."""
    fields = (line.split() for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {field[0].rstrip(":"): int(field[1]) * 1024.0 for field in fields
            if field[0] in ("VmRSS:", "VmHWM:", "RssAnon:")}


class CountingProxy(TcpProxy):
    """On the way to a server; counts the bytes of both directions."""

    def __init__(self, port: int):
        super().__init__(port)
        self._count = threading.Lock()
        self._moved = 0

    @property
    def moved(self) -> int:
        with self._count:
            return self._moved

    def _pump(self, source, sink) -> None:
        with suppress(OSError):
            while piece := source.recv(PIECE):
                with self._count:
                    self._moved += len(piece)
                sink.sendall(piece)
        self._drop({source, sink})


@dataclass(frozen=True)
class Cost:
    """Of one refresh; `own` and `server` are CPU seconds."""

    server: float = 0.0
    own: float = 0.0
    moved: int = 0
    queries: tuple[Query, ...] = ()

    @property
    def cpu(self) -> float:
        return self.server + self.own

    @property
    def samples(self) -> int:
        return sum(query.samples for query in self.queries)


class Meter:
    """The costs between one call of lap() and the next."""

    def __init__(self, server: Prometheus, client: int | None = None,
                 proxy: CountingProxy | None = None):
        self._server, self._client, self._proxy = server, client, proxy
        _, self._offset = queries_since(server, 0)
        self._last = self._read()

    def _read(self) -> tuple[float, float, int]:
        return (cpu_of(self._server.process.pid), cpu_of(self._client) if self._client else 0.0,
                self._proxy.moved if self._proxy else 0)

    def lap(self) -> Cost:
        now, before = self._read(), self._last
        queries, self._offset = queries_since(self._server, self._offset)
        self._last = now
        return Cost(now[0] - before[0], now[1] - before[1], now[2] - before[2], tuple(queries))

    def peaks(self) -> dict[str, float]:
        """Peak RSS in bytes, by process."""
        pids = {"server": self._server.process.pid}
        pids |= {"own": self._client} if self._client else {}
        return {name: memory_of(pid)["VmHWM"] for name, pid in pids.items()}


def wait_for(what: str, ready: Callable[[], object], patience: float, pause: float = 1.0):
    """What `ready` returns once that is true; ends the program after `patience` seconds."""
    deadline = time.monotonic() + patience
    while not (found := ready()):
        if time.monotonic() > deadline:
            raise SystemExit(f"{what}: not within {patience:.0f} s")
        time.sleep(pause)
    return found


def each_refresh(meters: Mapping[str, Meter], count: int, interval: int, past: float,
                 then: Callable[[], None]) -> dict[str, list[Cost]]:
    """The costs of `count` intervals, which begin that many seconds past multiples of one."""
    costs: dict[str, list[Cost]] = {name: [] for name in meters}
    time.sleep((past - time.time()) % interval)
    for meter in meters.values():
        meter.lap()
    for number in range(count):
        time.sleep((past - time.time() - 1) % interval + 1)
        for name, meter in meters.items():
            costs[name].append(meter.lap())
        said = ", ".join(f"{name} {1000 * laps[-1].cpu:.0f} ms" for name, laps in costs.items())
        then()
        print(f"  refresh {number + 1} of {count}: {said} of CPU", flush=True)
    return costs

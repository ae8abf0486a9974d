"""The simulated cluster's exporters, live: one HTTP server on loopback for all targets.

/<instance>/metrics is kube-state-metrics, /<node>/metrics/cadvisor is that node's kubelet; both
show the cluster as it is at this moment of the wall clock.
"""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .cases import living
from .cluster import Cluster
from .exposition import Series, cadvisor, kube_state_metrics, text

AHEAD = 1800.0


class LiveExporters:
    """Serves from construction until stop()."""

    def __init__(self, cluster: Cluster, port: int = 0):
        self._cluster = cluster
        self._series: dict[str, list[Series]] = {}
        self._valid_until = 0.0
        self._lock = threading.Lock()
        exporters = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                page = exporters.page(self.path, time.time())
                self.send_response(404 if page is None else 200)
                self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                self.end_headers()
                self.wfile.write((page or "no such target\n").encode())

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="exporters", daemon=True
        )
        self._thread.start()

    def page(self, path: str, t: float) -> str | None:
        """The exposition text of a target at t."""
        with self._lock:
            if t >= self._valid_until:
                self._valid_until = t + AHEAD
                near = living(self._cluster, t, self._valid_until)
                self._series = {node: list(cadvisor(near, node)) for node in near.nodes}
                self._series[""] = kube_state_metrics(near)
            parts = path.strip("/").split("/")
            if parts[1:] == ["metrics"]:
                return text(self._series[""], t)
            if parts[1:] == ["metrics", "cadvisor"] and parts[0] in self._series:
                return text(self._series[parts[0]], t)
            return None

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

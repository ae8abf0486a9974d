"""The variants of the simulated cluster, and how each gets into a server of its own."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from servers import Prometheus, Server, VictoriaMetrics

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pack_evaluators import (
    STEP,
    DaemonEvaluator,
    PrometheusEvaluator,
    Values,
    daemon_binary,
)  # noqa: E402
from simulation import truth  # noqa: E402
from simulation.scraping import write_history  # noqa: E402
from simulation.world import HOUR, OUTAGES, Variant, World, build  # noqa: E402

EARLY_OUTAGES = tuple(outage for outage in OUTAGES if outage.end < 6 * HOUR)

VARIANTS = {
    variant.name: variant
    for variant in (
        Variant("15s", outages=OUTAGES),
        Variant("15s, two of each", ksm_replicas=2, cadvisor_jobs=2),
        Variant("15s, kube-state-metrics 1.9", hours=4, ksm_version=1, docker=True),
        Variant(
            "15s, older than 1.9", hours=4, ksm_version=1, generic_resources=False, docker=True
        ),
        Variant("30s", interval=30, hours=6, outages=EARLY_OUTAGES),
        Variant("30s, two of each", interval=30, hours=6, ksm_replicas=2, cadvisor_jobs=2),
        Variant("60s", interval=60, hours=6, outages=EARLY_OUTAGES),
        Variant("60s, two of each", interval=60, hours=6, ksm_replicas=2, cadvisor_jobs=2),
        Variant("15s, in VictoriaMetrics", hours=4, ksm_replicas=2, cadvisor_jobs=2),
        Variant("15s, cAdvisor's own timestamps", hours=4, own_timestamps=True),
        Variant("60s, cAdvisor's own timestamps", interval=60, hours=4, own_timestamps=True),
    )
}
# Of the comparison with Prometheus's own arithmetic: all that can make a rule count twice.
ORACLE_VARIANT = Variant(
    "seldon oracle", hours=25, ksm_replicas=2, cadvisor_jobs=2, docker=True, outages=OUTAGES
)


@dataclass(frozen=True, eq=False)
class Loaded:
    """A world and a server that holds it."""

    world: World
    server: Server

    @cached_property
    def _as_scraped(self) -> truth.AsScraped:
        return truth.AsScraped(self.world.cluster, self.world.history)

    @cache
    def as_scraped(self, rule: str, end: float) -> tuple[dict[truth.Model, truth.Bounds], float]:
        """Bounds of the gauge of each model, and the covered share of the window."""
        return self._as_scraped.average(rule, end, HOUR, STEP)

    @cached_property
    def prometheus(self) -> PrometheusEvaluator:
        return PrometheusEvaluator(self.server)

    @cached_property
    def from_prometheus(self) -> dict[float, Values]:
        """Window end to values, of every window."""
        return {end: self.prometheus.evaluate(end, HOUR) for end in self.world.window_ends}

    @cached_property
    def from_daemon(self) -> dict[float, Values]:
        daemon = DaemonEvaluator(daemon_binary(), self.server)
        return {end: daemon.evaluate(end, HOUR) for end in self.world.window_ends}

    @cache
    def observed(self, rule: str, end: float, node: str = "") -> list[truth.Piece]:
        """The pieces of the window that were observed at all, or on the node."""
        return truth.observed(self.world.history, rule, end, HOUR, node)

    def has_outage(self, rule: str, end: float) -> bool:
        whole = [(end - HOUR, end)]
        return any(
            self.observed(rule, end, node) != whole for node in ("", *self.world.cluster.nodes)
        )

    def as_it_was(self, rule: str, end: float, scrape: float):
        """Per model the average of what was observed, and what a scrape at each edge may change."""
        return truth.as_it_was(
            self.world.cluster, rule, lambda node: self.observed(rule, end, node), scrape
        )


def server_for(variant: Variant) -> Server:
    return VictoriaMetrics() if variant.name.endswith("VictoriaMetrics") else Prometheus()


def load(variant: Variant, server: Server) -> Loaded:
    """Writes the variant's history into the server."""
    world = build(variant)
    write_history(world.history, server.remote_write_url)
    server.flush()
    return Loaded(world, server)

"""The table in the README: one hour of one model, by a recording rule and by the daemon.

Both ask the same real Prometheus for the same expression, that of model_containers_average in the
shipped pack. Run it alone to print the table; test_docs.py compares it with the README's.
"""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import daemon
from pack_evaluators import PACK, load_rules
from servers import Prometheus, Server
from simulation.cases import NODES, Span, serving_pod
from simulation.cluster import Cluster
from simulation.exposition import kube_state_metrics
from simulation.scraping import History, Outage, Target, write_history
from simulation.truth import CONTAINERS, KSM_JOB
from simulation.world import EPOCH, HOUR

SCRAPE_INTERVAL = 15.0
POINTS = int(HOUR / SCRAPE_INTERVAL)
HEAD = ("| in that hour the model ran | truth | `avg_over_time(EXPR[1h:15s])` | "
        f"`sum_over_time(EXPR[1h:15s]) / {POINTS}` | downsampled |\n|---|---|---|---|---|\n")
CASES = [  # what happened, model, end of the hour, truth
    ("2 containers, all the time", "steady", EPOCH + HOUR, 2),
    ("2 containers for the first half hour", "half", EPOCH + HOUR, 1),
    ("2 containers, and Prometheus was down for 15 minutes", "steady", EPOCH + 2 * HOUR, 2),
]


def history() -> History:
    """Two models of two containers each; the second hour has the outage."""
    start, end = EPOCH - HOUR / 2, EPOCH + 2 * HOUR + 60
    rng = Random(1)
    cluster = Cluster(
        (serving_pod("models", "steady-0", "steady", Span(start, end + HOUR), rng),
         serving_pod("models", "half-0", "half", Span(start, EPOCH + HOUR / 2), rng)), NODES)
    target = Target(KSM_JOB, "ksm-0:8080", 3.217, tuple(kube_state_metrics(cluster)))
    outage = Outage(EPOCH + HOUR + 1500, EPOCH + HOUR + 2400)
    return History((target,), start, end, SCRAPE_INTERVAL, (outage,))


def by_rule(server: Server, template: str, model: str, end: float) -> float:
    """What a recording rule with this expression would have recorded at the end of the hour."""
    expression = load_rules()[CONTAINERS]["expr"]
    # A millisecond less makes it left-open, as the daemon's window is, and Prometheus 3's own.
    window = f"[{int(HOUR) * 1000 - 1}ms:15s]"
    answer = server.query(template.format(f"({expression}){window}"), end)
    return next(value for labels, value in answer if labels["name"] == model)


def by_daemon(server: Server, model: str, end: float) -> float:
    done = daemon.once("--time", str(int(end)), PROMETHEUS_URL=server.url, QUERIES=PACK,
                       TIME_PERIOD="1h")
    assert done.code == 0, done.log
    averages = done.results()[CONTAINERS]
    return next(value for labels, value in averages.items() if ("name", model) in labels)


def table() -> str:
    """Starts a Prometheus, and asks it."""
    text = HEAD
    with Prometheus() as server:
        write_history(history(), server.remote_write_url)
        for what, model, end, truth in CASES:
            values = (truth,
                      by_rule(server, "avg_over_time({})", model, end),
                      by_rule(server, f"sum_over_time({{}}) / {POINTS}", model, end),
                      by_daemon(server, model, end))
            text += f"| {what} | " + " | ".join(f"{value:.4g}" for value in values) + " |\n"
    return text


if __name__ == "__main__":
    print(table(), end="")

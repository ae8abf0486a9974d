"""The dashboard: its queries are PromQL, find something, and count a model once."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest
import yaml
from chart import Helm, at, merged
from page import Page
from queries import DASHBOARD, DASHBOARD_FILE, check, filled, metrics, panels, queries, variables
from replicas import GAUGES, HONORED, MODELS, RENAMED, Replicas

QUERIES = queries(DASHBOARD)
OF_MODELS = {name: query for name, query in QUERIES.items() if "model_" in query}
# Of what has not happened, and should not: an empty panel is right.
MAY_BE_EMPTY = re.compile(r"failures_total")

Vector = dict[frozenset[tuple[str, str]], float]


def rendered(helm: Helm, label: str) -> dict:
    config_map = helm.objects(
        merged(at("dashboard.enabled", True), at("dashboard.namespaceLabel", label))
    )["ConfigMap"]
    (text,) = config_map["data"].values()
    return json.loads(text)


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_is_promql(tmp_path: Path, name: str) -> None:
    assert "$" not in filled(QUERIES[name])
    done = check({name: filled(QUERIES[name])}, tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", QUERIES)
def test_every_metric_that_it_names_is_on_the_page(replicas: Replicas, name: str) -> None:
    shown = {name for name, *_ in Page(replicas.daemons[0].get()).samples}
    assert metrics(QUERIES[name]) and metrics(QUERIES[name]) <= shown


@pytest.mark.parametrize("name", QUERIES)
def test_it_finds_something(replicas: Replicas, name: str) -> None:
    found = replicas.server.query(filled(QUERIES[name], job=HONORED), replicas.last_second(2))
    assert found or MAY_BE_EMPTY.search(QUERIES[name])


def vector(replicas: Replicas, query: str) -> Vector:
    return {
        frozenset(labels.items()): value
        for labels, value in replicas.server.query(query, replicas.last_second(2))
    }


@pytest.mark.parametrize("name", OF_MODELS)
def test_with_two_replicas_a_model_counts_once(replicas: Replicas, name: str) -> None:
    """What both give is what one of them gives: the one that was scraped later."""
    query = filled(OF_MODELS[name], job=HONORED)
    selector = f'{{job=~"{HONORED}"'
    assert selector in query
    one, other = (
        vector(replicas, query.replace(selector, f'{{pod="downsampled-{number}",job=~"{HONORED}"'))
        for number in range(2)
    )
    both = vector(replicas, query)
    assert both and one.keys() == other.keys() == both.keys()
    assert all(both[labels] in (one[labels], other[labels]) for labels in both)


def test_the_number_of_models_is_right(replicas: Replicas) -> None:
    """A check of the test above: by hand, and without `max by` it would be twice that."""
    count: Callable[[str], Vector] = lambda gauge: vector(
        replicas, f'count({gauge}{{job="{HONORED}"}})'
    )
    assert count("model_containers_average") == {frozenset(): 2 * len(MODELS)}
    query = next(query for query in OF_MODELS.values() if query.startswith("count("))
    assert vector(replicas, filled(query, job=HONORED)) == {frozenset(): len(MODELS)}


@pytest.mark.parametrize("name", [name for name in QUERIES if "used of requested" in name])
def test_what_requests_nothing_is_no_part_of_a_ratio(tmp_path: Path, name: str) -> None:
    """By promtool: of three models, one uses a half of what it requests."""
    used, requested = re.findall(r"model_\w+", QUERIES[name])[:2]
    series = {
        f'{used}{{job="d",namespace="n",type="t",name="a"}}': "1",
        f'{requested}{{job="d",namespace="n",type="t",name="a"}}': "2",
        f'{used}{{job="d",namespace="n",type="t",name="requests zero"}}': "5",
        f'{requested}{{job="d",namespace="n",type="t",name="requests zero"}}': "0",
        f'{used}{{job="d",namespace="n",type="t",name="requests nothing"}}': "7",
    }
    case = {
        "input_series": [{"series": one, "values": value} for one, value in series.items()],
        "promql_expr_test": [
            {
                "expr": filled(QUERIES[name]),
                "eval_time": "0m",
                "exp_samples": [{"labels": '{namespace="n"}', "value": 0.5}],
            }
        ],
    }
    path = tmp_path / "case.yaml"
    path.write_text(yaml.safe_dump({"rule_files": [], "tests": [case]}))
    done = subprocess.run(
        ["promtool", "test", "rules", path], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_shipped_gauge_is_drawn() -> None:
    assert set(GAUGES) <= set().union(*map(metrics, QUERIES.values()))


@pytest.mark.parametrize("label", ("namespace", "exported_namespace"))
def test_the_config_map_holds_the_dashboard(helm: Helm, label: str) -> None:
    made = rendered(helm, label)
    assert (made == DASHBOARD) == (label == "namespace")
    assert len(queries(made)) == len(QUERIES)


def test_renamed_namespaces_are_drawn_too(helm: Helm, replicas: Replicas) -> None:
    """Of a Prometheus whose job has no honor_labels."""
    now = replicas.last_second(2)
    for name, query in queries(rendered(helm, "exported_namespace")).items():
        found = replicas.server.query(filled(query, job=RENAMED), now)
        assert found or MAY_BE_EMPTY.search(query), name
        if "by (exported_namespace, type, name)" in query and not query.startswith(
            ("sum", "count")
        ):
            assert len(found) == len(MODELS), name


def test_every_variable_that_is_used_is_defined() -> None:
    used = set(re.findall(r"\$\{?(\w+)", DASHBOARD_FILE.read_text()))
    assert {name for name in used if not name.startswith("__")} == variables(DASHBOARD).keys()


def test_every_query_asks_the_chosen_source() -> None:
    sources = [
        target["datasource"] if "datasource" in target else panel["datasource"]
        for panel in panels(DASHBOARD)
        for target in panel.get("targets", [])
    ]
    assert {source["uid"] for source in sources} <= {"${datasource}", "$datasource"}


def test_panels_have_ids_of_their_own_and_do_not_overlap() -> None:
    every = panels(DASHBOARD)
    assert len({panel["id"] for panel in every}) == len(every)
    for one, other in combinations((panel["gridPos"] for panel in every), 2):
        assert (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in every)

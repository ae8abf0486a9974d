"""What the documents say is what there is: metrics, flags, files, examples, numbers."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import daemon
import exposition_text
import pytest
import yaml
from daemon import ROOT
from pack_evaluators import PACK
from versus_recording_rule import table

PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md",
                ROOT / "queries" / "README.md", *ROOT.glob("docs/**/*.md")])
CHART = ROOT / "helm" / "downsampled" / "README.md"  # the flags in there are Helm's
METRICS = (ROOT / "docs" / "metrics.md").read_text()
UNREACHABLE = "http://127.0.0.1:9"


def page_id(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def rows(text: str) -> list[list[str]]:
    """The cells of all tables' rows."""
    return [[cell.strip() for cell in line.strip("|").split("|")]
            for line in text.splitlines() if line.startswith("| ")]


def inline_code(text: str) -> list[str]:
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)


def program(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([*daemon.command(), *arguments], env=daemon.environment({}),
                          capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def scraped() -> str:
    """The page of a daemon whose source cannot be reached: nothing is recorded."""
    with daemon.Daemon(PROMETHEUS_URL=UNREACHABLE, QUERIES=PACK) as running:
        running.wait_until_ready()
        return running.get()


def test_the_page_of_metrics_lists_what_a_daemon_shows(scraped: str) -> None:
    documented = {cells[0].strip("`"): cells[1] for cells in rows(METRICS)
                  if cells[0].startswith(("`downsampled_", "`process_"))}
    shown = exposition_text.metadata(scraped)
    assert documented == {name: kind for name, (_, kind) in shown.items()}


def test_the_page_of_metrics_lists_the_labels(scraped: str) -> None:
    samples = list(exposition_text.samples(scraped))
    for cells in rows(METRICS):
        name = cells[0].strip("`")
        if not name.startswith("downsampled_"):
            continue
        shown = {label for sample, labels, _, _ in samples
                 for label in labels if re.fullmatch(name + "(_bucket|_sum|_count)?", sample)}
        assert set(inline_code(cells[2])) == shown, name


def test_the_page_of_metrics_lists_what_the_pack_records() -> None:
    recorded = {rule["record"] for group in yaml.safe_load(PACK.read_text())["groups"]
                for rule in group["rules"]}
    documented = {cells[0].strip("`") for cells in rows(METRICS) if cells[0].startswith("`model_")}
    assert documented == recorded


def test_every_metric_of_ours_that_a_page_names_exists(scraped: str) -> None:
    named = {name for page in PAGES
             for name in re.findall(r"\bdownsampled_[a-z_]+[a-z]\b", page.read_text())}
    assert named and named <= exposition_text.metadata(scraped).keys()


def test_the_page_of_settings_is_the_generated_one() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text()
    assert program("--write-documentation").stdout == page


def test_every_flag_that_a_page_names_exists() -> None:
    flag = re.compile(r"(?<![\w-])--[a-z][a-z0-9.-]*[a-z0-9]")
    ours = []
    for page in PAGES:
        text = page.read_text()
        ours += [code for code in inline_code(text) if code.startswith("--")]
        ours += re.findall(r"^.*\bdownsampled (?:run|once|check|backfill|journal|--).*$", text, re.M)
    named = set(flag.findall("\n".join(ours)))
    helps = (["--help"], ["once", "--help"], ["backfill", "--help"], ["journal", "export", "--help"])
    known = set(flag.findall("".join(program(*arguments).stdout for arguments in helps)))
    known.add("--write-documentation")  # not in --help: it is for whoever changes a setting
    assert "--prometheus.url" in named and named <= known


def test_the_settings_in_the_readme_are_those_of_the_page_of_settings() -> None:
    page = {(cells[0], cells[1]): cells[2]
            for cells in rows((ROOT / "docs" / "configuration.md").read_text())}
    settings = [cells for cells in rows((ROOT / "README.md").read_text())
                if re.fullmatch(r"`[A-Z_]+`", cells[1]) and len(cells) == 4]
    assert len(settings) > 5
    for flag, variable, standard, _ in settings:
        assert page[flag, variable] == standard, variable


@pytest.mark.parametrize("page", [*PAGES, CHART], ids=page_id)
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", page.read_text()):
        found = (page.parent / target).resolve() if target else page
        assert found.exists() and found.is_relative_to(ROOT), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", found.read_text(), re.M)
            anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
                       for heading in headings}
            assert anchor in anchors, anchor


@pytest.mark.parametrize("page", [*PAGES, CHART], ids=page_id)
def test_paths_that_a_page_names_exist(page: Path) -> None:
    parents = (ROOT, ROOT / "src")
    folders = {path.name for parent in parents for path in parent.iterdir() if path.is_dir()}
    words = {word.strip("/.,:;") for word in re.findall(r"(?<!/)\b[\w.*/-]+", page.read_text())}
    for word in words:
        if "/" in word and word.split("/")[0] in folders - {"build"}:
            assert any(any(parent.glob(word)) for parent in parents), word


EXAMPLES = [pytest.param(block, id=f"{page_id(page)}-{number}") for page in PAGES
            for number, block in enumerate(
                re.findall(r"^```yaml\n(.*?)^```", page.read_text(), re.M | re.S))]


@pytest.mark.parametrize("block", EXAMPLES)
def test_examples_are_accepted(block: str, tmp_path: Path) -> None:
    example = tmp_path / "example.yaml"
    example.write_text(block)
    if block.startswith("scrape_configs:"):
        command = ["promtool", "check", "config", example]
    elif "- alert:" in block:
        command = ["promtool", "check", "rules", example]
    elif "groups" not in yaml.safe_load(block):
        return  # of another program, such as values of a chart: it is YAML, and that is all we know
    else:
        command = [*daemon.command(), "check", example]
        if named := set(re.findall(r"^ +source: (\w+)", block, re.M)) - {"default"}:
            (tmp_path / "config.yaml").write_text(yaml.safe_dump(
                {"sources": [{"name": name, "url": UNREACHABLE} for name in named]}))
            command.append(f"--config.file={tmp_path}/config.yaml")
    done = subprocess.run(command, env=daemon.environment({}), capture_output=True, text=True,
                          timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_readme_shows_what_its_commands_print() -> None:
    readme = (ROOT / "README.md").read_text()
    assert "(output)" not in map(str.strip, readme.splitlines()), "a placeholder"
    for block in re.findall(r"^```console\n(.*?)^```", readme, re.M | re.S):
        assert any(not line.startswith("$ ") for line in block.splitlines()), block


def test_the_comparison_in_the_readme_is_what_the_servers_answer() -> None:
    assert table() in (ROOT / "README.md").read_text()

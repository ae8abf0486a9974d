"""Writes the table of values into the chart's README.md, from the comments in its values.yaml.

A comment that starts with "# -- " describes the key below it, and the key's whole value is the
default. A key without one holds keys that have them. With --check nothing is written, and the exit
code is 1 where README.md is not what it would be.
"""

import argparse
import json
import sys
from pathlib import Path

import yaml

CHART = Path(__file__).resolve().parent / "downsampled"
BEGIN = "<!-- Made by `make helm-readme` from values.yaml. -->\n\n"
END = "\n<!-- The end of what is made. -->\n"


def description(lines: list[str], key_line: int) -> str:
    """The comment that ends on the line above the key, without its marks; "" if there is none."""
    comment = []
    for line in reversed(lines[:key_line]):
        text = line.strip()
        if not text.startswith("#"):
            return ""
        comment.insert(0, text.removeprefix("#").strip())
        if comment[0].startswith("-- "):
            return " ".join(comment).removeprefix("-- ")
    return ""


def rows(node: yaml.MappingNode, value: dict, lines: list[str], path: str = ""):
    """Yields (path, default, description) in the order of the file."""
    for key_node, value_node in node.value:
        name = path + key_node.value
        default = value[key_node.value]
        text = description(lines, key_node.start_mark.line)
        if text:
            yield name, default, text
        elif isinstance(value_node, yaml.MappingNode) and value_node.value:
            yield from rows(value_node, default, lines, name + ".")
        else:
            line = key_node.start_mark.line + 1
            sys.exit(f"values.yaml:{line}: {name} has no comment that starts with \"# -- \"")


def table(text: str) -> str:
    lines = ["| value | default | meaning |", "|---|---|---|"]
    for name, default, meaning in rows(yaml.compose(text), yaml.safe_load(text), text.splitlines()):
        lines.append(f"| `{name}` | `{json.dumps(default)}` | {meaning} |")
    return "\n".join(lines) + "\n"


def with_table(readme: str, made: str) -> str:
    before, rest = readme.split(BEGIN)
    after = rest.split(END)[1]
    return before + BEGIN + made + END + after


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    readme = CHART / "README.md"
    old = readme.read_text()
    new = with_table(old, table((CHART / "values.yaml").read_text()))
    if check:
        return 0 if new == old else 1
    readme.write_text(new)
    return 0


if __name__ == "__main__":
    sys.exit(main())

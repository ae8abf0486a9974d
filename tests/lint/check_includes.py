"""Who may include whom: the layers of docs/design.md, the doorways to foreign libraries, and the words
that must stay in one place. Prints `file:line: what is wrong` and exits 1 if anything is.
"""

import re
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent.parent / "src"
FOUNDATION = ["base", "model", "telemetry", "net", "config", "journal"]
DOORWAYS_OF = {  # what a stage may include beyond base, model and telemetry
    "query": ["net"], "decode": [], "aggregate": [], "record": ["journal"],
    "publish": ["net", "journal"], "schedule": [],
}
STAGES = list(DOORWAYS_OF)
MAY_INCLUDE = {
    "base": [],
    "model": ["base"],
    **{folder: ["base", "model"] for folder in FOUNDATION[2:]},
    **{stage: ["base", "model", "telemetry", *doorways] for stage, doorways in DOORWAYS_OF.items()},
    "pipeline": [*FOUNDATION, *STAGES],
    "app": [*FOUNDATION, *STAGES, "pipeline"],
    "": [*FOUNDATION, *STAGES, "pipeline", "app"],  # main.cc
}
HOME_OF_LIBRARY = {  # header prefix -> the one folder that may include it
    "curl/": "net", "microhttpd": "net", "simdjson": "decode", "prometheus/": "telemetry",
    "CLI/": "config", "yaml-cpp/": "config", "sqlite3": "journal", "zstd": "journal",
    "xxh": "journal", "zlib": "publish", "nlohmann/": "publish", "spdlog/": "base",
}
BANNED = [  # pattern, where it is allowed, why not elsewhere
    (re.compile(r"\bstd::(mutex|thread|condition_variable|jthread\()"), ("base", "app"),
     "share through Guarded, Published or Mailbox, and start threads in app/"),
    (re.compile(r"_clock::now\("), ("base",), "time comes through Clock"),
    (re.compile(r"\bcatch \("), (), "errors are caught in main, by attempt() and in the journal, or turned into ours at a doorway"),
]
CATCH_SITES = {"main.cc", "pipeline/attempt.h", "journal/journal.cc", "journal/row.cc"}
# A doorway turns its library's exceptions into ours, or keeps ours out of a library's C code.
CATCH_AT_DOORWAY = {"config": re.compile(r"catch \(const (CLI|YAML)::"), "net": re.compile(r"catch \(")}


def problems(path: Path) -> list[str]:
    """All that is wrong with a file."""
    name = path.relative_to(SOURCE).as_posix()
    folder = name.rpartition("/")[0]
    found = []
    text = path.read_text()
    for number, line in enumerate(text.splitlines(), 1):
        code = line.split("//")[0]
        own = re.match(r'#include "([^"]+)"', line)
        if own:
            target = own.group(1).rpartition("/")[0]
            if target != folder and target not in MAY_INCLUDE[folder]:
                found.append(f"{name}:{number}: {folder or 'main'} must not include {target}/")
        foreign = re.match(r"#include <([^>]+)>", line)
        for prefix, home in HOME_OF_LIBRARY.items():
            if foreign and foreign.group(1).startswith(prefix) and folder != home:
                found.append(f"{name}:{number}: <{prefix}…> belongs to {home}/")
        for pattern, allowed, why in BANNED:
            doorway = CATCH_AT_DOORWAY.get(folder)
            is_catch_site = "catch" in pattern.pattern and (
                name in CATCH_SITES or (doorway and doorway.search(code)))
            if pattern.search(code) and folder not in allowed and not is_catch_site:
                found.append(f"{name}:{number}: {pattern.search(code).group(0)}: {why}")
    lines = text.count("\n")
    if lines > 500:
        found.append(f"{name}: {lines} lines; split it by idea")
    if path.suffix == ".h" and "#pragma once" not in text:
        found.append(f"{name}:1: a header without #pragma once")
    if path.suffix == ".h" and not text.startswith("//"):
        found.append(f"{name}:1: a header opens with what it is, who owns it, and its threads")
    return found


def main() -> int:
    paths = sorted([*SOURCE.rglob("*.h"), *SOURCE.rglob("*.cc")])
    found = [problem for path in paths for problem in problems(path)]
    print("\n".join(found) or f"{len(paths)} files, every include in order")
    return 1 if found or not paths else 0


if __name__ == "__main__":
    sys.exit(main())

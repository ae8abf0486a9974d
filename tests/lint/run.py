"""The lints: format, includes, and the shell. Prints the counts as the last line."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def git_files(*patterns: str) -> list[str]:
    return subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, check=True,
                          capture_output=True, text=True).stdout.split()


def lints() -> dict[str, list[str]]:
    """Name and command of each."""
    return {
        "format": ["clang-format-14", "--dry-run", "-Werror", *git_files("*.cc", "*.h")],
        "includes": [sys.executable, "tests/lint/check_includes.py"],
        "shell": ["bash", "-n", ".ci/run"],
    }


def main() -> int:
    failed = 0
    for name, command in lints().items():
        done = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        failed += done.returncode != 0
        print(f"{'ok  ' if done.returncode == 0 else 'FAIL'} {name}")
        if done.returncode != 0:
            print(done.stdout[-20000:])
    print(f"{len(lints()) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

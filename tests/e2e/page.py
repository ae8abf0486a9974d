"""What a test sees of a running daemon: its page of metrics and its log."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TypeVar

import exposition_text
from daemon import Daemon

Result = TypeVar("Result")


class Page:
    """One scrape."""

    def __init__(self, text: str):
        self.text = text
        self.samples = list(exposition_text.samples(text))

    def all(self, name: str, **labels: str) -> list[tuple[dict[str, str], float]]:
        """The samples of that name that have these labels and maybe others."""
        return [(found, value) for sample, found, value, _ in self.samples
                if sample == name and labels.items() <= found.items()]

    def value(self, name: str, **labels: str) -> float | None:
        """The only such sample's value, None where there is none."""
        found = self.all(name, **labels)
        if len(found) > 1:
            raise ValueError(f"{name}{labels} is not one sample: {found}")
        return found[0][1] if found else None

    def failures(self, group: str) -> dict[str, float]:
        """Failures by reason of the rules of a group; reasons without a failure are left out."""
        out: dict[str, float] = {}
        for labels, value in self.all("downsampled_rule_evaluation_failures_total"):
            if labels["rule_group"].endswith(";" + group) and value:
                out[labels["reason"]] = out.get(labels["reason"], 0) + value
        return out

    def window_end(self, rule: str) -> float:
        """Of a rule whose name only one group has."""
        end = self.value("downsampled_rule_window_end_timestamp_seconds", rule=rule)
        if end is None:
            raise ValueError(f"no rule {rule}")
        return end


def page_of(daemon: Daemon) -> Page:
    return Page(daemon.get())


def events(log: str, message: str = "", **fields: str) -> list[dict[str, str]]:
    """The lines of a JSON log with that message and these fields; any other line is an error."""
    found = [json.loads(line) for line in log.splitlines()]
    return [event for event in found
            if message in ("", event["msg"]) and fields.items() <= event.items()]


def wait_for(condition: Callable[[], Result], timeout: float = 30.0, interval: float = 0.05) -> Result:
    """What the condition returns, as soon as that is true."""
    deadline = time.monotonic() + timeout
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"still {result!r} after {timeout} s")
        time.sleep(interval)
    return result

"""Other ways through the slots of a group than one after the other; each is a driver's script."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

from long_rules import LongGroup, Script
from slot_driver import PRUNE, reload, reopen

FEW = 40


def backwards(rng: Random, group: LongGroup, ends: range, folder: Path) -> Script:
    return list(reversed(ends))


def shuffled(rng: Random, group: LongGroup, ends: range, folder: Path) -> Script:
    """Some of them: nearly all of a window is read again then."""
    return rng.sample(ends, min(FEW, len(ends)))


def restarted(rng: Random, group: LongGroup, ends: range, folder: Path) -> Script:
    """Now and then; what was in memory is gone then, and in the journal is what windows need."""
    script: Script = []
    for end in ends:
        script += [end, PRUNE]
        if rng.random() < 0.04:
            script.append(reopen(group.write(folder)))
    return script


def interrupted(rng: Random, group: LongGroup, ends: range, folder: Path) -> Script:
    """Away several times, for one slot or many; what was missed comes later."""
    missed: list[int] = []
    while len(missed) < len(ends) // 3:
        first = rng.randrange(len(ends))
        missed += ends[first:first + rng.choice((1, 2, 5, 20))]
    script: Script = [end for end in ends if end not in missed]
    return [*script, reopen(group.write(folder)), *sorted(set(missed))]


def with_other_rules(rng: Random, group: LongGroup, ends: range, folder: Path) -> Script:
    """Half of the rules from the start, the others from the middle on, and in another order."""
    (folder / "some").mkdir()
    some = LongGroup(group.rules[::2]).write(folder / "some")
    all_of_them = replace(group, rules=group.rules[::-1]).write(folder)
    half = len(ends) // 2
    return [reopen(some), *ends[:half], reopen(all_of_them), *ends[half:]]


def reloaded(rng: Random, group: LongGroup, ends: range, folder: Path) -> Script:
    """Now and then, with all of the rules in one order or another, or for a while with some."""
    script: Script = []
    for end in ends:
        script += [end, PRUNE]
        if rng.random() < 0.1:
            rules = rng.sample(group.rules, rng.choice((len(group.rules), len(group.rules) // 2)))
            script.append(reload(replace(group, rules=rules).write(folder)))
    return script


ORDERS = (backwards, shuffled, restarted, interrupted, with_other_rules, reloaded)

"""Random rules over the random series: every step, window, aggregate, absent, coverage or not."""

from __future__ import annotations

from itertools import product
from random import Random

from oracle import Rule
from random_series import DAY, END, EPOCH, HOUR, MINUTE

STEPS = (1000, 7000, 15000)
WINDOWS = (MINUTE, HOUR, DAY)
AGGREGATES = ("avg", "min", "max", "sum", "count", "last", "stddev", "stdvar", "integral")
ABSENT = ("skip", "zero")
# How many of the windows of a day at a step of a second, 86,400 points each, are left.
LONG = 8

# Nothing whose last bits depend on the order in which Prometheus finds the series.
EXPRESSIONS = (
    "reading", "reading", "reading > 0", "-reading", "abs(reading)",
    "reading offset 3m", "reading offset -90s",
    "special", "special", "special", "special * 2", "special == special", "1 / special",
    "offset", "offset", "offset * 3", "offset - 1e9",
    "ticks", "sum by (zone) (ticks)", "sum (ticks)", "sum without (zone) (ticks) / 3",
    "max by (zone) (reading)",
    "count by (zone) (special)", "topk by (zone) (1, reading)", "quantile by (zone) (0.3, reading)",
    "rate(requests_total[1m])", "increase(requests_total[5m])", 
    "irate(requests_total[90s])",
    "resets(requests_total[10m])", "changes(ticks[3m])", "delta(reading[2m])",
    "avg_over_time(reading[75s])",
    "max_over_time(special[1m])", "present_over_time(reading[20s])",
    "max_over_time((reading * 2)[2m:9s])",
    "reading / (ticks > bool 500)", "(ticks > bool 500) / (ticks > bool 500)",
    "ln(reading)", "exp(reading)",
    "ticks * on (instance, zone) reading",
    "ticks + on (zone) group_left max by (zone) (reading)",
    "(ticks + 0) or (reading + 0)", "reading unless ticks > 300",
    "reading and on (instance) watcher == 1",
    "vector(time())", 'absent(reading{instance="2"})',
    f"reading @ {EPOCH // 1000 + 7200}", 'scalar(reading{instance="1"}) * ticks', "minute()",
    'label_replace(reading, "text", "}]\\"values\\\\\\n\\u00e9:$1", "instance", "(.*)")',
    'label_join(ticks{zone="b"}, "__both", "-", "zone", "instance")', "reading # with a comment",
)
# Prometheus 2.42 walks through the series from its start at every point: not for a day of them.
SLOW_EXPRESSIONS = ('timestamp(reading{instance!="0"})',
                    'time() - timestamp(ticks{instance!="0"})')
SLOW_COVERAGES = ('timestamp(watcher{instance!="0"}) > time() - 20',)
# Their squares are past the range of a double.
HUGE = ("huge", "huge", 'huge{zone="a"}')
COVERAGES = (
    "watcher", "watcher == 1", "group(watcher)", 'watcher{instance="1"}',
    'watcher{instance="0"} == 0',
    "count(reading) > 3", 'absent(watcher{instance="2"})',
    'special{instance="0"}', "vector(0)", 'watcher{instance="none"}',
    "minute() % 2 == 0", "up or watcher # or",
)
LABELS = ({}, {}, {"team": "a"}, {"quoted": 'a "b" \\ }\n]'})


def random_rules(rng: Random, share: float = 1.0) -> list[Rule]:
    """One for each kind, in random order; or a `share`, with one of each step and window."""
    kinds = list(product(STEPS, WINDOWS, AGGREGATES, ABSENT, (False, True)))
    rng.shuffle(kinds)
    seen: dict[tuple[int, int], int] = {}
    rules = []
    for step, window, aggregate, absent, covered in kinds:
        count = seen[step, window] = seen.get((step, window), 0) + 1
        most = LONG if (step, window) == (1000, DAY) else 36
        new = aggregate not in {rule.aggregate for rule in rules} and most != LONG
        if count > max(1, most * share) and not new:
            continue
        record = f"kind_{len(rules)}"
        rules.append(random_rule(rng, record, step, window, aggregate, absent, covered))
    return rules


def random_rule(rng: Random, record: str, step: int, window: int, aggregate: str,
                absent: str, covered: bool) -> Rule:
    expressions = EXPRESSIONS + (HUGE if aggregate not in ("stddev", "stdvar") else ())
    coverages = COVERAGES
    if window < DAY:
        expressions, coverages = expressions + SLOW_EXPRESSIONS, coverages + SLOW_COVERAGES
    interval = rng.choice([length for length in WINDOWS if length >= window])
    return Rule(
        record=record, expr=rng.choice(expressions), step=step, window=window,
        aggregate=aggregate, absent=absent, coverage=rng.choice(coverages) if covered else "",
        labels=rng.choice(LABELS), interval=interval,
        eval_offset=rng.randrange(min(interval, END - EPOCH - DAY)))


def random_time(rng: Random) -> int:
    """Such that a window of a day that has ended then is within the history."""
    return END - rng.randrange(HOUR // 2)

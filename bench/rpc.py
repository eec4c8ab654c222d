"""
Cost of the walls: our requests beside nameko's own and a bare kombu echo, in one run.

The machine is shared, so nothing but ratios is aimed at: contenders take turns within each round, a
ratio is taken within its round, and the median of the rounds counts.
"""

import gc
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import product

from matplotlib.figure import Figure

from bench.contenders import Asker, Contender
from bench.contenders.bare_echo import BareEcho
from bench.contenders.own_bus import OwnBus
from bench.contenders.plain_nameko import PlainNameko
from bench.ground import ground
from bench.report import Report, at_least

NAME = "rpc"
ROUNDS = 15
ONE_AT_A_TIME, PIPELINED = "one at a time", "pipelined"
CALLS = 200
IN_FLIGHT = 500
WARM_UP = 50
READY_SECONDS = 30.0

CONTENDERS = (OwnBus, PlainNameko, BareEcho)

AIMS = (
    at_least("ours/echo one at a time", 0.6),
    at_least("ours/echo pipelined", 0.35),
    at_least("ours/nameko one at a time", 1.8),
    at_least("ours/nameko pipelined", 1.8),
)

Rates = dict[tuple[str, str], list[float]]
"""Calls per second of each round, by mode and contender."""


def run(say: Callable[[str], None]) -> tuple[Report, Callable[[Figure], None]]:
    """Measure, and return the report with how to draw it."""
    with ground() as here:
        contenders: list[Contender] = [contender(here) for contender in CONTENDERS]
        for contender in contenders:
            say(f"waiting for {contender.name}")
            _wait_ready(contender)
        rates, waits = _rounds(contenders, say)
    return Report(NAME, _figures(rates, waits), AIMS), lambda figure: _draw(figure, rates)


def _rounds(
    contenders: Sequence[Contender], say: Callable[[str], None]
) -> tuple[Rates, dict[str, list[float]]]:
    rates: Rates = defaultdict(list)
    waits: dict[str, list[float]] = defaultdict(list)
    for number in range(ROUNDS):
        say(f"round {number + 1} of {ROUNDS}")
        for contender in contenders:
            single, several = _turn(contender.connect())
            waits[contender.name] += single
            rates[ONE_AT_A_TIME, contender.name].append(len(single) / sum(single))
            rates[PIPELINED, contender.name].append(several)
    return rates, waits


def _turn(asker: Asker) -> tuple[list[float], float]:
    """Return the seconds of each single call, and the rate of calls in flight together."""
    for _ in range(WARM_UP):
        asker.ask()
    asker.ask_many(WARM_UP)
    gc.collect()
    single = [_seconds(asker.ask) for _ in range(CALLS)]
    several = _seconds(lambda: asker.ask_many(IN_FLIGHT))
    asker.close()
    return single, IN_FLIGHT / several


def _seconds(act: Callable[[], None]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _wait_ready(contender: Contender) -> None:
    end = time.monotonic() + READY_SECONDS
    while True:
        try:
            asker = contender.connect()
            asker.ask()
            asker.close()
            return
        except Exception:  # whatever a client of another library says of a service not there yet
            if time.monotonic() > end:
                raise
            time.sleep(0.5)


def _figures(rates: Rates, waits: dict[str, list[float]]) -> dict[str, float]:
    figures = {}
    for (mode, name), each in rates.items():
        figures[f"{name} {mode}, calls/s"] = statistics.median(each)
    for name, each in waits.items():
        cuts = statistics.quantiles(each, n=100)
        figures[f"{name} one at a time, p50 ms"] = cuts[49] * 1000
        figures[f"{name} one at a time, p99 ms"] = cuts[98] * 1000
    for other, mode in product(("echo", "nameko"), (ONE_AT_A_TIME, PIPELINED)):
        figures[f"ours/{other} {mode}"] = _ratio(rates[mode, "ours"], rates[mode, other])
    return figures


def _ratio(ours: Sequence[float], others: Sequence[float]) -> float:
    """Return the median of the rounds' own ratios: what slows the machine slows a whole round."""
    return statistics.median(our / other for our, other in zip(ours, others, strict=True))


def _draw(figure: Figure, rates: Rates) -> None:
    for axes, mode in zip(figure.subplots(1, 2), (ONE_AT_A_TIME, PIPELINED), strict=True):
        names = [contender.name for contender in CONTENDERS]
        axes.boxplot([rates[mode, name] for name in names], tick_labels=names)
        axes.set_title(mode)
        axes.set_ylabel("calls per second")
        axes.set_ylim(bottom=0)

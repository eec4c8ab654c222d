"""
Costs of single acts in a town of 1,000 and of 25,000 children, which should be the same.

Milliseconds of processor of the processes that do it, so that what else runs on this machine does
not count; seconds of the clock only where somebody waits for a mending. Both towns run at once, in
a process of their own each, and have their turns: a window of the one, then of the other. Of their
ratios it is the one in the middle that counts; that of the control says what the machine bends.

GROWTH=large measures 100,000 children too. GROWTH_ON=postgresql does all of it on PostgreSQL, and
counts the server's processor time as well; but a month's draft, of which `billing` has both.
"""

import os
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection

from matplotlib.figure import Figure

from bench import billing, growth_costs
from bench.databases import SQLITE, databases
from bench.ground import PORT_BASE, ground, laying, let_signals_end_benches, port_base
from bench.growth_costs import CONTROL, MENDED, Reading
from bench.growth_town import settle
from bench.report import Report, below
from deploy.engines.town_engines import FILES
from deploy.instance.instance import COPIES_APART

NAME = "growth"
LARGE, ENGINE = "GROWTH", "GROWTH_ON"
SIZES = (1_000, 25_000)
LARGEST = 100_000
CHILDREN_OF_A_FAMILY = 2
DRAFT, DRAFTS = "a month's draft, per family", 3
WEIGHT = "kB on the disk for a child"
CHANGE = 1.2

Ratios = dict[str, list[float]]
"""Ratios to the cost in the smallest town, one for each town, by what is done."""


def run(say: Callable[[str], None]) -> tuple[Report, Callable[[Figure], None]]:
    """Measure, and return the report with how to draw it."""
    sizes = (*SIZES, LARGEST) if os.environ.get(LARGE) == "large" else SIZES
    read = _read_by_turns(sizes, say)
    figures = {
        f"{what}, of {size:,}": statistics.median(turn[at] for turn in turns)
        for what, turns in read.items()
        for at, size in enumerate(sizes)
    }
    ratios = {
        what: [statistics.median(turn[at] / turn[0] for turn in turns) for at in range(len(sizes))]
        for what, turns in read.items()
        if what not in (MENDED, WEIGHT)
    }
    against = {
        f"{what}: {size:,} to {SIZES[0]:,}": ratio
        for what, several in ratios.items()
        for size, ratio in list(zip(sizes, several, strict=True))[1:]
    }
    aims = (
        *(below(each, CHANGE) for each in against if not each.startswith(CONTROL)),
        *(below(f"{MENDED}, of {size:,}", 2.0) for size in sizes),
    )
    return Report(NAME, figures | against, aims), lambda figure: _draw(figure, ratios, sizes)


def _read_by_turns(
    sizes: Sequence[int], say: Callable[[str], None]
) -> dict[str, list[list[float]]]:
    """Let towns of these sizes measure in turns; return by act what they read, turn by turn."""
    read: dict[str, list[list[float]]] = defaultdict(list)
    say(" and ".join(f"{size:,}" for size in sizes) + " children")
    towns: list[Connection] = []
    turn: list[Reading | None] = []
    with ExitStack() as ends:
        with laying:  # one after the other: a broker that starts beside another is slow to answer
            for nth, size in enumerate(sizes):
                towns.append(ends.enter_context(_town_apart(size, nth)))
                turn.append(towns[-1].recv())
        while found := [each for each in turn if each]:
            say(what := found[0][0])
            read[what].append([value for _, value in found])
            turn = []
            for town in towns:
                town.send(None)
                turn.append(town.recv())
    return read


@contextmanager
def _town_apart(size: int, nth: int) -> Iterator[Connection]:
    """Give the end of a pipe; a process at the other lays a town, and reads when it is told to."""
    spawned = get_context("spawn")
    ours, theirs = spawned.Pipe()
    process = spawned.Process(target=_measure, args=(size, nth, theirs))
    process.start()
    theirs.close()  # so that this end meets nobody where that process has ended
    try:
        yield ours
    except BaseException:
        process.terminate()
        raise
    finally:
        process.join()


def _measure(size: int, nth: int, turns: Connection) -> None:
    let_signals_end_benches()
    os.environ[PORT_BASE] = str(port_base() + nth * COPIES_APART)
    for reading in _readings(size):
        turns.send(reading)
        turns.recv()
    turns.send(None)


def _readings(size: int) -> Iterator[Reading]:
    """Give what is read of a town of so many children, the first once it is laid."""
    with ground(os.environ.get(ENGINE, FILES)) as here:
        town = settle(here, size)
        yield WEIGHT, town.bytes_on_disk() / size / 1000
        yield from growth_costs.readings(town)
    with databases("billing", DRAFTS, [SQLITE]) as made:
        for database in made[SQLITE]:
            yield DRAFT, billing.busy_drafting(database, size // CHILDREN_OF_A_FAMILY)


def _draw(figure: Figure, ratios: Ratios, sizes: Sequence[int]) -> None:
    axes = figure.subplots()
    for what, several in ratios.items():
        axes.plot(list(sizes), several, marker="o", label=what)
    axes.axhline(CHANGE, linestyle="--", linewidth=1)
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("children of the town")
    axes.set_ylabel("cost, against the smallest")
    axes.legend(fontsize="small")

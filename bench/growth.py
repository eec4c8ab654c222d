"""
Costs of single acts in a town of 1,000 and of 25,000 children, which should be the same.

Milliseconds of processor of the processes that do it, so that what else runs on this machine does
not count; seconds of the clock only where somebody waits for a mending. The children are laid into
the databases in bulk, among a few who came by the bus and of whom things are asked.

GROWTH=large measures 100,000 children too. GROWTH_ON=postgresql does all of it on PostgreSQL, and
counts the server's processor time as well; but a month's draft, of which `billing` has both.
"""

import os
from collections.abc import Callable, Mapping

from matplotlib.figure import Figure

from bench import billing, growth_costs
from bench.databases import SQLITE, databases
from bench.ground import ground
from bench.growth_town import settle
from bench.report import Report, below
from deploy.engines.town_engines import FILES

NAME = "growth"
LARGE, ENGINE = "GROWTH", "GROWTH_ON"
SIZES = (1_000, 25_000)
LARGEST = 100_000
CHILDREN_OF_A_FAMILY = 2
DRAFT = "a month's draft, per family"
MENDED = "seconds until ten lost rows are mended"
CHANGE = 1.2

Costs = dict[str, dict[int, float]]
"""By what is done, and by children of the town: milliseconds of processor."""


def run(say: Callable[[str], None]) -> tuple[Report, Callable[[Figure], None]]:
    """Measure, and return the report with how to draw it."""
    sizes = (*SIZES, LARGEST) if os.environ.get(LARGE) == "large" else SIZES
    costs: Costs = {}
    mended: dict[str, float] = {}
    for size in sizes:
        found, seconds, weight = _measured(size, say)
        mended[f"{MENDED}, of {size:,}"] = seconds
        mended[f"kB on the disk for a child, of {size:,}"] = weight
        for what, milliseconds in found.items():
            costs.setdefault(what, {})[size] = milliseconds
    figures = {
        **{f"{what}, ms of {n:,}": each[n] for what, each in costs.items() for n in each},
        **{
            _against(what, size): each[size] / each[SIZES[0]]
            for what, each in costs.items()
            for size in sizes[1:]
        },
        **mended,
    }
    aims = (
        *(below(_against(what, sizes[-1]), CHANGE) for what in costs),
        *(below(name, 2.0) for name in mended if name.startswith(MENDED)),
    )
    return Report(NAME, figures, aims), lambda figure: _draw(figure, costs)


def _against(what: str, size: int) -> str:
    return f"{what}: {size:,} to {SIZES[0]:,}"


def _measured(size: int, say: Callable[[str], None]) -> tuple[Mapping[str, float], float, float]:
    """Return the costs in a town of so many children, the mending's wait, and kB for a child."""
    with ground(os.environ.get(ENGINE, FILES)) as here:
        say(f"{size:,} children")
        town = settle(here, size)
        found, seconds = growth_costs.measure(town, lambda what: say(f"{size:,}: {what}"))
        weight = town.bytes_on_disk() / size / 1000
    say(f"{size:,}: {DRAFT}")
    with databases("billing", kinds=[SQLITE]) as made:
        found[DRAFT] = billing.busy_drafting(made[SQLITE][0], size // CHILDREN_OF_A_FAMILY)
    return found, seconds, weight


def _draw(figure: Figure, costs: Costs) -> None:
    axes = figure.subplots()
    for what, by_size in costs.items():
        first = next(iter(by_size.values()))
        shares = [each / first for each in by_size.values()]
        axes.plot(list(by_size), shares, marker="o", label=what)
    axes.axhline(CHANGE, linestyle="--", linewidth=1)
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("children of the town")
    axes.set_ylabel("cost, against the smallest")
    axes.legend(fontsize="small")

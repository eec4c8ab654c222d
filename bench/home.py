"""
The first page of families: new ones, with ten years behind them, with one provider stopped.

The portal is served as in a town: two workers of gunicorn, its service beside them. Everything,
askers included, shares this machine's cores, so that the rate is all told. Rounds take turns, and
the ratio is taken within them: what slows the machine slows both.
"""

import random
import signal
import statistics
from collections.abc import Callable, Sequence
from subprocess import Popen

from matplotlib.figure import Figure

from bench.ground import Ground, ground
from bench.home_families import SignedIn, settle, settle_known_family
from bench.home_rounds import rounds_of_pages
from bench.pages import ASKERS, Ask, Found, ask_for, connect, get, serve
from bench.report import Report, at_least, below
from bench.town import Town

NAME = "home"
FAMILIES = 500
WARM_UP_SECONDS, SECONDS, ROUNDS = 3.0, 4.0, 3
STOPPED = "enrolment_ens"
CALLEES = ("dossier", "enrolment_ens", "enrolment_agg")
SERVICES = ("identity", "portal", *CALLEES)
UP, LONG, DOWN = "all up", "ten years here", "one stopped"

AIMS = (
    at_least(f"pages/s, {UP}", 200),
    at_least(f"{LONG}/{UP}", 0.9),
    at_least(f"{DOWN}/{UP}", 0.8),
    below("not served", 1),
    below("remote calls of a first page", 1),
    below("parallel rounds of a page, most", 1.5),
)


def run(say: Callable[[str], None]) -> tuple[Report, Callable[[Figure], None]]:
    """Measure, and return the report with how to draw it."""
    with ground() as here:
        town = Town(here)
        families, older = settle(town, FAMILIES, FAMILIES)
        say("starting the town")
        processes = {principal: town.start(principal) for principal in SERVICES}
        serve(here, town)
        town.wait_ready(SERVICES)
        say("counting the remote calls of pages")
        known = settle_known_family(town, CALLEES)
        calls, rounds = rounds_of_pages(town, known)
        found = _measure(here, families, older, known, processes[STOPPED], say)
    return Report(NAME, _figures(found, calls, rounds), AIMS), lambda figure: _draw(figure, found)


def _measure(
    here: Ground,
    families: Sequence[SignedIn],
    older: Sequence[SignedIn],
    known: SignedIn,
    provider: Popen[bytes],
    say: Callable[[str], None],
) -> dict[str, Found]:
    port, found = here.instance.pages_port("portal"), {UP: Found(), LONG: Found(), DOWN: Found()}
    turns = (
        (UP, families, signal.SIGCONT),
        (LONG, older, signal.SIGCONT),
        (DOWN, families, signal.SIGSTOP),
    )
    ask_for(port, _first_page(families), WARM_UP_SECONDS, Found())
    for number in range(ROUNDS):
        for name, asking, order in turns:
            say(f"{name}, round {number + 1} of {ROUNDS}")
            provider.send_signal(order)
            _notice(port, known)
            ask_for(port, _first_page(asking), SECONDS, found[name])
    provider.send_signal(signal.SIGCONT)
    return found


def _notice(port: int, family: SignedIn) -> None:
    """Let somebody look at a week: the first pages then know who answers and who does not."""
    if not get(connect(port), "/semaine", Cookie=family.cookie):
        raise AssertionError("a week was not served")


def _first_page(families: Sequence[SignedIn]) -> Ask:
    return lambda connection: get(connection, "/", Cookie=random.choice(families).cookie)


def _figures(found: dict[str, Found], calls: int, rounds: int) -> dict[str, float]:
    figures: dict[str, float] = {}
    for name, each in found.items():
        cuts = statistics.quantiles(each.waits, n=100)
        figures[f"pages/s, {name}"] = statistics.median(each.rates)
        figures[f"{name}, p50 ms"] = cuts[49] * 1000
        figures[f"{name}, p95 ms"] = cuts[94] * 1000
    for name in (LONG, DOWN):
        in_turn = zip(found[name].rates, found[UP].rates, strict=True)
        figures[f"{name}/{UP}"] = statistics.median(other / up for other, up in in_turn)
    figures["not served"] = float(sum(each.failed for each in found.values()))
    figures["remote calls of a first page"] = float(calls)
    figures["parallel rounds of a page, most"] = float(rounds)
    return figures


def _draw(figure: Figure, found: dict[str, Found]) -> None:
    axes = figure.subplots()
    for name, each in found.items():
        waits = sorted(wait * 1000 for wait in each.waits)
        shares = [(place + 1) / len(waits) for place in range(len(waits))]
        axes.step(waits, shares, label=name, where="post")
    axes.set_xscale("log")
    axes.set_xlabel("milliseconds until the first page is there")
    axes.set_ylabel("share of pages")
    axes.set_title(f"{ASKERS} browsers at once")
    axes.legend()

"""
Sections written per second until the replica holds them: eight writers, each at its next at once.

Beside it the limit of this machine: the rows that those writes left, inserted anew with a durable
commit for each, and as many messages published, confirmed and acknowledged, with nothing else done.
"""

import sqlite3
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from matplotlib.figure import Figure

from bench import families
from bench.bare_rows import bare_rate
from bench.changes import Change, Writer
from bench.families import Child
from bench.ground import ground, wait_until
from bench.guardians import introduce
from bench.replicas import Replicas
from bench.report import Report, at_least
from bench.town import Town, club_codes

NAME = "writes"
WRITERS, EACH, ROUNDS = 8, 100, 3
CHILDREN_EACH = 5
PROJECTION = "care_core"
LOOK_SECONDS = 0.02

WRITTEN = "sections/s until the replica holds them"
HEARD = "sections/s until their receipts are heard"
LIMIT = "the same rows and messages alone, a second"

AIMS = (at_least(WRITTEN, 200.0),)

UNHEARD = """\
SELECT count(*) FROM projection WHERE projection = ? AND received_version < version
"""


def run(say: Callable[[str], None]) -> tuple[Report, Callable[[Figure], None]]:
    """Measure, and return the report with how to draw it."""
    (club,) = club_codes(1)
    replica = f"enrolment_{club}"
    with ground() as here:
        say("a town of one club more")
        town = Town(here, clubs=1)
        processes = [town.start(principal) for principal in ("dossier", replica)]
        town.wait_ready(["dossier", replica])
        children = families.load(town, WRITERS * CHILDREN_EACH, NAME, [club])
        tokens = introduce(town, (child.guardian for child in children))
        with town.client("portal") as client, Replicas(town, [replica], PROJECTION) as replicas:
            writer = Writer(client, tokens)
            _until(lambda: _held(replicas, replica, [Change(c, 0.0, 1) for c in children]))
            rates = [_round(town, writer, replicas, children, replica, say) for _ in range(ROUNDS)]
        here.stop(processes)
        say("the limit")
        limit = bare_rate(town, replica, WRITERS * EACH)
    figures = {
        WRITTEN: statistics.median(held for held, _ in rates),
        HEARD: statistics.median(heard for _, heard in rates),
        LIMIT: limit,
    }
    return Report(NAME, figures, AIMS), lambda figure: _draw(figure, rates, limit)


def _round(
    town: Town,
    writer: Writer,
    replicas: Replicas,
    children: Sequence[Child],
    replica: str,
    say: Callable[[str], None],
) -> tuple[float, float]:
    """Write; return how many sections a second were held, and how many were known to be."""
    say(f"{WRITERS * EACH} sections by {WRITERS} writers")
    start = time.monotonic()
    with ThreadPoolExecutor(WRITERS) as pool:
        shares = [children[number::WRITERS] for number in range(WRITERS)]
        last = [
            change for some in pool.map(writer.turns, shares, [EACH] * WRITERS) for change in some
        ]
    _until(lambda: _held(replicas, replica, last))
    held = time.monotonic() - start
    dossier = town.database("dossier")
    _until(lambda: not _unheard(dossier))
    heard = time.monotonic() - start
    dossier.close()
    return WRITERS * EACH / held, WRITERS * EACH / heard


def _held(replicas: Replicas, replica: str, last: Sequence[Change]) -> bool:
    return all(replicas.version(replica, each.child.id) >= each.version for each in last)


def _unheard(dossier: sqlite3.Connection) -> int:
    return int(dossier.execute(UNHEARD, (PROJECTION,)).fetchone()[0])


def _until(is_so: Callable[[], bool]) -> None:
    wait_until("a section is held, and its receipt heard", is_so, look=LOOK_SECONDS)


def _draw(figure: Figure, rates: Sequence[tuple[float, float]], limit: float) -> None:
    axes = figure.subplots()
    for label, column in ((WRITTEN, 0), (HEARD, 1)):
        axes.plot([rate[column] for rate in rates], "o-", label=label)
    axes.axhline(limit, linestyle="--", color="grey", label=LIMIT)
    axes.set_xlabel("round")
    axes.set_ylim(bottom=0.0)
    axes.legend()

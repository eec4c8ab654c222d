"""
Time until a provider that lost everything holds it again: 10,000 children, digest equal.

The replica is a fresh database and its queue is emptied. It is the demo's school service. A
hundred children come by the bus; the others are laid beside them, as sent to it long ago.
Processor time stands beside the seconds: it says the same where other things run. The limit is
the same rows alone, in the commits in which they were read, with a request and an answer for each.
"""

import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from matplotlib.figure import Figure

from bench import families
from bench.bare_rows import Left, rows_of, seconds_of, shared_out, tables_of
from bench.ground import ground, laying
from bench.grown import in_dossier, people
from bench.processor import Processor
from bench.report import Report, below
from bench.town import Town
from services.dossier import store as families_at
from shared.bus.client import Client
from shared.bus.outbox_relay import take_lease
from shared.contracts.dossier.sharing.inventory_comparison import Entry
from shared.contracts.dossier.sharing.projections import ROWS_AT_ONCE
from shared.contracts.every_service import operations
from shared.contracts.every_service.comparison import differs
from shared.database import Store, declarative_base_for
from shared.runtime.ids import new_id

NAME = "resync"
CHILDREN, CAME = 10_000, 100
PROVIDER, PRINCIPAL = "ens", "enrolment_ens"
CALL_SECONDS, LONGEST_SECONDS = 240.0, 240.0
LOOK_SECONDS = 0.25

EQUAL = "seconds from the call to digest equal"
AIMS = (below(EQUAL, 12.0),)

SENT = "SELECT child_id, projection, version FROM projection WHERE provider = ?"
HELD = "SELECT child_id, projection, version FROM held_projection"
COUNT = "SELECT count(*) FROM held_projection"

Curve = list[tuple[float, int]]
"""Seconds since the call, and rows held by then."""


def run(say: Callable[[str], None]) -> tuple[Report, Callable[[Figure], None]]:
    """Measure, and return the report with how to draw it."""
    with ground() as here:
        say("a town")
        town = Town(here)
        publishers = ("dossier", "identity")  # of both the provider stores events
        processes = {principal: town.start(principal) for principal in publishers}
        town.wait_ready(publishers)
        say(f"{CHILDREN:,} children")
        loading = time.monotonic()
        families.load(town, CAME, NAME, [PROVIDER])
        loaded = time.monotonic() - loading
        _lay_beside(town)
        town.empty_queue(f"in.{PRINCIPAL}.events")
        hold_the_timer(town)
        processes[PRINCIPAL] = town.start(PRINCIPAL)
        town.wait_ready([PRINCIPAL])
        say("resync")
        with (
            Processor(processes["dossier"].pid).spent() as at_dossier,
            Processor(processes[PRINCIPAL].pid).spent() as at_provider,
        ):
            answered, curve = _resync(town)
        here.stop(list(processes.values()))
        say("the limit")
        seconds, rows = curve[-1]
        limit = _limit(town, -(-rows // ROWS_AT_ONCE))
    figures = {
        "children": float(CHILDREN),
        "rows": float(rows),
        "seconds until the call is answered": answered,
        EQUAL: seconds,
        "rows per second": rows / seconds,
        "seconds for the same rows and messages alone": limit,
        "times that limit": seconds / limit,
        "seconds of the dossier's processor": at_dossier.seconds,
        "seconds of the provider's processor": at_provider.seconds,
        "children per second, imported together": CAME / loaded,
    }
    return Report(NAME, figures, AIMS), lambda figure: _draw(figure, curve)


@laying
def _lay_beside(town: Town) -> None:
    """Lay the children who do not come by the bus into the dossier, as sent to their providers."""
    town.connect("dossier", families_at.store, families_at.vault)
    in_dossier.settle(people.homes((CHILDREN - CAME) * 3 // 5), new_id())


def _limit(town: Town, answers: int) -> float:
    """Return the seconds for the rows of so many answers, each in a commit, and their messages."""
    rows = rows_of(town, PRINCIPAL, tables_of(town, PRINCIPAL))
    left = Left("enrolment", shared_out(rows, answers), per_commit=1)
    return seconds_of(town, PRINCIPAL, [left], answers * 2)


def hold_the_timer(town: Town) -> None:
    """Let the provider's own comparison, every five minutes, be another instance's turn."""
    store = Store("enrolment", declarative_base_for("enrolment").metadata)
    store.connect(town.settings(PRINCIPAL).database_url)
    take_lease(store, "reconcile", "bench", LONGEST_SECONDS * 2)
    store.close()


def _resync(town: Town) -> tuple[float, Curve]:
    """Return when the call was answered, and the curve up to the moment of the equal digest."""
    with town.client("ops") as client, ThreadPoolExecutor(1) as pool:
        start = time.monotonic()
        answered = pool.submit(_ask, client, start)
        curve = _until_equal(town, start)
        seconds = answered.result()
        request = operations.ResyncRequest(mend=False)
        answer = client.ask(operations.resync, request, to=PRINCIPAL, deadline=CALL_SECONDS)
        assert not any(differs(row) for row in answer.states)
    return seconds, curve


def _ask(client: Client, start: float) -> float:
    request = operations.ResyncRequest()
    client.ask(operations.resync, request, to=PRINCIPAL, deadline=CALL_SECONDS)
    return time.monotonic() - start


def _until_equal(town: Town, start: float) -> Curve:
    """Look at both databases until they hold the same, row by row."""
    with closing(town.database("dossier")) as dossier, closing(town.database(PRINCIPAL)) as replica:
        wanted = len(entries_of(dossier, SENT, PROVIDER))
        curve: Curve = []
        while time.monotonic() - start < LONGEST_SECONDS:
            (held,) = replica.execute(COUNT).fetchone()
            curve.append((time.monotonic() - start, held))
            if held >= wanted and entries_of(replica, HELD) == entries_of(dossier, SENT, PROVIDER):
                return [*curve, (time.monotonic() - start, held)]
            time.sleep(LOOK_SECONDS)
    raise TimeoutError("a whole replica")


def entries_of(database: sqlite3.Connection, query: str, *values: str) -> list[Entry]:
    """Return the rows that an inventory consists of, sorted."""
    return sorted(
        (child, projection, version)
        for child, projection, version in database.execute(query, values)
    )


def _draw(figure: Figure, curve: Curve) -> None:
    axes = figure.subplots()
    axes.plot([second for second, _ in curve], [held for _, held in curve])
    axes.axvline(AIMS[0].bound, linestyle="--", color="grey")
    axes.set_xlabel("seconds since the call")
    axes.set_ylabel("rows in the replica")
    axes.set_title(f"{CHILDREN:,} children at one provider")

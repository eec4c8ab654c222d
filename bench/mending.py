"""
Waits of families while lost rows of a replica are mended, beside their waits otherwise.

In each round a guardian's page is asked for while nothing else goes on, then while rows that were
deleted, altered or set to a former version at a provider are found and sent again. A ratio is taken
within its round. The dossier's own processor time of a row is read beside it: it says the same on a
machine that does other things. A hundred children come by the bus, the others are laid beside them.
"""

import random
import sqlite3
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

from matplotlib.figure import Figure

from bench.ground import ground, wait_until
from bench.growth_town import GrownTown, settle
from bench.report import Report, below
from bench.resync import HELD, PRINCIPAL, PROVIDER, SENT, entries_of
from bench.town import Town
from shared.bus.client import Client
from shared.contracts.dossier import guardians
from shared.contracts.every_service import operations
from shared.contracts.message import Empty

NAME = "mending"
CHILDREN, ROUNDS = 2_000, 9
FEW, MANY = 10, 500
"""Rows that are lost in a round: in turn few and many."""
ASKED_ALONE = 60
DEADLINE_SECONDS, LOOK_SECONDS = 60.0, 0.05

WAITED = "median wait while rows are mended, times that of before"
AIMS = (
    below(WAITED, 1.1),
    below(f"seconds until {FEW} lost rows are found and mended", 2.0),
)

_HARM = (
    "DELETE FROM held_projection WHERE child_id = ? AND projection = ?",
    "UPDATE held_projection SET version = version + 3 WHERE child_id = ? AND projection = ?",
)


@dataclass(frozen=True)
class Round:
    """One round: what it took, and seconds of each request before and meanwhile."""

    rows: int
    until_mended: float
    alone: list[float]
    meanwhile: list[float]
    processor: float
    """Seconds of the dossier's process while rows were mended, requests included."""

    @property
    def ratio(self) -> float:
        """Return how many times as long a request waited."""
        return statistics.median(self.meanwhile) / statistics.median(self.alone)


def run(say: Callable[[str], None]) -> tuple[Report, Callable[[Figure], None]]:
    """Measure, and return the report with how to draw it."""
    with ground() as here:
        say(f"a town of {CHILDREN:,} children")
        grown = settle(here, CHILDREN)
        town, guardian = grown.town, grown.children[0].guardian
        token = grown.token(guardian, "portal", "family")
        with town.client("portal") as portal, closing(_Replica(town)) as replica:
            replica.wait_equal()
            asker = _Asker(portal, token)
            rounds = [_round(grown, replica, asker, number, say) for number in range(ROUNDS)]
    return Report(NAME, _figures(rounds), AIMS), lambda figure: _draw(figure, rounds)


class _Asker:
    """A guardian who looks at its children again and again."""

    def __init__(self, client: Client, token: str) -> None:
        self._client, self._token = client, token

    def seconds(self) -> float:
        start = time.perf_counter()
        self._client.ask(
            guardians.my_children, Empty(), token=self._token, deadline=DEADLINE_SECONDS
        )
        return time.perf_counter() - start


class _Replica:
    """Both databases, looked at beside their services."""

    def __init__(self, town: Town) -> None:
        self._dossier = town.database("dossier")
        self._replica = town.database(PRINCIPAL)

    def close(self) -> None:
        self._dossier.close()
        self._replica.close()

    def is_equal(self) -> bool:
        wanted = entries_of(self._dossier, SENT, PROVIDER)
        return entries_of(self._replica, HELD) == wanted

    def wait_equal(self) -> None:
        wait_until("both hold the same", self.is_equal, DEADLINE_SECONDS, LOOK_SECONDS)

    def harm(self, rows: int, chance: random.Random) -> None:
        """Delete and alter so many rows, behind the provider's back."""
        for child, projection, _ in chance.sample(entries_of(self._replica, HELD), rows):
            self._execute(chance.choice(_HARM), child, projection)

    def _execute(self, statement: str, *values: str) -> None:
        while True:
            try:
                self._replica.execute(statement, values)
                return
            except sqlite3.OperationalError:  # its service writes
                time.sleep(LOOK_SECONDS)


def _round(
    grown: GrownTown,
    replica: _Replica,
    asker: _Asker,
    number: int,
    say: Callable[[str], None],
) -> Round:
    rows = MANY if number % 2 else FEW
    say(f"round {number + 1} of {ROUNDS}: {rows} rows")
    replica.harm(rows, random.Random(number))
    alone = [asker.seconds() for _ in range(ASKED_ALONE)]
    meanwhile: list[float] = []
    with (
        grown.town.client("ops") as ops,
        ThreadPoolExecutor(1) as pool,
        grown.processor("dossier").spent() as at_dossier,
    ):
        start = time.monotonic()
        mended = pool.submit(_mend, ops, replica)
        while not mended.done() or not meanwhile:
            meanwhile.append(asker.seconds())
        until = mended.result() - start
    return Round(rows, until, alone, meanwhile, at_dossier.seconds)


def _mend(ops: Client, replica: _Replica) -> float:
    """Have all rows mended; return the moment at which they were."""
    ops.ask(operations.resync, operations.ResyncRequest(), to=PRINCIPAL, deadline=DEADLINE_SECONDS)
    replica.wait_equal()
    return time.monotonic()


def _figures(rounds: list[Round]) -> dict[str, float]:
    few = [each for each in rounds if each.rows == FEW]
    many = [each for each in rounds if each.rows == MANY]
    alone = statistics.median(wait for each in rounds for wait in each.alone)
    return {
        "median wait of a request before, ms": alone * 1000,
        WAITED: statistics.median(each.ratio for each in many),
        f"seconds until {FEW} lost rows are found and mended": statistics.median(
            each.until_mended for each in few
        ),
        f"seconds until {MANY} lost rows are found and mended": statistics.median(
            each.until_mended for each in many
        ),
        "ms of the dossier's processor for a row, requests included": statistics.median(
            each.processor / each.rows * 1000 for each in many
        ),
    }


def _draw(figure: Figure, rounds: list[Round]) -> None:
    axes = figure.subplots()
    many = [each for each in rounds if each.rows == MANY]
    axes.hist(
        [
            [wait * 1000 for each in many for wait in each.alone],
            [wait * 1000 for each in many for wait in each.meanwhile],
        ],
        label=["before", "while rows are mended"],
        density=True,
        bins=30,
    )
    axes.set_xlabel("ms that a request waited")
    axes.legend()
    axes.set_title(f"{MANY} lost rows of {CHILDREN:,} children")

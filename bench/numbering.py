"""
Gapless numbers under eight writers, each a process of its own, of which one try in ten is undone.

A number is taken in a transaction that also writes what it numbers, as a bill's is; afterwards the
numbers that are there must be 1, 2, 3… without a double and without a gap.
"""

import multiprocessing
import random
import time
from collections.abc import Callable

from matplotlib.figure import Figure
from sqlalchemy import insert, select

from bench.databases import POSTGRESQL, SQLITE, BenchDatabase, databases
from bench.report import Report, at_least, below
from services.billing.ledger.commands import gapless_numbers
from services.billing.models import Document
from services.billing.models.ledger import BILLS
from services.billing.store import store
from shared.dates.clock import now
from shared.runtime.ids import new_id

NAME = "numbering"
WRITERS, SECONDS, UNDONE = 8, 8.0, 0.1
WRITTEN = "bench"

AIMS = tuple(
    aim
    for kind in (SQLITE, POSTGRESQL)
    for aim in (
        at_least(f"{kind}: numbers per second", 200),
        below(f"{kind}: doubles", 1),
        below(f"{kind}: gaps", 1),
    )
)


class Undone(Exception):
    """A failure that undoes a writer after it took a number."""


def run(say: Callable[[str], None]) -> tuple[Report, Callable[[Figure], None]]:
    """Measure, and return the report with how to draw it."""
    figures: dict[str, float] = {}
    with databases("billing") as made:
        for (database,) in made.values():
            say(f"{WRITERS} writers on {database.kind}")
            figures |= _measure(database)
    return Report(NAME, figures, AIMS), lambda figure: _draw(figure, figures)


def _measure(database: BenchDatabase) -> dict[str, float]:
    spawn = multiprocessing.get_context("spawn")
    start = spawn.Barrier(WRITERS)
    writers = [
        spawn.Process(target=_write, args=(database.url, seed, start), daemon=True)
        for seed in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    taken = _taken(database)
    return {
        f"{database.kind}: numbers per second": len(taken) / SECONDS,
        f"{database.kind}: doubles": float(len(taken) - len(set(taken))),
        f"{database.kind}: gaps": float(max(taken, default=0) - len(set(taken))),
        f"{database.kind}: writers that failed": float(sum(bool(w.exitcode) for w in writers)),
    }


def _write(url: str, seed: int, start: "multiprocessing.synchronize.Barrier") -> None:
    store.connect(url)
    chance = random.Random(seed)
    start.wait()
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        try:
            _number(chance)
        except Undone:
            pass
    store.close()


def _number(chance: random.Random) -> None:
    with store.write() as write:
        number = gapless_numbers.take_numbers(write, "ens", 2026, BILLS)
        row = {"kind": WRITTEN, "reference": new_id(), "content": str(number).encode()}
        write.execute(insert(Document), [row | {"made_at": now()}])
        if chance.random() < UNDONE:
            raise Undone


def _taken(database: BenchDatabase) -> list[int]:
    store.connect(database.url)
    with store.read() as read:
        found = read.scalars(select(Document.content).where(Document.kind == WRITTEN)).all()
    store.close()
    return [int(content) for content in found]


def _draw(figure: Figure, figures: dict[str, float]) -> None:
    axes = figure.subplots()
    kinds = (SQLITE, POSTGRESQL)
    axes.bar(kinds, [figures[f"{kind}: numbers per second"] for kind in kinds])
    axes.axhline(200, linestyle="--", linewidth=1)
    axes.set_ylabel("numbers per second")
    axes.set_title(f"{WRITERS} writers, {UNDONE:.0%} undone")

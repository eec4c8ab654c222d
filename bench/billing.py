"""
A month of 900, 9,000 and 90,000 families, 32 lines each, drafted and issued by billing's worker.

Issuing prices every line, writes it with bills, numbers, postings and entries, and tells families
(cards and notices, sealed), which is shown apart. Beside it the same bills, lines, postings and
entries are written once more with nothing around them: by SQLAlchemy's bulk insert, and as fast as
the driver can. A family's lines come of 32 marks.

The largest town is measured on SQLite; PREAU_BENCH_FAMILIES=90000 measures it on PostgreSQL too,
which takes four minutes more, and PREAU_BENCH_FAMILIES=9000 leaves it out.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import product
from typing import Any

from matplotlib.figure import Figure
from sqlalchemy import Engine, Table, insert, select
from sqlalchemy.orm import Session

from bench import billing_town as town
from bench.databases import POSTGRESQL, SQLITE, BenchDatabase, databases
from bench.ground import bench_home
from bench.report import Report, at_least, below
from deploy.instance.instance import PROJECT
from services.billing.jobs.runs import CHUNK
from services.billing.models import BillingRun, Entry, Invoice, InvoiceLine, Posting
from services.billing.runs.commands import opening
from services.billing.runs.queries.progress import total_of_run
from services.billing.store import store
from shared.database.bulk_rows import insert_rows
from shared.database.engines import engine_for_writing, open_engine

NAME = "billing"
MONTH = "2026-11"
AT = datetime(2026, 12, 2, 8, 0, tzinfo=UTC)
SOMEBODY = "0198f5a3-0000-7000-8000-000000000001"
SIZES = (900, 9_000, 90_000)
LARGEST = {SQLITE: 90_000, POSTGRESQL: 9_000}
LIMIT = "PREAU_BENCH_FAMILIES"
COMPARED = 9_000
"""The town in which the bare inserts are measured, or the largest below it."""

REWRITTEN = 3_000
"""The most bills that are written once more."""

KINDS = (SQLITE, POSTGRESQL)
Figures = dict[str, float]
Sizes = Mapping[str, Sequence[int]]


def run(say: Callable[[str], None]) -> tuple[Report, Callable[[Figure], None]]:
    """Measure, and return the report with how to draw it."""
    sizes = _sizes(os.environ.get(LIMIT, ""))
    compared = max(size for size in sizes[SQLITE] if size <= COMPARED)
    figures: Figures = {}
    with databases("billing", len(sizes[SQLITE]) + len(BARE)) as made:
        for size, kind in product(sizes[SQLITE], KINDS):
            if size not in sizes[kind]:
                continue
            say(f"{size:,} families on {kind}")
            billed = made[kind].pop()
            figures |= _measured(billed, size)
            if size == compared:
                bare = [made[kind].pop() for _ in BARE]
                figures |= _compared(billed, bare, figures, size)
    figures |= _growth(figures, sizes)
    return Report(NAME, figures, _aims(sizes, compared)), lambda figure: _draw(
        figure, figures, sizes
    )


def _sizes(limit: str) -> Sizes:
    """Return the towns to be measured, by kind of database, the smallest first."""
    return {
        kind: [size for size in SIZES if size <= (int(limit) if limit else LARGEST[kind])]
        for kind in KINDS
    }


def _aims(sizes: Sizes, compared: int) -> tuple[Any, ...]:
    return (
        at_least(f"{SQLITE}: families/s priced, posted, numbered of {compared:,}", 1_000),
        at_least(f"{POSTGRESQL}: of a bare bulk insert", 0.5),
        *(below(_growth_of(kind, some), 1.2) for kind, some in sizes.items()),
        *(
            below(f"{kind}: peak memory of the worker at {some[-1]:,}, MB", 300)
            for kind, some in sizes.items()
        ),
    )


def _growth_of(kind: str, sizes: Sequence[int]) -> str:
    return f"{kind}: cost of {sizes[-1]:,} against {sizes[0]:,}"


def _measured(database: BenchDatabase, size: int) -> Figures:
    """Bill a town in a process of its own; return how fast, and how much memory it took."""
    with _worker_in_town(database, size) as worker:
        drafted, _, _ = _timed(worker, _open)
        issued, telling, _ = _timed(worker, _order)
        memory, _ = worker.communicate()
    of = f"of {size:,}"
    return {
        f"{database.kind}: families/s priced, posted, numbered {of}": size / (issued - telling),
        f"{database.kind}: families/s issued, told as well {of}": size / issued,
        f"{database.kind}: families/s drafted {of}": size / drafted,
        f"{database.kind}: families/s drafted and issued {of}": size / (drafted + issued),
        f"{database.kind}: ms a family issued {of}": issued / size * 1000,
        f"{database.kind}: peak memory of the worker at {size:,}, MB": float(memory),
    }


def busy_drafting(database: BenchDatabase, size: int) -> float:
    """Return the worker's milliseconds of processor for a family of a month that is drafted."""
    with _worker_in_town(database, size) as worker:
        _, _, busy = _timed(worker, _open)
        worker.communicate()
    return busy / size * 1000


@contextmanager
def _worker_in_town(database: BenchDatabase, size: int) -> Iterator["subprocess.Popen[str]"]:
    """Settle so many families, and give a worker that waits for orders."""
    with bench_home() as (folder, ends):
        store.connect(database.url, town.register(folder))
        ends.callback(store.close)
        town.settle(size, MONTH)
        command = [sys.executable, "-m", "bench.billing_worker", database.url, str(folder)]
        worker = ends.enter_context(
            subprocess.Popen(
                command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        )
        ends.callback(worker.kill)  # one whose orders are done has ended
        yield worker


def _timed(
    worker: "subprocess.Popen[str]", order: Callable[[], None]
) -> tuple[float, float, float]:
    """Order something; return the worker's seconds, those of telling families, of processor."""
    assert worker.stdin is not None and worker.stdout is not None
    order()
    worker.stdin.write("go\n")
    worker.stdin.flush()
    seconds, telling, busy = map(float, worker.stdout.readline().split())
    return seconds, telling, busy


def _open() -> None:
    with store.write() as write:
        opening.begin_run(write, town.REGIE, town.REGIE, MONTH, reason="", by=SOMEBODY, at=AT)


def _order() -> None:
    run_id = opening.run_id_of(town.REGIE, MONTH)
    with store.write() as write:
        total = total_of_run(write, run_id)
        opening.order_issue_of_run(write, town.REGIE, run_id, total_cents=total, by=SOMEBODY, at=AT)


def _compared(
    billed: BenchDatabase, empty: Sequence[BenchDatabase], figures: Figures, size: int
) -> Figures:
    """Write the same rows with nothing around them; return how fast, and what a run makes of it."""
    bulk, driver = (
        min(size, REWRITTEN) / _rewritten(billed, bare, write)
        for bare, write in zip(empty, BARE, strict=True)
    )
    issued = figures[f"{billed.kind}: families/s priced, posted, numbered of {size:,}"]
    return {
        f"{billed.kind}: families/s by a bare bulk insert": bulk,
        f"{billed.kind}: of a bare bulk insert": issued / bulk,
        f"{billed.kind}: families/s by the driver alone": driver,
        f"{billed.kind}: of the driver alone": issued / driver,
    }


def _rewritten(
    billed: BenchDatabase, bare: BenchDatabase, write: Callable[[Session, Table, Any], None]
) -> float:
    """Return the seconds that it takes to write some of what was billed into an empty database."""
    source, target = open_engine(billed.url), open_engine(bare.url)
    with Session(source) as read, Session(engine_for_writing(target)) as session:
        runs = read.execute(select(BillingRun.__table__)).mappings().all()
        session.execute(insert(BillingRun.__table__), [dict(row) for row in runs])
        session.commit()
    seconds = 0.0
    for some in _written(source):
        start = time.monotonic()
        with Session(engine_for_writing(target)) as session:
            for table, rows in some:
                write(session, table, rows)
            session.commit()
        seconds += time.monotonic() - start
    source.dispose()
    target.dispose()
    return seconds


def _written(source: Engine) -> Iterator[list[tuple[Table, list[dict[str, Any]]]]]:
    """Give what was written of some hundred bills, in the order of writing."""
    with Session(source) as read:
        ids = read.scalars(select(Invoice.id).order_by(Invoice.id).limit(REWRITTEN)).all()
        for start in range(0, len(ids), CHUNK):
            some = ids[start : start + CHUNK]
            sources = [f"invoice:{each}" for each in some]
            entries = select(Entry.id).where(Entry.source.in_(sources))
            yield [
                _rows(read, Invoice, Invoice.id.in_(some)),
                _rows(read, InvoiceLine, InvoiceLine.invoice_id.in_(some)),
                _rows(read, Posting, Posting.entry_id.in_(entries)),
                _rows(read, Entry, Entry.source.in_(sources)),
            ]


def _rows(read: Session, model: Any, which: Any) -> tuple[Table, list[dict[str, Any]]]:
    table = model.__table__
    rows = read.execute(select(table).where(which).order_by(*table.primary_key)).mappings()
    return table, [dict(row) for row in rows]


def _by_bulk_insert(session: Session, table: Table, rows: list[dict[str, Any]]) -> None:
    session.execute(insert(table), rows)


def _by_driver(session: Session, table: Table, rows: list[dict[str, Any]]) -> None:
    insert_rows(session, table, list(rows[0]), [list(row.values()) for row in rows])


BARE = (_by_bulk_insert, _by_driver)


def _growth(figures: Figures, sizes: Sizes) -> Figures:
    """Return what a family costs in the largest town, against the smallest."""
    found = {}
    for kind, some in sizes.items():
        first, last = (figures[f"{kind}: ms a family issued of {some[at]:,}"] for at in (0, -1))
        found[_growth_of(kind, some)] = last / first
    return found


def _draw(figure: Figure, figures: Figures, sizes: Sizes) -> None:
    axes = figure.subplots()
    for kind, some in sizes.items():
        for what in ("priced, posted, numbered", "issued, told as well", "drafted"):
            rates = [figures[f"{kind}: families/s {what} of {size:,}"] for size in some]
            axes.plot(some, rates, marker="o", label=f"{kind}, {what}")
    axes.axhline(1_000, linestyle="--", linewidth=1)
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("families of the town")
    axes.set_ylabel("families per second")
    axes.set_title(f"{town.LINES} lines each")
    axes.legend()

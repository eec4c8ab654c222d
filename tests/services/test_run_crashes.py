"""
A run that crashes anywhere ends, done again, as one that did not: the whole database is equal.

The worker dies before each of its statements and commits in turn, in drafting and in issuing; and
some processes are really killed.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from random import random
from typing import Any

import pytest
from sqlalchemy import event, select, update

from services.billing.models import BillingRun, Counted, Invoice
from services.billing.store import store
from shared.register import Register
from tests.databases import Database
from tests.factories import billing as bills
from tests.factories import runs as make
from tests.factories.runs import DECEMBER, child, family, home, meals, november
from tests.faults import billing_worker
from tests.forked import processes
from tests.night import ALL

SOAK, BY_DAY = "PREAU_SOAK", 7
"""Variable to die before every statement, as at night; the number of statements drawn by day."""

JANUARY_5 = datetime(2027, 1, 5, 8, 0, tzinfo=UTC)
CHUNK = 2

VOLATILE = {"outbox": {"id", "published_at", "next_at"}}
"""Columns that are of the moment at which a row is told, whoever tells it."""

LEFT_ASIDE = {"lease"}


class Killed(BaseException):
    """The worker is gone: nothing catches that."""


class Copies:
    """A database as it stood before the run, as often as it is wanted."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder
        self._numbers = count(1)

    @contextmanager
    def another(self) -> Iterator[str]:
        """Connect the store to a copy, which is gone afterwards; give its address."""
        with self._database.copied(next(self._numbers)) as url:
            store.connect(url, Register(self._folder / "register.json"))
            try:
                yield url
            finally:
                store.close()


@pytest.fixture
def copies(database: Database, tmp_path: Path) -> Copies:
    """
    Give a town in which December is drafted and ordered by the test.

    One household is billed for the first time, one has late marks, one gets back what it paid, one
    is carried forward, one fails, and one changes after the order.
    """
    with make.billing_on(database, tmp_path, channel="titre", least_cents=1000):
        make.tariff(make.flat("canteen", make.MEAL))
        for number in range(1, 7):
            family(number)
        _november()
        _december()
    return Copies(database, tmp_path)


def _november() -> None:
    for number in (2, 3, 6):
        meals(number, *november(9, 10, 12))
    session = make.sheet(date(2026, 11, 13), (home(3), child(30), "present"))
    make.run()
    [bill] = make.bills(home(3))
    bills.paid(bill, bill.total_cents, date(2026, 12, 10))
    make.sheet(date(2026, 11, 13), (home(3), child(30), "excused"), session_id=session, version=2)


def _december() -> None:
    meals(2, date(2026, 11, 20), late=True)
    for number, days in ((1, 4), (2, 4), (3, 3), (4, 1), (5, 1), (6, 3)):
        meals(number, *(date(2026, 12, day) for day in range(1, 1 + days)))
    with store.write() as write:
        broken = update(Counted).where(Counted.household_id == home(5))
        write.execute(broken.values(quantity=1_000_000))


def whole_run(work: Callable[[], None]) -> None:
    """Draft, order and issue December; something changes after the order."""
    run_id = make.open_run(DECEMBER, at=JANUARY_5)
    with store.write() as write:
        write.execute(update(BillingRun).where(BillingRun.id == run_id).values(seed="s" * 64))
    work()
    make.order(run_id, JANUARY_5)
    meals_after_the_order()
    work()


def meals_after_the_order() -> None:
    """Let a sheet come that changes the bill of a household."""
    session = "00000000-0000-7000-8000-300000000001"
    make.sheet(date(2026, 12, 18), (home(6), child(60), "present"), session_id=session)


def dump() -> dict[str, list[Any]]:
    """Return every row of every table, in order."""
    tables = {}
    with store.read() as read:
        for table in store.metadata.sorted_tables:
            if table.name not in LEFT_ASIDE:
                rows = read.execute(select(table).order_by(*table.primary_key)).mappings()
                kept = [
                    column.name
                    for column in table.c
                    if column.name not in VOLATILE.get(table.name, ())
                ]
                tables[table.name] = [{name: row[name] for name in kept} for row in rows]
    return tables


class Deaths:
    """Lets the worker die before its so-manieth statement or commit, once; 0: never."""

    def __init__(self, at: int = 0) -> None:
        self.passed = 0
        self.died = False
        self._at = at
        self._working = False
        self._watch()

    def work(self) -> None:
        """Work as the supervisor lets it: whoever died is followed by another."""
        self._working = True
        while True:
            try:
                make.work(CHUNK)
                break
            except Killed:
                self.died = True
                url = store.engine.url.render_as_string(hide_password=False)
                store.connect(url, store.register)
                self._watch()
        self._working = False

    def _watch(self) -> None:
        event.listen(store.engine, "before_cursor_execute", self._pass)
        event.listen(store.engine, "commit", self._pass)

    def _pass(self, *_: Any) -> None:
        if self._working:
            self.passed += 1
            if self.passed == self._at:
                raise Killed


def uncrashed(copies: Copies) -> tuple[dict[str, list[Any]], int]:
    """Return the database of a run without a crash, and how many steps its worker took."""
    with copies.another():
        never = Deaths()
        whole_run(never.work)
        return dump(), never.passed


def test_the_run_of_these_tests_has_everything_in_it(copies: Copies) -> None:
    with copies.another():
        whole_run(lambda: make.work(CHUNK))
        with store.read() as read:
            kinds = set(read.scalars(select(Invoice.kind).where(Invoice.month == DECEMBER)))
        run_id = make.opening.run_id_of("ens", DECEMBER)
        assert kinds == {"invoice", "credit_note"}
        assert set(make.states(run_id).values()) == {"issued", "carried", "failed", "changed"}


def fatal_steps(steps: int) -> list[int]:
    """Return before which steps it dies: one of each seventh, so that no part is passed over."""
    if ALL or os.environ.get(SOAK):
        return list(range(1, steps + 1))
    part = steps / BY_DAY
    return [1 + int(part * (number + random())) for number in range(BY_DAY)]


@pytest.mark.both_databases
def test_a_crash_before_any_statement_and_a_second_run_give_the_database_of_an_uncrashed_run(
    copies: Copies,
) -> None:
    expected, steps = uncrashed(copies)
    assert steps > 60

    for at in fatal_steps(steps):
        with copies.another():
            deaths = Deaths(at)
            whole_run(deaths.work)
            assert deaths.died, at
            assert dump() == expected, f"died before statement {at}"


def test_workers_that_are_killed_one_after_the_other_leave_the_same_database(
    copies: Copies, tmp_path: Path
) -> None:
    expected, _ = uncrashed(copies)

    with copies.another() as url:
        register = str(tmp_path / "register.json")

        def work() -> None:
            for statement in (9, 22, 43):
                assert _life(register, url, statement) in (-signal.SIGKILL, 0)
            assert _life(register, url, 0) == 0

        whole_run(work)
        assert dump() == expected


def _life(register: str, url: str, statement: int) -> int:
    """Let a worker live in a process of its own; return how it ended."""
    worker = processes.Process(target=billing_worker.main, args=(register, url, statement, CHUNK))
    worker.start()
    worker.join(60)
    if worker.exitcode is None:
        worker.kill()
        raise AssertionError("the worker neither died nor ended")
    return worker.exitcode

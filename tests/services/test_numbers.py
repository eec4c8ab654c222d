"""Numbers of bills: without gaps and without doubles, whoever takes them, whatever fails."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from services.billing.ledger.commands import gapless_numbers
from services.billing.ledger.rules.bill_number_forms import format_number, number_digits
from services.billing.models import NumberSeries
from services.billing.models.ledger import BILLS, RECEIPTS
from services.billing.store import store
from shared.database import Write
from shared.register import Regie
from tests.databases import Database

pytestmark = pytest.mark.both_databases

WRITERS, EACH, ROLLED_BACK = 8, 40, 0.1


class Undone(Exception):
    """An end that a writer meets after it took a number."""


@pytest.fixture(autouse=True)
def billing(database: Database) -> Iterator[None]:
    """Give billing's empty database."""
    database.migrated("billing")
    store.connect(database.url)
    yield
    store.close()


def take(regie: str = "ens", year: int = 2026, series: str = BILLS, count: int = 1) -> int:
    with store.write() as write:
        return gapless_numbers.take_numbers(write, regie, year, series, count)


def last(regie: str = "ens") -> int:
    with store.read() as read:
        return read.scalars(select(NumberSeries.last).where(NumberSeries.regie == regie)).one()


def test_numbers_count_from_one_in_each_regie_year_and_series() -> None:
    assert [take(), take(), take("agg"), take(year=2027), take(series=RECEIPTS), take()] == [
        1,
        2,
        1,
        1,
        1,
        3,
    ]


def test_many_numbers_are_taken_at_once() -> None:
    assert (take(count=200), take()) == (1, 201)


def test_a_transaction_that_is_undone_gives_its_numbers_back() -> None:
    take()
    with pytest.raises(Undone), store.write() as write:
        gapless_numbers.take_numbers(write, "ens", 2026, BILLS, 5)
        raise Undone

    assert take() == 2


def test_eight_writers_of_whom_one_in_ten_fails_leave_no_gap_and_no_double() -> None:
    def writer(seed: int) -> list[int]:
        chance, taken = random.Random(seed), []
        for _ in range(EACH):
            try:
                with store.write() as write:
                    number = gapless_numbers.take_numbers(write, "ens", 2026, BILLS)
                    if chance.random() < ROLLED_BACK:
                        raise Undone
                taken.append(number)
            except Undone:
                pass
        return taken

    with ThreadPoolExecutor(WRITERS) as pool:
        taken = sorted(n for each in pool.map(writer, range(WRITERS)) for n in each)

    assert len(taken) < WRITERS * EACH
    assert taken == list(range(1, len(taken) + 1))
    assert last() == len(taken)


def test_a_series_ends_where_its_digits_do() -> None:
    def fill(write: Write) -> None:
        write.execute(update(NumberSeries).values(last=9_999_999))

    take()
    with store.write() as write:
        fill(write)

    with pytest.raises(DBAPIError):
        take()


def test_a_number_is_fourteen_digits_for_machines_and_short_for_people() -> None:
    regie = Regie("ens", 1, "ENS", "", "", "regie", "", "", ())

    assert number_digits(regie, 2026, 4812) == "20260010004812"
    assert format_number("ENS", 2026, 4812) == "2026-ENS-004812"

"""Corrections of a billed month: no issued bill changes, and nothing is lost."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.databases import Database
from tests.factories import billing as bills
from tests.factories import runs as make
from tests.factories.runs import (
    DECEMBER,
    JANUARY,
    NOVEMBER,
    balance,
    child,
    credit_of,
    family,
    home,
    meals,
    november,
)

IN_JANUARY = datetime(2027, 1, 5, 8, 0, tzinfo=UTC)
IN_FEBRUARY = datetime(2027, 2, 3, 8, 0, tzinfo=UTC)


@pytest.fixture
def billing(database: Database, tmp_path: Path) -> Iterator[None]:
    """Give billing of the demo town, with a canteen at 3,50 € a meal."""
    with make.billing_on(database, tmp_path):
        make.tariff(make.flat("canteen", make.MEAL))
        yield


def test_a_tablet_that_comes_back_on_4_december_changes_no_issued_bill_and_loses_nothing(
    billing: None,
) -> None:
    family(1)
    eaten = [(home(1), child(10), "present")]
    make.sheet(date(2026, 11, 26), *eaten)
    session = make.sheet(date(2026, 11, 27))
    make.run()
    [before] = make.bills()

    make.sheet(date(2026, 11, 27), *eaten, session_id=session, version=2, late=True)
    meals(1, date(2026, 12, 4))
    run_id = make.run(DECEMBER, at=IN_JANUARY)

    unchanged, after = make.bills()
    assert json.dumps(unchanged.payer) == json.dumps(before.payer)
    assert (unchanged.total_cents, len(make.lines(unchanged.id))) == (350, 1)
    dated = [(line.month, line.days, line.cents) for line in make.lines(after.id)]
    assert dated == [(NOVEMBER, [27], 350), (DECEMBER, [4], 350)]
    assert "adjusted" in make.row(run_id, home(1)).anomalies


def test_a_mark_taken_back_after_the_bill_gives_a_credit_note_of_that_bill(billing: None) -> None:
    family(1)
    session = make.sheet(date(2026, 11, 26), (home(1), child(10), "present"))
    meals(1, *november(27))
    make.run()

    make.sheet(date(2026, 11, 26), (home(1), child(10), "excused"), session_id=session, version=2)
    run_id = make.run(DECEMBER, at=IN_JANUARY)

    bill, note = make.bills()
    assert (note.kind, note.of_invoice_id, note.total_cents) == ("credit_note", bill.id, -350)
    why = "nouveau calcul pour novembre 2026 : ce qui est repris n’est plus à payer"
    assert note.reason.replace("\u00a0", " ") == why
    [line] = make.lines(note.id)
    assert (line.quantity, line.cents, line.days) == (-1, -350, [26])
    assert (line.of_invoice_id, line.of_seq) == (bill.id, 1)
    assert (balance(bill), credit_of(1)) == (350, 0)
    assert make.row(run_id, home(1)).invoice_id == note.id
    assert make.row(run_id, home(1)).total_cents == -350


def test_what_was_paid_of_a_corrected_bill_pays_the_next(billing: None) -> None:
    family(1)
    session = make.sheet(date(2026, 11, 26), (home(1), child(10), "present"))
    make.run()
    [bill] = make.bills()
    bills.paid(bill, 350, date(2026, 12, 10))

    make.sheet(date(2026, 11, 26), (home(1), child(10), "absent"), session_id=session, version=2)
    make.sheet(date(2026, 11, 26), (home(1), child(10), "excused"), session_id=session, version=3)
    meals(1, *(date(2026, 12, day) for day in (1, 2)))
    make.run(DECEMBER, at=IN_JANUARY)

    _, note, new = make.bills()
    assert (note.total_cents, new.total_cents) == (-350, 700)
    assert (balance(bill), balance(new), credit_of(1)) == (0, 350, 0)


def test_a_quotient_corrected_in_january_for_october_gives_a_credit_note_and_a_new_line(
    billing: None,
) -> None:
    make.tariff(make.by_quotient("evening_care", 80_000, 100, 200))
    family(1)
    meals(1, date(2026, 10, 6), date(2026, 10, 7), activity="evening_care")
    make.run("2026-10", at=datetime(2026, 11, 3, 8, 0, tzinfo=UTC))

    bills.quotient(1, 50_000, date(2026, 10, 1), on=date(2027, 1, 10))
    make.run(JANUARY, at=IN_FEBRUARY)

    first, note, new = make.bills()
    assert [bill.total_cents for bill in (first, note, new)] == [400, -400, 200]
    why = "nouveau calcul pour octobre 2026 : le prix n’est plus le même"
    assert note.reason.replace("\u00a0", " ") == why
    [line] = make.lines(new.id)
    assert (line.month, line.quantity, line.unit_cents) == ("2026-10", 2, 100)
    assert balance(first) + balance(new) == 200

"""Changes after a bill was issued, on both databases: rules' tests 2 and 3 of real towns."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from services.billing.bills.certificates import commands as certificates
from services.billing.bills.certificates.queries.issued import care_paid_in_year
from services.billing.ledger.queries.balances import balances_of_bills, credits_of_households
from services.billing.models import Posting, TaxCertificate
from services.billing.store import store
from shared.contracts.billing.regie import payers as regie
from tests.databases import Database
from tests.factories import billing as make
from tests.factories import runs
from tests.factories.runs import DECEMBER, child, family, home, sheet

OCTOBER, NOVEMBER = "2026-10", "2026-11"
NOVEMBER_27 = date(2026, 11, 27)
DECEMBER_2 = datetime(2026, 12, 2, 9, tzinfo=UTC)
JANUARY_5 = datetime(2027, 1, 5, 9, tzinfo=UTC)
JANUARY_20 = datetime(2027, 1, 20, 9, tzinfo=UTC)
FEBRUARY_2 = datetime(2027, 2, 2, 9, tzinfo=UTC)
BELOW, ABOVE = 200, 350


@pytest.fixture
def billing(database: Database, tmp_path: Path) -> Iterator[None]:
    """Give billing of the demo town: care costs 2,00 € below a quotient of 600 €, else 3,50 €."""
    with runs.billing_on(database, tmp_path):
        content = runs.by_quotient("evening_care", 60_000, BELOW, ABOVE)
        content["grids"][0]["parts"][0]["tax"] = "childcare"
        runs.tariff(content)
        yield


def care(day: date, *outcomes: str, **more: Any) -> str:
    lines = [(home(n), child(n * 10), outcome) for n, outcome in enumerate(outcomes, start=1)]
    return sheet(day, *lines, activity="evening_care", **more)


def as_issued(number: int) -> list[object]:
    """Return everything that stands on a household's first bill."""
    bill = runs.bills(home(number))[0]
    lines = [
        tuple(getattr(line, column.key) for column in line.__table__.columns)
        for line in runs.lines(bill.id)
    ]
    return [(bill.number, bill.total_cents, bill.due_on, bill.payer), *map(repr, lines)]


def in_balance() -> bool:
    with store.read() as read:
        return not read.scalar(select(func.sum(Posting.cents)))


def test_a_tablet_that_comes_back_on_4_december_leaves_issued_bills_and_loses_nothing(
    billing: None,
) -> None:
    for number in (1, 2):
        family(number)
    session = care(NOVEMBER_27, "present", "excused")
    care(date(2026, 11, 26), "present", "present")
    runs.run(NOVEMBER, at=DECEMBER_2)
    before = {number: as_issued(number) for number in (1, 2)}

    care(NOVEMBER_27, "present", "unexpected", session_id=session, version=2, late=True)
    assert {number: as_issued(number) for number in (1, 2)} == before
    care(date(2026, 12, 3), "present", "present")
    runs.run(DECEMBER, at=JANUARY_5)

    assert {number: as_issued(number) for number in (1, 2)} == before
    _, december = runs.bills(home(2))
    assert [(line.month, line.days, line.cents) for line in runs.lines(december.id)] == [
        (NOVEMBER, [27], ABOVE),
        (DECEMBER, [3], ABOVE),
    ]
    _, december = runs.bills(home(1))
    assert [(line.month, line.cents) for line in runs.lines(december.id)] == [(DECEMBER, ABOVE)]
    assert in_balance()


def test_marks_that_come_late_take_back_by_a_credit_note_what_was_billed_too_much(
    billing: None,
) -> None:
    family(1)
    session = care(NOVEMBER_27, "absent")
    care(date(2026, 11, 26), "present")
    runs.run(NOVEMBER, at=DECEMBER_2)
    before = as_issued(1)

    care(NOVEMBER_27, "excused", session_id=session, version=2, late=True)
    runs.run(DECEMBER, at=JANUARY_5)

    bill, note = runs.bills(home(1))
    assert as_issued(1) == before
    assert (note.kind, note.of_invoice_id, note.total_cents) == ("credit_note", bill.id, -ABOVE)
    with store.read() as read:
        assert balances_of_bills(read, [bill.id]) == {bill.id: ABOVE}
    assert in_balance()


def test_a_quotient_corrected_in_january_for_october_gives_a_credit_note_and_a_new_line(
    billing: None,
) -> None:
    make.household_published(
        1,
        1,
        children=[make.child_row(child(10), date(2021, 6, 1))],
        addresses=[make.address_row(date(2020, 1, 1))],
    )
    make.quotient(1, 90_000, date(2026, 9, 1))
    for day in (5, 6):
        care(date(2026, 10, day), "present")
    runs.run(OCTOBER, at=DECEMBER_2)
    (october,) = runs.bills(home(1))
    before = as_issued(1)
    make.paid(october, 2 * ABOVE, date(2026, 12, 10))
    assert certified() == [(2026, 1, 2 * ABOVE)]

    correction: dict[str, Any] = {
        "household_id": home(1),
        "cents": 50_000,
        "kind": "caf",
        "source": "corrected",
    }
    answer = make.ask(
        make.holder(), regie.correct_quotient, valid_from=date(2026, 10, 1), **correction
    )
    care(date(2027, 1, 12), "present")
    runs.run("2027-01", at=FEBRUARY_2)

    assert answer.months == [OCTOBER]
    assert as_issued(1) == before
    _, note, bill = sorted(runs.bills(home(1)), key=lambda each: (each.issued_at, each.sequence))
    if note.kind != "credit_note":
        note, bill = bill, note
    assert (note.of_invoice_id, note.total_cents) == (october.id, -2 * ABOVE)
    assert [(line.month, line.quantity, line.unit_cents) for line in runs.lines(bill.id)] == [
        (OCTOBER, 2, BELOW),
        ("2027-01", 1, BELOW),
    ]
    with store.read() as read:
        assert balances_of_bills(read, [october.id, bill.id]) == {october.id: 0, bill.id: 0}
        assert credits_of_households(read, "ens", [home(1)]) == {home(1): 2 * ABOVE - 3 * BELOW}
    assert in_balance()
    the_closed_year_s_certificate_does_not_change_silently()


def the_closed_year_s_certificate_does_not_change_silently() -> None:
    totals = make.ask(make.holder(), regie.certificates, year=2026)
    assert (totals.total_cents, totals.changed) == (2 * ABOVE, [])
    assert certified() == [(2026, 1, 2 * ABOVE)]
    with store.read() as read:
        provider = store.register.provider("ens")
        in_2027 = care_paid_in_year(read, provider, [home(1)], 2027)
    assert in_2027 == {(home(1), child(10)): (3 * BELOW - 2 * ABOVE, 0)}


def certified() -> list[tuple[int, int, int]]:
    """Issue what is missing of 2026; return year, version and cents of what is issued."""
    with store.write() as write:
        provider = store.register.provider("ens")
        certificates.issue_certificates(write, provider, 2026, replace=False, at=JANUARY_20)
    with store.read() as read:
        rows = read.scalars(select(TaxCertificate).order_by(TaxCertificate.version))
        return [(row.year, row.version, row.cents) for row in rows]

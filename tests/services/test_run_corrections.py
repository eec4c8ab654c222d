"""Corrections of a billed month: no issued bill changes, and nothing is lost."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from services.billing.accounts.commands import quotient_and_share_corrections
from services.billing.models import StoredPlace
from services.billing.payers.commands import payer_shares
from services.billing.store import store
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


def test_a_bill_of_a_whole_year_is_credited_with_a_reason_that_finds_room(billing: None) -> None:
    make.tariff(make.by_quotient("evening_care", 80_000, 100, 200))
    family(1)
    for month in ("2026-09", "2026-10", NOVEMBER, DECEMBER, *(f"2027-0{at}" for at in range(1, 9))):
        meals(1, date.fromisoformat(f"{month}-05"), activity="evening_care")
    make.run("2027-08", at=datetime(2027, 9, 3, 8, 0, tzinfo=UTC))

    bills.quotient(1, 50_000, date(2026, 9, 1), on=date(2027, 9, 10))
    make.run("2027-09", at=datetime(2027, 10, 4, 8, 0, tzinfo=UTC))

    first, note, new = make.bills()
    assert [bill.total_cents for bill in (first, note, new)] == [2_400, -2_400, 1_200]
    why = "nouveau calcul pour 12 mois, de septembre 2026 à août 2027 : le prix n’est plus le même"
    assert note.reason.replace("\u00a0", " ") == why


TERM = [{"label": "1er trimestre", "first": date(2026, 9, 14), "last": date(2026, 12, 18)}]
MUSIC = {"unit": "term", "periods": TERM, "proration": "weeks"}


def _term_billed(proration: str = "weeks") -> str:
    """Bill a term of 140 € for a place since its first day; return the place."""
    family(1)
    terms = {**MUSIC, "proration": proration}
    make.tariff(make.flat("judo", 14_000, **terms), provider="agg")
    place_id = bills.place(1, TERM[0]["first"])
    make.run("2026-09", regie="agg", at=datetime(2026, 10, 2, 8, 0, tzinfo=UTC))
    bills.nothing_waits()
    return place_id


def test_who_leaves_within_a_term_is_credited_the_weeks_that_are_left(billing: None) -> None:
    place_id = _term_billed()

    left = date(2026, 11, 10)
    bills.place(1, TERM[0]["first"], place_id=place_id, version=2, valid_to=left)
    make.run(DECEMBER, regie="agg", at=IN_JANUARY)

    bill, note, new = make.bills()
    assert [each.total_cents for each in (bill, note, new)] == [14_000, -14_000, 9_000]
    [line] = make.lines(new.id)
    assert (line.month, line.reason["params"]["parts_due"]) == ("2026-09", 9)
    assert balance(bill) + balance(new) == 9_000


def test_who_leaves_a_term_that_is_due_whole_is_credited_nothing(billing: None) -> None:
    place_id = _term_billed("whole")

    left = date(2026, 11, 10)
    bills.place(1, TERM[0]["first"], place_id=place_id, version=2, valid_to=left)
    make.run(DECEMBER, regie="agg", at=IN_JANUARY)

    assert [each.total_cents for each in make.bills()] == [14_000]


@pytest.mark.parametrize("first_told", ["the end of the first", "the second"])
def test_who_changes_group_within_a_term_is_billed_nothing_more_and_credited_nothing(
    billing: None, first_told: str
) -> None:
    place_id = _term_billed()
    left = date(2026, 11, 10)

    if first_told == "the second":
        bills.place(1, date(2026, 11, 11))
    bills.place(1, TERM[0]["first"], place_id=place_id, version=2, valid_to=left)
    if first_told != "the second":
        make.run(NOVEMBER, regie="agg", at=datetime(2026, 12, 2, 8, 0, tzinfo=UTC))
        bills.place(1, date(2026, 11, 11))
    make.run(DECEMBER, regie="agg", at=IN_JANUARY)

    assert sum(each.total_cents for each in make.bills()) == 14_000
    assert sum(balance(each) for each in make.bills()) == 14_000


def test_two_homes_one_after_the_other_share_a_month_out_to_the_cent(billing: None) -> None:
    family(1)
    family(2)
    make.tariff(make.flat("judo", 8_501, unit="month", proration="days"), provider="agg")
    bills.place(1, date(2026, 11, 1), valid_to=date(2026, 11, 13))
    bills.place(2, date(2026, 11, 14), child_id=child(10))

    make.run(NOVEMBER, regie="agg")

    first, second = make.bills()
    assert first.total_cents + second.total_cents == 8_501


def test_who_pays_a_part_from_within_a_month_on_is_billed_for_a_place_that_begins_there(
    billing: None,
) -> None:
    """The place of a sister since September has the whole term of the household marked."""
    family(1, children=2)
    family(2)
    make.tariff(make.flat("judo", 14_000, **MUSIC), provider="agg")
    bills.place(1, TERM[0]["first"], on=date(2026, 11, 3), child_id=child(11))
    _share_out(child(10), date(2026, 11, 5))

    bills.place(1, date(2026, 11, 16), on=date(2026, 11, 17))
    make.run(NOVEMBER, regie="agg", at=datetime(2026, 12, 2, 8, 0, tzinfo=UTC))

    assert [each.total_cents for each in make.bills(home(2))] == [2_500]  # half of 5 weeks of 14


def test_who_pays_a_part_until_within_a_month_owes_nothing_of_the_days_after(
    billing: None,
) -> None:
    family(1)
    family(2)
    make.tariff(make.flat("judo", 90_000, unit="month", proration="days"), provider="agg")
    _share_out(child(10), date(2026, 10, 1), date(2026, 11, 5))
    place_id = bills.place(1, date(2026, 11, 1), on=date(2026, 11, 3))
    make.run(NOVEMBER, regie="agg", at=datetime(2026, 12, 2, 8, 0, tzinfo=UTC))
    before = _owed_by_both()

    left = date(2026, 11, 10)
    bills.place(1, date(2026, 11, 1), place_id=place_id, version=2, valid_to=left)
    make.run(DECEMBER, regie="agg", at=IN_JANUARY)

    assert before == (7_500 + 75_000, 7_500)  # five days by halves, twenty-five of the first alone
    assert _owed_by_both() == (7_500 + 15_000, 7_500)


@pytest.mark.parametrize("proration", ["days", "weeks", "months", "whole"])
@pytest.mark.parametrize("told_last", ["the shares", "the second place"])
def test_a_term_shared_out_from_within_it_on_costs_its_price_with_another_place_too(
    billing: None, proration: str, told_last: str
) -> None:
    """The first had paid all of the term, and the second half of a place that began later."""
    _term_billed(proration)
    bills.household_published(
        2,
        1,
        children=[bills.child_row(child(10), date(2018, 1, 1))],
        addresses=[bills.address_row(date(2020, 1, 1))],
    )
    first, left, again = TERM[0]["first"], date(2026, 10, 23), date(2026, 11, 9)
    [place_id] = _places_of(child(10))
    bills.place(1, first, place_id=place_id, version=2, valid_to=left)
    if told_last == "the shares":
        bills.place(1, again)
    _set_halves(child(10), date(2026, 11, 2))
    if told_last == "the second place":
        bills.place(1, again)
    make.run(DECEMBER, regie="agg", at=IN_JANUARY)

    held = {"days": 96 - 16, "weeks": 12, "months": 4, "whole": 1}[proration]
    of_both = {"days": 40, "weeks": 6, "months": 2, "whole": 0}[proration]
    parts = {"days": 96, "weeks": 14, "months": 4, "whole": 1}[proration]
    first_owes, second_owes = _owed_by_both()
    assert abs((first_owes + second_owes) - 14_000 * held / parts) < 1
    assert abs(second_owes - 14_000 * of_both / parts / 2) <= 1


@pytest.mark.parametrize("proration", ["weeks", "months"])
def test_who_pays_from_within_a_term_on_is_billed_for_it_though_the_shares_end_before(
    billing: None, proration: str
) -> None:
    """The first was credited the term of September, and owes its rest in a month of its own."""
    _term_billed(proration)
    bills.household_published(
        2,
        1,
        children=[bills.child_row(child(10), date(2018, 1, 1))],
        addresses=[bills.address_row(date(2020, 1, 1))],
    )

    _set_parts(child(10), {home(2): 10_000}, date(2026, 9, 1), date(2026, 10, 31))
    make.run(DECEMBER, regie="agg", at=IN_JANUARY)

    assert sum(_owed_by_both()) == 14_000


def test_a_week_in_which_a_place_goes_to_the_other_home_is_due_once(billing: None) -> None:
    family(1)
    family(2)
    make.tariff(make.flat("judo", 14_000, **MUSIC), provider="agg")
    bills.place(1, TERM[0]["first"], valid_to=date(2026, 11, 10))  # a Tuesday
    bills.place(2, date(2026, 11, 11), child_id=child(10))

    make.run(DECEMBER, regie="agg", at=IN_JANUARY)

    assert _owed_by_both() == (9_000, 5_000)


@pytest.mark.parametrize("unit", ["month", "term"])
def test_what_is_due_whole_is_due_once_of_a_child_that_goes_to_its_other_home(
    billing: None, unit: str
) -> None:
    family(1)
    family(2)
    periods = TERM if unit == "term" else []
    make.tariff(make.flat("judo", 14_000, unit=unit, periods=periods), provider="agg")
    bills.place(1, date(2026, 11, 1), valid_to=date(2026, 11, 10))
    bills.place(2, date(2026, 11, 11), valid_to=date(2026, 11, 30), child_id=child(10))

    make.run(DECEMBER, regie="agg", at=IN_JANUARY)

    assert _owed_by_both() == (14_000, 0)


def test_halves_of_odd_cents_come_to_the_price_of_every_meal(billing: None) -> None:
    family(1)
    family(2)
    make.tariff(make.flat("judo", 1_101), provider="agg")
    _share_out(child(10), date(2026, 9, 1))
    for day in (3, 4, 5):
        meals(1, *november(day), provider="agg", activity="judo")

    make.run(NOVEMBER, regie="agg")

    assert _owed_by_both() == (1_652, 1_651)


def _owed_by_both() -> tuple[int, int]:
    first, second = (sum(each.total_cents for each in make.bills(home(at))) for at in (1, 2))
    return first, second


def _places_of(child_id: str) -> list[str]:
    with store.read() as read:
        places = select(StoredPlace.place_id).where(StoredPlace.child_id == child_id)
        return list(read.scalars(places))


def _set_halves(child_id: str, first: date) -> None:
    _set_parts(child_id, {home(1): 5_000, home(2): 5_000}, first)


def _set_parts(child_id: str, parts: dict[str, int], first: date, last: date | None = None) -> None:
    with store.write() as write:
        quotient_and_share_corrections.set_shares(
            write,
            store.register.provider("agg"),
            child_id,
            parts,
            valid_from=first,
            valid_to=last,
            paper="jugement du 3 octobre 2026",
            by=make.AGENT,
            at=IN_JANUARY,
            on=date(2026, 12, 10),
        )


def _share_out(child_id: str, first: date, last: date | None = None) -> None:
    with store.write() as write:
        payer_shares.record_payer_shares(
            write,
            "agg",
            child_id,
            {home(1): 5_000, home(2): 5_000},
            valid_from=first,
            valid_to=last,
            paper="jugement du 3 octobre 2026",
            by=make.AGENT,
            at=make.OPENED,
        )

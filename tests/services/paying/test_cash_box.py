"""The counter's box and its days: ceiling, closing, what is brought to the bank."""

from datetime import date, timedelta
from threading import Thread

import pytest
from sqlalchemy import select

from services.billing.models import ClosedDay
from services.billing.payments.commands.takings import Taking, take_payment
from services.billing.store import store
from shared.contracts.billing.bills import CASH, CHEQUE, REVERSED, TRANSFER, NothingOwed
from shared.contracts.billing.regie.counter import CashBoxFull, DayClosed
from shared.contracts.billing.regie.payers import TooMuch
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import money as make
from tests.factories.counter import Desk
from tests.factories.paying import Family, at_once

pytestmark = pytest.mark.both_databases

YESTERDAY = timedelta(days=1)
CEILING = 120_000


def test_the_day_shows_what_was_taken_and_what_is_in_the_box(family: Family, desk: Desk) -> None:
    desk.takes(CASH, 1000, household_id=family.home, received_on=today() - YESTERDAY)
    desk.takes(CASH, 2000, household_id=family.home)
    desk.takes(CHEQUE, 300, household_id=family.home, cheque="0012", bank="Banque")

    day = desk.asks("cash_box", regie="ens", day=today())

    assert (day.opening_cents, day.cash_cents, day.ceiling_cents) == (1000, 3000, CEILING)
    assert day.totals == {CASH: 2000, CHEQUE: 300}
    assert [taking["cents"] for taking in day.takings] == [2000, 300]
    waiting = desk.asks("cheques_to_deposit", regie="ens")
    assert [cheque["cents"] for cheque in waiting.cheques] == [300]
    assert (day.closed_at, day.slips) == (None, [])


def test_a_closed_day_is_sealed_with_what_was_counted_and_is_never_opened_again(
    family: Family, desk: Desk
) -> None:
    desk.takes(CASH, 2000, household_id=family.home)
    payment_id = desk.takes(CASH, 100, household_id=family.home).payment_id

    assert desk.closes(2050) == -50

    refused = (
        lambda: desk.takes(CASH, 100, household_id=family.home),
        lambda: desk.takes(TRANSFER, 100, received_on=today() - YESTERDAY),
        lambda: desk.closes(2100),
        lambda: desk.closes(2100, day=today() - YESTERDAY),
        lambda: desk.deposits(CASH, cents=100),
        lambda: desk.asks("reverse_payment", payment_id=payment_id, reason="taken_by_mistake"),
    )
    for act in refused:
        with pytest.raises(DayClosed):
            act()
    day = desk.asks("cash_box", regie="ens", day=today())
    assert (day.closed_at is not None, day.cash_cents) == (True, 2100)
    assert day.totals == {CASH: 2100}


def test_what_is_taken_while_the_day_is_closed_is_in_its_totals_or_refused(
    family: Family, desk: Desk
) -> None:
    takings = [lambda: desk.takes(CASH, 100, household_id=family.home)] * 4

    outcomes = at_once(*takings, lambda: desk.closes(0))

    taken = 4 - sum(isinstance(outcome, DayClosed) for outcome in outcomes)
    assert outcomes[-1] == -100 * taken
    assert make.account("cash:cash") == 100 * taken


def test_to_close_the_first_of_january_waits_for_what_is_noted_of_december(
    family: Family, desk: Desk
) -> None:
    new_year = date(today().year, 1, 1)
    provider, regie = store.register.provider_and_regie("ens")
    cash = Taking(
        means=CASH, cents=100, invoice_id=None, household_id=family.home, payer="", cheque="",
        bank="", received_on=new_year - YESTERDAY, taken_by=new_id(),
    )  # fmt: skip
    closing = Thread(target=lambda: desk.closes(100, day=new_year))

    with store.write() as write:
        take_payment(write, provider, regie, cash, now())
        closing.start()
        closing.join(0.5)
        assert closing.is_alive(), "it seals December too, and would count without this"
    closing.join()

    with store.read() as read:
        assert read.scalars(select(ClosedDay.cash_cents)).all() == [100]


def test_cash_above_the_ceiling_is_refused_until_some_is_brought_to_the_bank(
    family: Family, desk: Desk
) -> None:
    desk.takes(CASH, CEILING, household_id=family.home)
    with pytest.raises(CashBoxFull) as full:
        desk.takes(CASH, 1, household_id=family.home)
    assert full.value.detail == {"ceiling_cents": CEILING}
    desk.takes(CHEQUE, 5000, household_id=family.home)  # a cheque fills no box

    slip = desk.deposits(CASH, cents=100_000)

    assert (slip.number, slip.count, slip.cents) == (f"{today().year}-ENS-B-000001", 0, 100_000)
    desk.takes(CASH, 100_000, household_id=family.home)
    desk.deposits(CHEQUE)
    assert _box_on(desk, today()) == (CEILING, 100_000)
    assert _box_on(desk, today() - YESTERDAY) == (0, 0)


def _box_on(desk: Desk, day: date) -> tuple[int, int]:
    """Return the cash of a day, and that which was brought away on it."""
    seen = desk.asks("cash_box", regie="ens", day=day)
    return seen.cash_cents, seen.deposited_cents


def test_a_slip_takes_all_cheques_that_wait_and_none_twice(family: Family, desk: Desk) -> None:
    desk.takes(CHEQUE, 300, household_id=family.home)
    rejected = desk.takes(CHEQUE, 999, household_id=family.home, cheque="0012").payment_id
    desk.takes(CHEQUE, 400, household_id=family.home)
    desk.asks("reverse_payment", payment_id=rejected, reason="taken_by_mistake")

    slip = desk.deposits(CHEQUE)

    assert (slip.count, slip.cents) == (2, 700)
    with pytest.raises(NothingOwed):
        desk.deposits(CHEQUE)
    day = desk.asks("cash_box", regie="ens", day=today())
    assert desk.asks("cheques_to_deposit", regie="ens").cheques == []
    assert [slip["number"] for slip in day.slips] == [slip.number]
    listed = desk.asks("payments_of", first=today(), last=today()).payments
    assert sorted(cheque["slip"] for cheque in listed) == ["", slip.number, slip.number]
    assert {each["cheque"]: each["state"] for each in listed}["0012"] == REVERSED


def test_no_more_cash_is_deposited_than_there_is(family: Family, desk: Desk) -> None:
    desk.takes(CASH, 1000, household_id=family.home)

    with pytest.raises(TooMuch) as most:
        desk.deposits(CASH, cents=1001)
    assert most.value.detail == {"most": 1000}
    with pytest.raises(NothingOwed):
        desk.deposits(CASH, cents=0)

    outcomes = at_once(*[lambda: desk.deposits(CASH, cents=700)] * 2)
    assert sum(isinstance(outcome, TooMuch) for outcome in outcomes) == 1


def test_a_cheque_taken_back_while_the_slip_is_made_is_on_it_whole_or_not_at_all(
    family: Family, desk: Desk
) -> None:
    desk.takes(CHEQUE, 300, household_id=family.home)
    rejected = desk.takes(CHEQUE, 999, household_id=family.home).payment_id

    slip, _ = at_once(
        lambda: desk.deposits(CHEQUE),
        lambda: desk.asks("reverse_payment", payment_id=rejected, reason="bank_rejected"),
    )

    listed = desk.asks("payments_of", first=today(), last=today()).payments
    on_it = [cheque["cents"] for cheque in listed if cheque["slip"]]
    assert (slip.count, slip.cents) == (len(on_it), sum(on_it))

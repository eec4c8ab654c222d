"""One bill, several who would pay it: double click, two tabs, two parents, twice after all."""

from datetime import datetime, timedelta

import pytest

from services.billing.models import Invoice
from services.billing.store import store
from shared.contracts.billing.bills import EXPIRED, PAID, PENDING, NotPayableOnline, PaymentUnderWay
from shared.contracts.errors import NotFound
from shared.runtime.ids import new_id
from tests.factories import money as make
from tests.factories.paying import CENTS, Family, at_once


@pytest.mark.both_databases
def test_a_double_click_is_one_payment_at_one_address(family: Family) -> None:
    clicks = at_once(family.pays, family.pays)

    assert clicks[0] == clicks[1]
    assert make.states(family.bill) == [PENDING]


def test_two_tabs_go_on_with_the_payment_that_is_open(family: Family) -> None:
    first = family.pays()
    opened = len(family.bank.opened)
    family.later(minutes=3)

    assert family.pays() == first
    assert make.states(family.bill) == [PENDING]
    assert len(family.bank.opened) == opened


@pytest.mark.both_databases
def test_two_parents_at_once_pay_the_bill_once(family: Family) -> None:
    claire, antoine = at_once(
        lambda: family.clicks(family.claire), lambda: family.clicks(family.antoine)
    )
    assert claire == antoine

    payment_id, url = claire
    family.bank.ends(url.rpartition("=")[2], "P")

    state = make.answer(family.service, "payment_state", family.antoine, payment_id=payment_id)
    assert (state.state, state.cents, state.credited_cents) == (PAID, CENTS, 0)
    assert family.taken == CENTS


def test_another_family_neither_pays_a_bill_nor_learns_what_became_of_a_payment(
    family: Family,
) -> None:
    payment_id, _ = family.pays()
    stranger = new_id()
    make.household(stranger)

    with pytest.raises(NotFound):
        family.clicks(stranger)
    with pytest.raises(NotFound):
        make.answer(family.service, "payment_state", stranger, payment_id=payment_id)


def test_between_two_operations_of_one_bill_lie_twenty_minutes(family: Family) -> None:
    first, _ = family.pays()
    family.later(minutes=12)

    with pytest.raises(PaymentUnderWay) as wait:
        family.pays()
    until = datetime.fromisoformat(wait.value.detail["until"])
    assert until == family.at + timedelta(minutes=8)

    family.later(minutes=8)
    second, _ = family.pays()
    assert second != first
    assert make.states(family.bill) == [EXPIRED, PENDING]


def test_a_bill_paid_by_two_operations_is_paid_once_and_the_other_is_a_credit(
    family: Family,
) -> None:
    first, first_idop = family.pays()
    family.later(minutes=20)
    second, second_idop = family.pays()
    family.bank.ends(first_idop, "P")
    family.bank.ends(second_idop, "P")

    assert (family.looks(second), family.looks(first)) == (PAID, PAID)

    assert make.owed(family.bill) == 0
    assert (make.credit_of(family.home), family.taken) == (CENTS, 2 * CENTS)
    state = make.answer(family.service, "payment_state", family.claire, payment_id=first)
    assert state.credited_cents == CENTS


def test_a_bill_credited_while_somebody_pays_it_leaves_the_rest_as_a_credit(
    family: Family,
) -> None:
    payment_id, idop = family.pays()
    make.credit(family.bill, 1200)
    with pytest.raises(PaymentUnderWay):  # another amount is owed by now: not at that address
        family.pays()

    family.bank.ends(idop, "P")

    assert family.looks(payment_id) == PAID
    assert (make.owed(family.bill), make.credit_of(family.home)) == (0, 1200)


def test_a_bill_below_one_euro_is_not_paid_online(family: Family) -> None:
    small = make.bill(family.home, 99)

    with pytest.raises(NotPayableOnline):
        family.pays(bill=small)
    with pytest.raises(NotFound):
        family.pays(bill=new_id())

    assert make.states(small) == []


def test_without_an_account_a_bill_is_paid_by_its_reference_and_key_and_shows_nobody(
    family: Family,
) -> None:
    printed = {"reference": _number(family.bill), "key": make.KEY}
    bill = make.answer(family.service, "find_bill", None, **printed)
    assert (bill.balance_cents, bill.payable_online, bill.provider) == (CENTS, True, "ens")
    shown = {
        "provider",
        "number",
        "balance_cents",
        "due_on",
        "state",
        "payable_online",
        "part_cents",
    }
    assert set(vars(bill)) == shown

    mail = {"email": "grand.mere@example.org"}
    opened = make.answer(family.service, "start_payment_by_reference", None, **printed, **mail)
    family.bank.ends(opened.url.rpartition("=")[2], "P")

    fields = {**printed, "payment_id": opened.payment_id}
    state = make.answer(family.service, "payment_state_by_reference", None, **fields)
    assert (state.state, state.cents) == (PAID, CENTS)
    assert make.owed(family.bill) == 0


def test_a_wrong_key_or_reference_finds_no_bill_and_no_payment(family: Family) -> None:
    right = {"reference": _number(family.bill), "key": make.KEY}
    other = make.bill(make.household(), 1000)
    of_other, _ = family.pays(bill=other)

    for wrong in ({**right, "key": "ABCD2346"}, {**right, "reference": "20260010009999"}):
        with pytest.raises(NotFound):
            make.answer(family.service, "find_bill", None, **wrong)
    with pytest.raises(NotFound):
        fields = {**right, "payment_id": of_other}
        make.answer(family.service, "payment_state_by_reference", None, **fields)


def _number(invoice_id: str) -> str:
    with store.read() as read:
        return read.get_one(Invoice, invoice_id).number

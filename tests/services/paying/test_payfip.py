"""PayFiP's answers and their effect: paid, refused, cancelled, late, missing, or unknown."""

from datetime import datetime

import pytest

from shared.contracts.billing import payments
from shared.contracts.billing.bills import (
    CANCELLED,
    DISCREPANT,
    EXPIRED,
    PAID,
    PENDING,
    REFUSED,
    NothingOwed,
    NotPayableOnline,
    PaymentUnderWay,
)
from tests.factories import money as make
from tests.factories.paying import CENTS, Family
from tests.kit.town import until


@pytest.mark.both_databases
def test_a_bill_paid_by_card_is_settled_with_a_receipt(family: Family) -> None:
    payment_id, idop = family.pays()
    assert make.payment(payment_id).state == PENDING

    family.bank.ends(idop, "P")

    assert family.looks(payment_id) == PAID
    assert (make.owed(family.bill), make.credit_of(family.home), family.taken) == (0, 0, CENTS)
    assert family.receipts == [family.first_receipt]
    assert make.online(payment_id).authorisation
    with pytest.raises(NothingOwed):
        family.pays()


def test_a_bill_paid_by_direct_debit_is_settled(family: Family) -> None:
    payment_id, idop = family.pays()

    family.bank.ends(idop, "V")

    assert family.looks(payment_id) == PAID
    assert (make.owed(family.bill), family.taken) == (0, CENTS)


@pytest.mark.parametrize("code", ["R", "Z"])
def test_what_is_refused_pays_nothing_and_the_next_payment_does(family: Family, code: str) -> None:
    first, idop = family.pays()
    family.bank.ends(idop, code)
    assert family.looks(first) == REFUSED
    assert (make.owed(family.bill), family.taken) == (CENTS, 0)

    second, idop = family.pays()
    family.bank.ends(idop, "P")

    assert second != first
    assert family.looks(second) == PAID
    assert (make.owed(family.bill), family.taken) == (0, CENTS)


def test_a_cancellation_holds_after_two_minutes_and_pays_nothing(family: Family) -> None:
    payment_id, idop = family.pays()
    family.bank.ends(idop, "A")
    assert family.looks(payment_id) == PENDING
    assert family.pays() == (payment_id, idop)

    family.later(minutes=4)

    assert family.looks(payment_id) == CANCELLED
    assert (make.owed(family.bill), family.taken) == (CENTS, 0)


def test_who_left_payfip_is_known_at_once_and_the_bill_is_owed_as_soon_as_that_holds(
    family: Family,
) -> None:
    def comes_back() -> tuple[str, bool]:
        came = make.answer(family.service, "payment_state", family.claire, payment_id=payment_id)
        return came.state, came.left

    payment_id, idop = family.pays()
    assert comes_back() == (PENDING, False)
    family.bank.ends(idop, "A")
    assert comes_back() == (PENDING, True)

    family.later(minutes=3)
    assert family.is_polled() == 1

    assert make.payment(payment_id).state == CANCELLED
    assert comes_back() == (CANCELLED, False)


def test_until_the_result_is_known_billing_says_before_when_not_to_pay_again(
    family: Family,
) -> None:
    def not_before(payment_id: str) -> datetime | None:
        answer = make.answer(family.service, "payment_state", family.claire, payment_id=payment_id)
        moment: datetime | None = answer.until
        return moment

    begun = family.at
    payment_id, idop = family.pays()
    family.later(minutes=12)
    assert not_before(payment_id) == begun + payments.BETWEEN_TWO
    with pytest.raises(PaymentUnderWay) as refused:
        family.pays()
    assert refused.value.detail["until"] == (begun + payments.BETWEEN_TWO).isoformat()

    family.bank.ends(idop, "P", notify=0)

    assert not_before(payment_id) is None


def test_a_payment_of_which_nobody_tells_is_found_by_the_poll(family: Family) -> None:
    payment_id, idop = family.pays()
    family.bank.ends(idop, "P", notify=0)

    family.later(minutes=4)
    assert family.is_polled() == 0
    family.later(minutes=1)
    assert family.is_polled() == 1

    assert make.payment(payment_id).state == PAID
    assert (make.owed(family.bill), family.taken) == (0, CENTS)


@pytest.mark.parametrize("days", [1, 9])
def test_a_payment_begun_while_a_clock_was_days_ahead_is_asked_about_once_it_is_set_back(
    family: Family, days: int
) -> None:
    family.later(days=days)
    payment_id, idop = family.pays()
    family.later(days=-days, minutes=1)

    assert family.is_polled() == 1
    assert family.is_polled() == 0, "it is asked about by its schedule, and not each time"

    family.bank.ends(idop, "P", notify=0)
    family.later(minutes=5)
    assert family.is_polled() == 1
    assert make.payment(payment_id).state == PAID


def test_a_payment_that_ends_after_the_first_polls_is_found_within_two_hours(
    family: Family,
) -> None:
    payment_id, idop = family.pays()
    for minutes in (5, 15):
        family.later(minutes=minutes)
        assert family.is_polled() == 1
    family.bank.ends(idop, "P")

    family.later(minutes=99)
    assert family.is_polled() == 0
    family.later(minutes=1)

    assert family.is_polled() == 1
    assert make.payment(payment_id).state == PAID


@pytest.mark.both_databases
def test_ten_notifications_at_once_are_one_payment(family: Family) -> None:
    _, idop = family.pays()
    before = len(family.bank.called)

    family.bank.ends(idop, "P", notify=10)
    until(lambda: len(family.bank.called) == before + 10, 30)

    assert make.states(family.bill) == [PAID]
    assert (make.owed(family.bill), family.taken) == (0, CENTS)
    assert family.receipts == [family.first_receipt]


@pytest.mark.both_databases
def test_notifications_out_of_order_and_of_others_change_nothing(family: Family) -> None:
    payment_id, idop = family.pays()
    for hint in (idop, "nobody-knows-it", "'; --"):
        make.answer(family.service, "note_notification", None, idop=hint)
    assert make.payment(payment_id).state == PENDING

    family.bank.ends(idop, "P")
    for _ in range(3):
        make.answer(family.service, "note_notification", None, idop=idop)

    assert make.states(family.bill) == [PAID]
    assert family.taken == CENTS


def test_a_notification_a_day_late_still_settles_what_seemed_to_have_expired(
    family: Family,
) -> None:
    payment_id, idop = family.pays()
    family.later(hours=2)
    family.is_polled()
    assert make.payment(payment_id).state == EXPIRED
    family.bank.ends(idop, "P")

    make.answer(family.service, "note_notification", None, idop=idop)

    assert make.payment(payment_id).state == PAID
    assert (make.owed(family.bill), family.taken) == (0, CENTS)


def test_what_seemed_to_have_expired_is_asked_about_once_more_on_the_next_day(
    family: Family,
) -> None:
    payment_id, idop = family.pays()
    family.later(hours=2)
    family.is_polled()
    family.bank.ends(idop, "P")

    family.later(hours=22)
    family.is_polled()

    assert make.payment(payment_id).state == PAID
    family.later(days=30)
    assert family.is_polled() == 0


def test_a_page_that_is_closed_and_never_told_of_expires_and_leaves_the_bill_due(
    family: Family,
) -> None:
    payment_id, _ = family.pays()

    for wait in (5, 15, 100):
        family.later(minutes=wait)
        family.is_polled()

    assert make.payment(payment_id).state == EXPIRED
    assert (make.owed(family.bill), family.taken) == (CENTS, 0)


@pytest.mark.parametrize(
    ("says", "problem"),
    [
        ({"montant": "4100"}, "amount"),
        ({"montant": "420000"}, "amount"),
        ({"montant": ""}, "amount"),
        ({"refdet": "20260010000999"}, "reference"),
        ({"exer": "2025"}, "year"),
        ({"numcli": "000999"}, "client"),
    ],
)
def test_an_answer_about_something_else_than_was_asked_pays_nothing_and_is_looked_at(
    family: Family, says: dict[str, str], problem: str
) -> None:
    payment_id, idop = family.pays()

    family.bank.ends(idop, "P", says=says)

    assert family.looks(payment_id) == DISCREPANT
    assert make.online(payment_id).problem == problem
    assert (make.owed(family.bill), family.taken) == (CENTS, 0)
    with pytest.raises(NotPayableOnline):  # money may have moved: nobody pays twice
        family.pays()


@pytest.mark.parametrize("mode", ["T", "X"])
def test_a_payment_in_test_mode_pays_nothing_in_production(family: Family, mode: str) -> None:
    payment_id, idop = family.pays()

    family.bank.ends(idop, "P", says={"saisie": mode})

    assert family.looks(payment_id) == DISCREPANT
    assert make.online(payment_id).problem == "test_mode"
    assert (make.owed(family.bill), family.taken) == (CENTS, 0)
    again, _ = family.pays()
    assert again != payment_id


def test_an_operation_without_a_result_yet_is_pending_until_it_has_one(family: Family) -> None:
    payment_id, idop = family.pays()
    assert family.looks(payment_id) == PENDING
    family.later(minutes=30)
    assert family.looks(payment_id) == PENDING

    family.bank.ends(idop, "P")

    assert family.looks(payment_id) == PAID
    assert family.taken == CENTS


def test_an_operation_that_payfip_has_purged_expires_and_the_bill_can_be_paid(
    family: Family,
) -> None:
    payment_id, idop = family.pays()
    family.bank.orders(idop=idop, forget=True)
    assert family.looks(payment_id) == PENDING  # just opened: it may not be known everywhere

    family.later(minutes=20)
    again, idop = family.pays()
    family.bank.ends(idop, "P")

    assert family.looks(again) == PAID
    assert make.states(family.bill) == [EXPIRED, PAID]
    assert (make.owed(family.bill), family.taken) == (0, CENTS)


@pytest.mark.both_databases
def test_an_unknown_result_is_no_result_and_nobody_pays_a_second_time_meanwhile(
    family: Family,
) -> None:
    payment_id, idop = family.pays()
    family.bank.ends(idop, "Y")

    family.later(hours=3)

    assert family.looks(payment_id) == PENDING
    assert make.online(payment_id).result == "Y"
    with pytest.raises(PaymentUnderWay):
        family.pays()
    assert (make.owed(family.bill), family.taken) == (CENTS, 0)


def test_an_unknown_result_that_payfip_then_forgets_is_looked_at(family: Family) -> None:
    payment_id, idop = family.pays()
    family.bank.ends(idop, "Y")
    family.later(hours=3)
    family.looks(payment_id)
    family.bank.orders(idop=idop, forget=True)

    assert family.looks(payment_id) == DISCREPANT
    assert make.online(payment_id).problem == "unknown_result"

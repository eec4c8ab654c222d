"""The counter: cash, cheques, transfers, receipts, what waits in suspense, and a régie's walls."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.billing.models import Payment
from services.billing.payments.commands.takings import Taking, take_payment
from services.billing.store import store
from shared.contracts.billing.bills import (
    BANK_REJECTED,
    CASH,
    CHEQUE,
    CREDIT,
    ONLINE,
    PAID,
    REVERSED,
    TAKEN_BY_MISTAKE,
    TRANSFER,
)
from shared.contracts.billing.regie.counter import ChequeTaken
from shared.contracts.billing.regie.payers import PAGE
from shared.contracts.errors import BadRequest, NotEntitled, NotFound
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import money as make
from tests.factories.counter import Desk, payments_read
from tests.factories.documents import taken_together
from tests.factories.paying import CENTS, Family, at_once


def test_cash_for_a_bill_has_its_receipt_at_once(family: Family, desk: Desk) -> None:
    taken = desk.takes(CASH, CENTS, invoice_id=family.bill)

    assert taken.receipt == f"{today().year}-ENS-R-000001"
    assert (taken.allocated_cents, taken.credited_cents, taken.suspense_cents) == (CENTS, 0, 0)
    assert (make.owed(family.bill), make.account("cash:cash")) == (0, CENTS)


def test_of_money_taken_for_no_bill_a_family_finds_no_state_of_an_online_payment(
    family: Family, desk: Desk
) -> None:
    taken = desk.takes(CASH, 1500, household_id=family.home)

    with pytest.raises(NotFound):
        make.answer(family.service, "payment_state", family.claire, payment_id=taken.payment_id)


def test_part_of_a_bill_leaves_the_rest_due_and_more_than_it_stays_as_a_credit(
    family: Family, desk: Desk
) -> None:
    desk.takes(CHEQUE, 1000, invoice_id=family.bill, cheque="0012", bank="Banque")
    assert make.owed(family.bill) == CENTS - 1000

    taken = desk.takes(TRANSFER, CENTS, invoice_id=family.bill)

    assert (taken.allocated_cents, taken.credited_cents) == (CENTS - 1000, 1000)
    assert (make.owed(family.bill), make.credit_of(family.home)) == (0, 1000)


@pytest.mark.both_databases
def test_the_same_cheque_of_a_payer_is_taken_twice_only_where_one_says_that_it_is_another(
    family: Family, desk: Desk
) -> None:
    cheque = {"household_id": family.home, "cheque": "0012", "bank": "Banque"}
    first = desk.takes(CHEQUE, 1000, **cheque)

    with pytest.raises(ChequeTaken) as refused:
        desk.takes(CHEQUE, 1000, **cheque)
    assert refused.value.detail["receipt"] == first.receipt
    assert make.account("cash:cheque") == 1000

    desk.takes(CHEQUE, 500, **cheque, another=True)
    desk.takes(CHEQUE, 700, **cheque | {"cheque": "0013"})
    assert make.account("cash:cheque") == 2200


def test_a_cheque_in_suspense_is_known_again_when_it_is_entered_for_its_household(
    family: Family, desk: Desk
) -> None:
    cheque = {"cheque": "0012", "bank": "Banque"}
    waiting = desk.takes(CHEQUE, 1000, payer="Inconnu", **cheque)

    with pytest.raises(ChequeTaken) as refused:
        desk.takes(CHEQUE, 1000, household_id=family.home, **cheque)
    assert refused.value.detail["receipt"] == waiting.receipt
    assert refused.value.detail["waits"]
    with pytest.raises(ChequeTaken):
        desk.takes(CHEQUE, 1200, payer="Inconnu", **cheque)

    desk.takes(CHEQUE, 700, household_id=family.home, **cheque)  # somebody else's, of this number
    assert make.account("cash:cheque") == 1700


def test_a_cheque_of_a_household_is_known_again_when_it_is_entered_for_nobody(
    family: Family, desk: Desk
) -> None:
    cheque = {"cheque": "0012", "bank": "Banque"}
    desk.takes(CHEQUE, 1000, household_id=family.home, **cheque)

    with pytest.raises(ChequeTaken) as refused:
        desk.takes(CHEQUE, 1000, **cheque)
    assert not refused.value.detail["waits"]
    desk.takes(CHEQUE, 900, **cheque)


@pytest.mark.both_databases
def test_a_cheque_of_an_unknown_payer_entered_at_two_counters_at_once_is_taken_once(
    family: Family, desk: Desk
) -> None:
    provider = store.register.present_or_former_provider("ens")
    regie = provider.regies[0]
    cheque = Taking(
        means=CHEQUE, cents=1000, invoice_id=None, household_id=None, payer="Inconnu",
        cheque="0012", bank="Banque", received_on=today(), taken_by=new_id(),
    )  # fmt: skip
    refused: list[ChequeTaken] = []

    def takes_it_too() -> None:
        with pytest.raises(ChequeTaken) as found:
            desk.takes(CHEQUE, 1000, payer="Inconnu", cheque="0012", bank="Banque")
        refused.append(found.value)

    other = threading.Thread(target=takes_it_too)
    with store.write() as write:
        first, _ = take_payment(write, provider, regie, cheque, now())
        receipt = first.receipt
        other.start()
        other.join(0.5)
    other.join()

    assert [each.detail["receipt"] for each in refused] == [receipt]
    assert make.account("cash:cheque") == 1000


def test_a_cheque_that_was_taken_back_may_be_taken_again(family: Family, desk: Desk) -> None:
    cheque = {"household_id": family.home, "cheque": "0012"}
    payment_id = desk.takes(CHEQUE, 1000, **cheque).payment_id
    desk.asks("reverse_payment", payment_id=payment_id, reason="taken_by_mistake")

    assert desk.takes(CHEQUE, 1000, **cheque).payment_id != payment_id


def test_money_of_a_household_pays_what_it_owes_the_first_due_first(
    family: Family, desk: Desk
) -> None:
    older = make.bill(family.home, 1000, due=today())
    elsewhere = make.bill(family.home, 1000, provider="agg")

    taken = desk.takes(TRANSFER, 1500, household_id=family.home)

    assert (taken.allocated_cents, taken.credited_cents) == (1500, 0)
    assert (make.owed(older), make.owed(family.bill)) == (0, CENTS - 500)
    assert make.owed(elsewhere) == 1000

    rest = desk.takes(TRANSFER, CENTS, household_id=family.home)
    assert (rest.allocated_cents, rest.credited_cents) == (CENTS - 500, 500)


def test_what_exceeds_a_bill_pays_what_the_household_owes_besides_and_no_bill_being_paid_online(
    family: Family, desk: Desk
) -> None:
    older, online, elsewhere = (
        make.bill(family.home, 1000, due=today()),
        make.bill(family.home, 1000, due=today()),
        make.bill(family.home, 1000, provider="agg"),
    )
    payment_id, idop = family.pays(online)

    taken = desk.takes(CHEQUE, CENTS + 1500, invoice_id=family.bill)

    assert (taken.allocated_cents, taken.others_cents, taken.credited_cents) == (CENTS, 1000, 500)
    assert [make.owed(bill) for bill in (family.bill, older, online, elsewhere)] == [
        0, 0, 1000, 1000,
    ]  # fmt: skip
    family.bank.ends(idop, "P")
    family.looks(payment_id)
    assert (make.owed(online), make.credit_of(family.home)) == (0, 500)

    desk.asks("reverse_payment", payment_id=taken.payment_id, reason=BANK_REJECTED)
    assert (make.owed(family.bill), make.owed(older), make.owed(online)) == (CENTS, 1000, 0)
    assert make.credit_of(family.home) == 0


def test_a_credit_that_waited_for_a_card_pays_the_bill_once_the_card_is_refused(
    family: Family, desk: Desk
) -> None:
    online = make.bill(family.home, 1000)
    payment_id, idop = family.pays(online)
    desk.takes(CHEQUE, CENTS + 1500, invoice_id=family.bill)
    assert (make.owed(online), make.credit_of(family.home)) == (1000, 1500)

    family.bank.ends(idop, "Z")
    family.looks(payment_id)

    assert (make.owed(online), make.credit_of(family.home)) == (0, 500)


def test_a_credit_that_waited_for_a_card_pays_what_the_card_left_of_the_bill(
    family: Family, desk: Desk
) -> None:
    cheque = desk.takes(CHEQUE, 1000, invoice_id=family.bill)
    payment_id, idop = family.pays()
    desk.asks("reverse_payment", payment_id=cheque.payment_id, reason=BANK_REJECTED)
    desk.takes(CASH, 1600, invoice_id=make.bill(family.home, 1000))
    assert (make.owed(family.bill), make.credit_of(family.home)) == (CENTS, 600)

    family.bank.ends(idop, "P")
    family.looks(payment_id)

    assert (make.owed(family.bill), make.credit_of(family.home)) == (400, 0)
    shown = make.answer(family.service, "payment_state", family.claire, payment_id=payment_id)
    assert (shown.others_cents, shown.credited_cents) == (0, 0)


def test_no_credit_pays_a_bill_on_its_way_by_card_when_cash_of_it_is_taken_back(
    family: Family, desk: Desk
) -> None:
    payment_id, idop = family.pays()
    cash = desk.takes(CASH, CENTS, invoice_id=family.bill)
    desk.takes(CASH, 1600, invoice_id=make.bill(family.home, 1000))

    desk.asks("reverse_payment", payment_id=cash.payment_id, reason=TAKEN_BY_MISTAKE)

    assert (make.owed(family.bill), make.credit_of(family.home)) == (CENTS, 600)
    family.bank.ends(idop, "P")
    family.looks(payment_id)
    assert (make.owed(family.bill), make.credit_of(family.home)) == (0, 600)


def test_money_of_a_household_pays_no_bill_that_is_on_its_way_by_card(
    family: Family, desk: Desk
) -> None:
    payment_id, idop = family.pays()
    desk.takes(CASH, 1600, invoice_id=make.bill(family.home, 1000))

    taken = desk.takes(CASH, 500, household_id=family.home)

    assert (taken.allocated_cents, taken.credited_cents) == (0, 500)
    family.bank.ends(idop, "P")
    family.looks(payment_id)
    assert (make.owed(family.bill), make.credit_of(family.home)) == (0, 1100)


def test_a_credit_pays_a_bill_again_after_the_card_is_taken_back_by_which_it_paid_it_before(
    family: Family, desk: Desk
) -> None:
    cheque = desk.takes(CHEQUE, 1000, invoice_id=family.bill)
    payment_id, idop = family.pays()
    desk.asks("reverse_payment", payment_id=cheque.payment_id, reason=BANK_REJECTED)
    desk.takes(CASH, 1600, invoice_id=make.bill(family.home, 1000))
    family.bank.ends(idop, "P")
    family.looks(payment_id)
    desk.takes(CASH, 1000, invoice_id=family.bill)

    desk.asks("reverse_payment", payment_id=payment_id, reason=TAKEN_BY_MISTAKE)

    assert make.credit_of(family.home) == 0
    assert make.owed(family.bill) == CENTS - 1600


def test_a_card_that_pays_a_bill_paid_meanwhile_pays_what_else_is_owed(
    family: Family, desk: Desk
) -> None:
    payment_id, idop = family.pays()
    older = make.bill(family.home, 1000, due=today())
    desk.takes(CASH, CENTS, invoice_id=family.bill)

    family.bank.ends(idop, "P")
    family.looks(payment_id)

    assert (make.owed(older), make.credit_of(family.home)) == (0, CENTS - 1000)
    shown = make.answer(family.service, "payment_state", family.claire, payment_id=payment_id)
    assert (shown.others_cents, shown.credited_cents) == (1000, CENTS - 1000)
    assert _means_read_of(family.home, older) == [ONLINE]

    desk.asks("reverse_payment", payment_id=payment_id, reason=TAKEN_BY_MISTAKE)
    shown = make.answer(family.service, "payment_state", family.claire, payment_id=payment_id)
    assert (shown.state, shown.credited_cents) == (REVERSED, CENTS - 1000)


def test_a_family_reads_that_its_cheque_paid_both_bills_though_each_was_paid_of_a_credit(
    family: Family, desk: Desk
) -> None:
    older = make.bill(family.home, 1000, due=today())

    desk.takes(CHEQUE, 1000 + CENTS, household_id=family.home)

    assert _means_read_of(family.home, older, family.bill) == [CHEQUE, CHEQUE]


def test_a_family_reads_that_an_advance_of_former_days_paid_a_bill(
    family: Family, desk: Desk
) -> None:
    desk.takes(CHEQUE, CENTS + 1000, invoice_id=family.bill)
    newer = make.bill(family.home, 1000, due=today())
    desk.uses_credit(family.home, newer)

    assert _means_read_of(family.home, family.bill, newer) == [CHEQUE, CREDIT]


@pytest.mark.both_databases
def test_cash_and_a_card_in_the_same_minute_pay_the_bill_once_and_then_what_is_owed_besides(
    family: Family, desk: Desk
) -> None:
    bill = make.bill(family.home, CENTS, due=today() - timedelta(days=1))
    payment_id, idop = family.pays(bill)
    family.bank.ends(idop, "P")

    at_once(
        lambda: desk.takes(CASH, CENTS, invoice_id=bill),
        lambda: family.looks(payment_id),
    )

    assert (make.owed(bill), make.owed(family.bill)) == (0, 0)
    assert make.credit_of(family.home) == 0
    assert make.account("cash:cash") == make.account("cash:online") == CENTS
    assert len(set(family.receipts)) == 2
    listed = desk.asks("payments_of", first=today(), last=today())
    assert listed.totals == {CASH: CENTS, ONLINE: CENTS}
    assert desk.asks("remind", invoices=[bill]).reminded == 0


def test_money_without_a_debtor_waits_in_suspense_until_somebody_says_whose_it_is(
    family: Family, desk: Desk
) -> None:
    taken = desk.takes(TRANSFER, 5000, payer="M. Inconnu")
    assert (taken.suspense_cents, make.account("suspense")) == (5000, -5000)
    waiting = desk.asks("suspense")
    assert (waiting.total_cents, [payment["payer"] for payment in waiting.payments]) == (
        5000,
        ["M. Inconnu"],
    )
    assert desk.asks("regie_overview").suspense_cents == 5000

    known = {"payment_id": taken.payment_id, "household_id": family.home}
    assigned = desk.asks("assign_suspense", **known, invoice_id=family.bill)

    assert (assigned.allocated_cents, assigned.credited_cents) == (CENTS, 800)
    assert (make.account("suspense"), make.owed(family.bill)) == (0, 0)
    assert make.credit_of(family.home) == 800
    assert desk.asks("suspense").total_cents == 0
    with pytest.raises(NotFound):
        desk.asks("assign_suspense", **known)


def test_suspense_goes_to_no_bill_of_another_household_and_to_nobody_unknown(
    family: Family, desk: Desk
) -> None:
    payment_id = desk.takes(CASH, 1000).payment_id
    other = make.household()

    for wrong in (
        {"household_id": other, "invoice_id": family.bill},
        {"household_id": new_id()},
        {"household_id": family.home, "invoice_id": make.bill(family.home, 500, provider="agg")},
    ):
        with pytest.raises(NotFound):
            desk.asks("assign_suspense", payment_id=payment_id, **wrong)
    assert make.account("suspense") == -1000


def test_payments_are_listed_page_by_page_the_latest_first(family: Family, desk: Desk) -> None:
    taken_together(PAGE, 100, means=TRANSFER, receipt="", cheque="", household_id=family.home)
    for _ in range(3):
        desk.takes(TRANSFER, 100, household_id=family.home)
    days: dict[str, Any] = {"first": today() - timedelta(days=1), "last": today()}

    first = desk.asks("payments_of", **days)
    rest = desk.asks("payments_of", **days, after=first.next)

    assert (len(first.payments), len(rest.payments), rest.next) == (PAGE, 3, "")
    assert (first.totals, rest.totals) == ({TRANSFER: 100 * (PAGE + 3)}, {})
    alike = {"means": TRANSFER, "state": PAID, "reversed_because": "", "payments": PAGE + 3}
    assert (first.kinds, rest.kinds) == ([alike], [])
    shown = [payment["payment_id"] for payment in first.payments + rest.payments]
    with store.read() as read:
        latest = select(Payment.id).where(Payment.means == TRANSFER).order_by(Payment.id.desc())
        assert shown == list(read.scalars(latest))
    assert first.payments[0]["payer"] == "Claire Lefèvre"
    assert first.payments[0]["state"] == PAID


def test_a_regie_is_of_its_provider_alone(family: Family, desk: Desk) -> None:
    other = Desk(family.service, "agg")
    payment_id = desk.takes(CASH, 1000, invoice_id=family.bill).payment_id

    for name, fields in (
        ("take_payment", {**other.money(CASH, 100), "invoice_id": family.bill}),
        ("take_payment", {**other.money(CASH, 100), "regie": "ens"}),
        ("reverse_payment", {"payment_id": payment_id, "reason": "bank_rejected"}),
        ("assign_suspense", {"payment_id": payment_id, "household_id": family.home}),
        ("cash_box", {"regie": "ens", "day": today()}),
        ("close_day", {"regie": "ens", "day": today(), "counted_cents": 0}),
    ):
        with pytest.raises(NotFound):
            other.asks(name, **fields)
    assert other.asks("payments_of", first=today(), last=today()).payments == []
    with pytest.raises(NotEntitled):
        make.answer(family.service, "suspense", new_id(), make.ENS)


def test_nothing_is_taken_on_a_day_to_come(family: Family, desk: Desk) -> None:
    with pytest.raises(BadRequest):
        desk.takes(CASH, 100, household_id=family.home, received_on=today() + timedelta(days=1))


def _means_read_of(home: str, *bills: str) -> list[str]:
    """Return by which means a family's page says that each of its bills was paid."""
    payments = payments_read(home)
    return [payment.means for bill in bills for payment in payments if payment.invoice_id == bill]

"""The counter: cash, cheques, transfers, receipts, what waits in suspense, and a régie's walls."""

import threading
from base64 import b64decode
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.billing.accounts.queries.arrears import page_of_overdue_bills
from services.billing.accounts.queries.payer_account import payer_account
from services.billing.accounts.queries.payer_search import owed_by
from services.billing.bills.queries.bill_cards import CardContent, cards_of
from services.billing.bills.queries.income import income_between
from services.billing.models import Payment
from services.billing.payments.commands.takings import Taking, take_payment
from services.billing.store import store
from services.billing.treasury.queries.transferable_bills import Choice, candidate_bills
from services.portal_gateway.bills.labels import failure_sentence
from services.portal_gateway.bills.rules import bills as family_bills
from shared.contracts.billing.bills import (
    ASKED_BACK,
    BANK_REJECTED,
    CASH,
    CHEQUE,
    CREDIT,
    DUE,
    ONLINE,
    PAID,
    REVERSED,
    TAKEN_BY_MISTAKE,
    TRANSFER,
    Bill,
    bill_notice,
)
from shared.contracts.billing.regie.counter import ChequeTaken, DayClosed
from shared.contracts.billing.regie.payers import PAGE, PayersRefund, TooMuch
from shared.contracts.errors import BadRequest, NotEntitled, NotFound
from shared.dates.clock import now, today
from shared.dates.months import month_of
from shared.runtime.ids import new_id
from tests.factories import money as make
from tests.factories import pdf
from tests.factories.billing import published
from tests.factories.counter import Desk
from tests.factories.documents import taken_together
from tests.factories.paying import CENTS, Family, at_once


@pytest.fixture
def desk(family: Family) -> Desk:
    """Give the counter of the school service, whose box may hold 1 200 €."""
    return Desk(family.service)


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


def test_a_cheque_that_the_bank_rejects_is_owed_again_and_nothing_is_deleted(
    family: Family, desk: Desk
) -> None:
    payment_id = desk.takes(CHEQUE, CENTS, invoice_id=family.bill).payment_id

    desk.asks("reverse_payment", payment_id=payment_id, reason="bank_rejected")

    assert (make.owed(family.bill), make.account("cash:cheque")) == (CENTS, 0)
    assert make.payment(payment_id).state == REVERSED
    with pytest.raises(NotFound):
        desk.asks("reverse_payment", payment_id=payment_id, reason="bank_rejected")


@pytest.mark.parametrize(
    ("reason", "said", "notices"),
    [
        (BANK_REJECTED, "La banque a rejeté le paiement", ["bill_paid", "payment_refused"]),
        (TAKEN_BY_MISTAKE, "Le service avait noté ce paiement par erreur", ["bill_paid"]),
    ],
)
def test_a_family_reads_why_its_payment_was_taken_back_and_is_notified_of_what_its_bank_rejected(
    family: Family, desk: Desk, reason: str, said: str, notices: list[str]
) -> None:
    older = make.bill(family.home, 1000, due=today())
    payment_id = desk.takes(CHEQUE, CENTS, invoice_id=family.bill).payment_id
    of_both = desk.takes(TRANSFER, 1000, household_id=family.home).payment_id

    for each in (payment_id, of_both):
        desk.asks("reverse_payment", payment_id=each, reason=reason)

    read = [each for each in _payments_read(family.home) if each.state == REVERSED]
    assert {each.invoice_id for each in read} == {family.bill, older, None}
    assert all(failure_sentence(each).startswith(said) for each in read)
    kept = make.payment(payment_id)
    assert (kept.reversed_because, kept.reversed_by) == (reason, desk.agent)
    assert kept.reversed_at is not None
    assert [notice.kind for notice in published(bill_notice)] == notices


def test_taking_back_what_a_credit_had_paid_on_makes_that_bill_owed_again(
    family: Family, desk: Desk
) -> None:
    later = make.bill(family.home, 1500)
    payment_id = desk.takes(CHEQUE, CENTS + 2000, invoice_id=family.bill).payment_id
    desk.uses_credit(family.home, later)
    assert (make.owed(later), make.credit_of(family.home)) == (0, 500)

    desk.asks("reverse_payment", payment_id=payment_id, reason="bank_rejected")

    assert (make.owed(family.bill), make.owed(later)) == (CENTS, 1500)
    assert (make.credit_of(family.home), make.account("cash:cheque")) == (0, 0)


def test_a_rejected_cheque_makes_the_bills_owed_that_it_paid_and_none_paid_in_cash_since(
    family: Family, desk: Desk
) -> None:
    older = make.bill(family.home, 1000, due=today())
    cheque = desk.takes(CHEQUE, CENTS + 1000, invoice_id=family.bill)
    newer = make.bill(family.home, 1000)
    desk.takes(CASH, 1000, household_id=family.home)

    desk.asks("reverse_payment", payment_id=cheque.payment_id, reason=BANK_REJECTED)

    assert [make.owed(bill) for bill in (family.bill, older, newer)] == [CENTS, 1000, 0]
    assert make.credit_of(family.home) == 0


def test_taking_back_a_payment_whose_bill_was_credited_meanwhile_leaves_nothing_owed(
    family: Family, desk: Desk
) -> None:
    payment_id = desk.takes(CHEQUE, CENTS, invoice_id=family.bill).payment_id
    make.credit(family.bill, CENTS)
    assert make.credit_of(family.home) == CENTS

    desk.asks("reverse_payment", payment_id=payment_id, reason="bank_rejected")

    assert (make.owed(family.bill), make.credit_of(family.home)) == (0, 0)


def test_what_was_taken_for_the_wrong_household_is_taken_back_even_out_of_suspense(
    family: Family, desk: Desk
) -> None:
    payment_id = desk.takes(CASH, 1000).payment_id
    desk.asks("assign_suspense", payment_id=payment_id, household_id=family.home)
    assert make.owed(family.bill) == CENTS - 1000

    desk.asks("reverse_payment", payment_id=payment_id, reason="taken_by_mistake")

    assert make.owed(family.bill) == CENTS
    assert (make.account("suspense"), make.account("cash:cash")) == (0, 0)


def test_a_payment_that_differs_at_payfip_is_closed_by_an_agent_and_the_bill_can_be_paid(
    family: Family, desk: Desk
) -> None:
    payment_id, idop = family.pays()
    family.bank.ends(idop, "P", says={"montant": "1"})
    family.looks(payment_id)

    desk.asks("reverse_payment", payment_id=payment_id, reason="taken_by_mistake")

    assert (make.payment(payment_id).state, family.taken) == (REVERSED, 0)
    again, _ = family.pays()
    assert again != payment_id


def test_nobody_is_reminded_of_a_bill_of_which_an_agent_looks_at_a_payment(
    family: Family, desk: Desk
) -> None:
    late = make.bill(family.home, 1000, due=today() - timedelta(days=3))
    payment_id, idop = family.pays(late)
    family.bank.ends(idop, "P", says={"montant": "1"})
    family.looks(payment_id)

    (shown,) = desk.asks("arrears").bills
    assert (shown["unclear"], shown["checking"]) == (True, False)
    assert desk.asks("remind", invoices=[late]).reminded == 0
    desk.asks("reverse_payment", payment_id=payment_id, reason=TAKEN_BY_MISTAKE)

    assert not desk.asks("arrears").bills[0]["unclear"]
    assert desk.asks("remind", invoices=[late]).reminded == 1


@pytest.mark.both_databases
def test_a_credit_is_paid_back_up_to_what_there_is(family: Family, desk: Desk) -> None:
    desk.takes(CHEQUE, CENTS + 1000, invoice_id=family.bill)
    ordered = {"household_id": family.home, "paper": "mandat n° 12"}
    with pytest.raises(TooMuch) as most:
        desk.asks("refund", **ordered, cents=1001)
    assert most.value.detail == {"most": 1000}

    desk.asks("refund", **ordered, cents=400)

    assert make.credit_of(family.home) == 600
    assert make.account("cash:transfer") == -400


def test_what_was_refunded_of_a_cheque_that_the_bank_rejects_is_asked_for_by_a_bill_of_its_own(
    family: Family, desk: Desk
) -> None:
    payment_id = desk.takes(CHEQUE, CENTS + 1000, invoice_id=family.bill).payment_id
    desk.asks("refund", household_id=family.home, paper="RIB vu", cents=1000)

    desk.asks("reverse_payment", payment_id=payment_id, reason=BANK_REJECTED)

    asked = _bill_that_asks_back(family.home)
    assert (make.owed(family.bill), asked["balance_cents"]) == (CENTS, 1000)
    assert (asked["state"], asked["due_on"] > today()) == (DUE, True)
    news = [each for each in published(bill_notice) if each.kind == "bill_issued"]
    assert [each.detail["number"] for each in news] == [asked["number"]]
    assert all(each.detail["asks_back"] for each in news)  # and is said to be of no month
    taken = desk.takes(CASH, CENTS + 1500, invoice_id=family.bill)
    assert (taken.allocated_cents, taken.others_cents, taken.credited_cents) == (CENTS, 1000, 500)
    assert _bill_that_asks_back(family.home)["state"] == PAID


def test_what_is_asked_back_is_paid_online_and_reminded_of_as_any_bill_and_is_no_income(
    family: Family, desk: Desk
) -> None:
    before = _income_of_month()
    payment_id = desk.takes(CHEQUE, CENTS + 1000, invoice_id=family.bill).payment_id
    desk.asks("refund", household_id=family.home, paper="RIB vu", cents=1000)
    desk.asks("reverse_payment", payment_id=payment_id, reason=BANK_REJECTED)
    asked = _bill_that_asks_back(family.home)

    with store.read() as read:
        late, _ = page_of_overdue_bills(read, "ens", asked["due_on"] + timedelta(days=1), "", 9)
        _, regie = store.register.provider_and_regie("ens")
        going = candidate_bills(read, regie, Choice(0, 0), asked["due_on"] + timedelta(days=1))
    assert asked["number"] in [bill["number"] for bill in late]
    lines = {bill.number: [(line.label, line.cents) for line in bill.lines] for bill in going}
    assert lines[asked["number"]] == [(ASKED_BACK, 1000)]
    assert ASKED_BACK in _words_of_document(desk, asked["invoice_id"])
    paid, idop = family.pays(asked["invoice_id"])
    family.bank.ends(idop, "P")
    family.looks(paid)

    assert (make.payment(paid).cents, _bill_that_asks_back(family.home)["balance_cents"]) == (
        1000,
        0,
    )
    assert _income_of_month() == before


def test_a_households_cheque_that_the_bank_rejects_is_taken_back_though_it_was_refunded(
    family: Family, desk: Desk
) -> None:
    desk.takes(CASH, CENTS, invoice_id=family.bill)
    payment_id = desk.takes(CHEQUE, 1000, household_id=family.home).payment_id
    desk.asks("refund", household_id=family.home, paper="RIB vu", cents=1000)

    desk.asks("reverse_payment", payment_id=payment_id, reason=BANK_REJECTED)

    assert _bill_that_asks_back(family.home)["balance_cents"] == 1000
    with store.read() as read:
        found = owed_by(read, store.register.provider("ens"), [family.home])
    assert found == {family.home: 1000}, "who looks for the payer does not find it up to date"
    assert desk.takes(TRANSFER, 1200, household_id=family.home).allocated_cents == 1000
    assert (_bill_that_asks_back(family.home)["balance_cents"], make.credit_of(family.home)) == (
        0,
        200,
    )


def test_a_refund_noted_by_mistake_is_a_credit_again_while_its_day_is_open(
    family: Family, desk: Desk
) -> None:
    desk.takes(CHEQUE, CENTS + 1000, invoice_id=family.bill)
    for cents in (400, 600):
        desk.asks("refund", household_id=family.home, paper="RIB vu", cents=cents)
    six, four = _refunds_of(family.home)

    desk.asks("reverse_refund", refund_id=four["refund_id"], reason=TAKEN_BY_MISTAKE)

    assert (make.credit_of(family.home), make.account("cash:transfer")) == (400, -600)
    with pytest.raises(NotFound):
        desk.asks("reverse_refund", refund_id=four["refund_id"], reason=TAKEN_BY_MISTAKE)
    desk.asks("close_day", regie="ens", day=today(), counted_cents=0)
    with pytest.raises(DayClosed):
        desk.asks("reverse_refund", refund_id=six["refund_id"], reason=TAKEN_BY_MISTAKE)
    shown = _refunds_of(family.home)
    assert [each["reversed_because"] for each in shown] == ["", TAKEN_BY_MISTAKE]
    assert not any(each["reversible"] for each in shown)


def test_a_refund_that_is_taken_back_pays_at_once_what_the_household_owes(
    family: Family, desk: Desk
) -> None:
    desk.takes(CHEQUE, CENTS + 1000, invoice_id=family.bill)
    desk.asks("refund", household_id=family.home, paper="RIB vu", cents=1000)
    newer = make.bill(family.home, 700)
    (refund,) = _refunds_of(family.home)

    desk.asks("reverse_refund", refund_id=refund["refund_id"], reason=BANK_REJECTED)

    assert (make.owed(newer), make.credit_of(family.home)) == (0, 300)


@pytest.mark.both_databases
def test_two_refunds_at_once_pay_back_no_more_than_there_is(family: Family, desk: Desk) -> None:
    desk.takes(CHEQUE, CENTS + 1000, invoice_id=family.bill)
    ordered = {"household_id": family.home, "paper": "mandat n° 12", "cents": 700}

    outcomes = at_once(*[lambda: desk.asks("refund", **ordered)] * 2)

    assert sum(isinstance(outcome, TooMuch) for outcome in outcomes) == 1
    assert make.credit_of(family.home) == 300


def test_payments_are_listed_page_by_page_the_latest_first(family: Family, desk: Desk) -> None:
    taken_together(PAGE, 100, means=TRANSFER, receipt="", cheque="", household_id=family.home)
    for _ in range(3):
        desk.takes(TRANSFER, 100, household_id=family.home)
    days: dict[str, Any] = {"first": today() - timedelta(days=1), "last": today()}

    first = desk.asks("payments_of", **days)
    rest = desk.asks("payments_of", **days, after=first.next)

    assert (len(first.payments), len(rest.payments), rest.next) == (PAGE, 3, "")
    assert first.totals == rest.totals == {TRANSFER: 100 * (PAGE + 3)}
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


def _card(home: str) -> CardContent:
    with store.read() as read:
        return cards_of(read, "ens", [home], now())[home]


def _bill_that_asks_back(home: str) -> Bill:
    [bill] = [bill for bill in _card(home)["bills"] if bill["asks_back"]]
    return bill


def _words_of_document(desk: Desk, invoice_id: str) -> str:
    """Return the words of a bill's document."""
    part = desk.asks("payer_bill_pdf", invoice_id=invoice_id)
    return pdf.text(b64decode(part.content))


def _income_of_month() -> int:
    """Return what the school service billed in this month for what it does, in cents."""
    month = month_of(today())
    with store.read() as read:
        return income_between(read, store.register.provider("ens"), month, month, "").cents


def _refunds_of(home: str) -> list[PayersRefund]:
    """Return the refunds as the account of a household shows them, the latest first."""
    with store.read() as read:
        return payer_account(read, store.register.provider("ens"), home, now()).refunds


def _means_read_of(home: str, *bills: str) -> list[str]:
    """Return by which means a family's page says that each of its bills was paid."""
    payments = _payments_read(home)
    return [payment.means for bill in bills for payment in payments if payment.invoice_id == bill]


def _payments_read(home: str) -> list[family_bills.Payment]:
    """Return the payments of a household as its pages read them from the card."""
    with store.read() as read:
        rows = cards_of(read, "ens", [home], now())[home]["payments"]
    return [family_bills.Payment.from_card_row("ens", row) for row in rows]

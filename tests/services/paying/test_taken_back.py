"""Money is taken back: what a bank rejects, what was a mistake, and what was refunded."""

from base64 import b64decode
from datetime import timedelta

import pytest
from sqlalchemy import select

from services.billing.accounts.queries.arrears import page_of_overdue_bills
from services.billing.accounts.queries.payer_account import payer_account
from services.billing.accounts.queries.payer_search import cents_owed_by_household
from services.billing.bills.queries.bill_cards import CardContent, card_contents_by_household
from services.billing.bills.queries.income import income_between
from services.billing.models import Entry, WithdrawnReversal
from services.billing.store import store
from services.billing.treasury.queries.transferable_bills import Choice, candidate_bills
from services.portal_gateway.bills.labels import failure_sentence
from shared.contracts.billing.bills import (
    ASKED_BACK,
    BANK_REJECTED,
    CASH,
    CHEQUE,
    DUE,
    PAID,
    REVERSED,
    TAKEN_BY_MISTAKE,
    TRANSFER,
    Bill,
    bill_notice,
)
from shared.contracts.billing.regie.counter import ChequeTaken, DayClosed
from shared.contracts.billing.regie.payers import PayersRefund, TooMuch
from shared.contracts.errors import NotFound
from shared.dates.clock import now, today
from shared.dates.months import month_of
from tests.factories import money as make
from tests.factories import pdf
from tests.factories.billing import published
from tests.factories.counter import Desk, payments_read
from tests.factories.paying import CENTS, Family, at_once


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
    ("reason", "said", "rejected"),
    [
        (BANK_REJECTED, "La banque a rejeté le paiement", ["cheque", "transfer"]),
        (TAKEN_BY_MISTAKE, "Le service avait noté ce paiement par erreur", []),
    ],
)
def test_a_family_reads_why_its_payment_was_taken_back_and_is_notified_of_what_its_bank_rejected(
    family: Family, desk: Desk, reason: str, said: str, rejected: list[str]
) -> None:
    older = make.bill(family.home, 1000, due=today())
    payment_id = desk.takes(CHEQUE, CENTS, invoice_id=family.bill).payment_id
    of_both = desk.takes(TRANSFER, 1000, household_id=family.home).payment_id

    for each in (payment_id, of_both):
        desk.asks("reverse_payment", payment_id=each, reason=reason)

    read = [each for each in payments_read(family.home) if each.state == REVERSED]
    assert {each.invoice_id for each in read} == {family.bill, older, None}
    assert all(failure_sentence(each).startswith(said) for each in read)
    kept = make.payment(payment_id)
    assert (kept.reversed_because, kept.reversed_by) == (reason, desk.agent)
    assert kept.reversed_at is not None
    notices = published(bill_notice)
    assert [each.kind for each in notices][:2] == ["bill_paid", "bill_paid"]
    assert [each.detail["means"] for each in notices if each.kind == "payment_refused"] == rejected
    assert ["number" in each.detail for each in notices[:2]] == [True, False]
    replaced = [each.replaces for each in notices if each.kind == "payment_refused"]
    assert replaced == [each.key for each in notices[:2] if rejected]


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
    said = _words_of_document(desk, asked["invoice_id"])
    assert "Objetavance à rendre" in said and "Période" not in said
    assert f"Avance à rendre10,00 €{ASKED_BACK}110,00 €10,00 €" in said
    paid, idop = family.pays(asked["invoice_id"])
    family.bank.ends(idop, "P")
    family.looks(paid)

    assert (make.payment(paid).cents, _bill_that_asks_back(family.home)["balance_cents"]) == (
        1000,
        0,
    )
    receipt = pdf.text(b64decode(desk.asks("payer_receipt_pdf", payment_id=paid).content))
    assert f"Facture {asked['number']}, avance à rendre" in receipt
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
        found = cents_owed_by_household(read, store.register.provider("ens"), [family.home])
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


def test_no_refund_is_noted_of_a_day_that_is_closed(family: Family, desk: Desk) -> None:
    desk.takes(CHEQUE, CENTS + 1000, invoice_id=family.bill)
    desk.asks("close_day", regie="ens", day=today(), counted_cents=0)

    with pytest.raises(DayClosed):
        desk.asks("refund", household_id=family.home, paper="RIB vu", cents=1000)

    assert (make.credit_of(family.home), make.account("cash:transfer")) == (1000, 0)


@pytest.mark.parametrize("means", [CASH, CHEQUE, TRANSFER])
def test_what_the_counter_took_is_taken_back_on_a_day_that_is_open_whose_seal_has_it(
    family: Family, desk: Desk, means: str
) -> None:
    payment_id = desk.takes(means, 1000, household_id=family.home).payment_id
    desk.asks("close_day", regie="ens", day=today(), counted_cents=0)

    with pytest.raises(DayClosed):
        desk.asks("reverse_payment", payment_id=payment_id, reason=TAKEN_BY_MISTAKE)

    assert make.payment(payment_id).state == PAID
    assert desk.asks("cash_box", regie="ens", day=today()).totals == {means: 1000}


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


def _card(home: str) -> CardContent:
    with store.read() as read:
        return card_contents_by_household(read, "ens", [home], now())[home]


def test_a_rejection_noted_on_a_wrong_cheque_is_undone_with_its_receipt_and_nothing_deleted(
    family: Family, desk: Desk
) -> None:
    taken = desk.takes(CHEQUE, CENTS, invoice_id=family.bill, cheque="0012")
    slip = desk.deposits(CHEQUE)
    desk.asks("reverse_payment", payment_id=taken.payment_id, reason=BANK_REJECTED)

    desk.asks("reinstate_payment", payment_id=taken.payment_id)

    assert (make.owed(family.bill), make.account("cash:cheque")) == (0, CENTS)
    kept = make.payment(taken.payment_id)
    assert (kept.state, kept.receipt, kept.reversed_because) == (PAID, taken.receipt, "")
    assert kept.slip_id == slip.slip_id  # brought to the bank once
    with store.read() as read:
        entries = read.scalars(select(Entry.kind).order_by(Entry.at, Entry.kind)).all()
        undone = read.scalars(select(WithdrawnReversal)).one()
    assert sorted(entries) == ["invoice", "payment", "reinstated", "reversal"]
    assert (undone.because, undone.reversed_by, undone.made_by) == (
        BANK_REJECTED, desk.agent, desk.agent,
    )  # fmt: skip
    with pytest.raises(NotFound):
        desk.asks("reinstate_payment", payment_id=taken.payment_id)


def test_a_family_told_of_a_rejection_by_mistake_reads_that_its_cheque_came(
    family: Family, desk: Desk
) -> None:
    payment_id = desk.takes(CHEQUE, CENTS, invoice_id=family.bill).payment_id

    for _time in range(2):
        desk.asks("reverse_payment", payment_id=payment_id, reason=TAKEN_BY_MISTAKE)
        desk.asks("reinstate_payment", payment_id=payment_id)
        desk.asks("reverse_payment", payment_id=payment_id, reason=BANK_REJECTED)
        desk.asks("reinstate_payment", payment_id=payment_id)

    told = published(bill_notice)
    assert [each.kind for each in told] == ["bill_paid", *["payment_refused", "bill_paid"] * 2]
    assert [each.replaces for each in told] == ["", *[each.key for each in told[:-1]]]
    assert len({each.key for each in told}) == 5
    assert make.owed(family.bill) == 0


def test_what_a_cheque_paid_of_other_bills_is_paid_again_by_it_and_not_by_an_advance_of_today(
    family: Family, desk: Desk
) -> None:
    older = make.bill(family.home, 1000, due=today())
    payment_id = desk.takes(CHEQUE, CENTS + 1500, invoice_id=family.bill).payment_id
    before = payments_read(family.home)
    desk.asks("reverse_payment", payment_id=payment_id, reason=BANK_REJECTED)
    assert (make.owed(family.bill), make.owed(older)) == (CENTS, 1000)

    desk.asks("reinstate_payment", payment_id=payment_id)

    assert (make.owed(family.bill), make.owed(older), make.credit_of(family.home)) == (0, 0, 500)
    assert payments_read(family.home) == before


def test_what_was_paid_otherwise_meanwhile_stays_paid_and_the_cheque_is_a_credit(
    family: Family, desk: Desk
) -> None:
    older = make.bill(family.home, 1000, due=today())
    payment_id = desk.takes(CHEQUE, CENTS + 1000, invoice_id=family.bill).payment_id
    desk.asks("reverse_payment", payment_id=payment_id, reason=BANK_REJECTED)
    desk.takes(CASH, 200, invoice_id=family.bill)
    desk.takes(CASH, 1000, invoice_id=older)

    desk.asks("reinstate_payment", payment_id=payment_id)

    assert (make.owed(family.bill), make.owed(older), make.credit_of(family.home)) == (0, 0, 1200)
    desk.asks("reverse_payment", payment_id=payment_id, reason=BANK_REJECTED)
    assert (make.owed(family.bill), make.owed(older)) == (CENTS - 200, 0)
    assert make.credit_of(family.home) == 0


def test_a_refund_that_was_asked_back_is_paid_by_the_cheque_that_was_honoured_after_all(
    family: Family, desk: Desk
) -> None:
    payment_id = desk.takes(CHEQUE, CENTS + 1000, invoice_id=family.bill).payment_id
    desk.asks("refund", household_id=family.home, paper="RIB vu", cents=1000)
    desk.asks("reverse_payment", payment_id=payment_id, reason=BANK_REJECTED)
    assert _bill_that_asks_back(family.home)["state"] == DUE

    desk.asks("reinstate_payment", payment_id=payment_id)

    assert _bill_that_asks_back(family.home)["state"] == PAID
    assert (make.owed(family.bill), make.credit_of(family.home)) == (0, 0)
    desk.asks("reverse_payment", payment_id=payment_id, reason=BANK_REJECTED)
    assert _bill_that_asks_back(family.home)["balance_cents"] == 1000
    assert (make.owed(family.bill), make.credit_of(family.home)) == (CENTS, 0)


def test_money_without_a_debtor_waits_again_after_its_reversal_is_undone(
    family: Family, desk: Desk
) -> None:
    payment_id = desk.takes(CHEQUE, 1000).payment_id
    desk.asks("reverse_payment", payment_id=payment_id, reason=BANK_REJECTED)
    (listed,) = desk.asks("suspense").taken_back
    assert listed["payment_id"] == payment_id

    desk.asks("reinstate_payment", payment_id=payment_id)

    waiting = desk.asks("suspense")
    assert ([each["payment_id"] for each in waiting.payments], waiting.taken_back) == (
        [payment_id], [],
    )  # fmt: skip
    assert make.account("suspense") == -1000
    desk.asks("assign_suspense", payment_id=payment_id, household_id=family.home)
    assert make.owed(family.bill) == CENTS - 1000


def test_a_cheque_that_was_taken_anew_since_is_not_counted_twice(
    family: Family, desk: Desk
) -> None:
    payment_id = desk.takes(CHEQUE, CENTS, invoice_id=family.bill, cheque="0012").payment_id
    desk.asks("reverse_payment", payment_id=payment_id, reason=BANK_REJECTED)
    again = desk.takes(CHEQUE, CENTS, invoice_id=family.bill, cheque="0012")

    with pytest.raises(ChequeTaken) as refused:
        desk.asks("reinstate_payment", payment_id=payment_id)

    assert refused.value.detail["receipt"] == again.receipt
    assert make.account("cash:cheque") == CENTS


def test_a_cheque_is_reinstated_beside_another_banks_of_the_same_number_that_was_taken_before(
    family: Family, desk: Desk
) -> None:
    payment_id = desk.takes(CHEQUE, CENTS, invoice_id=family.bill, cheque="0012").payment_id
    desk.takes(CHEQUE, 700, household_id=family.home, cheque="0012", bank="Autre", another=True)
    desk.asks("reverse_payment", payment_id=payment_id, reason=BANK_REJECTED)

    desk.asks("reinstate_payment", payment_id=payment_id)

    assert (make.payment(payment_id).state, make.account("cash:cheque")) == (PAID, CENTS + 700)


def test_no_reversal_is_undone_under_a_closed_day_nor_of_what_never_came(
    family: Family, desk: Desk
) -> None:
    discrepant, idop = family.pays()
    family.bank.ends(idop, "P", says={"montant": "1"})
    family.looks(discrepant)
    desk.asks("reverse_payment", payment_id=discrepant, reason=TAKEN_BY_MISTAKE)
    payment_id = desk.takes(CHEQUE, CENTS, invoice_id=family.bill).payment_id
    desk.asks("reverse_payment", payment_id=payment_id, reason=TAKEN_BY_MISTAKE)
    desk.closes(0)

    with pytest.raises(NotFound):
        desk.asks("reinstate_payment", payment_id=discrepant)
    with pytest.raises(DayClosed):
        desk.asks("reinstate_payment", payment_id=payment_id)

    assert make.owed(family.bill) == CENTS


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

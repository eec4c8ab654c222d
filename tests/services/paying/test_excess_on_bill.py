"""A bill that was paid with more than it asks says where the rest went, and its sums add up."""

from types import SimpleNamespace

from shared.contracts.billing.bills import CHEQUE, PAID, TRANSFER
from shared.dates.clock import today
from tests.factories import money as make
from tests.factories.counter import Desk
from tests.factories.paying import CENTS, Family


def read(family: Family) -> SimpleNamespace:
    """Return the bill as the family reads it, once its account adds up."""
    bill = make.answer(family.service, "read_bill", family.claire, invoice_id=family.bill)
    paid = sum(each["cents"] for each in bill.payments if each["state"] == PAID)
    rest = sum(each["cents"] for each in bill.excess)
    notes = sum(each["cents"] for each in bill.credit_notes)
    assert bill.total_cents - notes - paid + rest == bill.balance_cents
    return bill


def test_what_paid_another_bill_and_what_stays_as_a_credit_are_lines_of_the_bill(
    family: Family, desk: Desk
) -> None:
    other = make.bill(family.home, 1_000)

    desk.takes(TRANSFER, CENTS + 1_500, invoice_id=family.bill)

    to_other, kept = read(family).excess
    assert (to_other["cents"], to_other["invoice_id"]) == (1_000, other)
    assert to_other["number"].startswith(f"{today().year}-ENS-")
    assert (kept["cents"], kept["invoice_id"], kept["number"]) == (500, None, "")
    at_the_desk = desk.asks("payer_bill", invoice_id=family.bill)
    assert at_the_desk.excess == [to_other, kept]


def test_a_bill_that_is_paid_exactly_or_in_part_has_no_such_line(
    family: Family, desk: Desk
) -> None:
    desk.takes(CHEQUE, 1_000, invoice_id=family.bill, cheque="0012", bank="Banque")
    assert read(family).excess == []

    desk.takes(TRANSFER, CENTS - 1_000, invoice_id=family.bill)
    assert read(family).excess == []


def test_a_payment_that_was_taken_back_left_no_rest(family: Family, desk: Desk) -> None:
    taken = desk.takes(TRANSFER, CENTS + 500, invoice_id=family.bill)

    desk.asks("reverse_payment", payment_id=taken.payment_id, reason="taken_by_mistake")

    assert read(family).excess == []


def test_what_a_credit_note_freed_of_a_paid_bill_is_said_too(family: Family, desk: Desk) -> None:
    desk.takes(TRANSFER, CENTS, invoice_id=family.bill)

    make.credit(family.bill, 700)

    bill = make.answer(family.service, "read_bill", family.claire, invoice_id=family.bill)
    assert [(each["cents"], each["invoice_id"]) for each in bill.excess] == [(700, None)]


def test_what_was_in_suspense_and_too_much_for_its_bill_is_said_too(
    family: Family, desk: Desk
) -> None:
    other = make.bill(family.home, 1_000)
    taken = desk.takes(TRANSFER, CENTS + 1_500)

    known = {"payment_id": taken.payment_id, "household_id": family.home}
    desk.asks("assign_suspense", **known, invoice_id=family.bill)

    assert [(each["cents"], each["invoice_id"]) for each in read(family).excess] == [
        (1_000, other),
        (500, None),
    ]


def test_what_a_credit_note_freed_adds_up_though_it_paid_another_bill(
    family: Family, desk: Desk
) -> None:
    make.bill(family.home, 300)
    desk.takes(TRANSFER, CENTS, invoice_id=family.bill)

    make.credit(family.bill, 700)

    bill = make.answer(family.service, "read_bill", family.claire, invoice_id=family.bill)
    assert sum(each["cents"] for each in bill.excess) == 700

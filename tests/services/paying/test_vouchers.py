"""CESU at the counter: titles taken once, for care alone, without change, and sent with a slip."""

from typing import Any

import pytest
from sqlalchemy import insert, select

from services.billing.accounts.queries.unsettled import count_unsettled_at_provider
from services.billing.documents.receipts_and_certificates import receipt_data, slip_data
from services.billing.models import DepositSlip, InvoiceLine, Payment, PaymentTitle
from services.billing.store import store
from shared.contracts.billing.bills import (
    ANCV,
    CARD,
    CASH,
    CESU,
    CHEQUE,
    E_CESU,
    TAKEN_BY_MISTAKE,
    NothingOwed,
)
from shared.contracts.billing.regie.counter import AboveVoucherLimit, TitleTaken
from shared.contracts.errors import BadRequest
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.factories import money as make
from tests.factories.counter import Desk, payments_read
from tests.factories.paying import CENTS, Family, Killed, at_once, ends_at_commit

CARE, MEALS = 3_000, CENTS - 3_000
"""Cents of evening care and of meals on the family's bill."""


@pytest.fixture
def bill(family: Family) -> str:
    """Give the family's bill: evening care and meals."""
    lines = (("evening_care", "childcare", CARE), ("canteen", "food", MEALS))
    with store.write() as write:
        write.execute(
            insert(InvoiceLine),
            [_line(family, seq, *line) for seq, line in enumerate(lines, start=1)],
        )
    return family.bill


def _line(family: Family, seq: int, activity: str, tax: str, cents: int) -> dict[str, Any]:
    return {
        "invoice_id": family.bill,
        "seq": seq,
        "regie": "ens",
        "household_id": family.home,
        "child_id": new_id(),
        "child": "Zoé",
        "activity": activity,
        "tariff": activity,
        "label": activity,
        "part": "Prix",
        "month": f"{today():%Y-%m}",
        "days": [1],
        "outcome": "present",
        "quantity": 1,
        "unit_cents": cents,
        "share_bp": 10_000,
        "share_after_bp": 0,
        "cents": cents,
        "tax": tax,
        "budget": "7067",
        "price": "0" * 64,
        "reason": {"code": "flat", "params": {}},
    }


def titles(*values: int, first: int = 1) -> list[dict[str, Any]]:
    return [{"number": f"C{at:04}", "cents": value} for at, value in enumerate(values, first)]


def takes(desk: Desk, bill: str, *values: int, means: str = CESU, first: int = 1) -> Any:
    given = titles(*values, first=first)
    return desk.takes(means, sum(values), invoice_id=bill, titles=given)


def test_titles_pay_a_bill_with_one_receipt_that_names_them(
    desk: Desk, bill: str, family: Family
) -> None:
    taken = takes(desk, bill, 1_500, 1_000)

    assert (taken.allocated_cents, make.owed(bill)) == (2_500, CENTS - 2_500)
    with store.read() as read:
        payment = read.get_one(Payment, taken.payment_id)
        facts = dict(receipt_data(read, store.register, payment)["facts"])  # type: ignore[arg-type]
    assert (facts["Règlement"], facts["Titres"]) == ("par CESU", "C0001, C0002")
    [shown] = payments_read(family.home)
    assert (shown.means, shown.cents) == (CESU, 2_500)


def test_a_cesu_pays_no_meal_and_no_more_than_the_care_that_is_owed(desk: Desk, bill: str) -> None:
    with pytest.raises(AboveVoucherLimit) as refused:
        takes(desk, bill, CARE, 1)
    assert refused.value.detail == {"most_cents": CARE}

    takes(desk, bill, 2_000)
    with pytest.raises(AboveVoucherLimit) as refused:
        takes(desk, bill, 1_001, means=E_CESU, first=9)
    assert refused.value.detail == {"most_cents": CARE - 2_000}


def test_of_what_other_money_left_a_cesu_pays_the_rest_and_gives_no_change(
    desk: Desk, bill: str
) -> None:
    desk.takes(CASH, CENTS - 700, invoice_id=bill)

    with pytest.raises(AboveVoucherLimit) as refused:
        takes(desk, bill, 1_000)

    assert refused.value.detail == {"most_cents": 700}
    assert make.owed(bill) == 700


def test_a_title_is_taken_once_whatever_the_bill_and_again_after_a_mistake(
    desk: Desk, bill: str
) -> None:
    taken = takes(desk, bill, 1_000)

    with pytest.raises(TitleTaken) as refused:
        takes(desk, bill, 500, 1_000, first=0)
    assert refused.value.detail["number"] == "C0001"
    assert refused.value.detail["receipt"] == taken.receipt

    desk.asks("reverse_payment", payment_id=taken.payment_id, reason=TAKEN_BY_MISTAKE)
    takes(desk, bill, 500, 1_000, first=0)
    assert make.owed(bill) == CENTS - 1_500


@pytest.mark.both_databases
def test_two_desks_that_take_the_same_title_take_it_once(desk: Desk, bill: str) -> None:
    came = at_once(*[lambda: takes(desk, bill, 1_000)] * 2)

    assert sorted(isinstance(each, TitleTaken) for each in came) == [False, True]
    assert make.owed(bill) == CENTS - 1_000


@pytest.mark.both_databases
def test_two_desks_that_take_titles_for_one_bill_take_no_more_than_its_care(
    desk: Desk, bill: str
) -> None:
    came = at_once(
        lambda: takes(desk, bill, 2_000, first=1), lambda: takes(desk, bill, 2_000, first=2)
    )

    assert sorted(isinstance(each, AboveVoucherLimit) for each in came) == [False, True]
    assert make.owed(bill) == CENTS - 2_000


@pytest.mark.both_databases
def test_titles_of_a_desk_that_was_killed_are_taken_when_they_are_typed_again(
    desk: Desk, bill: str
) -> None:
    with ends_at_commit(), pytest.raises(Killed):
        takes(desk, bill, 1_000)
    assert make.owed(bill) == CENTS

    takes(desk, bill, 1_000)

    with store.read() as read:
        assert read.scalars(select(PaymentTitle.number)).all() == ["C0001"]


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"titles": []}, id="no titles"),
        pytest.param({"titles": titles(900)}, id="another sum"),
        pytest.param({"titles": titles(500) * 2}, id="a title twice"),
        pytest.param({"invoice_id": None}, id="no bill"),
        pytest.param({"means": ANCV}, id="means that the act does not list"),
        pytest.param({"means": CASH}, id="cash with titles"),
    ],
)
def test_titles_that_do_not_fit_are_refused(
    desk: Desk, bill: str, family: Family, wrong: dict[str, Any]
) -> None:
    order = {"invoice_id": bill, "titles": titles(1_000), "household_id": family.home}

    with pytest.raises(BadRequest):
        desk.asks("take_payment", **desk.money(CESU, 1_000) | order | wrong)

    assert make.owed(bill) == CENTS


def test_titles_on_paper_are_sent_with_a_slip_that_lists_each(desk: Desk, bill: str) -> None:
    takes(desk, bill, 1_000, 500)
    takes(desk, bill, 800, first=8)
    takes(desk, bill, 700, means=E_CESU, first=20)
    day = desk.asks("cash_box", regie="ens", day=today())
    assert [dict(each) for each in day.titles] == [{"kind": CESU, "count": 3, "cents": 2_300}]
    with store.read() as read:
        left = count_unsettled_at_provider(read, store.register.provider("ens"))
    assert left.paper_cents == 2_300

    slip = desk.deposits(CESU)

    assert (slip.count, slip.cents) == (3, 2_300)
    with store.read() as read:
        printed = slip_data(read, store.register, read.get_one(DepositSlip, slip.slip_id))
    assert [(row[0], row[2].replace("\u00a0", " ")) for row in printed["rows"]] == [  # type: ignore[attr-defined]
        ("C0001", "10,00 €"),
        ("C0002", "5,00 €"),
        ("C0008", "8,00 €"),
    ]
    with pytest.raises(NothingOwed):
        desk.deposits(CESU)
    assert desk.asks("cash_box", regie="ens", day=today()).titles == []


@pytest.mark.parametrize(
    ("means", "sent"), [(CESU, True), (E_CESU, False)], ids=["sent_with_a_slip", "without_paper"]
)
def test_titles_that_nobody_can_give_back_are_reinstated_though_their_bill_was_paid_otherwise(
    desk: Desk, bill: str, family: Family, means: str, sent: bool
) -> None:
    payment_id = _titles_reversed_and_bill_paid(desk, bill, means, sent=sent)

    desk.asks("reinstate_payment", payment_id=payment_id)

    assert (make.owed(bill), make.credit_of(family.home)) == (0, 1_000)
    assert make.account(f"cash:{means}") == 1_000


def test_titles_that_wait_for_a_slip_are_given_back_where_their_bill_needs_them_no_more(
    desk: Desk, bill: str, family: Family
) -> None:
    payment_id = _titles_reversed_and_bill_paid(desk, bill, CESU, sent=False)

    with pytest.raises(AboveVoucherLimit) as refused:
        desk.asks("reinstate_payment", payment_id=payment_id)

    assert refused.value.detail == {"most_cents": 0}
    assert make.credit_of(family.home) == 0


def _titles_reversed_and_bill_paid(desk: Desk, bill: str, means: str, *, sent: bool) -> str:
    """Take titles of ten euros back by mistake, and the whole bill by card; return the payment."""
    payment_id = takes(desk, bill, 1_000, means=means).payment_id
    if sent:
        desk.deposits(means)
    desk.asks("reverse_payment", payment_id=payment_id, reason=TAKEN_BY_MISTAKE)
    desk.takes(CARD, CENTS, invoice_id=bill)
    return str(payment_id)


def test_each_kind_has_its_line_in_the_day_that_is_closed(desk: Desk, bill: str) -> None:
    takes(desk, bill, 1_000)
    takes(desk, bill, 700, means=E_CESU, first=20)
    desk.takes(CARD, 500, invoice_id=bill)
    desk.takes(CHEQUE, 100, invoice_id=bill, cheque="0012")

    desk.closes(0)

    day = desk.asks("cash_box", regie="ens", day=today())
    assert day.totals == {CESU: 1_000, E_CESU: 700, CARD: 500, CHEQUE: 100}
    assert (day.cheques, day.closed_at is not None) == (1, True)

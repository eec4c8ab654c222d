"""The rest of the parts follows from the ledger, whatever is paid, credited or handed over."""

from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import pytest

from services.billing.models import PaymentPlan
from services.billing.store import store
from shared.contracts.billing import payment_plans as contracts
from shared.contracts.billing.payment_plans import PlanRunning
from shared.contracts.billing.regie import counter
from shared.contracts.billing.regie import payers as regie
from shared.contracts.billing.unsettled import UnsettledAnswer, read_unsettled
from shared.contracts.errors import BadRequest, NotFound
from shared.dates.clock import now, today
from tests.databases import Database
from tests.factories import billing as make
from tests.factories import runs as billed
from tests.factories import treasury as lots
from tests.factories.payment_plans import (
    LIMITS,
    LONG_AGO,
    MEALS,
    TOTAL,
    a_late_bill,
    counted_queries,
    grants,
    left,
    notices,
    overdue,
    passes,
    pays,
    plans,
    reminded,
    shown,
    states,
    waits_on_paper,
)
from tests.factories.runs import home


def test_a_plan_in_force_counts_though_another_machine_s_clock_is_ahead(bill_id: str) -> None:
    stopped = grants(bill_id)
    make.ask(make.holder(), contracts.end_plan, plan_id=stopped, answer="Vu avec vous.")
    with store.write() as write:
        write.get_one(PaymentPlan, stopped).decided_at = now() + timedelta(minutes=2)

    grants(bill_id)

    assert shown(bill_id)["plan"] == "granted"
    assert lots.preview().counts == {"planned": 1}
    grants(bill_id, parts=2)
    assert sorted(states()) == ["granted", "replaced", "stopped"]


def test_a_payment_of_any_amount_is_placed_by_the_ledger(bill_id: str) -> None:
    grants(bill_id, parts=2)

    pays(bill_id, 1_000)
    assert left(plans()[0]) == [2_500, 3_500]

    came = pays(bill_id, 4_000)
    assert left(plans()[0]) == [0, 2_000]
    assert shown(bill_id)["part_cents"] == 2_000

    fields = {"payment_id": came, "reason": "bank_rejected"}
    make.ask(make.holder(), counter.reverse_payment, **fields)
    assert left(plans()[0]) == [2_500, 3_500]


def test_a_credit_note_shrinks_the_last_parts(bill_id: str) -> None:
    grants(bill_id, parts=2)
    pays(bill_id, 500)

    line = {"line": 1, "quantity": 12}
    make.ask(make.holder(), regie.credit_lines, invoice_id=bill_id, lines=[line], reason="Absences")

    assert left(plans()[0]) == [2_300, 0]


def test_a_bill_whose_plan_is_kept_is_neither_late_nor_reminded_of_nor_handed_over(
    bill_id: str,
) -> None:
    assert shown(bill_id)["state"] == "overdue" and overdue().total_cents == TOTAL

    grants(bill_id)

    assert shown(bill_id)["state"] == "due"
    assert (overdue().bills, overdue().total_cents, reminded(bill_id)) == ([], 0, 0)
    seen = lots.preview()
    assert (seen.bills, seen.counts) == (0, {"planned": 1})


def test_a_plan_of_two_bills_pays_the_first_due_first(database: Database, tmp_path: Path) -> None:
    with billed.billing_on(database, tmp_path, payment_plans=LIMITS):
        first = a_late_bill(8)
        billed.meals(1, *billed.november(*range(2, 14)))
        billed.run(billed.NOVEMBER)
        [_, second] = [bill.id for bill in billed.bills()]
        grants(second, first, total=TOTAL)

        # 28 € and 42 €: the second part, 23.33 €, ends the one and begins the other
        assert shown(first)["part_cents"] == 2_334 and shown(second)["part_cents"] == 1_867
        assert shown(first)["part_on"] < shown(second)["part_on"]
        pays(first, 1_334)
        assert shown(first)["part_cents"] == 1_000

        with pytest.raises(PlanRunning):
            grants(first, total=1_466, parts=2)


def test_what_is_asked_for_next_is_what_payfip_takes(database: Database, tmp_path: Path) -> None:
    with billed.billing_on(database, tmp_path, payment_plans=LIMITS):
        bill = a_late_bill(8)
        grants(bill, total=2_800, parts=2)

        pays(bill, 1_350)  # 0.50 € of the first part: PayFiP takes 1 € at least
        assert (left(plans()[0]), shown(bill)["part_cents"]) == ([50, 1_400], 100)

        pays(bill, 1_300)  # the 1.50 € left would leave 0.50 € behind
        assert shown(bill)["part_cents"] == 150


def test_a_page_of_plans_is_read_by_so_many_queries_however_long(
    database: Database, tmp_path: Path
) -> None:
    with billed.billing_on(database, tmp_path, payment_plans=LIMITS):
        bill = a_late_bill()
        grants(bill)
        few = counted_queries(plans)
        for _ in range(3):
            make.ask(make.holder(), contracts.end_plan, plan_id=plans()[0]["plan_id"], answer="Non")
            grants(bill)

        assert len(plans()) == 4 and counted_queries(plans) == few


def test_a_reminder_is_not_printed_of_a_bill_whose_plan_is_kept(bill_id: str) -> None:
    assert reminded(bill_id) == 1 and "reminder" in waits_on_paper()

    grants(bill_id)

    assert "reminder" not in waits_on_paper()


def test_money_that_the_other_home_pays_touches_no_plan(database: Database, tmp_path: Path) -> None:
    """Two payers of one child: each has its own bills, its own plan and its own days."""
    with billed.billing_on(database, tmp_path, payment_plans=LIMITS):
        first, second = lots.late_bills(8, 8, month="2026-09", at=LONG_AGO)
        grants(first, parts=2, total=2_800)
        with pytest.raises(NotFound):
            grants(first, second, total=5_600)

        fields = {"regie": "ens", "means": "cash", "cents": 2_800, "invoice_id": second}
        make.ask(make.holder(), counter.take_payment, **fields, received_on=today())

        assert left(plans(household_id=home(1))[0]) == [1_400, 1_400]
        assert plans(household_id=home(2)) == []


def test_a_bill_that_is_credited_whole_leaves_nothing_of_its_plan(bill_id: str) -> None:
    grants(bill_id, parts=2)

    line = {"line": 1, "quantity": MEALS}
    make.ask(make.holder(), regie.credit_lines, invoice_id=bill_id, lines=[line], reason="Erreur")
    passes(400)

    assert (states(), left(plans()[0]), notices("plan_ended")) == (["granted"], [0, 0], [])
    assert shown(bill_id)["part_cents"] == 0


def test_a_plan_that_is_granted_before_an_ordered_lot_leaves_keeps_its_bill_here(
    bill_id: str,
) -> None:
    assert reminded(bill_id) == 1
    lot_id = lots.order()

    grants(bill_id)
    lots.work()

    assert [piece.why for piece in lots.pieces(lot_id)] == ["planned"]
    assert (lots.owed_there(bill_id), shown(bill_id)["part_cents"]) == (0, 2_334)


def test_what_is_open_at_a_provider_that_is_to_leave_is_counted_for_operations(
    bill_id: str,
) -> None:
    """Its desk goes with it: nobody could collect, answer or pay back there afterwards."""

    def left_open() -> UnsettledAnswer:
        answer: UnsettledAnswer = make.ask(None, read_unsettled, provider="ens")
        return answer

    nothing = UnsettledAnswer(*[0] * len(fields(UnsettledAnswer)))
    owed = replace(left_open(), months_to_bill=0)
    assert owed == replace(nothing, owed_bills=1, owed_cents=TOTAL)

    grants(bill_id, parts=2)
    pays(bill_id, TOTAL // 2)

    after = replace(left_open(), months_to_bill=0)
    half = TOTAL // 2
    assert after == replace(owed, owed_cents=TOTAL - half, plans=1, cash_cents=half)
    assert replace(make.ask(None, read_unsettled, provider="agg"), months_to_bill=0) == nothing
    with pytest.raises(BadRequest):
        make.ask(None, read_unsettled, provider="nobody")

    cheque = {"regie": "ens", "means": "cheque", "received_on": today()}
    make.ask(
        make.holder(), counter.take_payment, **cheque, cents=500, invoice_id=bill_id, cheque="0012"
    )
    make.ask(
        make.holder(), counter.take_payment, **cheque, cents=700, payer="Inconnu", cheque="0013"
    )
    in_drawer = replace(left_open(), months_to_bill=0)
    assert in_drawer == replace(
        after, owed_cents=TOTAL - half - 500, paper_cents=1_200, suspense_cents=700
    )
    make.ask(make.holder(), counter.deposit, regie="ens", kind="cheque", day=today())
    assert left_open().paper_cents == 0

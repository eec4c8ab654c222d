"""A family pays a bill in several parts: the régisseur grants it, the ledger says what is left."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import event, select

from services.billing.accounts.commands.payment_plans import (
    announce_coming_parts,
    end_missed_plans,
)
from services.billing.debits.commands.debit_outcomes import reject_debit
from services.billing.debits.rules.banking_days import banking_day_from
from services.billing.models import Debit, PaymentPlan
from services.billing.payments.commands.reversals import Reversal, reverse_payment
from services.billing.service import BillingService
from services.billing.store import store
from shared.contracts.billing import bills
from shared.contracts.billing import debits as debit_contracts
from shared.contracts.billing import payment_plans as contracts
from shared.contracts.billing.payment_plans import PlanNotOffered, PlanRunning
from shared.contracts.billing.regie import counter, letters
from shared.contracts.billing.regie import payers as regie
from shared.contracts.billing.unsettled import UnsettledAnswer, read_unsettled
from shared.contracts.dossier.families.safeguarding import file_held
from shared.contracts.errors import BadRequest, NotEntitled, NotFound, Outdated
from shared.dates.clock import now, today
from tests.databases import Database
from tests.factories import billing as make
from tests.factories import runs as billed
from tests.factories import treasury as lots
from tests.factories.runs import MEAL, home
from tests.factories.travelling import handled

LIMITS = {"parts": 4, "least_cents": 500, "months": 6, "grace_days": 8}
IBAN = "FR57 1007 1280 0000 0010 1234 557"
MEALS = 20
TOTAL = MEALS * MEAL
LATER = timedelta(days=10)
LONG_AGO = datetime(2026, 10, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def bill_id(database: Database, tmp_path: Path) -> Iterator[str]:
    """Give the late bill of a family, 70 €, at a régie that grants plans of four parts."""
    with billed.billing_on(database, tmp_path, payment_plans=LIMITS):
        yield a_late_bill()


def a_late_bill(meals: int = MEALS) -> str:
    [bill] = lots.late_bills(meals, month="2026-09", at=LONG_AGO)
    return bill


def asks(*invoices: str, parts: int = 3, number: int = 1, whose: int = 1) -> str:
    fields = {"household_id": home(whose), "invoices": list(invoices), "parts": parts}
    return str(make.ask(make.guardian(number), contracts.ask_for_plan, **fields).plan_id)


def grants(*invoices: str, parts: int = 3, total: int = TOTAL, **more: Any) -> str:
    fields = {
        "household_id": home(1),
        "invoices": list(invoices),
        "parts": parts,
        "first_on": today() + LATER,
        "total_cents": total,
        **more,
    }
    return str(make.ask(make.holder(), contracts.grant_plan, **fields).plan_id)


def plans(**more: Any) -> list[dict[str, Any]]:
    return list(make.ask(make.holder(), contracts.plans, **more).plans)


def shown(bill_id: str) -> dict[str, Any]:
    return lots.shown(home(1), bill_id)


def left(plan: dict[str, Any]) -> list[int]:
    return [part["left_cents"] for part in plan["parts"]]


def pays(bill_id: str, cents: int) -> str:
    """Pay at the counter; return the payment."""
    fields = {"regie": "ens", "means": "cash", "cents": cents, "invoice_id": bill_id}
    fields |= {"received_on": today()}
    return str(make.ask(make.holder(), counter.take_payment, **fields).payment_id)


def passes(days: int) -> None:
    """Let so many days pass, and the clock look at all plans."""
    end_missed_plans(store, now() + timedelta(days=days))


def comes(day: date) -> None:
    """Let the clock look on a day for parts that are due soon."""
    announce_coming_parts(store, datetime.combine(day, time(12), UTC))


def stops(plan_id: str) -> None:
    make.ask(make.holder(), contracts.end_plan, plan_id=plan_id, answer="Vu avec vous.")


def is_held(number: int) -> None:
    """Let an agent hold the file of a household's child."""
    fields = {"child_id": billed.child(number), "version": 1, "households": [home(number)]}
    handled(BillingService(), file_held, "dossier", held=True, at=now(), **fields)


def gives_mandate() -> None:
    account = {"kind": "recurrent", "holder": "Famille 1", "iban": IBAN, "bic": ""}
    fields = {"household_id": home(1), "provider": "ens", **account}
    make.ask(make.guardian(1), debit_contracts.give_mandate, **fields)


def debited(on: date) -> tuple[int, int]:
    """Return how many bills would be debited on a day, and the cents."""
    fields = {"regie": "ens", "collect_on": on}
    seen = make.ask(make.holder(), debit_contracts.preview_debits, **fields)
    return seen.debits, seen.total_cents


def waits_on_paper() -> list[str]:
    """Return the kinds of letters that wait to be printed."""
    return [each["kind"] for each in make.ask(make.holder(), letters.letters_to_print).letters]


def counted_queries(act: Callable[[], object]) -> int:
    """Return how many statements an act executes."""
    executed: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        executed.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(store.engine, "before_cursor_execute", note)
    return len(executed)


def states() -> list[str]:
    with store.read() as read:
        return list(read.scalars(select(PaymentPlan.state).order_by(PaymentPlan.id)))


def notices(kind: str) -> list[SimpleNamespace]:
    return [each for each in make.published(bills.bill_notice) if each.kind == kind]


def overdue() -> SimpleNamespace:
    return make.ask(make.holder(), regie.arrears, after="")


def reminded(bill_id: str) -> int:
    return int(make.ask(make.holder(), regie.remind, invoices=[bill_id]).reminded)


def test_a_family_asks_and_the_regisseur_grants_dated_parts_that_add_up(bill_id: str) -> None:
    asked = asks(bill_id)
    [waiting] = plans()
    assert (waiting["state"], waiting["asked_parts"], waiting["owed_cents"]) == ("asked", 3, TOTAL)
    assert shown(bill_id)["plan"] == "asked"

    grants(bill_id, plan_id=asked)

    [plan] = plans()
    assert [part["cents"] for part in plan["parts"]] == [2_334, 2_333, 2_333]
    assert sum(left(plan)) == TOTAL
    bill = shown(bill_id)
    assert (bill["plan"], bill["part_cents"]) == ("granted", 2_334)
    assert bill["part_on"] == plan["part_on"] >= today() + LATER
    [told] = notices("plan_granted")
    assert (told.detail["parts"], told.detail["cents"]) == (3, TOTAL)


def test_the_same_request_twice_is_one_plan_and_another_takes_its_place(bill_id: str) -> None:
    assert asks(bill_id) == asks(bill_id)

    asks(bill_id, parts=2)

    assert sorted(states()) == ["asked", "replaced"]
    assert [plan["asked_parts"] for plan in plans()] == [2]


def test_a_plan_is_granted_at_the_counter_without_being_asked_for(bill_id: str) -> None:
    grants(bill_id, parts=2)

    [plan] = plans()
    assert (plan["asked_parts"], plan["asked_on"], left(plan)) == (0, None, [3_500, 3_500])


def test_the_regisseur_refuses_with_a_sentence(bill_id: str) -> None:
    asked = asks(bill_id)

    make.ask(make.holder(), contracts.end_plan, plan_id=asked, answer="Voyez-nous au guichet.")

    [plan] = plans()
    assert (plan["state"], plan["answer"]) == ("refused", "Voyez-nous au guichet.")
    [told] = notices("plan_refused")
    assert told.detail["answer"] == "Voyez-nous au guichet."
    assert asks(bill_id) != asked


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


def test_a_plan_of_which_a_part_is_missed_lapses_after_the_days_of_grace(bill_id: str) -> None:
    grants(bill_id)
    last = (plans()[0]["part_on"] - today()).days + LIMITS["grace_days"]

    passes(last)
    assert states() == ["granted"]

    passes(last + 1)
    passes(last + 2)
    assert states() == ["lapsed"]
    [told] = notices("plan_ended")
    assert told.detail["cents"] == TOTAL
    assert shown(bill_id)["state"] == "overdue" and shown(bill_id)["part_cents"] == 0
    assert (overdue().total_cents, reminded(bill_id)) == (TOTAL, 1)
    assert lots.preview().bills == 1


def test_a_plan_whose_parts_are_paid_in_time_goes_on_to_its_end(bill_id: str) -> None:
    grants(bill_id, parts=2)
    pays(bill_id, 3_500)
    second = (plans()[0]["part_on"] - today()).days

    passes(second + LIMITS["grace_days"])
    pays(bill_id, 3_500)
    passes(400)

    assert states() == ["granted"] and shown(bill_id)["state"] == "paid"
    assert notices("plan_ended") == []


def test_a_part_is_announced_once_some_days_before_its_day_and_what_is_paid_is_not(
    bill_id: str,
) -> None:
    grants(bill_id, parts=2)
    first, second = (part["due_on"] for part in plans()[0]["parts"])

    comes(first - timedelta(days=6))
    assert notices(bills.PART_DUE) == []

    comes(first - timedelta(days=5))
    comes(first - timedelta(days=5))
    comes(first)
    comes(first + timedelta(days=1))  # what is late is no announcement
    [told] = notices(bills.PART_DUE)
    assert (told.household_id, told.provider) == (home(1), "ens")
    assert told.detail["number"] == shown(bill_id)["number"]
    assert (told.detail["cents"], told.detail["due_on"]) == (3_500, first.isoformat())

    pays(bill_id, 3_500)
    comes(second - timedelta(days=2))  # the service was down on the days before
    assert [each.detail["due_on"] for each in notices(bills.PART_DUE)[1:]] == [second.isoformat()]
    pays(bill_id, 3_500)
    comes(second)
    assert len(notices(bills.PART_DUE)) == 2


@pytest.mark.parametrize(
    "silenced",
    [
        pytest.param(lambda _bill, _plan: gives_mandate(), id="a mandate pays it"),
        pytest.param(lambda bill, _plan: make.pending(bill), id="its payment is under way"),
        pytest.param(lambda bill, _plan: pays(bill, 3_500), id="it is paid"),
        pytest.param(lambda _bill, plan: stops(plan), id="the plan has ended"),
        pytest.param(lambda _bill, _plan: is_held(1), id="the household is on hold"),
    ],
)
def test_a_part_is_not_announced_to_whom_it_asks_nothing(
    bill_id: str, silenced: Callable[[str, str], Any]
) -> None:
    plan_id = grants(bill_id, parts=2)
    first = plans()[0]["part_on"]
    silenced(bill_id, plan_id)

    comes(first - timedelta(days=3))

    assert notices(bills.PART_DUE) == []


def test_a_payment_that_is_taken_back_leaves_the_days_of_grace_to_pay_again(bill_id: str) -> None:
    """A cheque that paid in time bounces weeks later: the family has its days all the same."""
    grants(bill_id, parts=2)
    came = pays(bill_id, 3_500)
    bounced = 30
    at = now() + timedelta(days=bounced)
    with store.write() as write:
        provider = store.register.provider("ens")
        taken_back = Reversal(bills.BANK_REJECTED, billed.AGENT, at)
        reverse_payment(write, provider, came, taken_back)

    passes(bounced + LIMITS["grace_days"])
    assert states() == ["granted"]

    passes(bounced + LIMITS["grace_days"] + 1)
    assert states() == ["lapsed"]


def test_a_debit_that_the_bank_rejects_leaves_the_days_of_grace_to_pay_by_hand(
    bill_id: str,
) -> None:
    """The régie debited late: the family loses nothing by that."""
    grants(bill_id, parts=2)
    gives_mandate()
    day = banking_day_from(plans()[0]["part_on"] + timedelta(days=15))
    order = {"regie": "ens", "collect_on": day, "debits": 1, "total_cents": 3_500}
    make.ask(make.holder(), debit_contracts.order_debits, **order)
    with store.write() as write:
        [payment_id] = write.scalars(select(Debit.payment_id))
        provider = store.register.provider("ens")
        reject_debit(write, provider, payment_id, "AM04", by=billed.AGENT, at=now())
    last = (day - today()).days + LIMITS["grace_days"]

    passes(last)
    assert states() == ["granted"]

    passes(last + 1)
    assert states() == ["lapsed"]


def test_a_payment_under_way_keeps_a_plan_from_lapsing(bill_id: str) -> None:
    grants(bill_id)
    make.pending(bill_id)

    passes(60)

    assert states() == ["granted"]


def test_a_household_on_hold_keeps_its_plan(bill_id: str) -> None:
    grants(bill_id)
    is_held(1)

    passes(60)

    assert states() == ["granted"] and notices("plan_ended") == []


def test_a_plan_is_stopped_with_a_sentence_and_all_is_due(bill_id: str) -> None:
    plan_id = grants(bill_id)

    make.ask(make.holder(), contracts.end_plan, plan_id=plan_id, answer="Vu avec vous.")

    assert (plans()[0]["state"], shown(bill_id)["state"]) == ("stopped", "overdue")
    with pytest.raises(NotFound):
        make.ask(make.holder(), contracts.end_plan, plan_id=plan_id, answer="Encore")


def test_a_plan_is_changed_by_another_of_what_is_still_owed(bill_id: str) -> None:
    grants(bill_id)
    pays(bill_id, 2_334)
    with pytest.raises(PlanRunning):
        asks(bill_id)

    grants(bill_id, parts=4, total=TOTAL - 2_334)

    assert sorted(states()) == ["granted", "replaced"]
    [plan] = plans()
    assert sum(left(plan)) == TOTAL - 2_334 and len(left(plan)) == 4


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


def test_a_mandate_pays_each_part_on_its_day(bill_id: str) -> None:
    grants(bill_id, parts=2)
    gives_mandate()
    first, second = (part["due_on"] for part in plans()[0]["parts"])

    assert debited(banking_day_from(first)) == (1, 3_500)
    assert debited(banking_day_from(second)) == (1, TOTAL)

    order = {"regie": "ens", "collect_on": banking_day_from(first + timedelta(days=20))}
    seen = {"debits": 1, "total_cents": 3_500}
    make.ask(make.holder(), debit_contracts.order_debits, **order, **seen)
    passes(60)
    assert states() == ["granted"] and debited(banking_day_from(second)) == (0, 0)


def test_a_plan_waits_for_a_debit_that_the_regie_has_not_ordered(bill_id: str) -> None:
    grants(bill_id)
    gives_mandate()

    passes(60)

    assert states() == ["granted"]


def test_what_is_asked_for_next_is_what_payfip_takes(database: Database, tmp_path: Path) -> None:
    with billed.billing_on(database, tmp_path, payment_plans=LIMITS):
        bill = a_late_bill(8)
        grants(bill, total=2_800, parts=2)

        pays(bill, 1_350)  # 0.50 € of the first part: PayFiP takes 1 € at least
        assert (left(plans()[0]), shown(bill)["part_cents"]) == ([50, 1_400], 100)

        pays(bill, 1_300)  # the 1.50 € left would leave 0.50 € behind
        assert shown(bill)["part_cents"] == 150


def test_either_of_two_requests_is_answered_with_the_bills_of_both(
    database: Database, tmp_path: Path
) -> None:
    with billed.billing_on(database, tmp_path, payment_plans=LIMITS):
        first = a_late_bill(8)
        billed.meals(1, *billed.november(*range(2, 14)))
        billed.run(billed.NOVEMBER)
        [_, second] = [bill.id for bill in billed.bills()]
        asks(first, parts=2)
        later = asks(second, parts=2)

        grants(second, first, total=TOTAL, plan_id=later)

        assert sorted(states()) == ["granted", "replaced", "replaced"]


def test_a_bill_that_the_bank_is_about_to_debit_whole_is_not_spread(bill_id: str) -> None:
    gives_mandate()
    day = banking_day_from(today() + timedelta(days=20))
    order = {"regie": "ens", "collect_on": day, "debits": 1, "total_cents": TOTAL}
    make.ask(make.holder(), debit_contracts.order_debits, **order)

    with pytest.raises(bills.PaymentUnderWay):
        asks(bill_id)
    with pytest.raises(bills.PaymentUnderWay):
        grants(bill_id)


def test_a_plan_is_changed_while_the_bank_debits_a_part(bill_id: str) -> None:
    grants(bill_id, parts=2)
    gives_mandate()
    day = banking_day_from(plans()[0]["part_on"] + timedelta(days=10))
    order = {"regie": "ens", "collect_on": day, "debits": 1, "total_cents": 3_500}
    make.ask(make.holder(), debit_contracts.order_debits, **order)

    grants(bill_id, parts=4)

    assert sorted(states()) == ["granted", "replaced"]


def test_a_plan_that_was_paid_meanwhile_is_not_stopped(bill_id: str) -> None:
    plan_id = grants(bill_id, parts=2)
    pays(bill_id, TOTAL)

    with pytest.raises(NotFound):
        make.ask(make.holder(), contracts.end_plan, plan_id=plan_id, answer="Non")

    assert (states(), notices("plan_ended")) == (["granted"], [])


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


def test_the_regies_limits_hold(bill_id: str) -> None:
    for wrong, why in (
        ({"parts": 5}, "parts"),
        ({"first_on": today() - timedelta(days=1)}, "past"),
        ({"first_on": today() + timedelta(days=150)}, "months"),
    ):
        with pytest.raises(PlanNotOffered) as refused:
            grants(bill_id, **wrong)
        assert refused.value.detail["why"] == why
    with pytest.raises(Outdated):
        grants(bill_id, total=TOTAL - 1)
    pays(bill_id, TOTAL - 900)
    with pytest.raises(PlanNotOffered) as refused:
        asks(bill_id, parts=2)
    assert refused.value.detail["why"] == "least"
    with pytest.raises(bills.NothingOwed):
        pays(bill_id, 900)
        asks(bill_id, parts=2)


def test_a_regie_without_limits_grants_none(database: Database, tmp_path: Path) -> None:
    with billed.billing_on(database, tmp_path, payment_plans=None):
        bill = a_late_bill()
        with pytest.raises(PlanNotOffered):
            asks(bill)
        with pytest.raises(PlanNotOffered):
            grants(bill)


def test_nobody_reaches_the_plan_of_another_household_or_provider(bill_id: str) -> None:
    billed.family(2)
    other = make.holder(make.AGG, "agg")

    with pytest.raises(NotFound):
        asks(bill_id, number=2)
    with pytest.raises(NotFound):
        asks(bill_id, number=2, whose=2)
    plan_id = grants(bill_id)
    assert make.ask(other, contracts.plans).plans == []
    with pytest.raises(NotFound):
        make.ask(other, contracts.end_plan, plan_id=plan_id, answer="Non")
    with pytest.raises(NotFound):
        make.ask(
            other,
            contracts.grant_plan,
            household_id=home(1),
            invoices=[bill_id],
            parts=2,
            first_on=today() + LATER,
            total_cents=TOTAL,
        )
    with pytest.raises(NotEntitled):
        make.ask(make.guardian(1), contracts.plans, caller=make.PORTAL)


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


def test_a_payment_that_is_taken_back_after_the_end_is_owed_with_the_last_part(
    bill_id: str,
) -> None:
    grants(bill_id, parts=2)
    pays(bill_id, 3_500)
    came = pays(bill_id, 3_500)
    fields = {"payment_id": came, "reason": "bank_rejected"}
    make.ask(make.holder(), counter.reverse_payment, **fields)

    assert (left(plans()[0]), shown(bill_id)["part_cents"]) == ([0, 3_500], 3_500)
    passes(400)
    assert states() == ["lapsed"] and shown(bill_id)["state"] == "overdue"


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

"""A plan is asked for, granted, refused and changed: within limits, by whom it concerns."""

from datetime import timedelta
from pathlib import Path

import pytest

from shared.contracts.billing import bills
from shared.contracts.billing import payment_plans as contracts
from shared.contracts.billing.payment_plans import PlanNotOffered, PlanRunning
from shared.contracts.errors import NotEntitled, NotFound, Outdated
from shared.dates.clock import today
from tests.databases import Database
from tests.factories import billing as make
from tests.factories import runs as billed
from tests.factories.payment_plans import (
    LATER,
    LIMITS,
    TOTAL,
    a_late_bill,
    asks,
    grants,
    left,
    notices,
    pays,
    plans,
    shown,
    states,
)
from tests.factories.runs import home


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


def test_a_plan_that_was_paid_meanwhile_is_not_stopped(bill_id: str) -> None:
    plan_id = grants(bill_id, parts=2)
    pays(bill_id, TOTAL)

    with pytest.raises(NotFound):
        make.ask(make.holder(), contracts.end_plan, plan_id=plan_id, answer="Non")

    assert (states(), notices("plan_ended")) == (["granted"], [])


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

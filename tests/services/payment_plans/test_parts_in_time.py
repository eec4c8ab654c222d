"""Parts are announced, debited and missed: a plan lapses after its days of grace, not before."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.billing.debits.commands.debit_outcomes import reject_debit
from services.billing.debits.rules.banking_days import banking_day_from
from services.billing.models import Debit
from services.billing.payments.commands.reversals import Reversal, reverse_payment
from services.billing.store import store
from shared.contracts.billing import bills
from shared.contracts.billing import debits as debit_contracts
from shared.contracts.billing.regie import counter
from shared.dates.clock import now, today
from tests.factories import billing as make
from tests.factories import runs as billed
from tests.factories import treasury as lots
from tests.factories.payment_plans import (
    LIMITS,
    TOTAL,
    asks,
    comes,
    debited,
    gives_mandate,
    grants,
    is_held,
    left,
    notices,
    overdue,
    passes,
    pays,
    plans,
    reminded,
    shown,
    states,
    stops,
)
from tests.factories.runs import home


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


def test_a_regie_is_told_of_a_plan_that_its_household_is_to_be_left_in_peace(bill_id: str) -> None:
    grants(bill_id, parts=2)
    before = [plan["on_hold"] for plan in plans()]

    is_held(1)

    assert (before, [plan["on_hold"] for plan in plans()]) == ([False], [True])


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

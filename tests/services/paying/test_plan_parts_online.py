"""A part of a payment plan is paid online, whatever the régisseur changes meanwhile."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from services.billing.accounts.commands.payment_plans import end_missed_plans
from services.billing.models import Invoice, PaymentPlan
from services.billing.store import store
from shared.contracts.billing.bills import PaymentUnderWay
from shared.contracts.errors import Outdated
from shared.dates.clock import now, today
from tests.databases import Database
from tests.factories import money as make
from tests.factories.money import Bank
from tests.factories.paying import CENTS, Family, at_once
from tests.factories.payment_plans import LIMITS


@pytest.fixture
def family(bank: Bank, database: Database, tmp_path: Path) -> Iterator[Family]:
    """Give a family with a bill of 42 € that may be paid in parts."""
    with make.billing_with(bank, database, tmp_path, payment_plans=LIMITS) as service:
        yield Family(bank, service)


def grants(
    family: Family,
    parts: int,
    total: int = CENTS,
    first_on: date | None = None,
    plan_id: str | None = None,
) -> None:
    make.answer(
        family.service,
        "grant_plan",
        make.agent("ens"),
        "enrolment_ens",
        household_id=family.home,
        invoices=[family.bill],
        parts=parts,
        first_on=first_on or today() + timedelta(days=10),
        total_cents=total,
        plan_id=plan_id,
    )


def starts(family: Family, part_cents: int | None) -> tuple[str, str]:
    """Tap on Pay at the portal; return our payment and PayFiP's operation."""
    fields: dict[str, Any] = {"invoice_id": family.bill, "email": "claire@example.org"}
    opened = make.answer(
        family.service, "start_payment", family.claire, **fields, part_cents=part_cents
    )
    return opened.payment_id, opened.url.rpartition("=")[2]


def pays(family: Family, part_cents: int | None) -> str:
    payment_id, idop = starts(family, part_cents)
    family.bank.ends(idop, "P")
    return family.looks(payment_id)


def next_part(family: Family) -> int:
    fields = {"invoice_id": family.bill}
    return int(make.answer(family.service, "read_bill", family.claire, **fields).part_cents)


def standing_plans() -> int:
    with store.read() as read:
        count = select(func.count()).where(PaymentPlan.state == "granted")
        return int(read.scalar(count) or 0)


def test_a_part_is_paid_online_for_its_amount(family: Family) -> None:
    grants(family, 3)

    assert pays(family, 1_400) == "paid"

    assert (make.owed(family.bill), next_part(family)) == (2_800, 1_400)
    assert make.credit_of(family.home) == 0 == make.in_order()


def test_whoever_wants_to_pay_all_may(family: Family) -> None:
    grants(family, 3)

    assert pays(family, None) == "paid"

    assert (make.owed(family.bill), next_part(family)) == (0, 0)


def test_a_part_that_the_plan_no_longer_asks_for_is_not_paid(family: Family) -> None:
    grants(family, 3)
    grants(family, 2)

    with pytest.raises(Outdated):
        starts(family, 1_400)

    assert family.taken == 0


def test_a_part_on_its_way_is_placed_in_the_plan_that_came_meanwhile(family: Family) -> None:
    grants(family, 3)
    payment_id, idop = starts(family, 1_400)

    grants(family, 2)
    with pytest.raises(PaymentUnderWay):
        starts(family, 2_100)
    family.bank.ends(idop, "P")
    assert family.looks(payment_id) == "paid"

    assert (make.owed(family.bill), next_part(family)) == (2_800, 700)


def test_the_holder_of_reference_and_key_pays_the_next_part_or_all(family: Family) -> None:
    """A bill whose plan is kept is not late for a grandparent either."""
    grants(family, 3)
    with store.read() as read:
        reference = read.get_one(Invoice, family.bill).number
    printed = {"reference": reference, "key": make.KEY}
    found = make.answer(family.service, "find_bill", None, **printed)
    assert (found.balance_cents, found.part_cents) == (CENTS, 1_400)
    assert found.due_on >= today() + timedelta(days=10)

    mail = {"email": "grand.mere@example.org"}
    for cents, owed in ((1_400, 2_800), (None, 0)):
        fields = {**printed, **mail, "part_cents": cents}
        opened = make.answer(family.service, "start_payment_by_reference", None, **fields)
        family.bank.ends(opened.url.rpartition("=")[2], "P")
        assert family.looks(opened.payment_id) == "paid"
        assert make.owed(family.bill) == owed

    assert make.in_order() == 0


def test_a_part_that_is_no_longer_asked_for_is_not_paid_by_reference(family: Family) -> None:
    grants(family, 2)
    with store.read() as read:
        reference = read.get_one(Invoice, family.bill).number
    printed = {"reference": reference, "key": make.KEY, "email": "grand.mere@example.org"}

    with pytest.raises(Outdated):
        make.answer(family.service, "start_payment_by_reference", None, **printed, part_cents=1_400)

    assert family.taken == 0


def test_a_part_and_another_plan_at_once_leave_one_plan_and_exact_money(family: Family) -> None:
    grants(family, 3)
    payment_id, idop = starts(family, 1_400)
    family.bank.ends(idop, "P")

    outcomes = at_once(
        lambda: family.looks(payment_id),
        lambda: grants(family, 2),
        lambda: grants(family, 4),
    )

    assert all(each in ("paid", None) or isinstance(each, Outdated) for each in outcomes)
    assert (make.owed(family.bill), family.taken, standing_plans()) == (2_800, 1_400, 1)
    assert 0 < next_part(family) <= 2_800 and make.in_order() == 0


def test_a_part_paid_twice_at_once_is_one_payment(family: Family) -> None:
    grants(family, 3)

    opened = at_once(lambda: starts(family, 1_400), lambda: starts(family, 1_400))

    assert len({each for each in opened}) == 1
    payment_id, idop = starts(family, 1_400)
    family.bank.ends(idop, "P")
    assert family.looks(payment_id) == "paid"
    assert (family.taken, make.owed(family.bill), next_part(family)) == (1_400, 2_800, 1_400)


def test_a_payment_and_the_clock_at_once_leave_exact_money_and_one_end(family: Family) -> None:
    grants(family, 3)
    payment_id, idop = starts(family, 1_400)
    family.bank.ends(idop, "P")
    late = now() + timedelta(days=60)

    at_once(
        lambda: family.looks(payment_id),
        lambda: end_missed_plans(store, late),
        lambda: end_missed_plans(store, late),
    )

    end_missed_plans(store, late)
    assert (make.owed(family.bill), family.taken, standing_plans()) == (2_800, 1_400, 0)
    assert make.in_order() == 0


def test_of_two_desks_that_answer_one_request_at_once_one_is_told_to_look_again(
    family: Family,
) -> None:
    fields = {"household_id": family.home, "invoices": [family.bill], "parts": 2}
    asked = make.answer(family.service, "ask_for_plan", family.claire, **fields).plan_id

    outcomes = at_once(
        lambda: grants(family, 2, plan_id=asked), lambda: grants(family, 3, plan_id=asked)
    )

    assert sorted(type(each).__name__ for each in outcomes) == ["NoneType", "Outdated"]
    assert standing_plans() == 1

"""Bills at the front desk: of the régies that the agent holds, and of no other."""

import pytest

from services.billing.models import Household
from services.billing.store import store
from shared.contracts.errors import NotEntitled, NotFound
from shared.runtime.ids import new_id
from tests.factories import money as make
from tests.factories.paying import CENTS, Family


def accounts(family: Family, agent: str, household: str | None = None) -> list[tuple[str, int]]:
    answer = make.answer(
        family.service,
        "accounts_at_counter",
        agent,
        caller="front_desk",
        household_id=household or family.home,
    )
    return [(row["provider"], row["owed_cents"]) for row in answer.accounts]


def payer_of(family: Family, agent: str, number: str) -> str:
    found = make.answer(family.service, "payer_of_bill", agent, caller="front_desk", number=number)
    return str(found.household_id)


def number_of(family: Family, agent: str, provider: str = "ens") -> str:
    answer = make.answer(
        family.service,
        "accounts_at_counter",
        agent,
        caller="front_desk",
        household_id=family.home,
    )
    (account,) = (row for row in answer.accounts if row["provider"] == provider)
    return str(account["bills"][0]["number"])


def test_who_holds_two_regies_sees_what_is_owed_at_each(family: Family) -> None:
    make.bill(family.home, 4_000, provider="agg")

    assert accounts(family, make.agent("ens", "agg")) == [("ens", CENTS), ("agg", 4_000)]
    assert accounts(family, make.agent("agg")) == [("agg", 4_000)]


def test_a_household_without_anything_at_a_regie_has_no_account_there(family: Family) -> None:
    assert accounts(family, make.agent("agg")) == []
    assert accounts(family, make.agent("ens"), new_id()) == []


def test_who_holds_no_regie_and_a_family_are_refused(family: Family) -> None:
    for nobody in (make.agent(), new_id()):
        with pytest.raises(NotEntitled):
            accounts(family, nobody)
        with pytest.raises(NotEntitled):
            payer_of(family, nobody, "2026-ENS-000001")


def test_settled_bills_are_shown_three_beside_all_that_are_open(family: Family) -> None:
    for _ in range(5):
        make.credit(make.bill(family.home, 1_000), 1_000)
    make.bill(family.home, 2_000)

    answer = make.answer(
        family.service,
        "accounts_at_counter",
        make.agent("ens"),
        caller="front_desk",
        household_id=family.home,
    )

    (account,) = answer.accounts
    assert sum(1 for bill in account["bills"] if bill["balance_cents"]) == 2
    assert len(account["bills"]) == 5


def test_a_household_is_found_by_a_bill_of_the_own_regie_alone(family: Family) -> None:
    number = number_of(family, make.agent("ens"))

    assert payer_of(family, make.agent("ens"), number.lower()) == family.home
    for agent, asked in ((make.agent("agg"), number), (make.agent("ens"), "2026-ENS-999999")):
        with pytest.raises(NotFound):
            payer_of(family, agent, asked)


def test_of_a_protected_household_there_is_neither_account_nor_bill(family: Family) -> None:
    agent = make.agent("ens")
    number = number_of(family, agent)
    with store.write() as write:
        write.get_one(Household, family.home).protected = True

    assert accounts(family, agent) == []
    with pytest.raises(NotFound):
        payer_of(family, agent, number)

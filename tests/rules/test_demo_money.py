"""Payments of families of the large demo town: of years gone by, and of this year."""

import json
from datetime import UTC, date, datetime
from uuid import NAMESPACE_URL, uuid5

import pytest
import yaml

from deploy.demo.invented.bill_fates import (
    UNPAID,
    cents_paid_by_fate,
    draw_fate_of_bill,
    goes_to_the_treasury,
)
from deploy.demo.invented.expected_amounts import Reckoning, kids_by_id
from deploy.demo.invented.offer import Child, Offer, children_of_families
from deploy.demo.invented.past_years import PastYear
from deploy.demo.life.titres_at_treasury import make_return_file, return_rows_for
from deploy.demo.towns import DEMO_TOWNS, LARGE, SEED, People
from services.billing.treasury.rules import return_file
from shared.contracts.billing import past_bills
from shared.contracts.billing.bills import DEBIT, ONLINE
from shared.contracts.dossier import activity_history_requests as histories

TOWN, YEAR = DEMO_TOWNS[LARGE], 2026


def known(people: People) -> list[Child]:
    households = people.families.households
    references = {child["reference"] for each in households for child in each["children"]}
    return children_of_families(people.families, {reference: reference for reference in references})


@pytest.fixture(scope="module")
def some_people() -> People:
    return TOWN.make_families(SEED, YEAR, slice_of=90)


@pytest.fixture(scope="module")
def last_year(some_people: People) -> list[tuple[PastYear, Reckoning]]:
    """Return the year before this one, provider by provider, with what reckons its months."""
    told = yaml.safe_load(TOWN.tariffs.read_text("utf-8"))
    offer = Offer("2026-2027", datetime(YEAR, 9, 1, tzinfo=UTC), TOWN.offer)
    children = known(some_people)
    ids = {child.id: child.reference for child in children}
    homes = {household: uuid(household) for household in some_people.homes}
    kids = kids_by_id(some_people.families, ids)
    return [
        (
            PastYear(offer, provider, children, 1),
            Reckoning(told[provider], 0, kids, some_people.homes, homes, ["28901"]),
        )
        for provider in offer.providers
    ]


def uuid(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, name))


def test_years_gone_by_fit_the_contracts_of_what_another_software_brings(
    some_people: People, last_year: list[tuple[PastYear, Reckoning]]
) -> None:
    homes = {household: uuid(household) for household in some_people.homes}

    for year, reckoning in last_year:
        courses = year.history_lines()
        asked = histories.import_history.dump_request(
            {"batch": year.batch_name, "lines": courses[:150]}
        )
        histories.import_history.load_request(asked)
        pairs = list(year.bills_with_payments(reckoning, homes, {}))
        request = past_bills.ImportPastBillsRequest(
            year.batch_name,
            courses[0]["provider"],
            bills=[bill for bill, _ in pairs][:100],
            payments=[payment for _, payment in pairs][:100],
        )
        asked = past_bills.import_past_bills.dump_request(request)
        past_bills.import_past_bills.load_request(asked)
        assert len(json.dumps(asked)) < 256 * 1024
        assert len({bill["number"] for bill, _ in pairs}) == len(pairs)


def test_past_bills_are_paid_to_the_cent_and_older_than_this_school_year(
    some_people: People, last_year: list[tuple[PastYear, Reckoning]]
) -> None:
    homes = {household: uuid(household) for household in some_people.homes}

    for year, reckoning in last_year:
        for bill, payment in year.bills_with_payments(reckoning, homes, {}):
            assert sum(line["cents"] for line in bill["lines"]) == bill["total_cents"]
            assert payment["cents"] == bill["total_cents"]
            assert payment["number"] == bill["number"]
            assert bill["issued_on"] <= payment["paid_on"] < date(YEAR, 9, 1)


def test_nobody_did_anything_before_being_three(
    some_people: People, last_year: list[tuple[PastYear, Reckoning]]
) -> None:
    born = {child.reference: child.birth_year for child in known(some_people)}

    for year, _ in last_year:
        assert max(born[line["child"]] for line in year.history_lines()) <= YEAR - 1 - 3


# --- What becomes of bills ---


def test_the_accountants_answer_is_a_file_that_billing_can_read() -> None:
    paid = return_rows_for("2026-AGG-000123", 3, 8500, date(2026, 11, 20))
    unpaid = return_rows_for("2026-AGG-000124", 3, 4000, None)

    rows = return_file.read_return_file(make_return_file([*paid, *unpaid]))

    assert all(row.is_sound for row in rows)
    assert [(row.kind, row.debt, row.cents) for row in rows] == [
        ("accepted", "20260030000123", 0),
        ("receipt", "20260030000123", 8500),
        ("accepted", "20260030000124", 0),
    ]


def test_older_bills_are_paid_more_often_and_the_same_seed_says_the_same() -> None:
    people = TOWN.make_families(SEED, YEAR)

    def paid(seed: int, month: str, *, is_latest: bool) -> list[str]:
        return [
            household
            for household in people.homes
            if cents_paid_by_fate(
                draw_fate_of_bill(seed, household, "ens", month, is_latest=is_latest), 1000
            )
        ]

    earlier, latest = (paid(SEED, "2026-09", is_latest=flag) for flag in (False, True))

    assert 700 < len(earlier) < 830
    assert 300 < len(latest) < 480
    assert paid(SEED, "2026-09", is_latest=False) == earlier
    assert paid(SEED + 1, "2026-09", is_latest=False) != earlier


def test_families_named_after_what_happens_to_their_bills_have_that_fate() -> None:
    for month in ("2026-09", "2026-10"):
        assert draw_fate_of_bill(SEED, "old_debt", "ens", month, is_latest=False) == UNPAID
        assert draw_fate_of_bill(SEED, "debit_reject", "ens", month, is_latest=False) == DEBIT
        assert draw_fate_of_bill(SEED, "couple_t3", "ens", month, is_latest=True) == ONLINE
    assert goes_to_the_treasury(SEED, "old_debt", "ens")

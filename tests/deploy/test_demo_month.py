"""A month of the large town, on a slice of its families: closed, dry-run, issued, paid in part."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from deploy.demo.invented.expected_amounts import Charge
from deploy.demo.journal import FILE, Journal, choose_demonstration, journal_of_instance
from deploy.demo.life.latest_month import sign_regisseur_in
from deploy.demo.life.signed_in_people import Pages, Person
from deploy.demo.loading.billed_sums_check import Compared, compare_months
from deploy.demo.loading.loading import ALL, load_first_visited
from deploy.demo.plan import Plan
from deploy.demo.towns import LARGE
from shared.contracts.billing.bills import (
    CASH,
    CHEQUE,
    CREDITED,
    DEBIT,
    DUE,
    ONLINE,
    OVERDUE,
    PAID,
    PARTLY_PAID,
    PENDING,
    REFUSED,
    TRANSFER,
    TRANSFERRED,
)
from shared.contracts.billing.figures import income
from shared.contracts.billing.regie import payers as regie
from shared.contracts.dossier import guardians
from shared.contracts.enrolment.places import family_acts
from shared.contracts.enrolment.places import states as place_states
from shared.contracts.errors import NotFound
from shared.contracts.message import Empty
from shared.contracts.values import OfHousehold
from shared.dates.clock import today
from shared.dates.months import month_of
from tests.journeys.conftest import PORT_BASE
from tests.journeys.town import DemoTown

pytestmark = pytest.mark.nightly

SEED, HOUSEHOLDS = 7, 60
PROVIDERS = ["ens", "mdq", "agg", "dsp"]
BY_REGIE = ["ens", "mdq", "dsp"]


FIRST = "pauline.verneuil@example.org"
"""Login of the first household's guardian."""


class Unheard:
    """Takes what a load says of itself, and tells nobody."""

    def begin_stage(self, name: str, at: int, of: int) -> None:
        pass

    def show_step(self, name: str, done: int, total: int) -> None:
        pass


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoTown]:
    """Give the running town, with nobody in it."""
    town = DemoTown(tmp_path_factory.mktemp("large") / "var", PORT_BASE + 500)
    choose_demonstration(town.instance, LARGE, SEED, HOUSEHOLDS)
    try:
        town.preau("up", "--detach")
        yield town
    finally:
        town.preau("down")


@pytest.fixture(scope="module")
def met_first(started: DemoTown) -> tuple[Journal, Person, list[str]]:
    """
    Give what a visitor meets at the first table of sign-ins: what is noted as loaded, the first
    guardian, and in which states the days of the children are.
    """
    load_first_visited(started.applied, Unheard())
    loaded = journal_of_instance(started.instance)
    with Pages(started.applied) as pages:
        person = pages.sign_guardian_in(FIRST)
        first, last = today(), today() + timedelta(days=60)
        days = [
            day
            for child in person.ask(guardians.my_children, Empty()).children
            for day in person.ask(
                family_acts.calendar,
                family_acts.CalendarRequest(child["id"], first, last),
                to="enrolment_ens",
            ).days
        ]
        return loaded, person, [day["state"] for day in days]


@pytest.fixture(scope="module")
def town(started: DemoTown, met_first: object) -> DemoTown:
    """Give the town loaded and lived: the first families first, as `preau run` does."""
    started.preau("demo")
    return started


@pytest.fixture(scope="module")
def pages(town: DemoTown) -> Iterator[Pages]:
    """Give the pages at which people sign in, each agent once: a code serves once."""
    with Pages(town.applied) as pages:
        yield pages


@pytest.fixture(scope="module")
def plan(town: DemoTown) -> Plan:
    return Plan(town.applied, journal_of_instance(town.instance))


@pytest.fixture(scope="module")
def months(plan: Plan, pages: Pages) -> list[Compared]:
    return list(compare_months(plan, pages))


def test_a_visitor_meets_the_first_family_before_the_others_are_there(
    met_first: tuple[Journal, Person, list[str]],
) -> None:
    loaded, guardian, days = met_first

    assert guardian.name == "Pauline Verneuil"
    assert place_states.BOOKED in days
    assert loaded.is_step_done("families 0")
    assert not loaded.is_step_done("families 20")
    assert not loaded.is_step_done(ALL)


def test_every_bill_of_every_provider_agrees_with_the_seed_to_the_cent(
    months: list[Compared],
) -> None:
    assert sorted({each.provider for each in months}) == sorted(PROVIDERS)
    assert [each for each in months if not each.agrees_to_the_cent] == []
    assert all(each.billed > 0 and each.bills > 0 for each in months)


def test_income_of_each_activity_and_band_agrees_with_the_seed_but_for_what_was_credited(
    months: list[Compared], plan: Plan, pages: Pages
) -> None:
    for provider in BY_REGIE:
        reckoned: Counter[Charge] = Counter()
        for of_month in plan.income_by_month(provider).values():
            reckoned.update(of_month)
        person = sign_regisseur_in(plan, pages, provider).person
        whole = income.IncomeRequest(min(plan.months_over(provider)), month_of(today()))
        told = {
            (row["activity"], row["basis"], row["from_cents"], row["to_cents"]): row["cents"]
            for row in person.ask(income.income, whole).rows
        }
        less = {charge: cents - told.get(charge, 0) for charge, cents in reckoned.items()}

        assert told.keys() <= reckoned.keys(), provider
        credited = sum(each.credited for each in months if each.provider == provider)
        assert [cents for cents in less.values() if cents] == ([credited] if credited else [])


def test_a_part_of_the_latest_month_is_paid_and_more_of_the_months_before(
    months: list[Compared],
) -> None:
    latest = max(each.month for each in months)
    shares = {}
    for is_latest in (False, True):
        some = [each for each in months if (each.month == latest) == is_latest]
        assert all(0 < each.paid < each.billed for each in some if each.provider in BY_REGIE)
        shares[is_latest] = sum(each.paid for each in some) / sum(each.billed for each in some)

    assert shares[True] < shares[False]


def test_all_that_may_become_of_a_bill_has_become_of_one(plan: Plan, pages: Pages) -> None:
    states, payments = set(), set()
    for provider in BY_REGIE:
        person = sign_regisseur_in(plan, pages, provider).person
        for household_id in plan.journal.ids_by_reference("homes").values():
            try:
                account = person.ask(regie.payer_account, OfHousehold(household_id))
            except NotFound:
                continue
            states |= {bill["state"] for bill in account.bills}
            payments |= {(one["means"], one["state"]) for one in account.payments}

    assert states >= {DUE, PARTLY_PAID, PAID, OVERDUE, CREDITED, TRANSFERRED}
    assert payments >= {(means, PAID) for means in (CASH, CHEQUE, TRANSFER, ONLINE)}
    assert payments >= {(ONLINE, REFUSED), (DEBIT, PENDING), (DEBIT, REFUSED)}


def test_a_second_load_does_nothing_again(
    town: DemoTown, plan: Plan, pages: Pages, months: list[Compared]
) -> None:
    before = Path(town.instance.home / FILE).read_text("utf-8")

    town.preau("demo")

    assert (town.instance.home / FILE).read_text("utf-8") == before
    assert list(compare_months(plan, pages)) == months


def test_a_load_that_broke_off_goes_on_without_paying_anything_twice(
    town: DemoTown, plan: Plan, pages: Pages, months: list[Compared]
) -> None:
    path = town.instance.home / FILE
    content = json.loads(path.read_text("utf-8"))
    lost = [step for step in content["done"] if step.startswith(("payments", "month", "places"))]
    content["done"] = sorted(set(content["done"]) - set(lost))
    path.write_text(json.dumps(content), "utf-8")

    town.preau("demo")

    assert len(lost) > 10
    assert all(journal_of_instance(town.instance).is_step_done(step) for step in lost)
    assert list(compare_months(plan, pages)) == months

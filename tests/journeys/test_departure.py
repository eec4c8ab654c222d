"""A family leaves the town: said once, no day after it is booked, and it stays after all."""

from datetime import date, timedelta

import holidays
from playwright.sync_api import Locator, Page, expect

from shared.dates.clock import today
from shared.web.language.typography import day as said
from tests.journeys.conftest import NewPage
from tests.journeys.offers import give_place, offer_every_day
from tests.journeys.people import Parent, child_id, until_shown
from tests.journeys.taps import JOURNEYS, Hand
from tests.journeys.town import DemoTown

LOGIN, CHILD, ACTIVITY = "nadia.morel@example.net", "Lucas", "Atelier théâtre"


def test_a_family_says_once_that_it_leaves_and_stays_after_all(
    town: DemoTown, new_page: NewPage
) -> None:
    offer_every_day(town, "ens", "journey-theatre", ACTIVITY, "evening_care", booking="by_day")
    give_place(town, "ens", "journey-theatre", child_id(town, LOGIN, CHILD))
    page = Parent(town, new_page(), LOGIN).page
    Parent(town, page, LOGIN).sign_in()
    last_day, after = _monday_in_two_weeks(), _a_working_day_after(_monday_in_two_weeks())
    until_shown(page, ACTIVITY, f"{town.portal}/semaine?du={after}")
    expect(_box(page, after)).to_be_checked()

    hand = Hand(page, told_in=JOURNEYS)
    hand.begins_at(f"{town.portal}/")
    hand.taps_on(page.get_by_role("link", name="Enfants"))
    hand.taps_on(page.get_by_role("link", name="Nous quittons la ville"))
    page.get_by_label("Dernier jour", exact=True).fill(last_day.isoformat())
    hand.taps_on(page.get_by_role("button", name="Annoncer notre départ"))
    expect(page.locator("#confirmation")).to_contain_text("C’est noté.")
    hand.tells("leave the town: all children, all services, one day", 3)

    page.goto(f"{town.portal}/semaine?du={after}")
    expect(_box(page, after)).to_have_count(0)

    page.goto(f"{town.portal}/depart")
    page.get_by_role("button", name="Nous restons : annuler le départ").click()
    expect(page.locator("#confirmation")).to_contain_text("Votre départ est annulé.")
    until_shown(page, ACTIVITY, f"{town.portal}/semaine?du={after}")
    expect(_box(page, after)).to_be_checked()


def _box(page: Page, day: date) -> Locator:
    return page.get_by_label(f"{CHILD}, {ACTIVITY}, {said(day, 'fr', today())}")


def _monday_in_two_weeks() -> date:
    return today() + timedelta(days=14 - today().weekday())


def _a_working_day_after(monday: date) -> date:
    """Return the first day after a Monday that is no public holiday."""
    days = [monday + timedelta(days=after) for after in range(1, 5)]
    return next(day for day in days if day not in holidays.France(years=day.year))

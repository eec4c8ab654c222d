"""A confirmation stays in sight when the page renews itself, and has the focus."""

from datetime import date, timedelta
from itertools import pairwise

import holidays
from playwright.sync_api import Locator, Page, expect

from shared.dates.clock import today
from shared.web.language.typography import day as said
from tests.journeys.conftest import NewPage
from tests.journeys.offers import give_place, offer_every_day
from tests.journeys.people import Parent, child_id, until_shown
from tests.journeys.town import DemoTown

LOGIN, CHILD, ACTIVITY = "nadia.morel@example.net", "Lucas", "Atelier conte"


def test_a_save_stays_confirmed_after_the_page_has_renewed_itself(
    town: DemoTown, new_page: NewPage
) -> None:
    offer_every_day(town, "ens", "journey-story", ACTIVITY, "evening_care", booking="by_day")
    give_place(town, "ens", "journey-story", child_id(town, LOGIN, CHILD))
    here, elsewhere = (Parent(town, new_page(), LOGIN).page for _ in range(2))
    day, another = _two_days_of_a_week()
    for page in (here, elsewhere):
        Parent(town, page, LOGIN).sign_in()
        until_shown(page, ACTIVITY, f"{town.portal}/semaine?du={day}")

    for became in ("annulé à temps", "réservé"):
        before = _in_the_middle(_box(here, day))
        _changes(here, day)
        confirmation = here.get_by_role("status").and_(here.locator("#confirmation"))
        expect(confirmation).to_be_focused()

        _expect_box(elsewhere, day, booked=became == "réservé")
        _changes(elsewhere, another)
        _expect_box(here, another, booked=became == "réservé")  # the page has renewed itself

        expect(confirmation).to_contain_text(f"{CHILD}, {ACTIVITY}, {said(day, 'fr', today())}")
        expect(confirmation).to_contain_text(became)
        expect(confirmation).to_be_in_viewport()
        expect(confirmation).to_be_focused()
        assert abs(_top(_box(here, day)) - before) < 1


def _box(page: Page, day: date) -> Locator:
    return page.get_by_label(f"{CHILD}, {ACTIVITY}, {said(day, 'fr', today())}")


def _expect_box(page: Page, day: date, *, booked: bool) -> None:
    expect(_box(page, day)).to_be_checked(checked=booked)


def _changes(page: Page, day: date) -> None:
    """Tick or untick a day, and save."""
    _box(page, day).click()
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.locator("#confirmation")).to_be_focused()


def _in_the_middle(box: Locator) -> float:
    """Scroll as a thumb does; return where the box is then."""
    box.evaluate("box => box.scrollIntoView({ block: 'center' })")
    return _top(box)


def _top(box: Locator) -> float:
    return float(box.evaluate("box => box.getBoundingClientRect().top"))


def _two_days_of_a_week() -> tuple[date, date]:
    """Return two days of one week from the day after tomorrow on that are no public holidays."""
    soon = [today() + timedelta(days=after) for after in range(2, 12)]
    days = [day for day in soon if day not in holidays.France(years=day.year)]
    return next(two for two in pairwise(days) if two[0].isoweekday() < two[1].isoweekday())

"""A confirmation stands beside its row, and stays there when the page renews itself."""

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


def test_a_booking_stays_confirmed_beside_its_row_after_the_page_has_renewed_itself(
    town: DemoTown, new_page: NewPage
) -> None:
    offer_every_day(town, "ens", "journey-story", ACTIVITY, "evening_care", booking="by_day")
    give_place(town, "ens", "journey-story", child_id(town, LOGIN, CHILD))
    here, elsewhere = (Parent(town, new_page(), LOGIN).page for _ in range(2))
    day, another = _two_days_of_a_week()
    for page in (here, elsewhere):
        Parent(town, page, LOGIN).sign_in()
        until_shown(page, ACTIVITY, f"{town.portal}/semaine?du={day}")

    for does, became, undoes in (
        ("Annuler", "annulé à temps", "Réserver"),
        ("Réserver", "réservé", "Annuler"),
    ):
        before = _in_the_middle(_row(_button(here, does, day)))
        _press(here, _button(here, does, day))
        confirmation = here.get_by_role("status").and_(here.locator("#confirmation"))
        expect(confirmation).to_be_focused()

        _press(elsewhere, _button(elsewhere, does, another))
        expect(_button(here, undoes, another)).to_be_visible()  # the page has renewed itself

        sentence = f"{ACTIVITY}\u00a0: {became} pour {CHILD}, {said(day, 'fr', today())}"
        expect(confirmation).to_contain_text(sentence)
        expect(confirmation).to_be_in_viewport()
        expect(confirmation).to_be_focused()
        assert abs(_top(_row(confirmation)) - before) < 1


def _button(page: Page, does: str, day: date) -> Locator:
    named = page.get_by_role("button", name=f"{does}\u00a0: {ACTIVITY}")
    return named.and_(page.locator(f"button[aria-label$='{said(day, 'fr', today())}']"))


def _row(inside: Locator) -> Locator:
    return inside.locator("xpath=ancestor::*[@data-stays]")


def _in_the_middle(row: Locator) -> float:
    """Scroll as a thumb does; return where the row is then."""
    row.evaluate("row => row.scrollIntoView({ block: 'center' })")
    return _top(row)


def _top(row: Locator) -> float:
    return float(row.evaluate("row => row.getBoundingClientRect().top"))


def _press(page: Page, button: Locator) -> None:
    with page.expect_navigation():
        button.click()


def _two_days_of_a_week() -> tuple[date, date]:
    """Return two days of one week from the day after tomorrow on that are no public holidays."""
    soon = [today() + timedelta(days=after) for after in range(2, 12)]
    days = [day for day in soon if day not in holidays.France(years=day.year)]
    return next(two for two in pairwise(days) if two[0].isoweekday() < two[1].isoweekday())

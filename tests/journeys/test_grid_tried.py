"""A régisseur takes a year's income as a file, and tries a percentage on what was counted."""

from datetime import date

from playwright.sync_api import expect

from services.enrolment.figures.rules.periods import quarter_of_day
from tests.journeys.bus import until
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.databases import one
from tests.journeys.looks import is_sound_at_every_width
from tests.journeys.people import Agent, words_as_sent
from tests.journeys.taps import Hand
from tests.journeys.town import DemoTown

PERCENT = "2,5"
BILLED_MONTH = "SELECT min(month) FROM invoice WHERE provider = 'ens'"


def test_income_leaves_as_a_file_and_a_percentage_is_tried_on_a_year(
    town: DemoTown, new_page: NewPage
) -> None:
    odile = Agent(town, new_page(DESK), "ens", "odile.marchand")
    odile.sign_in()
    hand = Hand(odile.page)

    _takes_the_income(hand, odile.desk, one(town, "billing", BILLED_MONTH))
    _tries_a_percentage(hand, odile.desk)


def _takes_the_income(hand: Hand, desk: str, month: str) -> None:
    page = hand.page
    hand.begins_at(f"{desk}/regie")
    hand.taps_on(page.get_by_role("link", name="Recettes par activité et par quotient"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Recettes, année scolaire")
    billed = quarter_of_day(date.fromisoformat(f"{month[:7]}-01"))
    page.goto(f"{desk}/regie/recettes?periode={billed.code}")
    expect(page.locator("main")).to_contain_text("Foyers")
    is_sound_at_every_width(page)
    with page.expect_download() as download:
        hand.taps_on(page.get_by_role("link", name="Tableur"))
    assert download.value.suggested_filename.startswith("Recettes")


def _tries_a_percentage(hand: Hand, desk: str) -> None:
    page = hand.page
    hand.begins_at(f"{desk}/regie")
    hand.taps_on(page.get_by_role("link", name="Essayer une grille de tarifs"))
    hand.taps_on(page.locator("main ul.rows a").first)
    page.get_by_label("Changer tous ses prix").fill(PERCENT)
    is_sound_at_every_width(page)
    hand.taps_on(page.get_by_role("button", name="Essayer"))
    expect(page.locator("#result")).to_contain_text(f"{PERCENT} % sur")
    hand.tells("a percentage tried on the prices of a year", most=3)

    until(lambda: "calcul en cours" not in words_as_sent(page), seconds=60)
    page.goto(page.url.partition("#")[0])
    is_sound_at_every_width(page)

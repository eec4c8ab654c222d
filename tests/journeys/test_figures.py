"""A director reads her figures, takes the CAF's quarter, and publishes them for the council."""

import re
from datetime import date, timedelta

from playwright.sync_api import Page, expect

from services.enrolment.figures.rules.periods import Period, quarter_before, quarter_of_day
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.journeys.bus import stopped
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.databases import change
from tests.journeys.looks import is_sound_at_every_width
from tests.journeys.offers import offer_every_day
from tests.journeys.people import Agent, until_shown
from tests.journeys.taps import Hand
from tests.journeys.town import DemoTown

LABEL = "Goûter du soir"
ENTRY = re.compile("chiffres$", re.IGNORECASE)
DAYS, PLACES, CAME, SMALL = 20, 30, 24, 1


def test_a_quarter_goes_to_the_caf_and_to_the_council_while_another_service_is_down(
    town: DemoTown, new_page: NewPage
) -> None:
    quarter = quarter_before(quarter_of_day(today()))
    _met(town, offer_every_day(town, "ens", "journey-figures", LABEL, "evening_care"), quarter)
    karim = Agent(town, new_page(DESK), "ens", "karim.haddad")
    karim.sign_in()
    hand = Hand(karim.page)

    with stopped(town, "agg"):
        _takes_the_hours(hand, karim.desk)
        _publishes(hand, karim.desk, quarter)
        helene = Agent(town, new_page(DESK), "front_desk", "helene.marais")
        helene.sign_in()
        _the_council_reads(helene.page, helene.desk, quarter)


def _met(town: DemoTown, group_id: str, quarter: Period) -> None:
    """Let the group have met in the quarter before: its sums, as closing writes them."""
    for at in range(DAYS):
        row = _tally(group_id, quarter.first + timedelta(days=at))
        names = ", ".join(row), ", ".join(f":{name}" for name in row)
        statement = "INSERT INTO session_tally ({}) VALUES ({})".format(*names)
        change(town, "enrolment_ens", statement, **row)


def _tally(group_id: str, day: date) -> dict[str, object]:
    return {
        "session_id": new_id(),
        "group_id": group_id,
        "day": day.isoformat(),
        "minutes": 90,
        "places": PLACES,
        "present": CAME,
        "unexpected": 0,
        "absent": 2,
        "excused": SMALL if day.day == 1 else 0,
        "cancelled_late": 0,
        "own_meals": 0,
        "under_6": 10,
        "from_6": 14,
        "from_12": 0,
        "age_unknown": 0,
    }


def _takes_the_hours(hand: Hand, desk: str) -> None:
    page = hand.page
    hand.begins_at(desk)
    hand.taps_on(page.get_by_role("banner").get_by_role("link", name=ENTRY))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Chiffres")
    with page.expect_download() as download:
        hand.taps_on(page.get_by_role("link", name="Tableur : heures pour la CAF"))
    assert download.value.suggested_filename.startswith("Heures pour la CAF")
    hand.tells("the quarter’s hours for the CAF as a file", most=3)
    is_sound_at_every_width(page)
    page.goto(f"{desk}/chiffres/caf")
    expect(page.get_by_role("table")).to_contain_text(LABEL)
    is_sound_at_every_width(page)


def _publishes(hand: Hand, desk: str, quarter: Period) -> None:
    page = hand.page
    hand.begins_at(desk)
    hand.taps_on(page.get_by_role("banner").get_by_role("link", name=ENTRY))
    hand.taps_on(page.get_by_role("link", name="Rapport du conseil"))
    expect(page.locator("main")).to_contain_text(LABEL)
    hand.tells("the council’s report of a quarter", most=2)
    row = page.get_by_role("row").filter(has_text=LABEL)
    expect(row).to_contain_text("caché")
    is_sound_at_every_width(page)
    page.get_by_role("button", name="Publier pour la ville").click()
    expect(page.locator("#confirmation")).to_contain_text("C’est publié")
    page.goto(f"{desk}/chiffres/seances?periode={quarter.code}&activite={LABEL}")
    expect(page.locator("table.list tbody tr")).to_have_count(DAYS)
    is_sound_at_every_width(page)


def _the_council_reads(page: Page, desk: str, quarter: Period) -> None:
    until_shown(page, LABEL, f"{desk}/chiffres", seconds=60)
    expect(page.locator("main")).to_contain_text("Service Enseignement")
    expect(page.get_by_role("row").filter(has_text=LABEL)).to_contain_text("caché")
    assert f"trimestre {quarter.code[:4]}" in page.locator("h1").inner_text()
    is_sound_at_every_width(page)

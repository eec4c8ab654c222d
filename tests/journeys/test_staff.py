"""A director plans a week of staff at one of the sites, copies it, and reads what lacks."""

import re
from datetime import timedelta

from playwright.sync_api import Page, expect

from shared.dates.clock import today
from shared.dates.periods import monday_of
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.looks import is_sound_at_every_width
from tests.journeys.offers import offer_every_day
from tests.journeys.people import Agent
from tests.journeys.taps import Hand
from tests.journeys.town import DemoTown

LABEL, SITE, NAME = "Atelier du soir", "Salle des fêtes", "Joséphine Équipière"
ENTRY = re.compile("équipe$", re.IGNORECASE)
COPIED = re.compile("présences? copiée")


def test_a_week_of_staff_is_planned_once_and_copied_to_the_next(
    town: DemoTown, new_page: NewPage
) -> None:
    offer_every_day(town, "ens", "journey-staff", LABEL, "evening_care")
    karim = Agent(town, new_page(DESK), "ens", "karim.haddad")
    karim.sign_in()
    page, hand = karim.page, Hand(karim.page)

    page.goto(f"{karim.desk}/equipe/declarations")
    is_sound_at_every_width(page)
    page.goto(f"{karim.desk}/equipe?lieu={SITE}")
    _plans(page, NAME)
    expect(page.locator("main")).to_contain_text("C’est noté")
    expect(page.locator("main")).to_contain_text(NAME)
    _plans(page, NAME.upper())
    expect(page.locator("main")).to_contain_text("est déjà dans l’équipe")
    is_sound_at_every_width(page)

    hand.begins_at(karim.desk)
    hand.taps_on(page.get_by_role("banner").get_by_role("link", name=ENTRY))
    page.get_by_label("Lieu").select_option(SITE)
    hand.taps += 1
    hand.taps_on(page.get_by_role("button", name="Voir"))
    hand.taps_on(page.get_by_role("link", name="Semaine suivante"))
    hand.taps_on(page.get_by_role("button", name="Copier la semaine précédente"))
    expect(page.locator("main")).to_contain_text(COPIED)
    hand.tells("a site’s staff, copied from the week before", most=5)
    following = monday_of(today()) + timedelta(days=7)
    page.goto(f"{karim.desk}/equipe/semaine?semaine={following.isoformat()}&lieu={SITE}")
    expect(page.get_by_role("row").filter(has_text=NAME).first).to_be_visible()
    is_sound_at_every_width(page)
    page.goto(f"{karim.desk}/equipe/encadrement?lieu={SITE}")
    is_sound_at_every_width(page)


def _plans(page: Page, name: str) -> None:
    """Plan somebody on all days of the week that are offered."""
    page.get_by_label("Nom").fill(name)
    page.get_by_label("Diplômé").check()
    for day in page.locator('input[name="days"]').all():
        day.check()
    page.get_by_role("button", name="Ajouter").click()

"""A family's first page and its activities on a phone: what is read at once, in how many taps."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.bus import held_still, until
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.keyboard import press, write
from tests.journeys.looks import is_sound
from tests.journeys.offers import give_place, offer_every_day
from tests.journeys.people import Parent, as_sent, child_id, until_shown
from tests.journeys.taps import JOURNEYS, Hand
from tests.journeys.town import DemoTown

AT_HOME, AT_ACTIVITIES = "geraldine.houssaye@example.net", "brigitte.ferrand@example.net"
ALL_DAY = ("00:01", "23:53")
FIRST_SCREEN = 775
"""Height that a phone of 390 by 844 shows above its navigation."""
ASKED = "Atelier marionnettes"
OPEN = {"fr": re.compile("ouvertes? à Tess"), "en": re.compile("open to Tess")}


def test_the_first_screen_of_a_phone_says_where_three_children_are(
    town: DemoTown, new_page: NewPage
) -> None:
    parent = Parent(town, new_page(), AT_HOME)
    offer_every_day(town, "agg", "journey-home", "Atelier cartes", "judo", ALL_DAY)
    for name in ("Théa", "Félix", "Honorine"):
        give_place(town, "agg", "journey-home", child_id(town, AT_HOME, name))
    parent.sign_in()
    page = parent.page
    until(lambda: _here_now(page, town) == 3)
    hand = Hand(page, JOURNEYS)
    page.goto(town.portal)

    now = page.locator("#now")
    expect(now).to_contain_text("Théa Atelier cartes jusqu’à 23 h 53")
    expect(now.get_by_role("heading", level=2)).to_have_count(2)
    assert now.evaluate("it => it.getBoundingClientRect().bottom") <= FIRST_SCREEN
    hand.tells("see where three children are, today and next", most=0)
    _is_sound_in_both_lights(page)
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    _is_sound_in_both_lights(page)

    with held_still(town, "enrolment_ens", "enrolment_agg"):
        page.goto(town.portal)
        expect(page.locator("#now")).to_contain_text("Théa Atelier cartes jusqu’à 23 h 53")


def test_an_activity_is_asked_for_in_four_taps_from_the_first_page(
    town: DemoTown, new_page: NewPage
) -> None:
    parent = Parent(town, new_page(), AT_ACTIVITIES)
    offer_every_day(town, "ens", "journey-puppets", ASKED, "evening_care", ("23:50", "23:52"))
    parent.sign_in()
    page = parent.page
    until_shown(page, ASKED, f"{town.portal}/activites")

    hand = Hand(page, JOURNEYS)
    hand.begins_at(town.portal)
    hand.taps_on(page.get_by_role("link", name="Activités", exact=True))
    hand.taps_on(page.get_by_label("Pour quel enfant").get_by_role("link", name="Gaëlle"))
    _is_sound_in_both_lights(page)
    hand.taps_on(page.get_by_role("link", name=f"Demander : {ASKED}"))
    _is_sound_in_both_lights(page)
    hand.taps_on(page.get_by_role("button", name="Envoyer la demande"))
    expect(page.locator("main")).to_contain_text("Gaëlle a une place")
    page.wait_for_url("**/demandes/**")  # where the page leads by itself once the card has come
    hand.tells("ask for a place in an activity, for the second child", most=4)

    gaelle = child_id(town, AT_ACTIVITIES, "Gaëlle")
    until_shown(page, "Gaëlle y est déjà", f"{town.portal}/activites?enfant={gaelle}")
    expect(page.get_by_role("heading", level=3, name=ASKED)).to_have_count(0)


def test_a_search_by_keyboard_finds_what_parents_call_otherwise_and_pages_too(
    town: DemoTown, new_page: NewPage
) -> None:
    parent = Parent(town, new_page(DESK), AT_ACTIVITIES)
    parent.sign_in()
    page, tess = parent.page, child_id(town, AT_ACTIVITIES, "Tess")
    page.goto(f"{town.portal}/activites?enfant={tess}")

    write(page, page.get_by_label("Chercher une activité").locator("input[type=search]"), "piscine")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="École de natation", exact=True)).to_be_visible()
    _is_sound_in_both_lights(page)

    page.goto(f"{town.portal}/activites")
    write(
        page,
        page.get_by_label("Chercher une activité").locator("input[type=search]"),
        "attestation",
    )
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Pages du site")).to_be_visible()
    press(page, page.get_by_role("link", name="Attestations de paiement"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("ttestations")


@pytest.mark.parametrize("language", ["fr", pytest.param("en", marks=pytest.mark.nightly)])
def test_without_a_script_filters_are_a_form_and_an_address_in_both_languages(
    town: DemoTown, browser: Browser, language: str
) -> None:
    context = browser.new_context(
        java_script_enabled=False, locale="fr-FR", viewport={"width": 390, "height": 844}
    )
    page = context.new_page()
    parent = Parent(town, page, AT_ACTIVITIES)
    parent.sign_in()
    if language == "en":
        page.goto(town.portal)
        page.get_by_role("link", name="English").or_(
            page.get_by_role("button", name="English")
        ).first.click()

    page.goto(f"{town.portal}/activites")
    page.locator("nav.segments").get_by_text("Tess").click()
    page.locator("details.more summary").first.click()
    page.locator("input[name=jour][value='6']").check()
    page.locator("details.more button").first.click()

    assert "jour=6" in page.url and "enfant=" in page.url
    expect(page.get_by_role("heading", level=2).first).to_contain_text(OPEN[language])
    expect(page.locator(".offered")).to_contain_text("École de natation")
    context.close()


def _here_now(page: Page, town: DemoTown) -> int:
    """Return how many children the first page says to be somewhere now."""
    now = as_sent(page, town.portal).get_element_by_id("now", None)
    return 0 if now is None else len(now.find_class("here"))


def _is_sound_in_both_lights(page: Page) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        is_sound(page)

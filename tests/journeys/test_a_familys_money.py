"""
A family's money on a phone: paid in one round, read in three taps.

These come first of the journeys: another bills October, after which three bills wait and not two.
"""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.billed import LABEL, billed_for_swimming, cost_last_spring, owed
from tests.journeys.bus import held_still, until
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.keyboard import press
from tests.journeys.looks import is_sound, is_sound_at_every_width
from tests.journeys.people import Parent, until_shown
from tests.journeys.taps import JOURNEYS, Hand
from tests.journeys.town import DemoTown

IN_TURN, STOPS, SPENT = (
    "odile.poirier@example.net",
    "begona.ibanez@example.net",
    "nathalie.brehat@example.net",
)
BANK = "Banque de démonstration"
NEXT = re.compile("^Payer [0-9]")
BOTH = re.compile("Payer les 2, l’une après l’autre")
SPRING = {"fr": "Printemps (avril à juin) 85,50 €", "en": "Spring (April to June) €85.50"}


@pytest.fixture(scope="module")
def billed(town: DemoTown) -> None:
    """Let two families owe the school and the sports service, and a third have a year behind it."""
    billed_for_swimming(town, IN_TURN, STOPS)
    cost_last_spring(town, SPENT)


def test_two_bills_at_two_regies_are_paid_in_six_taps_without_typing(
    town: DemoTown, new_page: NewPage, billed: None
) -> None:
    parent = Parent(town, new_page(), IN_TURN)
    parent.sign_in()
    page = parent.page
    until_shown(page, "Payer les 2", f"{town.portal}/factures")
    is_sound_at_every_width(page)

    hand = Hand(page, JOURNEYS)
    hand.begins_at(town.portal)
    hand.taps_on(page.get_by_role("link", name="Argent", exact=True))
    hand.taps_on(page.get_by_role("button", name=BOTH))
    expect(page.get_by_label("Adresse e-mail")).to_have_value(IN_TURN)
    hand.taps_on(page.get_by_role("button", name=NEXT))
    _pays(page, hand)
    expect(page.get_by_role("heading", name="Facture suivante : 2 sur 2")).to_be_visible()
    hand.taps_on(page.get_by_role("button", name=NEXT))
    _pays(page, hand)
    expect(page.locator("main")).to_contain_text("Tout est réglé")
    hand.tells("two bills at two régies, without typing", most=6)

    until(lambda: owed(town, IN_TURN) == {})
    until_shown(page, "Rien à payer", f"{town.portal}/factures")
    is_sound(page)


def test_a_round_that_was_left_goes_on_on_another_device_and_no_bill_is_paid_twice(
    town: DemoTown, new_page: NewPage, billed: None
) -> None:
    phone, desk = (Parent(town, new_page(size), STOPS) for size in ((390, 844), DESK))
    phone.sign_in()
    until_shown(phone.page, "Payer les 2", f"{town.portal}/factures")
    phone.page.get_by_role("button", name=BOTH).click()
    second_tab = phone.page.context.new_page()
    second_tab.goto(f"{town.portal}/reglement")
    is_sound_at_every_width(second_tab)
    phone.page.get_by_role("button", name=NEXT).click()
    _at_the_bank(phone.page)
    phone.page.get_by_role("button", name="Payer par carte").click()
    expect(phone.page.locator("main")).to_contain_text("Facture suivante : 2 sur 2")
    phone.page.close()

    second_tab.get_by_role("button", name=NEXT).click()
    expect(second_tab.locator("main")).to_contain_text("cet essai n’a rien débité")
    until(lambda: len(owed(town, STOPS)) == 1)

    desk.sign_in()
    page = desk.page
    until_shown(page, "1 sur 2", f"{town.portal}/factures")
    press(page, page.get_by_role("link", name="Continuer : 1 sur 2"))
    expect(page.get_by_label("Adresse e-mail")).to_have_value(STOPS)
    press(page, page.get_by_role("button", name=NEXT))
    _at_the_bank(page)
    page.get_by_role("button", name="Carte refusée").click()
    expect(page.locator("main")).to_contain_text("Le paiement n’a pas abouti")
    expect(page.locator("main")).not_to_contain_text("Rien à payer")
    until_shown(page, "La banque a refusé", f"{town.portal}/factures")
    assert len(owed(town, STOPS)) == 1


def test_what_last_spring_s_sport_cost_is_read_in_three_taps(
    town: DemoTown, new_page: NewPage, billed: None
) -> None:
    parent = Parent(town, new_page(), SPENT)
    parent.sign_in()
    page = parent.page
    until_shown(page, "2025-2026", f"{town.portal}/factures")

    hand = Hand(page, JOURNEYS)
    hand.begins_at(town.portal)
    hand.taps_on(page.get_by_role("link", name="Argent", exact=True))
    hand.taps_on(page.get_by_role("link", name=re.compile("^2025-2026")))
    sport = page.get_by_role("row").filter(has_text=LABEL)
    expect(sport).to_contain_text(SPRING["fr"])
    hand.tells("what last spring’s sport cost", most=3)

    is_sound_at_every_width(page)
    page.get_by_text("Les mêmes chiffres en tableau").click()
    is_sound(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Tableur (XLSX)").click()
    assert download.value.suggested_filename == "Dépenses 2025-2026.xlsx"

    page.get_by_role("link", name="Les factures de cette année").click()
    expect(page.get_by_role("heading", level=2)).to_contain_text("10 factures et avoirs")
    is_sound_at_every_width(page)


@pytest.mark.parametrize("language", ["fr", pytest.param("en", marks=pytest.mark.nightly)])
def test_without_a_script_a_year_is_narrowed_to_a_service_in_both_languages(
    town: DemoTown, browser: Browser, billed: None, language: str
) -> None:
    context = browser.new_context(
        java_script_enabled=False, locale="fr-FR", viewport={"width": 390, "height": 844}
    )
    page = context.new_page()
    Parent(town, page, SPENT).sign_in()
    page.goto(f"{town.portal}/langue/{language}?retour=/depenses?annee=2025")

    page.goto(f"{town.portal}/depenses?annee=2025")
    page.locator("details.more summary").first.click()
    page.locator("select[name=service]").select_option("agg")
    page.locator("form.filters button").click()

    assert "service=agg" in page.url
    expect(page.get_by_role("row").filter(has_text=LABEL)).to_contain_text(SPRING[language])
    expect(page.locator("main")).not_to_contain_text("Repas")
    context.close()


def test_while_billing_is_stopped_it_is_named_and_past_bills_stay_readable(
    town: DemoTown, new_page: NewPage, billed: None
) -> None:
    parent = Parent(town, new_page(), SPENT)
    parent.sign_in()
    page = parent.page
    until_shown(page, "2025-2026", f"{town.portal}/factures")

    with held_still(town, "billing"):
        page.goto(f"{town.portal}/depenses?annee=2025")
        expect(page.locator("main")).to_contain_text("La facturation ne répond pas")
        is_sound(page)
        page.goto(f"{town.portal}/factures/passees?annee=2025")
        expect(page.locator("main")).to_contain_text("payée")
        is_sound(page)


def _at_the_bank(page: Page) -> None:
    expect(page.locator("body")).to_contain_text(BANK)


def _pays(page: Page, hand: Hand) -> None:
    _at_the_bank(page)
    hand.taps_on(page.get_by_role("button", name="Payer par carte"))

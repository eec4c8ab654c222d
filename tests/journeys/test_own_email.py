"""A mother changes her e-mail; of another one a thief tries to, and ends with nothing."""

import re

from playwright.sync_api import Page, expect

from tests.journeys.bus import until
from tests.journeys.conftest import NewPage
from tests.journeys.credentials import ANOTHER, activate, link_in_letter, signs_in
from tests.journeys.letters import letters_to
from tests.journeys.looks import axe_finds_nothing, is_sound
from tests.journeys.people import Parent, sends, until_shown
from tests.journeys.town import PASSWORD, DemoTown

INGRID, HER_NEW = "ingrid.schmitt@example.net", "ingrid.s@example.org"
VALERIE, HIS = "valerie.ozenne@example.org", "somebody.else@example.org"
CLAIRE = "claire.lefevre@example.org"
PAGE = "/compte/e-mail"


def test_a_mother_changes_her_address_with_the_code_of_the_letter_and_signs_in_by_it(
    town: DemoTown, new_page: NewPage
) -> None:
    phone = new_page()
    Parent(town, phone, INGRID).sign_in()
    phone.goto(f"{town.portal}/compte")
    phone.get_by_role("link", name="E-mail, mot de passe et appareils").click()
    expect(phone.locator("main")).to_contain_text("aucun code ne part par SMS")
    axe_finds_nothing(phone, english=True)
    phone.get_by_role("link", name="Changer d’adresse e-mail").click()
    axe_finds_nothing(phone, english=True)

    asks(phone, CLAIRE)
    taken = without(phone, CLAIRE)
    sends(phone.get_by_role("button", name="Renoncer à cette adresse"))
    phone.goto(f"{town.portal}{PAGE}")
    asks(phone, HER_NEW)
    assert without(phone, HER_NEW) == taken
    until(lambda: any("Elle ouvre déjà le vôtre" in text for text in letters_to(town, CLAIRE)), 15)
    phone.get_by_label("Code reçu").fill("00000-00000")
    phone.get_by_role("button", name="Confirmer cette adresse").click()
    expect(phone.locator("main")).to_contain_text("Ce code ne convient pas")
    is_sound(phone)
    phone.get_by_label("Code reçu").fill(code_in_letter(town, HER_NEW))
    phone.get_by_role("button", name="Confirmer cette adresse").click()
    expect(phone.locator("main")).to_contain_text("Votre adresse e-mail est changée")
    expect(phone.locator("main")).to_contain_text(HER_NEW)

    until(lambda: any("n’ouvre plus rien" in text for text in letters_to(town, INGRID)), 15)
    assert HER_NEW not in "".join(letters_to(town, INGRID))
    elsewhere = new_page()
    elsewhere.goto(f"{town.portal}/connexion?identifiant={HER_NEW}")
    signs_in(elsewhere, town, HER_NEW, PASSWORD)
    elsewhere.goto(f"{town.portal}/enfants")
    expect(elsewhere.locator("main")).to_contain_text("Côme")


def test_who_has_her_password_changes_no_address_once_she_has_read_her_letter(
    town: DemoTown, new_page: NewPage
) -> None:
    thief, phone = new_page(), new_page()
    Parent(town, thief, VALERIE).sign_in()
    thief.goto(f"{town.portal}{PAGE}")
    asks(thief, HIS)

    phone.goto(link_in_letter(town, VALERIE, "adresse-refusee"))
    assert HIS not in phone.content()
    axe_finds_nothing(phone, english=True)
    phone.get_by_role("button", name="Ce n’est pas moi : tout arrêter").click()
    expect(phone.locator("main")).to_contain_text("tous vos appareils sont déconnectés")
    activate(phone, phone.url, ANOTHER)
    signs_in(phone, town, VALERIE, ANOTHER)

    until_shown(thief, "Identifiant", f"{town.portal}{PAGE}", 15)
    thief.get_by_label("Identifiant").fill(VALERIE)
    thief.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    thief.get_by_role("button", name="Se connecter").click()
    expect(thief.locator("main")).to_contain_text("ne vont pas ensemble")
    thief.goto(link_in_letter(town, VALERIE, "adresse-refusee"))
    thief.get_by_role("button", name="Ce n’est pas moi : tout arrêter").click()
    expect(thief.locator("main")).to_contain_text("Ce lien ne sert plus")


def asks(page: Page, email: str) -> None:
    page.get_by_label("Nouvelle adresse").fill(email)
    page.get_by_role("button", name="Recevoir un code").click()
    expect(page.locator("main")).to_contain_text(f"{email} devient votre adresse")
    is_sound(page)


def without(page: Page, email: str) -> str:
    """Return what the page says, whatever the address."""
    return page.locator("main").inner_text().replace(email, "…")


def code_in_letter(town: DemoTown, address: str) -> str:
    found: list[str] = []

    def arrived() -> bool:
        for text in letters_to(town, address):
            found.extend(re.findall(r"code : (\S+)", text))
        return bool(found)

    until(arrived, 15)
    return found[-1]

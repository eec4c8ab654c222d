"""A mother signs in with her telephone's passkey; a father by codes, and at the counter without."""

import re

import pyotp
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.journeys.bus import until
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.databases import change
from tests.journeys.letters import letters_to
from tests.journeys.looks import is_sound
from tests.journeys.own_access import (
    AURELIE,
    HUGO,
    opens_own_access,
    password,
    signs_in,
    signs_out,
    title,
)
from tests.journeys.people import Agent
from tests.journeys.town import DemoTown


def test_a_mother_adds_a_passkey_on_her_phone_signs_in_with_it_and_a_mandate_asks_again(
    town: DemoTown, new_page: NewPage
) -> None:
    phone = new_page()
    telephone = authenticator(phone)
    signs_in(phone, town, AURELIE)

    opens_own_access(phone)
    phone.get_by_role("link", name="Ajouter une clé d’accès").click()
    is_sound(phone)
    phone.get_by_label("Nom de la clé").fill("Téléphone d’Aurélie")
    phone.get_by_role("button", name="Créer la clé d’accès").click()
    title(phone, "recovery")
    expect(phone.locator(".recovery li")).to_have_count(10)
    is_sound(phone)
    phone.get_by_role("link", name="C’est noté").click()
    expect(phone.locator("main")).to_contain_text("Votre clé d’accès est ajoutée")
    expect(phone.locator("main")).to_contain_text("Téléphone d’Aurélie")
    is_sound(phone)

    signs_out(phone, town)
    is_sound(phone)
    phone.get_by_role("button", name="Entrer avec ma clé d’accès").click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Bon")

    change(town, "portal", "UPDATE web_session SET proven_at = NULL")
    phone.goto(f"{town.portal}/prelevements")
    phone.get_by_role("link", name="Payer par prélèvement").first.click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("C’est bien vous ?")
    is_sound(phone)
    unlocks(telephone, False)
    phone.get_by_role("button", name="Utiliser ma clé d’accès").click()
    expect(phone.get_by_text("L’appareil n’a pas donné de clé d’accès")).to_be_visible()
    is_sound(phone)
    unlocks(telephone, True)
    phone.get_by_role("button", name="Utiliser ma clé d’accès").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Payer par prélèvement")

    other = new_page()
    password(other, town, AURELIE)
    title(other, "step")
    is_sound(other)
    opens_own_access(phone, town)
    phone.get_by_role("link", name="Retirer la clé d’accès").click()
    is_sound(phone)
    phone.get_by_role("button", name="Retirer cette clé").click()
    expect(phone.locator("main")).to_contain_text("Cette clé d’accès ne sert plus")
    until(lambda: {"ajoutée", "retirée"} <= said_by_letters(town, AURELIE), 30)


def test_without_javascript_the_page_says_what_a_passkey_needs(
    town: DemoTown, browser: Browser
) -> None:
    context = browser.new_context(java_script_enabled=False, locale="fr-FR")
    page = context.new_page()

    page.goto(f"{town.portal}/connexion")

    expect(page.get_by_text("demande un navigateur récent, avec JavaScript")).to_be_visible()
    expect(page.get_by_role("button", name="Entrer avec ma clé d’accès")).to_have_count(0)
    context.close()


def test_a_father_is_asked_for_codes_uses_one_of_his_paper_and_is_reset_at_the_counter(
    town: DemoTown, new_page: NewPage
) -> None:
    phone = new_page()
    signs_in(phone, town, HUGO)
    opens_own_access(phone)
    phone.get_by_role("link", name="Demander un code après le mot de passe").click()
    expect(phone.get_by_role("img", name="Code QR")).to_be_visible()
    is_sound(phone)
    phone.get_by_label("Code à 6 chiffres").fill("000000")
    phone.get_by_role("button", name="Demander un code").click()
    expect(phone.locator("main")).to_contain_text("Ce code ne convient pas")
    phone.get_by_label("Code à 6 chiffres").fill(code_shown(phone))
    phone.get_by_role("button", name="Demander un code").click()
    title(phone, "recovery")
    codes = phone.locator(".recovery li").all_inner_texts()
    phone.get_by_role("link", name="C’est noté").click()
    expect(phone.locator("main")).to_contain_text("Il vous reste 10 codes de secours")

    signs_out(phone, town)
    password(phone, town, HUGO)
    title(phone, "step")
    is_sound(phone)
    phone.get_by_label("Code", exact=True).fill(codes[3])
    phone.get_by_role("button", name="Se connecter", exact=True).click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Bon")

    at_the_counter(town, new_page(DESK))
    until(lambda: is_signed_out(phone, town), 20)
    password(phone, town, HUGO)
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Bon")
    opens_own_access(phone, town)
    expect(phone.locator("main")).to_contain_text("Clés et codes retirés au guichet")
    until(lambda: {"servir", "retirés"} <= said_by_letters(town, HUGO), 30)


def at_the_counter(town: DemoTown, page: Page) -> None:
    """Let an agent who hands out letters of access reset Hugo's second step."""
    agent = Agent(town, page, "ens", "helene.marais")
    agent.desk = town.instance.pages_url("front_desk")
    agent.sign_in()
    page.goto(agent.desk)
    page.get_by_label("Nom et prénom").fill("Renaudin Hugo")
    page.get_by_role("button", name="Chercher").click()
    page.get_by_role("link", name="Renaudin").first.click()
    page.get_by_role("link", name="Clé d’accès ou codes perdus : Hugo Renaudin").click()
    is_sound(page)
    page.get_by_label("Passeport").check()
    page.get_by_role("button", name="Retirer clés d’accès et codes").click()
    expect(page.locator("main")).to_contain_text("Le mot de passe suffit de nouveau")
    is_sound(page)


def authenticator(page: Page) -> tuple[CDPSession, str]:
    """Give a page's telephone a sensor of fingers, as Chromium's virtual authenticator is one."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return session, str(made["authenticatorId"])


def unlocks(telephone: tuple[CDPSession, str], verified: bool) -> None:
    session, authenticator_id = telephone
    given = {"authenticatorId": authenticator_id, "isUserVerified": verified}
    session.send("WebAuthn.setUserVerified", given)


def is_signed_out(page: Page, town: DemoTown) -> bool:
    page.goto(f"{town.portal}/compte")
    return bool(page.get_by_label("Identifiant").count())


def code_shown(page: Page) -> str:
    """Return the code of an application that has read the page's key."""
    key = page.locator(".facts dd").first.inner_text()
    return pyotp.TOTP(re.sub(r"\s", "", key)).now()


def said_by_letters(town: DemoTown, address: str) -> set[str]:
    return {word for text in letters_to(town, address) for word in re.findall(r"\w+", text)}

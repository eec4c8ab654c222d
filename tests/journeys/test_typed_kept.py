"""
Typed text is never lost: signed out elsewhere while typing, a tab that was closed, two clicks
on a button; and nobody else on the same device ever sees it.
"""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.bus import until
from tests.journeys.conftest import DESK, PHONE, NewPage
from tests.journeys.looks import is_sound
from tests.journeys.people import Parent
from tests.journeys.town import PASSWORD, DemoTown

LOGIN, OTHER = "mariam.haddad@example.net", "helene.garnier@example.com"
TITLE, BODY = "Une sortie en janvier", "Faut-il un pique-nique le jour de la sortie ?"
DRAFTS = "Object.keys(localStorage).filter(each => each.startsWith('preau:draft:')).length"


def signs_in(page: Page, login: str) -> None:
    page.get_by_label("Identifiant").fill(login)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()


def opens_form(page: Page, portal: str) -> None:
    """Open the form of a message to a service of the child's."""
    page.goto(f"{portal}/messages/ecrire")
    if not page.locator("#title").count():
        page.locator("main").get_by_role("link").filter(has_text="Enseignement").first.click()
    expect(page.locator("#title")).to_be_visible()


def writes(page: Page, title: str = TITLE) -> None:
    page.get_by_label("Une question").or_(page.locator("input[name=kind]")).first.check()
    page.locator("#title").fill(title)
    page.get_by_label("Votre message").fill(BODY)


def signs_out_in_another_tab(page: Page, portal: str) -> None:
    tab = page.context.new_page()
    tab.goto(f"{portal}/compte")
    tab.get_by_role("button", name="Se déconnecter").first.click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Se connecter")
    tab.close()


@pytest.mark.parametrize(("scripted", "screen"), [(True, PHONE), (False, DESK)])
def test_a_message_typed_when_signed_out_elsewhere_is_sent_after_signing_in(
    town: DemoTown, browser: Browser, scripted: bool, screen: tuple[int, int]
) -> None:
    size = {"width": screen[0], "height": screen[1]}
    context = browser.new_context(java_script_enabled=scripted, viewport=size)  # type: ignore[arg-type]
    page = context.new_page()
    Parent(town, page, LOGIN).sign_in()
    title = f"{TITLE} {'sur le bus' if scripted else 'au bureau'}"
    opens_form(page, town.portal)
    writes(page, title)
    signs_out_in_another_tab(page, town.portal)

    page.get_by_role("button", name="Envoyer").click()
    expect(page.locator("main")).to_contain_text("Ce que vous aviez écrit est gardé.")
    signs_in(page, LOGIN)
    expect(page.locator("#title")).to_have_value(title)
    expect(page.get_by_label("Votre message")).to_have_value(BODY)
    expect(page.locator("main")).to_contain_text("Ce n’est pas encore envoyé.")
    if scripted:
        is_sound(page)
    page.get_by_role("button", name="Envoyer").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    opens_form(page, town.portal)
    expect(page.locator("#title")).to_have_value("")
    context.close()


@pytest.mark.parametrize("scripted", [True, False], ids=["scripted", "without script"])
def test_half_a_day_is_not_sent_as_no_day_at_all(
    town: DemoTown, browser: Browser, scripted: bool
) -> None:
    with browser.new_context(java_script_enabled=scripted, locale="fr-FR") as context:
        page = context.new_page()
        parent = Parent(town, page, "claire.lefevre@example.org")
        parent.sign_in()
        parent.open_page("Manon", "acces")
        sent: list[str] = []
        page.on("request", lambda each: sent.append(each.method))
        until_when = page.locator("#valid_to")
        until_when.fill("")
        until_when.focus()
        page.keyboard.type("12")

        page.locator("form:has(#valid_to) button").last.click()

        expect(until_when).to_be_focused()
        assert "POST" not in sent


def test_what_was_typed_in_a_closed_tab_is_there_again_for_its_account_alone(
    town: DemoTown, new_page: NewPage
) -> None:
    parent = Parent(town, new_page(), LOGIN)
    parent.sign_in()
    page = parent.page
    opens_form(page, town.portal)
    writes(page)
    until(lambda: page.evaluate(DRAFTS))
    assert BODY not in page.evaluate("JSON.stringify({...localStorage})")
    context = page.context
    page.close()

    page = context.new_page()
    opens_form(page, town.portal)
    expect(page.locator("main")).to_contain_text("Voici ce que vous aviez écrit sur cet appareil.")
    expect(page.locator("#title")).to_have_value(TITLE)
    expect(page.get_by_label("Votre message")).to_have_value(BODY)
    is_sound(page)

    kept = page.evaluate("({...localStorage})")
    context.clear_cookies()
    other = Parent(town, page, OTHER)
    other.sign_in()
    opens_form(page, town.portal)
    expect(page.locator("#title")).to_have_value("")
    assert page.evaluate("({...localStorage})") == kept

    page.get_by_role("button", name="Se déconnecter").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Se connecter")
    assert page.evaluate(DRAFTS) == 0


def test_two_clicks_send_once_and_the_button_says_that_it_is_at_work(
    town: DemoTown, new_page: NewPage
) -> None:
    parent = Parent(town, new_page(), LOGIN)
    parent.sign_in()
    page = parent.page
    opens_form(page, town.portal)
    writes(page, "Deux fois la même question")
    sent: list[str] = []
    page.on("request", lambda each: sent.append(each.url) if each.method == "POST" else None)

    button = page.locator("main").get_by_role("button", name="Envoyer")
    busy = button.evaluate(
        "button => { button.click(); button.click(); return button.getAttribute('aria-busy'); }"
    )
    assert busy == "true"

    expect(page.get_by_role("heading", level=1)).to_have_text("Deux fois la même question")
    assert len(sent) == 1

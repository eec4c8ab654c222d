"""
Visitors without an account find the town first: on a phone and at a desk, in both languages, with
keyboard alone, without JavaScript, and while a provider is stopped.
"""

from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.bus import held_still
from tests.journeys.conftest import DESK, PHONE, NewPage
from tests.journeys.keyboard import press, write
from tests.journeys.looks import is_sound_at_every_width
from tests.journeys.people import Agent, Parent, sends, until_shown
from tests.journeys.town import PASSWORD, DemoTown

LOGIN = "helene.garnier@example.com"
Scheme = Literal["light", "dark"]
OPEN_PAGES = (
    *("/", "/ville/activites", "/menus", "/connexion", "/aide"),
    *(
        "/facile-a-lire",
        "/accessibilite",
        "/accessibilite/signaler",
        "/mentions-legales",
        "/donnees-personnelles",
    ),
)
SAID = "Sur mon téléphone, le bouton « Clôturer » ne se touche pas."


@pytest.mark.parametrize(
    ("language", "scheme"),
    [
        ("fr", "light"),
        ("en", "dark"),
        pytest.param("fr", "dark", marks=pytest.mark.nightly),
        pytest.param("en", "light", marks=pytest.mark.nightly),
    ],
)
def test_every_open_page_is_sound_at_every_width(
    town: DemoTown, new_page: NewPage, language: str, scheme: Scheme
) -> None:
    page = new_page(DESK)
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{town.portal}/langue/{language}?retour=/")

    for path in OPEN_PAGES:
        page.goto(town.portal + path)
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        expect(page.locator("html")).to_have_attribute("lang", language)
        is_sound_at_every_width(page)


@pytest.mark.parametrize("screen", [PHONE, pytest.param(DESK, marks=pytest.mark.nightly)])
def test_a_visitor_finds_prices_dates_and_activities_while_every_provider_is_stopped(
    town: DemoTown, new_page: NewPage, screen: tuple[int, int]
) -> None:
    page = new_page(screen)

    with held_still(town, "enrolment_ens", "enrolment_agg"):
        page.goto(town.portal)
        expect(page.get_by_role("link", name="Ville de Démonstration")).to_be_visible()
        expect(page.get_by_role("region", name="Quelques prix")).to_contain_text("de 1,00 € à 6,50")
        page.get_by_role("link", name="Activités ouvertes").click()
        expect(page.locator("main")).to_contain_text("École de natation")
        page.get_by_role("link", name="Ville de Démonstration").last.click()
        page.get_by_role("link", name="Repas").click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()

    assert page.context.cookies() == []


def test_a_parent_comes_in_with_the_keyboard_and_finds_home_at_the_same_address(
    town: DemoTown, new_page: NewPage
) -> None:
    page = new_page(DESK)
    page.goto(town.portal)

    press(page, page.get_by_role("link", name="Se connecter"))
    page.wait_for_url("**/connexion")
    _signs_in_by_keyboard(page)
    page.goto(town.portal)

    expect(page.get_by_role("heading", level=1)).to_contain_text("Bon")
    page.goto(f"{town.portal}/ville")
    press(page, page.get_by_role("link", name="Aller à l’accueil"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bon")


def test_without_javascript_everything_leads_where_it_says(
    town: DemoTown, browser: Browser
) -> None:
    context = browser.new_context(java_script_enabled=False, locale="fr-FR")
    page = context.new_page()
    page.goto(town.portal)
    links = page.locator("main a[href^='/']")
    paths = {links.nth(at).get_attribute("href") or "" for at in range(links.count())}

    assert len(paths) > 8
    assert [path for path in paths if not page.request.get(town.portal + path).ok] == []
    page.goto(f"{town.portal}/donnees-personnelles")
    page.locator("summary").first.click()
    expect(page.locator("main")).to_contain_text("Reconnaître l’enfant")
    context.close()


def test_what_somebody_cannot_use_is_told_read_at_the_counter_and_answered(
    town: DemoTown, new_page: NewPage
) -> None:
    visitor = new_page(PHONE)
    visitor.goto(town.portal)
    visitor.get_by_role("link", name="Accessibilité").click()
    visitor.get_by_role("link", name="Signaler ce qui me gêne").click()
    visitor.get_by_role("button", name="Envoyer au guichet").click()
    expect(visitor.locator("#error-summary")).to_contain_text("Écrivez ce qui vous gêne")
    visitor.get_by_label("Ce qui vous gêne").fill(SAID)
    visitor.get_by_label("Comment vous répondre").fill("02 00 00 00 31")
    visitor.get_by_role("button", name="Envoyer au guichet").click()
    expect(visitor.locator("#confirmation")).to_contain_text("c’est envoyé au guichet")

    helene = Agent(town, new_page(DESK), "front_desk", "helene.marais")
    helene.sign_in()
    desk = helene.page
    until_shown(desk, SAID, f"{helene.desk}/obstacles")
    report = desk.get_by_role("article").filter(has_text=SAID)
    expect(report).to_contain_text("02 00 00 00 31")
    is_sound_at_every_width(desk)
    report.get_by_role("button", name="Je m’en suis occupé").click()
    expect(desk.locator("#confirmation")).to_contain_text("quelqu’un s’en est occupé")
    expect(report).to_contain_text("par Hélène Marais")


def test_who_signs_out_is_led_back_to_the_town(town: DemoTown, new_page: NewPage) -> None:
    parent = Parent(town, new_page(DESK), LOGIN)
    parent.sign_in_by_form()

    sends(parent.page.get_by_role("button", name="Se déconnecter"))
    parent.page.goto(town.portal)

    expect(parent.page.get_by_role("heading", level=1)).to_contain_text("au même endroit")


def _signs_in_by_keyboard(page: Page) -> None:

    write(page, page.locator("#login"), LOGIN)
    write(page, page.locator("#password"), PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bon")

"""A family at the front desk: found, accompanied for a while, and told at home of all of it."""

from playwright.sync_api import Page, expect

from shared.dates.clock import today
from tests.journeys.billed import open_bill
from tests.journeys.bus import held_still, until, until_whole
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.keyboard import write
from tests.journeys.looks import is_sound
from tests.journeys.offers import offer_every_day
from tests.journeys.people import Agent, Parent, links_as_sent, until_shown
from tests.journeys.town import DemoTown

CLAIRE = "claire.lefevre@example.org"


def test_a_family_is_found_accompanied_for_a_while_and_reads_at_home_what_was_done(
    town: DemoTown, new_page: NewPage
) -> None:
    after_others = ("23:57", "23:59")  # Manon may have another sport before
    offer_every_day(town, "agg", "journey-tennis", "Tennis", "judo", after_others)
    helene = Agent(town, new_page(DESK), "front_desk", "helene.marais")
    page = helene.page
    helene.sign_in()
    page.goto(helene.desk)
    is_sound(page)

    _find_by_keyboard(page, "Lefaivre manon")
    is_sound(page)
    page.get_by_role("link", name="Manon Lefèvre").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Claire Lefèvre")
    assert "Judo" not in helene.text() and "€" not in helene.text()
    is_sound(page)

    page.get_by_role("link", name="Ouvrir une session accompagnée : Claire Lefèvre").click()
    page.get_by_label("Carte d’identité").check()
    is_sound(page)
    with held_still(town, "enrolment_ens"):  # one provider is down, the counter goes on
        page.get_by_role("button", name="Ouvrir pour 20 minutes").click()
        expect(page.locator(".beside")).to_contain_text("au guichet · encore 20 min")
        is_sound(page)

        _apply(page, town, "Tennis")
        expect(page.locator("main")).to_contain_text("Manon a une place")
        page.wait_for_load_state()  # which renews itself: what is opened meanwhile is broken off
        page.goto(f"{town.portal}/factures")
        open_bill(Parent(town, page, CLAIRE))
        expect(page.locator("main")).to_contain_text("Pourquoi")
        page.goto(f"{town.portal}/compte")
        expect(page.get_by_role("heading", level=1)).to_contain_text("fermée au guichet")
        is_sound(page)

        page.get_by_role("button", name="Terminer").click()
        expect(page.locator("main")).to_contain_text("La session est terminée")
        expect(page.locator("main")).to_contain_text("Demande d’inscription · Manon")
        expect(page.get_by_role("button", name="Imprimer")).to_be_visible()
        is_sound(page)
    page.goto(f"{town.portal}/semaine")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bilan")

    claire = Parent(town, new_page(), CLAIRE)
    claire.sign_in()
    claire.page.goto(f"{town.portal}/nouvelles")
    expect(claire.page.locator("main")).to_contain_text("Session accompagnée au guichet")
    expect(claire.page.locator("main")).to_contain_text("Demande d’inscription · Manon")
    is_sound(claire.page)
    claire.open_page("Manon", "qui-a-lu")
    log = claire.page.url
    until_shown(claire.page, "Les factures, les prix et le quotient", log)
    for line in ("Guichet unique, Accueil au guichet", "dans une recherche", "activités"):
        expect(claire.page.locator("main")).to_contain_text(line)
    assert "Hélène" not in claire.text()
    until_whole(town)


def _find_by_keyboard(page: Page, name: str) -> None:
    write(page, page.get_by_label("Nom et prénom"), name)
    page.keyboard.press("Enter")
    expect(page.locator("#found")).to_contain_text("personne")


def _apply(page: Page, town: DemoTown, activity: str) -> None:
    until(lambda: activity in dict(links_as_sent(page, f"{town.portal}/activites")))
    page.goto(f"{town.portal}/activites")
    page.get_by_role("link", name=activity, exact=True).first.click()
    page.get_by_label("Manon", exact=True).check()
    page.get_by_label(f"Groupe {activity}").check()
    page.get_by_label("À partir du").fill(today().isoformat())
    page.get_by_role("button", name="Envoyer la demande").click()

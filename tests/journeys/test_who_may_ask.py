"""Activities a child can join, why not the rest, and a clash that is said before it happens."""

from playwright.sync_api import expect

from tests.journeys.bus import until
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.offers import give_place, offer_every_day
from tests.journeys.people import Agent, Parent, child_id, until_shown
from tests.journeys.town import DemoTown

CLAIRE = "claire.lefevre@example.org"


def test_a_family_sees_what_its_child_can_join_and_is_warned_of_a_clash(
    town: DemoTown, new_page: NewPage
) -> None:
    parent = Parent(town, new_page(), CLAIRE)
    parent.sign_in()

    asked = {"school": ["École des Tilleuls"], "grade": [], "class_name": [], "commune": []}
    offer_every_day(town, "ens", "journey-other", "Chorale", "evening_care", conditions=asked)
    until_shown(parent.page, "Chorale", f"{town.portal}/activites?q=chorale")
    expect(parent.page.get_by_role("heading", level=3)).to_have_count(0)
    expect(parent.page.locator("main")).to_contain_text("pour d’autres écoles que celle de Manon")

    child = child_id(town, CLAIRE, "Manon")
    hours = ("23:52", "23:54")
    offer_every_day(town, "ens", "journey-first", "Atelier encre", "evening_care", hours)
    give_place(town, "ens", "journey-first", child)
    offer_every_day(town, "agg", "journey-second", "Escrime", "judo", hours)
    until(lambda: _offered_beside(town, parent, child))
    parent.page.get_by_label("Groupe Escrime").check()
    parent.page.get_by_role("button", name="Envoyer la demande").click()
    expect(parent.page.locator("main")).to_contain_text("rien n’est encore envoyé")
    expect(parent.page.locator("main")).to_contain_text("Atelier encre")
    parent.page.get_by_label("Envoyer la demande quand même").check()
    parent.page.get_by_role("button", name="Envoyer la demande").click()
    expect(parent.page.locator("main")).to_contain_text("Manon a une place")


def test_the_desk_takes_a_child_of_another_school_with_a_reason(
    town: DemoTown, new_page: NewPage
) -> None:
    desk = Agent(town, new_page(DESK), "ens", "karim.haddad")
    desk.sign_in()
    child = child_id(town, CLAIRE, "Manon")
    desk.page.goto(f"{town.desk('ens')}/demandes/nouvelle/{child}")
    desk.page.get_by_text("pourquoi ils ne conviennent pas").click()
    desk.page.get_by_label("Accueil du soir · Accueil du soir des Tilleuls").check()

    desk.page.get_by_role("button", name="Enregistrer la demande").click()
    expect(desk.page.locator("main")).to_contain_text("Ne remplit pas les conditions : école")
    desk.page.get_by_label("Dérogation accordée").check()
    desk.page.get_by_role("button", name="Enregistrer la demande").click()

    expect(desk.page.locator("main")).to_contain_text("Dérogation accordée")


def _offered_beside(town: DemoTown, parent: Parent, child: str) -> bool:
    """Return whether the offer has come, and its page knows the place at the same hours."""
    parent.page.goto(f"{town.portal}/activites?enfant={child}")
    link = parent.page.get_by_role("link", name="Escrime", exact=True)
    if not link.count():
        return False
    link.first.click()
    return "Manon a déjà une place" in parent.text()

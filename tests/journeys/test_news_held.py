"""Changes while an agent types move nothing: a line says that there is something new."""

from playwright.sync_api import expect

from tests.journeys.bus import until
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.looks import is_sound
from tests.journeys.offers import offer_every_day
from tests.journeys.people import Agent, Parent, until_shown
from tests.journeys.town import DemoTown

LOGIN, FIRST, SECOND = "fatoumata.keita@example.net", "Moussa", "Mamadou"
SAILING = "Voile du lac"


def test_a_list_in_which_an_agent_types_is_renewed_when_asked_and_not_before(
    town: DemoTown, new_page: NewPage
) -> None:
    hours = ("23:46", "23:48")
    group = offer_every_day(town, "ens", "journey-lake", SAILING, "evening_care", hours)
    parent = Parent(town, new_page(), LOGIN)
    parent.sign_in()
    until_shown(parent.page, SAILING, f"{town.portal}/activites?q=voile")
    parent.apply_for(SAILING, FIRST)
    expect(parent.page.locator("main")).to_contain_text(FIRST)
    karim = Agent(town, new_page(DESK), "ens", "karim.haddad")
    karim.sign_in()
    page = karim.page
    until_shown(page, FIRST, f"{karim.desk}/demandes/groupe/{group}")
    page.get_by_label("Nom, même mal écrit").fill("mam")

    parent.apply_for(SAILING, SECOND)
    show = page.get_by_role("button", name="1 nouveauté, afficher")
    expect(show).to_be_visible()
    expect(page.locator("#said-by-itself")).to_have_text("1 nouveauté, afficher")
    expect(page.get_by_label("Nom, même mal écrit")).to_have_value("mam")
    expect(page.get_by_label("Nom, même mal écrit")).to_be_focused()
    expect(page.get_by_role("table")).not_to_contain_text(SECOND)
    is_sound(page)

    show.click()
    expect(page.get_by_role("table")).to_contain_text(SECOND)
    expect(show).to_have_count(0)
    until(lambda: page.evaluate("document.activeElement.matches('main')"))

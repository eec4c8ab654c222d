"""A household protected at the front desk: the search loses it, its own space stays."""

from playwright.sync_api import expect

from tests.journeys.conftest import DESK, NewPage
from tests.journeys.looks import is_sound
from tests.journeys.people import Agent, Parent
from tests.journeys.town import PASSWORD, DemoTown

SOPHIE, SEARCHED, FOUND = "sophie.tanguy@example.org", "Tanguy Ewen", "Ewen Tanguy"
COUPLE, COUPLE_CHILD = "Sauvage Kenza", "Kenza Sauvage"
HER, HER_LOGIN = "Tiphaine Sauvage", "tiphaine.sauvage@example.org"
HIS_LOGIN = "lionel.sauvage@example.net"


def test_a_protected_household_is_found_by_who_protects_alone_until_the_protection_is_lifted(
    town: DemoTown, new_page: NewPage
) -> None:
    mathilde = Agent(town, new_page(DESK), "front_desk", "mathilde.besson")
    helene = Agent(town, new_page(DESK), "front_desk", "helene.marais")
    for agent in (mathilde, helene):
        agent.sign_in()
    page = mathilde.page
    _search(mathilde)
    page.get_by_role("link", name=FOUND).click()
    page.get_by_role("link", name="Protéger, confier, tenir").click()
    situation = page.url
    expect(page.locator("header")).to_contain_text("Mathilde Besson")
    is_sound(page)
    for link in (f"Enfant confié : {FOUND}", f"Décès : {FOUND}"):
        page.get_by_role("link", name=link).click()
        is_sound(page)
        page.goto(situation)

    page.get_by_role("link", name="Protéger ce foyer").click()
    is_sound(page)
    page.get_by_label("jugement").check()
    page.get_by_label("Date du document").fill("2026-09-01")
    page.get_by_label("J’ai vu ce document").check()
    page.get_by_role("button", name="Protéger").click()
    expect(page.locator("main")).to_contain_text("la recherche ne le trouve pas")
    is_sound(page)

    _search(helene)
    expect(helene.page.get_by_role("link", name=FOUND)).to_have_count(0)
    page.goto(f"{mathilde.desk}/proteges")
    expect(page.locator("main")).to_contain_text("Sophie Tanguy")
    is_sound(page)
    sophie = Parent(town, new_page(), SOPHIE)
    sophie.sign_in()
    sophie.page.goto(town.portal)
    expect(sophie.page.locator("main")).to_contain_text("Ewen")

    page.goto(situation)
    page.get_by_label("Je confirme").check()
    page.get_by_role("button", name="Lever la protection").click()
    expect(page.get_by_role("link", name="Protéger ce foyer")).to_be_visible()
    _search(helene)
    expect(helene.page.get_by_role("link", name=FOUND)).to_be_visible()


def test_of_two_guardians_one_is_protected_with_a_home_of_her_own_in_the_same_act(
    town: DemoTown, new_page: NewPage
) -> None:
    mathilde = Agent(town, new_page(DESK), "front_desk", "mathilde.besson")
    mathilde.sign_in()
    page = mathilde.page
    _search(mathilde, COUPLE)
    page.get_by_role("link", name=COUPLE_CHILD).click()
    page.get_by_role("link", name="Protéger, confier, tenir").click()
    page.get_by_role("link", name="Protéger ce foyer").click()
    is_sound(page)

    page.get_by_label(HER).check()
    page.get_by_label("Numéro et rue").fill("3 impasse du Refuge")
    page.get_by_label("Code postal").fill("28963")
    page.get_by_label("Commune", exact=True).fill("Villecachée")
    page.get_by_label("ordonnance de protection").check()
    page.get_by_label("Date du document").fill("2026-09-01")
    page.get_by_label("J’ai vu ce document").check()
    page.get_by_role("button", name="Protéger").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(HER)
    expect(page.locator("main")).to_contain_text("la recherche ne le trouve pas")
    is_sound(page)
    hers, his = Parent(town, new_page(), HER_LOGIN), Parent(town, new_page(), HIS_LOGIN)
    for parent in (hers, his):
        parent.sign_in()
    shows(hers, "3 impasse du Refuge", there=True)
    shows(his, "3 impasse du Refuge", there=False)


def shows(parent: Parent, street: str, *, there: bool) -> None:
    """Say whether a parent's own address is this one."""
    parent.page.goto(f"{parent.town.portal}/adresse")
    if parent.page.get_by_label("Mot de passe").count():
        parent.page.get_by_label("Mot de passe").fill(PASSWORD)
        parent.page.keyboard.press("Enter")
    expect(parent.page.get_by_role("heading", level=1)).to_have_text("Notre adresse")
    words = parent.page.locator("main").inner_text()
    assert (street in words) is there


def _search(agent: Agent, searched: str = SEARCHED) -> None:
    agent.page.goto(agent.desk)
    agent.page.get_by_label("Nom et prénom").fill(searched)
    agent.page.keyboard.press("Enter")
    expect(agent.page.locator("#found")).to_be_visible()

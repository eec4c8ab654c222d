"""Rights of agents hold from the next page: given, withdrawn, and back after a lost telephone."""

import re

import pyotp
from playwright.sync_api import Page, expect

from tests.journeys.bus import until
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.looks import is_sound
from tests.journeys.people import Agent
from tests.journeys.taps import Hand
from tests.journeys.town import DemoTown

CHOSEN = "quatre-mots-sans-rapport"


def test_an_administrator_alone_sees_no_child(town: DemoTown, new_page: NewPage) -> None:
    administrator = Agent(town, new_page(DESK), "ens", "claire.aubry")
    administrator.sign_in()

    administrator.page.goto(f"{administrator.desk}/enfants?q=manon")

    assert "Lefèvre" not in administrator.page.inner_text("body")


def test_a_right_given_and_withdrawn_holds_from_the_next_page(
    town: DemoTown, new_page: NewPage
) -> None:
    administrator = Agent(town, new_page(DESK), "ens", "claire.aubry")
    secretary = Agent(town, new_page(DESK), "ens", "nadia.roux")
    administrator.sign_in()
    secretary.sign_in()
    secretary.find("Manon Lefèvre")

    administrator.page.goto(f"{administrator.desk}/agents")
    page = administrator.page
    page.get_by_role("link", name="Retirer : Secrétariat scolaire, Nadia Roux").click()
    is_sound(page)
    expect(page.locator("main")).to_contain_text("Secrétariat scolaire")
    expect(page.locator("main")).to_contain_text("C’est son dernier droit ici")
    page.get_by_role("button", name="Retirer ce droit").click()
    expect(page.locator("main")).to_contain_text("Le droit est retiré")

    for _ in range(25):
        secretary.page.goto(f"{secretary.desk}/enfants?q=manon")
        if "Lefèvre" not in secretary.page.inner_text("body"):
            return
        secretary.page.wait_for_timeout(200)
    raise AssertionError("the right still held after five seconds")


def test_an_agent_who_lost_the_telephone_comes_back_with_a_new_code(
    town: DemoTown, new_page: NewPage
) -> None:
    administrator = Agent(town, new_page(DESK), "ens", "claire.aubry")
    administrator.sign_in()
    page, hand = administrator.page, Hand(administrator.page)
    hand.begins_at(administrator.desk)
    hand.taps_on(page.get_by_role("banner").get_by_role("link", name=re.compile("^Agents")))
    page.get_by_label("Prénom et nom").fill("Inès Vidal")
    page.get_by_label("Identifiant").fill("ines.vidal")
    hand.taps_on(page.get_by_role("radio", name="Cuisine et salle"))
    hand.taps_on(page.get_by_role("button", name="Donner ce droit"))
    hand.tells("an agent’s first right, the code to hand over shown", most=3)
    agent = new_page(DESK)
    _activate(agent, administrator.desk, _code_on(page))

    page.goto(f"{administrator.desk}/agents")
    page.get_by_role("link", name="Téléphone ou mot de passe perdu : Inès Vidal").click()
    is_sound(page)
    page.get_by_role("button", name="Fermer l’ancien accès et donner un code").click()
    is_sound(page)

    until(lambda: _asks_for_the_password(agent, administrator.desk), seconds=5)
    _activate(agent, administrator.desk, _code_on(page))
    expect(agent.locator("body")).to_contain_text("Inès Vidal")

    page.goto(f"{administrator.desk}/agents")
    page.get_by_label("Prénom et nom").fill("Inès Vidal")
    page.get_by_label("Identifiant").fill("ines.vidal")
    page.get_by_role("radio", name="Administration du service").check()
    page.get_by_role("button", name="Donner ce droit").click()
    asked = ("invite", "ens", "--again", "ines.vidal", "--name", "Jeanne Roy")
    asked = (*asked, "--reason", "Téléphone volé [en ville]")
    refused = town.preau(*asked, ok=False)
    assert refused.returncode == 1 and "Claire Aubry" in refused.stderr

    given = town.preau(*asked, "--despite-others").stdout
    assert "an email leaves for dpo@ville-demonstration.example" in given
    until(lambda: _asks_for_the_password(agent, administrator.desk), seconds=5)
    _activate(agent, administrator.desk, given.split()[2])
    agent.goto(f"{administrator.desk}/agents")
    is_sound(agent)
    for said in ("à la demande de Jeanne Roy", "Téléphone volé [en ville]"):
        expect(agent.locator("main")).to_contain_text(said)
        assert said.removeprefix("à la demande de ") in town.preau("invited").stdout

    asked = ("invite", "ens", "--in-place-of", "ines.vidal")
    asked = (*asked, "--successor", "zoe.lambert", "Zoé Lambert", "--name", "Jeanne Roy")
    asked = (*asked, "--reason", "Retraite")
    refused = town.preau(*asked, ok=False)
    assert refused.returncode == 1 and "Claire Aubry" in refused.stderr

    given = town.preau(*asked, "--despite-others").stdout
    assert "Inès Vidal administers it no more" in given
    until(lambda: _asks_for_the_password(agent, administrator.desk), seconds=5)
    _activate(agent, administrator.desk, given.split()[2])
    agent.goto(f"{administrator.desk}/agents")
    is_sound(agent)
    expect(agent.locator("main")).to_contain_text("à la place d’Inès Vidal et à la demande de")
    expect(agent.locator("main")).not_to_contain_text("ines.vidal")
    assert "in place of Inès Vidal (ines.vidal)" in town.preau("invited").stdout


def _asks_for_the_password(page: Page, desk: str) -> bool:
    page.goto(desk)
    return bool(page.get_by_label("Mot de passe").count())


def _code_on(page: Page) -> str:
    """Return the invitation that a page shows."""
    return page.locator("dl.facts dd").first.inner_text().strip()


def _activate(page: Page, desk: str, code: str) -> None:
    """Use an invitation, and sign in with the telephone that was entered."""
    page.goto(f"{desk}/activation")
    page.get_by_label("Code d’invitation").fill(code)
    page.get_by_label("Nouveau mot de passe").fill(CHOSEN)
    page.get_by_label("Encore une fois").fill(CHOSEN)
    page.get_by_role("button", name="Choisir ce mot de passe").click()
    secret = page.locator("dl.facts dd").nth(1).inner_text().replace(" ", "")
    page.get_by_role("link", name="C’est fait, me connecter").click()
    page.get_by_label("Mot de passe").fill(CHOSEN)
    page.get_by_role("button", name="Continuer").click()
    page.get_by_label("Code à 6 chiffres").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Se connecter").click()
    expect(page.get_by_label("Code à 6 chiffres")).to_have_count(0)

"""A right at a second office waits for its person's yes; who holds the login alone gets nothing."""

from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESK, NewPage
from tests.journeys.looks import is_sound
from tests.journeys.people import Agent
from tests.journeys.town import DemoTown

CHOSEN = "quatre-mots-sans-rapport"


@pytest.fixture
def school(town: DemoTown, new_page: NewPage) -> Iterator[Agent]:
    """Give the administrator of the school service."""
    claire = Agent(town, new_page(DESK), "ens", "claire.aubry")
    claire.sign_in()
    yield claire


@pytest.fixture
def sports(town: DemoTown, new_page: NewPage) -> Iterator[Agent]:
    """Give the administrator of sports."""
    malik = Agent(town, new_page(DESK), "agg", "malik.perrin")
    malik.sign_in()
    yield malik


def test_an_agent_of_one_office_says_yes_to_another_with_the_code_that_it_handed_over(
    town: DemoTown, new_page: NewPage, school: Agent, sports: Agent
) -> None:
    lena = new_page(DESK)
    telephone = _activates(
        lena, school.desk, _offers(school, "lena.royer", "Léna Royer", "Cuisine et salle")
    )
    code = _offers(sports, "lena.royer", "L. R. du judo", "Éducateur sportif")
    expect(sports.page.locator("body")).not_to_contain_text("Léna Royer")
    is_sound(sports.page)
    sports.page.goto(f"{sports.desk}/agents")
    expect(sports.page.locator("main")).to_contain_text("attend le oui de cette personne")
    expect(sports.page.locator("main")).not_to_contain_text("Léna Royer")
    is_sound(sports.page)

    _signs_in(lena, school.desk, "lena.royer", telephone)
    expect(lena.get_by_role("heading", level=1)).to_have_text("Droits proposés")
    expect(lena.locator("main")).to_contain_text("Sports de l’agglomération")
    is_sound(lena)
    lena.get_by_label("Code", exact=True).fill("00000-00000")
    lena.get_by_role("button", name="Accepter ces droits").click()
    expect(lena.locator("main")).to_contain_text("Ce code n’est pas pour votre identifiant")
    is_sound(lena)
    lena.get_by_label("Code", exact=True).fill(code)
    lena.get_by_role("button", name="Accepter ces droits").click()
    expect(lena.locator("main")).to_contain_text("C’est accepté")
    is_sound(lena)

    sports.page.goto(f"{sports.desk}/agents")
    expect(sports.page.locator("#people ~ ul").first).to_contain_text("Léna Royer")
    expect(sports.page.locator("main")).not_to_contain_text("attend le oui")


def test_who_made_a_login_for_somebody_else_never_holds_what_the_other_office_gives(
    town: DemoTown, new_page: NewPage, school: Agent, sports: Agent
) -> None:
    squatter, hugo = new_page(DESK), new_page(DESK)
    telephone = _activates(
        squatter, school.desk, _offers(school, "hugo.faure", "Hugo Faure", "Cuisine et salle")
    )
    code = _offers(sports, "hugo.faure", "Hugo Faure", "Éducateur sportif")

    hugo.goto(f"{sports.desk}/activation")
    _types_invitation(hugo, code)
    expect(hugo.locator("main")).to_contain_text("Cet identifiant a déjà un compte")
    is_sound(hugo)

    _signs_in(squatter, school.desk, "hugo.faure", telephone)
    expect(squatter.get_by_role("heading", level=1)).to_have_text("Droits proposés")
    squatter.goto(f"{school.desk}/changer-de-service")
    expect(squatter.get_by_role("button", name="Sports de l’agglomération")).to_have_count(0)
    squatter.goto(f"{sports.desk}/enfants")
    expect(squatter.get_by_label("Identifiant")).to_be_visible()

    sports.page.goto(f"{sports.desk}/agents")
    sports.page.get_by_role("button", name="Retirer l’offre : Hugo Faure").click()
    expect(sports.page.locator("main")).to_contain_text("L’offre est retirée")
    is_sound(sports.page)
    squatter.goto(f"{school.desk}/compte/droits")
    expect(squatter.locator("main")).to_contain_text("Aucun droit n’attend votre réponse")
    is_sound(squatter)
    other = new_page(DESK)
    telephone = _activates(
        other, sports.desk, _offers(sports, "hugo.faure.2", "Hugo Faure", "Éducateur sportif")
    )
    _signs_in(other, sports.desk, "hugo.faure.2", telephone)
    expect(other.locator("header")).to_contain_text("Hugo Faure")


def _offers(administrator: Agent, login: str, name: str, role: str) -> str:
    """Give a right, and return the code that the page shows once."""
    page = administrator.page
    page.goto(f"{administrator.desk}/agents")
    page.get_by_label("Prénom et nom").fill(name)
    page.get_by_label("Identifiant").fill(login)
    page.get_by_role("radio", name=role).first.check()
    page.get_by_role("button", name="Donner ce droit").click()
    expect(page.locator("main")).to_contain_text("attend son oui")
    return page.locator("dl.facts dd").first.inner_text().strip()


def _activates(page: Page, desk: str, code: str) -> str:
    """Use an invitation; return the secret that the telephone scanned."""
    page.goto(f"{desk}/activation")
    _types_invitation(page, code)
    return page.locator("dl.facts dd").nth(1).inner_text().replace(" ", "")


def _types_invitation(page: Page, code: str) -> None:
    page.get_by_label("Code d’invitation").fill(code)
    page.get_by_label("Nouveau mot de passe").fill(CHOSEN)
    page.get_by_label("Encore une fois").fill(CHOSEN)
    page.get_by_role("button", name="Choisir ce mot de passe").click()


def _signs_in(page: Page, desk: str, login: str, secret: str) -> None:
    """Sign in with the code that the telephone shows."""
    page.goto(f"{desk}/connexion")
    page.get_by_label("Identifiant").fill(login)
    page.get_by_label("Mot de passe").fill(CHOSEN)
    page.get_by_role("button", name="Continuer").click()
    page.get_by_label("Code à 6 chiffres").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Se connecter").click()
    expect(page.get_by_label("Code à 6 chiffres")).to_have_count(0)

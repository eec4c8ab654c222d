"""Links and passwords of an access: letters found, a password chosen, signing in by it."""

import re

from playwright.sync_api import Page, expect

from tests.journeys.bus import until
from tests.journeys.letters import letters_to
from tests.journeys.town import DemoTown

CHOSEN = "quatre mots sans aucun rapport"
ANOTHER = "cinq autres mots sans rapport"


def activate(page: Page, address: str, password: str = CHOSEN) -> None:
    page.goto(address)
    page.get_by_label("Nouveau mot de passe").fill(password)
    page.get_by_role("button", name="Choisir ce mot de passe").click()
    expect(page.locator("main")).to_contain_text("Votre mot de passe est enregistré")


def signs_in(page: Page, town: DemoTown, login: str, password: str = CHOSEN) -> None:
    expect(page.get_by_label("Identifiant")).to_have_value(login)
    page.get_by_label("Mot de passe", exact=True).fill(password)
    page.get_by_role("button", name="Se connecter").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bon")


def link_in_letter(town: DemoTown, address: str, path: str, besides: str = "") -> str:
    """Return the newest link of a kind that was mailed to an address, once another has arrived."""
    found: list[str] = []

    def arrived() -> bool:
        for text in letters_to(town, address):
            found.extend(re.findall(rf"\S+/{path}\S+", text))
        return bool(found) and found[-1] != besides

    until(arrived, 15.0)
    return found[-1]

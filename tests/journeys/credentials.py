"""Links and passwords of an access: letters found, a password chosen, signing in by it."""

import re
from email import message_from_string, policy
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.bus import until
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


def letters_to(town: DemoTown, address: str) -> list[str]:
    folder = Path(town.instance.mail_dir)
    files = sorted(folder.glob("*.eml"), key=lambda each: each.stat().st_mtime_ns)
    letters = [message_from_string(file.read_text(), policy=policy.default) for file in files]
    return [each.get_content() for each in letters if address in each["To"]]

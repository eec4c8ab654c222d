"""A parent's own access at the portal: in by password, out, and the page of it."""

from playwright.sync_api import Page, expect

from deploy.demo.invented.account_holders import PASSWORD
from tests.journeys.town import DemoTown

AURELIE, HUGO = "aurelie.besson@example.org", "hugo.renaudin@example.org"
TITLES = {
    "new": "Ajouter une clé d’accès",
    "recovery": "Codes de secours",
    "step": "Deuxième étape",
    "own": "E-mail, mot de passe et appareils",
}


def password(page: Page, town: DemoTown, login: str) -> None:
    page.goto(f"{town.portal}/connexion")
    page.get_by_label("Identifiant").fill(login)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()


def signs_in(page: Page, town: DemoTown, login: str) -> None:
    password(page, town, login)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bon")


def signs_out(page: Page, town: DemoTown) -> None:
    page.goto(f"{town.portal}/compte")
    page.get_by_role("button", name="Se déconnecter").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Se connecter")


def opens_own_access(page: Page, town: DemoTown | None = None) -> None:
    if town is not None:
        page.goto(f"{town.portal}/compte/acces")
    else:
        page.locator("header .account").click()
        page.get_by_role("link", name="E-mail, mot de passe et appareils").click()
    title(page, "own")


def title(page: Page, which: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLES[which])

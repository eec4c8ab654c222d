"""A mother goes to the provider and back in a browser, past its policies and cookies."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from werkzeug.serving import make_server

from shared.web.base.app import Site
from tests.factories.identity import Person, Town
from tests.factories.openid import Citizen, OpenIdProviderStub
from tests.factories.signing_in.at_portal import camille, portal
from tests.factories.signing_in.at_portal_elsewhere import CLIENT, LINK, op, register, running, town
from tests.ports import PORT_BASE

__all__ = ["camille", "op", "portal", "register", "running", "town"]

ADDRESS = f"http://127.0.0.1:{PORT_BASE + 42}"


@pytest.fixture
def served(portal: Site, town: Town, op: OpenIdProviderStub) -> Iterator[str]:
    """Give the address of the portal, at which the provider knows it."""
    town.service.settings = replace(town.service.settings, portal_url=ADDRESS)
    op.registers(CLIENT, ADDRESS)
    server = make_server("127.0.0.1", PORT_BASE + 42, portal, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield ADDRESS
    server.shutdown()
    server.server_close()


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium-headless-shell",
            args=["--no-sandbox", "--disable-gpu"],
        )
        page = browser.new_page(viewport={"width": 390, "height": 844}, locale="fr-FR")
        page.set_default_timeout(60_000)
        yield page
        browser.close()


def test_a_mother_links_signs_out_enters_by_it_and_unlinks(
    served: str, page: Page, op: OpenIdProviderStub, camille: Person
) -> None:
    expect.set_options(timeout=60_000)
    op.comes = None  # its own page asks who is there
    op.people = [
        Citizen("a" * 64, {"given_name": "Camille Jeanne", "family_name": "FERRAND"}),
        Citizen("b" * 64, {"given_name": "Autre", "family_name": "PASSANTE"}),
    ]
    page.goto(f"{served}/connexion?retour=/compte")
    page.get_by_label("Identifiant").fill(camille.login)
    page.get_by_label("Mot de passe", exact=True).fill(camille.password)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.wait_for_url(f"{served}/compte")

    page.goto(f"{served}{LINK}")
    page.get_by_role("button", name="Lier mon compte").click()
    says_who(page, "Autre PASSANTE")
    expect(page.locator("main")).to_contain_text("donne un autre nom que celui de votre dossier")
    page.get_by_role("button", name="Lier mon compte").click()
    says_who(page, "Camille Jeanne FERRAND")
    expect(page.locator("main")).to_contain_text("Votre compte est lié.")

    page.goto(f"{served}/compte")
    page.get_by_role("button", name="Se déconnecter").first.click()
    page.wait_for_url(f"{served}/connexion")
    page.goto(f"{served}/connexion?retour=/compte")
    page.get_by_role("button", name="S’identifier avec FranceConnect").click()
    says_who(page, "Autre PASSANTE")
    expect(page.locator("main")).to_contain_text("Aucun compte d’ici n’est encore lié")
    page.goto(f"{served}/connexion?retour=/compte")
    page.get_by_role("button", name="S’identifier avec FranceConnect").click()
    says_who(page, "Camille Jeanne FERRAND")
    page.wait_for_url(f"{served}/compte")
    page.goto(f"{served}{LINK}")
    page.get_by_role("button", name="Ôter le lien").click()
    expect(page.locator("main")).to_contain_text("Votre compte n’est plus lié.")
    page.goto(f"{served}/compte")
    page.get_by_role("button", name="Se déconnecter").first.click()
    page.wait_for_url(f"{served}/connexion?state=*")
    assert "/session/end" in op.asked, "her session there has ended too"


def says_who(page: Page, name: str) -> None:
    """Press a name on the provider's page, to which the browser was sent."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Qui êtes-vous ?")
    page.get_by_role("button", name=name).click()

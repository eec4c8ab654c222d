"""A mother enters by FranceConnect, an agent by the town's own provider: each links once, here."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from deploy.demo.invented.account_holders import PASSWORD
from tests.factories.openid import Citizen, OpenIdProviderStub, provider
from tests.journeys.conftest import DESK, TOWN_PORT_BASE, NewPage
from tests.journeys.looks import is_sound
from tests.journeys.own_access import AURELIE, opens_own_access, signs_in, signs_out
from tests.journeys.people import Agent
from tests.journeys.town import DemoTown

PORT = TOWN_PORT_BASE - 8
FAMILIES, AGENTS = "families", "agents"
TOWN_FILE = """
families_openid:
  kind: franceconnect
  issuer: {issuer}
  client_id: families
agents_openid:
  kind: oidc
  label: le compte de la ville
  issuer: {issuer}
  client_id: agents
  factors: [mfa]
  email_domains: [ville.example]
"""


@pytest.fixture
def op(town: DemoTown, tmp_path: Path) -> Iterator[OpenIdProviderStub]:
    """Give the provider, which the town file names as long as the journey lasts."""
    with provider(PORT) as op:
        op.registers(FAMILIES, town.portal)
        op.registers(
            AGENTS,
            town.desk("ens"),
            id_token_signed_response_alg="RS256",
            auth_method="client_secret_basic",
        )
        op.people = [
            Citizen("a" * 64, {"given_name": "Aurélie Jeanne", "family_name": "BESSON"}),
            Citizen("b" * 64, {"given_name": "Autre", "family_name": "PASSANTE"}),
            Citizen(
                "1c9f",
                {
                    "given_name": "Sophie",
                    "family_name": "Bernard",
                    "email": "sophie.bernard@ville.example",
                },
                amr=["pwd", "mfa"],
            ),
        ]
        with town.more_in_town_file(TOWN_FILE.format(issuer=op.issuer), tmp_path):
            yield op


def test_a_mother_links_signs_out_enters_by_it_and_unlinks_and_an_agent_enters_by_the_towns(
    town: DemoTown, new_page: NewPage, op: OpenIdProviderStub
) -> None:
    phone = new_page()
    signs_in(phone, town, AURELIE)
    opens_own_access(phone)
    phone.get_by_role("link", name="Lier FranceConnect, ou ôter le lien").click()
    is_sound(phone)
    phone.get_by_role("button", name="Lier mon compte").click()
    says_who(phone, "Autre PASSANTE")
    expect(phone.locator("main")).to_contain_text("donne un autre nom que celui de votre dossier")
    is_sound(phone)
    phone.get_by_role("button", name="Lier mon compte").click()
    says_who(phone, "Aurélie Jeanne BESSON")
    expect(phone.locator("main")).to_contain_text("Votre compte est lié.")
    is_sound(phone)

    signs_out(phone, town)
    is_sound(phone)
    phone.get_by_role("button", name="S’identifier avec FranceConnect").click()
    says_who(phone, "Autre PASSANTE")
    expect(phone.locator("main")).to_contain_text("Aucun compte d’ici n’est encore lié")
    is_sound(phone)
    phone.get_by_role("button", name="S’identifier avec FranceConnect").click()
    says_who(phone, "Aurélie Jeanne BESSON")
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Bon")
    phone.goto(f"{town.portal}/compte/acces/ailleurs")
    phone.get_by_role("button", name="Ôter le lien").click()
    expect(phone.locator("main")).to_contain_text("Votre compte n’est plus lié.")

    an_agent_enters(town, new_page(DESK))


def an_agent_enters(town: DemoTown, page: Page) -> None:
    """Let an agent link her account, sign out here and there, and enter by it."""
    agent = Agent(town, page, "ens", "sophie.bernard")
    agent.sign_in()
    page.goto(f"{agent.desk}/compte/acces")
    page.get_by_role("link", name="Lier le compte de la ville").click()
    is_sound(page)
    page.get_by_label("Mot de passe actuel").fill(PASSWORD)
    page.get_by_role("button", name="Lier mon compte").click()
    says_who(page, "Sophie Bernard")
    expect(page.locator("main")).to_contain_text("Votre compte est lié.")
    page.get_by_role("button", name="Se déconnecter").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Se connecter")
    is_sound(page)
    page.get_by_role("button", name="S’identifier avec le compte de la ville").click()
    # Nobody is asked: what began by a password has left the provider's own session open (0186).
    expect(page.get_by_role("button", name="Se déconnecter").first).to_be_attached()
    page.get_by_role("button", name="Se déconnecter").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Se connecter")
    page.get_by_role("button", name="S’identifier avec le compte de la ville").click()
    says_who(page, "Sophie Bernard")
    expect(page.get_by_role("button", name="Se déconnecter").first).to_be_attached()
    agent.keep_session()
    page.goto(f"{agent.desk}/compte/acces/ailleurs")
    expect(page.locator("main")).to_contain_text("Votre compte est lié")
    page.get_by_role("button", name="Ôter le lien").click()
    expect(page.locator("main")).to_contain_text("Votre compte n’est plus lié.")


def says_who(page: Page, name: str) -> None:
    """Press a name on the provider's page, to which the browser was sent."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Qui êtes-vous ?")
    page.get_by_role("button", name=name).click()

"""A mother asks the funds for her quotient on a phone, reads it, accepts it; nobody checks it."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from shared.contracts.dossier import guardians
from tests.factories.api_particulier import PROOF, SIRET, Answer, State, api_particulier
from tests.journeys.bus import guardian, until
from tests.journeys.conftest import DESK, TOWN_PORT_BASE, NewPage
from tests.journeys.databases import stored, storing
from tests.journeys.looks import is_sound
from tests.journeys.own_access import signs_in
from tests.journeys.people import Agent
from tests.journeys.town import DemoTown

PORT = TOWN_PORT_BASE - 7
CLAIRE = "claire.lefevre@example.org"
BORN_ON = date(1988, 3, 14)
COMMUNE, SECOND_NAME = "Canarival-sur-Eure", "Canarinette"
"""Details of her identity that the funds read, and that are found nowhere in the town."""
TOWN_FILE = """
api_particulier:
  siret: "{siret}"
  address: {address}
"""


@pytest.fixture
def api(town: DemoTown, tmp_path: Path) -> Iterator[State]:
    """Give API Particulier, which the town file names as long as the journey lasts."""
    with api_particulier(PORT) as api:
        more = TOWN_FILE.format(siret=SIRET, address=api.address)
        with town.more_in_town_file(more, tmp_path):
            yield api


def test_a_mother_asks_for_her_quotient_reads_it_accepts_it_and_nobody_has_to_check_it(
    town: DemoTown, new_page: NewPage, api: State
) -> None:
    api.knows("Lefèvre", BORN_ON, fournisseur="MSA", valeur=431)
    api.instead.append(Answer.error(404, "35003"))
    phone = new_page()
    signs_in(phone, town, CLAIRE)
    until(lambda: opens_form(phone, town))
    is_sound(phone)
    phone.get_by_label("Prénoms").fill(f"Claire {SECOND_NAME}")
    phone.get_by_label("Féminin").check()
    phone.get_by_label("Date de naissance").fill(BORN_ON.isoformat())
    phone.get_by_label("Commune de naissance").fill(COMMUNE)
    phone.get_by_label("Numéro de son département").fill("28")
    main = phone.locator("main")

    asks(phone)
    expect(main).to_contain_text("Ni la CAF ni la MSA n’a de dossier à ce nom.")
    is_sound(phone)
    asks(phone)
    expect(main).to_contain_text("Il ne compte pas encore.")
    expect(main).to_contain_text("431,00")
    is_sound(phone)
    phone.get_by_role("button", name="Oui, il compte").click()
    expect(main).to_contain_text("Il n’y a pas d’attestation à montrer.")
    expect(main).to_contain_text("donné par la caisse à votre demande")
    is_sound(phone)

    regisseur = Agent(town, new_page(DESK), "ens", "odile.marchand")
    regisseur.sign_in()
    regisseur.page.goto(f"{regisseur.desk}/regie/payeurs/{home_of(town, CLAIRE)}")
    expect(regisseur.page.locator("main")).to_contain_text("rien à vérifier")
    expect(regisseur.page.locator("main")).to_contain_text(f"preuve {PROOF}")
    found = {name: words_in(stored(town, name)) for name in storing(town)}
    logs = [path for path in town.instance.home.rglob("*.log") if path.is_file()]
    found |= {path.name: words_in(path.read_bytes()) for path in logs}
    assert {name: words for name, words in found.items() if words} == {}


def opens_form(page: Page, town: DemoTown) -> bool:
    """Open the form from « Mon quotient », once the portal has read the town file."""
    page.goto(f"{town.portal}/quotient")
    link = page.get_by_role("link", name="Demander mon quotient à la CAF ou à la MSA")
    if link.count() == 0:
        return False
    link.click()
    return True


def asks(page: Page) -> None:
    page.get_by_role("button", name="Demander mon quotient").click()


def home_of(town: DemoTown, login: str) -> str:
    with guardian(town, login) as ask:
        return str(ask(guardians.my_children).households[0])


def words_in(content: bytes) -> set[str]:
    return {
        word for word in (COMMUNE, SECOND_NAME, BORN_ON.isoformat()) if word.encode() in content
    }

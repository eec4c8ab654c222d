"""A known family adds a brother from its own page, and the desk compares before it accepts."""

from playwright.sync_api import Page, expect

from tests.factories import sent_files
from tests.journeys.conftest import DESK, PHONE, NewPage
from tests.journeys.looks import is_sound_at_every_width
from tests.journeys.people import Agent, Parent
from tests.journeys.town import DemoTown

GUILLAUME = "guillaume.fournier@example.com"
NAME = "Fournier Sabatier"


def test_a_father_adds_a_brother_and_a_child_typed_twice_is_found(
    town: DemoTown, new_page: NewPage
) -> None:
    guillaume = Parent(town, new_page(PHONE), GUILLAUME)
    guillaume.sign_in()
    helene = Agent(town, new_page(DESK), "front_desk", "helene.marais")
    helene.sign_in()
    phone, desk = guillaume.page, helene.page

    phone.goto(f"{town.portal}/enfants")
    phone.get_by_role("link", name="Ajouter un enfant").click()
    is_sound_at_every_width(phone)
    expect(phone.get_by_label("Nom", exact=True)).to_have_value(NAME)
    phone.get_by_role("button", name="Envoyer ma demande").click()
    expect(phone.locator("#error-summary")).to_contain_text("Prénom")
    adds(phone, "Basile", "2026-10-02", paper=True)
    expect(phone.locator("main")).to_contain_text("Votre demande est envoyée")
    expect(phone.locator("main")).to_contain_text(f"Basile {NAME}")
    is_sound_at_every_width(phone)

    opens_request(helene)
    expect(desk.locator("main")).to_contain_text("Foyer connu")
    expect(desk.get_by_role("link", name="Photo : Un document où figure")).to_have_count(1)
    is_sound_at_every_width(desk)
    accepts(desk)
    expect(desk.locator("main")).to_contain_text("L’enfant est ajouté au dossier du foyer")
    guillaume.open_child("Basile")
    expect(phone.locator("main")).to_contain_text("Guillaume Fournier")

    phone.goto(f"{town.portal}/enfants/ajouter")
    adds(phone, "Voilette", "2022-06-21")
    opens_request(helene)
    accepts(desk)
    expect(desk.locator("#error-summary")).to_contain_text("comparez, puis dites si c’est lui")
    is_sound_at_every_width(desk)
    desk.get_by_label(f"Oui : Violette {NAME}").check()
    accepts(desk)
    phone.goto(f"{town.portal}/enfants")
    expect(phone.get_by_role("heading", level=2)).to_have_count(2)


def adds(page: Page, first_name: str, born: str, *, paper: bool = False) -> None:
    page.get_by_label("Prénom", exact=True).fill(first_name)
    page.get_by_label("Date de naissance").fill(born)
    if paper:
        photograph = {
            "name": "acte.jpg",
            "mimeType": "image/jpeg",
            "buffer": sent_files.noise((60, 40)),
        }
        page.get_by_label("Un document où figure l’identité de l’enfant").set_input_files(
            photograph  # type: ignore[arg-type]
        )
    page.get_by_role("button", name="Envoyer ma demande").click()


def opens_request(agent: Agent) -> None:
    agent.page.goto(f"{agent.desk}/demandes")
    agent.page.get_by_role("link", name="Guillaume Fournier").click()


def accepts(page: Page) -> None:
    page.get_by_label("Lien avec l’enfant et identité de l’enfant").select_option(
        "acte de naissance"
    )
    page.get_by_role("button", name="Accepter").last.click()

"""A paper kept once on a phone: the school checks it, the coach learns its date; consents."""

import io
from datetime import timedelta

from playwright.sync_api import expect

from shared.dates.clock import today
from tests.factories import sent_files
from tests.journeys.bus import until
from tests.journeys.conftest import DESK, PHONE, NewPage
from tests.journeys.looks import is_sound_at_every_width
from tests.journeys.people import Agent, Parent, until_shown
from tests.journeys.town import DemoTown

CHILD = "Nolan"
AURELIE = "aurelie.besson@example.org"


def test_a_paper_is_kept_once_checked_by_the_school_and_the_coach_learns_its_date(
    town: DemoTown, new_page: NewPage
) -> None:
    parent = Parent(town, new_page(PHONE), AURELIE)
    parent.sign_in()
    parent.open_page(CHILD, "papiers")
    page = parent.page
    is_sound_at_every_width(page)

    page.get_by_role("button", name="Déposer ce papier").click()
    expect(page.locator("#error-summary")).to_contain_text("Choisissez de quel papier il s’agit")
    is_sound_at_every_width(page)
    page.get_by_label("Attestation d’assurance").check()
    page.get_by_label("Pages").set_input_files(
        [{"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": photo()} for n in (1, 2)]
    )
    page.get_by_label("Valable jusqu’au").fill((today() + timedelta(days=270)).isoformat())
    page.get_by_role("button", name="Déposer ce papier").click()
    expect(page.locator("main")).to_contain_text("Le papier est déposé")
    expect(page.locator("main")).to_contain_text("à vérifier")
    is_sound_at_every_width(page)
    kept = page.get_by_role("link", name="Ouvrir : Attestation d’assurance").get_attribute("href")
    file = page.request.get(f"{town.portal}{kept}")
    assert file.body().startswith(b"%PDF-")

    karim = Agent(town, new_page(DESK), "ens", "karim.haddad")
    karim.sign_in()
    reads(karim, "Nolan Besson-Roux", "à vérifier")
    at_desk = karim.page.get_by_role("link", name="Ouvrir : Attestation d’assurance")
    opened = karim.page.request.get(f"{karim.desk}{at_desk.get_attribute('href')}")
    assert opened.body().startswith(b"%PDF-")  # remade at this door: the same pages, another id
    is_sound_at_every_width(karim.page)
    karim.page.get_by_role("button", name="Ce papier convient : Attestation d’assurance").click()
    expect(karim.page.locator("main")).to_contain_text("C’est noté")
    reads(karim, "Nolan Besson-Roux", "vérifié")

    lea = Agent(town, new_page(PHONE), "agg", "lea.moreau")
    lea.sign_in()
    reads(lea, "Nolan Besson-Roux", "Attestation d’assurance, date seule")
    assert "Ouvrir le papier" not in lea.text()
    is_sound_at_every_width(lea.page)

    page.reload()
    expect(page.locator("main")).to_contain_text("vu par Service Enseignement")
    until(lambda: "pour ouvrir le papier et le vérifier" in history(parent))


def test_a_proof_of_address_is_kept_once_and_seen_at_the_front_desk(
    town: DemoTown, new_page: NewPage
) -> None:
    parent = Parent(town, new_page(PHONE), AURELIE)
    parent.sign_in()
    page = parent.page
    page.goto(f"{town.portal}/compte")
    page.get_by_role("link", name="Papiers du foyer").click()
    page.get_by_label("Justificatif de domicile").check()
    page.get_by_label("Pages").set_input_files(
        [{"name": "quittance.jpg", "mimeType": "image/jpeg", "buffer": photo()}]
    )
    page.get_by_role("button", name="Déposer ce papier").click()
    expect(page.locator("main")).to_contain_text("Le guichet va le vérifier")
    is_sound_at_every_width(page)
    page.goto(f"{town.portal}/enfants/ajouter")
    expect(page.locator("main")).to_contain_text("Votre justificatif de domicile est déjà déposé")

    helene = Agent(town, new_page(DESK), "front_desk", "helene.marais")
    helene.sign_in()
    desk = helene.page
    desk.goto(f"{helene.desk}/papiers")
    is_sound_at_every_width(desk)
    desk.get_by_role("link", name="Aurélie Besson").click()
    is_sound_at_every_width(desk)
    opened = desk.get_by_role("link", name="Ouvrir : Justificatif").get_attribute("href")
    assert desk.request.get(f"{helene.desk}{opened}").body().startswith(b"\xff\xd8")
    desk.get_by_role("button", name="Vu et conforme : Justificatif de domicile").click()
    expect(desk.locator("main")).to_contain_text("C’est noté, et la famille le voit")

    page.goto(f"{town.portal}/foyer/papiers")
    expect(page.locator("main")).to_contain_text("vu et conforme")


def test_a_consent_that_is_withdrawn_is_seen_by_the_coach(
    town: DemoTown, new_page: NewPage
) -> None:
    parent = Parent(town, new_page(PHONE), AURELIE)
    parent.sign_in()
    lea = Agent(town, new_page(PHONE), "agg", "lea.moreau")
    lea.sign_in()
    parent.open_page(CHILD, "papiers")
    page = parent.page

    page.get_by_role("button", name="J’autorise : Sorties").click()
    expect(page.locator("main")).to_contain_text("C’est enregistré")
    reads(lea, "Nolan Besson-Roux", "oui, depuis le")

    page.get_by_role("button", name="Je n’autorise plus : Sorties").click()
    expect(page.locator("main")).to_contain_text("non, depuis le")
    page.get_by_text("Vos réponses, de la dernière à la première").click()
    is_sound_at_every_width(page)
    reads(lea, "Nolan Besson-Roux", "non, depuis le")


def photo() -> bytes:
    return io.BytesIO(sent_files.photographed("JPEG")).getvalue()


def reads(agent: Agent, name: str, words: str) -> None:
    """Open a child's page once it says this: what the dossier sends travels for a moment."""
    agent.find(name)
    until_shown(agent.page, words, agent.page.url)


def history(parent: Parent) -> str:
    parent.open_page(CHILD, "qui-a-lu")
    return parent.text()

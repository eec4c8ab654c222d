"""The data protection officer's pages: register, rights, reads, erasures, a breach."""

from datetime import datetime, timedelta

from playwright.sync_api import expect

from shared.dates.clock import PARIS, now
from tests.journeys.bus import stopped
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.looks import is_sound_at_every_width
from tests.journeys.people import Agent
from tests.journeys.town import DemoTown

OFFICE = "frederique.arnaud"
REASON = "La famille porte plainte."


def test_the_officer_reads_the_register_and_measures_a_breach_with_the_sports_stopped(
    town: DemoTown, new_page: NewPage
) -> None:
    office = Agent(town, new_page(DESK), "front_desk", OFFICE)
    office.sign_in()
    page, main = office.page, office.page.locator("main")

    with stopped(town, "agg"):
        page.goto(office.desk)
        page.get_by_role("link", name="Registre", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Registre des traitements")
        is_sound_at_every_width(page)
        with page.expect_download(timeout=60_000) as saved:
            page.get_by_role("link", name="Document pour la CNIL").click()
        assert saved.value.path().read_bytes().startswith(b"%PDF")
        page.get_by_role("link", name="Servir un repas qui convient").first.click()
        expect(main).to_contain_text("Mesures de sécurité")
        is_sound_at_every_width(page)
        page.goto(f"{office.desk}/donnees/qui-recoit-quoi")
        expect(main).to_contain_text("Ne reçoit jamais")
        is_sound_at_every_width(page)

        page.get_by_role("link", name="Élargissements", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Élargissements")
        is_sound_at_every_width(page)
        page.get_by_role("link", name="Effacements", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Effacements")
        is_sound_at_every_width(page)

        page.get_by_role("link", name="Violation", exact=True).click()
        page.get_by_label("Service Enseignement").check()
        page.get_by_label("Depuis").fill(_typed(now() - timedelta(hours=30)))
        page.get_by_label("Jusqu’à").fill(_typed(now()))
        page.get_by_label("Su le").fill(_typed(now()))
        for label in ("Ce qui s’est passé", "Conséquences probables", "Mesures prises"):
            page.get_by_label(label).fill("Un exercice : rien n’est arrivé.")
        page.get_by_role("button", name="Mesurer").click()
        expect(main).to_contain_text("Ce qui était en danger", timeout=40_000)
        is_sound_at_every_width(page)
        page.get_by_role("button", name="Garder au registre").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(
            "Violation, Service Enseignement", timeout=40_000
        )
        is_sound_at_every_width(page)
        page.get_by_role("link", name="La liste des foyers").click()
        expect(page.get_by_role("table")).to_contain_text("Allergies", timeout=40_000)
        is_sound_at_every_width(page)
        page.go_back()
        page.get_by_role("link", name="Lettres à qui n’a pas d’adresse e-mail").click()
        expect(main).to_contain_text("Ce que dit la lettre", timeout=40_000)
        is_sound_at_every_width(page)
        page.get_by_role("link", name="Tous les foyers").click()
        with page.expect_download(timeout=60_000) as letters:
            page.get_by_role("button", name="Imprimer les lettres 1 à").click()
        assert letters.value.path().read_bytes().startswith(b"%PDF")
        page.get_by_role("link", name="Violation, Service Enseignement").click()
        page.get_by_label("Sinon, pourquoi elle n’est pas déclarée").fill("Un exercice.")
        page.get_by_role("button", name="Clore").click()
        expect(main).to_contain_text("Ce qui est gardé")
        is_sound_at_every_width(page)
        page.get_by_role("link", name="Violation", exact=True).first.click()
        expect(main).to_contain_text("close")
        is_sound_at_every_width(page)


def test_the_name_behind_a_read_waits_for_a_colleague(town: DemoTown, new_page: NewPage) -> None:
    counter = Agent(town, new_page(DESK), "front_desk", "helene.marais")
    counter.sign_in()
    counter.page.goto(counter.desk)
    counter.page.get_by_label("Nom et prénom").fill("Anatole Quillet")
    counter.page.get_by_role("button", name="Chercher").click()
    expect(counter.page.locator("main")).to_contain_text("Quillet")
    office = Agent(town, new_page(DESK), "front_desk", OFFICE)
    office.sign_in()
    page, main = office.page, office.page.locator("main")

    page.goto(f"{office.desk}/donnees/lectures?service=front_desk")
    expect(main).to_contain_text("Guichet")
    is_sound_at_every_width(page)
    page.get_by_role("link", name="Demander le nom").first.click()
    page.get_by_label("Pourquoi").fill(REASON)
    is_sound_at_every_width(page)
    page.get_by_role("button", name="Demander le nom").click()

    expect(main).to_contain_text("En attente d’un collègue")
    expect(main).to_contain_text(REASON)
    expect(page.get_by_role("button", name="Accorder")).to_have_count(0)
    is_sound_at_every_width(page)


def _typed(moment: datetime) -> str:
    return f"{moment.astimezone(PARIS):%Y-%m-%dT%H:%M}"

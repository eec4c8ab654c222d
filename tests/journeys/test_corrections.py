"""A wrong birth date: a mother asks, an agent corrects from a paper, each provider takes it in."""

from playwright.sync_api import Page, expect

from tests.journeys.bus import until
from tests.journeys.conftest import DESK, PHONE, NewPage
from tests.journeys.looks import is_sound_at_every_width
from tests.journeys.people import Agent, Parent, is_received
from tests.journeys.town import DemoTown


def test_a_mother_asks_an_agent_corrects_and_both_see_who_has_taken_it_in(
    town: DemoTown, new_page: NewPage
) -> None:
    mother = Parent(town, new_page(PHONE), "caroline.pruvost@example.org")
    mathilde = Agent(town, new_page(DESK), "front_desk", "mathilde.besson")
    mother.sign_in()
    mathilde.sign_in()

    mother.open_child("Timéo")
    mother.page.get_by_role("link", name="Demander une correction").click()
    mother.page.get_by_label("En quelques mots").fill("Elle est née un jour plus tôt.")
    is_sound_at_every_width(mother.page)
    mother.page.get_by_role("button", name="Envoyer la demande").click()
    expect(mother.page.locator("main")).to_contain_text("Elle est née un jour plus tôt.")

    mathilde.page.goto(f"{mathilde.desk}/corrections")
    is_sound_at_every_width(mathilde.page)
    expect(mathilde.page.locator("main")).to_contain_text("Elle est née un jour plus tôt.")
    mathilde.page.get_by_role("link", name="Corriger : Timéo").click()
    mathilde.page.get_by_role("link", name="Corriger le nom ou la naissance").click()
    corrects_birth(mathilde.page, "2016-06-16")
    is_sound_at_every_width(mathilde.page)
    until(lambda: is_received(mathilde.page))

    mother.open_child("Timéo")
    expect(mother.page.locator("main")).to_contain_text("16 juin 2016")
    expect(mother.page.locator("main")).to_contain_text("reçu")

    mathilde.page.goto(f"{mathilde.desk}/corrections")
    asked = mathilde.page.get_by_role("region", name="Timéo Pruvost")
    asked.get_by_text("Répondre", exact=True).click()
    asked.get_by_role("button", name="C’est fait").click()
    expect(mathilde.page.locator("main")).to_contain_text("La réponse est partie")
    expect(mathilde.page.locator("main")).not_to_contain_text("Elle est née un jour plus tôt.")


def corrects_birth(page: Page, day: str) -> None:
    """Correct the birth date from a certificate, after forgetting what the form asks."""
    page.get_by_label("Date de naissance").fill(day)
    page.get_by_role("button", name="Corriger").click()
    expect(page.locator("#error-summary")).to_contain_text("Choisissez la pièce")
    page.get_by_label("C’était mal écrit").check()
    page.get_by_label("Acte de naissance").check()
    page.get_by_label("Date de la pièce").fill("2026-09-01")
    page.get_by_label("J’ai vu cette pièce").check()
    page.get_by_role("button", name="Corriger").click()
    expect(page.locator("main")).to_contain_text("C’est corrigé")

"""A wrong birth date: a mother asks, an agent corrects from a paper, each provider takes it in."""

from datetime import date, timedelta

from playwright.sync_api import Page, expect

from shared.dates.clock import today
from tests.journeys.bus import until
from tests.journeys.conftest import DESK, PHONE, NewPage
from tests.journeys.looks import is_sound_at_every_width
from tests.journeys.offers import offer_every_day
from tests.journeys.people import Agent, Parent, is_received, until_shown
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


def test_a_family_asks_for_what_the_new_school_has_before_the_child_goes_there(
    town: DemoTown, new_page: NewPage
) -> None:
    mother = Parent(town, new_page(PHONE), "caroline.pruvost@example.org")
    mathilde = Agent(town, new_page(DESK), "front_desk", "mathilde.besson")
    mother.sign_in()
    mathilde.sign_in()
    day = today() + timedelta(days=12)

    mathilde.page.goto(mathilde.desk)
    mathilde.page.get_by_label("Nom et prénom").fill("Pruvost Timéo")
    mathilde.page.keyboard.press("Enter")
    found = mathilde.page.get_by_role("link", name="Timéo Pruvost")
    found.filter(has_text="chez Caroline Pruvost").click()
    mathilde.page.get_by_role("link", name="Corriger : Timéo Pruvost").click()
    mathilde.page.get_by_role("link", name="Corriger l’école ou la classe").click()
    school = chooses_another_school(mathilde.page, day)
    expect(mathilde.page.locator("main")).to_contain_text("Vaudra à partir du")

    asked = {"school": [school], "grade": [], "class_name": [], "commune": []}
    offer_every_day(town, "ens", "journey-to-come", "Théâtre", "evening_care", conditions=asked)
    until_shown(mother.page, "quand Timéo ira", f"{town.portal}/activites?q=theatre")
    is_sound_at_every_width(mother.page)
    mother.page.get_by_role("link", name="Théâtre", exact=True).first.click()
    expect(mother.page.locator("#from_day")).to_have_value(day.isoformat())
    is_sound_at_every_width(mother.page)
    mother.page.get_by_role("button", name="Envoyer la demande").click()
    expect(mother.page.locator("main")).to_contain_text("Timéo a une place")

    mathilde.page.get_by_role("button", name="Reprendre").first.click()
    expect(mathilde.page.locator("main")).to_contain_text("Reprise avant son jour")


def chooses_another_school(page: Page, day: date) -> str:
    """Correct the school from a day to come on; return the one that was chosen."""
    field = page.locator("#school")
    present = field.input_value()
    names = field.locator("option").all_inner_texts()
    school = next(name for name in names if name.startswith("École") and name != present)
    field.select_option(label=school)
    page.get_by_label("Cela a changé").check()
    page.get_by_label("Vaut à partir du").fill(day.isoformat())
    page.get_by_label("Liste de l’école").check()
    page.get_by_label("Date de la pièce").fill("2026-09-01")
    page.get_by_label("J’ai vu cette pièce").check()
    page.get_by_role("button", name="Corriger").click()
    return school

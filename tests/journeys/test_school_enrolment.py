"""A mother asks for a school, the town decides, the certificate is hers until it is withdrawn."""

import re
from datetime import date

from playwright.sync_api import Page, expect

from services.enrolment.offer.rules.calendar import school_year_of
from services.enrolment.school_year.schools.rules.levels import level_of_age
from shared.dates.clock import today
from tests.factories import pdf
from tests.journeys.bus import until
from tests.journeys.conftest import DESK, PHONE, NewPage
from tests.journeys.looks import is_sound_at_every_width
from tests.journeys.people import Agent, Parent, sends, until_shown
from tests.journeys.town import DemoTown

SCHOOL = "École des Tilleuls"
MANON_BORN, LEONIE_BORN = date(2019, 3, 2), date(2018, 11, 20)


def test_a_family_asks_for_a_school_and_reads_its_certificate(
    town: DemoTown, new_page: NewPage
) -> None:
    claire = Agent(town, new_page(DESK), "ens", "claire.aubry")
    karim = Agent(town, new_page(DESK), "ens", "karim.haddad")
    mother = Parent(town, new_page(PHONE), "claire.lefevre@example.org")
    for person in (claire, karim, mother):
        person.sign_in()
    says_who_signs(claire)

    mother.open_child("Manon")
    mother.page.get_by_role("link", name="Voir l’inscription").click()
    is_sound_at_every_width(mother.page)
    sends(mother.page.get_by_role("button", name="Envoyer la demande"))
    expect(mother.page.locator("#error-summary")).to_contain_text("Choisissez le niveau")
    is_sound_at_every_width(mother.page)
    asks(mother.page)
    expect(mother.page.locator("main")).to_contain_text("Votre demande est envoyée")
    until_shown(mother.page, "à l’étude depuis le")
    is_sound_at_every_width(mother.page)

    karim.page.goto(f"{karim.desk}/ecoles/demandes")
    is_sound_at_every_width(karim.page)
    karim.page.get_by_role("link", name=re.compile("Lefèvre Manon")).click()
    expect(karim.page.locator("main")).to_contain_text("12 rue des Lilas")
    is_sound_at_every_width(karim.page)
    karim.page.get_by_label("École", exact=True).select_option(label=option(karim.page))
    karim.page.get_by_label("À partir du").fill(today().isoformat())
    karim.page.get_by_label("Au-delà des places").check()
    karim.page.get_by_role("button", name="Inscrire et délivrer le certificat").click()
    expect(karim.page.locator("main")).to_contain_text("L’enfant est inscrit")
    is_sound_at_every_width(karim.page)

    until_shown(mother.page, "à présenter à la direction")
    is_sound_at_every_width(mother.page)
    assert SCHOOL in downloaded(mother.page)
    until(lambda: SCHOOL in child_page(mother))
    assert "décidé par Service Enseignement" in child_page(mother)

    karim.page.get_by_label("le certificat contient une erreur").check()
    sends(karim.page.get_by_role("button", name="Retirer le certificat"))
    expect(karim.page.locator("main")).to_contain_text("Le certificat est retiré")
    karim.page.goto(f"{karim.desk}/ecoles/certificats")
    is_sound_at_every_width(karim.page)
    mother.page.get_by_role("link", name="Voir l’inscription").click()
    until_shown(mother.page, "retiré le")
    assert "ne vaut plus" in downloaded(mother.page)


def test_a_family_asks_for_another_school_and_reads_why_it_was_refused(
    town: DemoTown, new_page: NewPage
) -> None:
    karim = Agent(town, new_page(DESK), "ens", "karim.haddad")
    mother = Parent(town, new_page(PHONE), "christelle.ollivier@example.com")
    for person in (karim, mother):
        person.sign_in()

    mother.open_child("Léonie")
    mother.page.get_by_role("link", name="Voir l’inscription").click()
    mother.page.get_by_text("Une autre école que celle du secteur").click()
    mother.page.get_by_label("École souhaitée").select_option("École Jules-Ferry")
    expect(mother.page.get_by_label("Raison de santé")).to_be_hidden()
    is_sound_at_every_width(mother.page)
    asks(mother.page, LEONIE_BORN)
    expect(mother.page.locator("#error-summary")).to_contain_text("Cochez au moins un motif")
    mother.page.get_by_label("Frère ou sœur").check()
    sends(mother.page.get_by_role("button", name="Envoyer la demande"))
    until_shown(mother.page, "dérogation à l’étude")
    is_sound_at_every_width(mother.page)

    karim.page.goto(f"{karim.desk}/ecoles/derogations")
    karim.page.get_by_role("link", name=re.compile("Ollivier Léonie")).click()
    is_sound_at_every_width(karim.page)
    karim.page.get_by_label("refuser").check()
    karim.page.get_by_label("Pourquoi, pour un refus").select_option("no_place")
    karim.page.get_by_role("button", name="Décider").click()
    expect(karim.page.locator("main")).to_contain_text("refusée")

    until_shown(mother.page, "dérogation refusée")
    with mother.page.expect_download() as download:
        mother.page.get_by_role("link", name="Télécharger la lettre").click()
    letter = pdf.text(download.value.path().read_bytes())
    assert "recours gracieux" in letter and "tribunal administratif" in letter
    mother.page.goto(f"{town.portal}/nouvelles")
    until_shown(mother.page, "Une réponse à votre demande de dérogation")

    mother.open_child("Léonie")
    mother.page.get_by_role("link", name="Voir l’inscription").click()
    mother.page.get_by_role("link", name="Demander une autre école").click()
    is_sound_at_every_width(mother.page)
    mother.page.get_by_label("École souhaitée").select_option("École d’une autre commune")
    mother.page.get_by_label("Nom de l’autre école").fill("École du Bourg, Ailleurs")
    mother.page.get_by_label("Raison de santé").check()
    sends(mother.page.get_by_role("button", name="Envoyer la demande de dérogation"))
    until_shown(mother.page, "dérogation à l’étude")
    mother.page.get_by_role("button", name="Retirer la dérogation").click()
    expect(mother.page.locator("main")).to_contain_text("La dérogation est retirée")


def says_who_signs(administrator: Agent) -> None:
    administrator.page.goto(f"{administrator.desk}/ecoles/signature")
    is_sound_at_every_width(administrator.page)
    administrator.page.get_by_label("le maire, au nom de la commune").check()
    administrator.page.get_by_label("Qualité").fill("Le maire de Démonstration")
    administrator.page.get_by_label("Prénom et nom").fill("Hélène Garnier")
    administrator.page.get_by_role("button", name="Enregistrer").click()
    expect(administrator.page.locator("main")).to_contain_text("C’est enregistré")


def asks(page: Page, born: date = MANON_BORN) -> None:
    year = school_year_of(today())
    page.get_by_label("Niveau").select_option(level_of_age(born, year))
    page.get_by_label(year).check()
    page.get_by_label("Numéro et rue").fill("12 rue des Lilas")
    page.get_by_label("Code postal").fill("28990")
    page.get_by_label("Commune", exact=True).select_option(index=1)
    page.get_by_label("Domicile").select_option(label="je l’atteste sur l’honneur")
    sends(page.get_by_role("button", name="Envoyer la demande"))


def option(page: Page) -> str:
    """Return the school's choice, which says the places that are left beside its name."""
    choices = page.get_by_label("École", exact=True).locator("option").all_inner_texts()
    return next(each for each in choices if each.startswith(SCHOOL))


def downloaded(page: Page) -> str:
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("Télécharger le certificat")).first.click()
    return pdf.text(download.value.path().read_bytes())


def child_page(mother: Parent) -> str:
    mother.open_child("Manon")
    return " ".join(mother.page.locator("main").inner_text().split())

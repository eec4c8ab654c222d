"""January: a family asks for a school; a waiver is refused with its appeal, the town enrols."""

import re
from urllib.parse import urljoin

from playwright.sync_api import Page, expect

from tests.factories import pdf
from tests.journeys.bus import until
from tests.journeys.school_year.year import Year, comes_to_say, words

FAMILY, CHILD, NAME = "christelle.escoffier@example.org", "Ulysse", "Ulysse Escoffier"
NOW_AT, WISHED, SCHOOL = "École L’Épinette", "École des Tilleuls", "École Jules-Ferry"
STREET, MOTIVE = "12 rue du Moulin", "fratrie"
APPEAL, COURT = "Hôtel de ville, 28990 Démonstration", "tribunal administratif d’Orléans"


def asks_for_a_school(year: Year) -> None:
    """Let the mother ask for September, and the town say who signs and what weighs."""
    claire = year.agent("ens", "claire.aubry").page
    says_who_signs(claire, year.town.desk("ens"))
    page = at_its_school_page(year)
    page.get_by_label("2027-2028").check()
    page.get_by_label("Niveau").select_option("MS")
    page.get_by_label("Numéro et rue").fill(STREET)
    page.get_by_label("Code postal").fill("28990")
    page.get_by_label("Commune", exact=True).select_option(label="Démonstration")
    page.get_by_label("Domicile").select_option(label="je l’atteste sur l’honneur")
    page.get_by_role("button", name="Envoyer la demande").click()
    comes_to_say(page, "à l’étude depuis le 11 janvier 2027")


def says_who_signs(page: Page, desk: str) -> None:
    page.goto(f"{desk}/ecoles/signature")
    page.get_by_label("le maire, au nom de la commune").check()
    page.get_by_label("Qualité").fill("Le maire de Démonstration")
    page.get_by_label("Prénom et nom").fill("Hélène Garnier")
    page.get_by_label("Adresse pour un recours").fill(APPEAL)
    page.get_by_label("Tribunal administratif").fill(COURT)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("main")).to_contain_text("C’est enregistré")
    page.goto(f"{desk}/ecoles/derogations/motifs")
    page.get_by_label("Motifs et points").fill(f"{MOTIVE} ; 5")
    page.get_by_role("button", name="Enregistrer").click()


def is_refused_a_waiver(year: Year) -> None:
    """Refuse the school that the family wishes; the letter tells reason, appeal and court."""
    page = opens_request(year)
    page.get_by_role("link", name="Demander une dérogation").click()
    page.get_by_label("École demandée").select_option(label=WISHED)
    page.get_by_label(MOTIVE).check()
    page.get_by_role("button", name="Mettre devant la commission").click()
    page.get_by_label("refuser", exact=True).check()
    page.get_by_label("Pourquoi, pour un refus").select_option(index=1)
    page.get_by_role("button", name="Décider").click()
    expect(page.get_by_role("link", name="Imprimer la lettre")).to_be_visible()

    mother = at_its_school_page(year)
    comes_to_say(mother, "dérogation refusée")
    letter = downloaded(mother, "Télécharger la lettre, avec les recours")
    for told in (APPEAL, COURT, "deux mois", "Ulysse ESCOFFIER"):
        assert told in letter, letter


def is_enrolled(year: Year) -> None:
    """Enrol the child in another school from September; its certificate is the family's."""
    page = opens_request(year)
    choices = page.get_by_label("École", exact=True).locator("option").all_inner_texts()
    page.get_by_label("École", exact=True).select_option(
        label=next(each for each in choices if each.startswith(SCHOOL))
    )
    page.get_by_label("À partir du").fill("2027-09-01")
    page.get_by_label("Au-delà des places").check()
    page.get_by_role("button", name="Inscrire et délivrer le certificat").click()
    expect(page.locator("main")).to_contain_text("L’enfant est inscrit")

    mother = at_its_school_page(year)
    comes_to_say(mother, "à présenter à la direction")
    certificate = downloaded(mother, "Télécharger le certificat")
    assert SCHOOL in certificate and "Ulysse ESCOFFIER" in certificate, certificate


def at_its_school_page(year: Year) -> Page:
    """Open the child's page of enrolment, by the links that lead there."""
    mother = year.parent(FAMILY)
    mother.open_child(CHILD)
    mother.page.get_by_role("link", name="Voir l’inscription").click()
    return mother.page


def opens_request(year: Year) -> Page:
    karim = year.agent("ens", "karim.haddad")
    karim.page.goto(f"{karim.desk}/ecoles/demandes")
    listed = " ".join(reversed(NAME.split()))
    karim.page.get_by_role("link", name=re.compile(listed)).click()
    expect(karim.page.locator("main")).to_contain_text(STREET)
    return karim.page


def downloaded(page: Page, name: str) -> str:
    """Return the text of a document that a link hands over, with plain spaces."""
    link = page.get_by_role("link", name=re.compile(name)).first
    address = urljoin(page.url, str(link.get_attribute("href")))

    def made() -> bytes:
        answer = page.request.get(address, timeout=60_000)
        return answer.body() if answer.ok else b""

    return " ".join(pdf.text(until(made, 60)).split())


def still_goes_to_school(year: Year, school: str) -> None:
    """Read at the child's page where it goes now."""
    mother = year.parent(FAMILY)
    mother.open_child(CHILD)
    assert school in words(mother.page)

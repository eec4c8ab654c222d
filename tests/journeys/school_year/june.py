"""March and June: ONDE's file moves a pupil, then all classes go up in one act; places renew."""

import re

from playwright.sync_api import Page, expect

from tests.journeys.bus import until
from tests.journeys.counter import corrects_birth, opens_home
from tests.journeys.people import is_received
from tests.journeys.school_year.year import Year, comes_to_say, says, words

MOTHER, SCHOOL = "claire.lefevre@example.org", "École Jules-Ferry"
ONDE_MOTHER, ONDE_CHILD, ONDE_CLASS = "sandra.morel@example.com", "Lucas", "CE2 du journal"
HEADER = (
    "Nom élève;Nom d'usage élève;Prénom élève;Date naissance;Sexe;INE;Adresse1; Cycle;Niveau;"
    "Libellé classe;Identifiant classe;Nom d'usage enfant;Prénom enfant;Nom d'usage enfant;"
    "Prénom enfant"
)
ROWS = (
    f"MOREL;;LUCAS;14/05/2018;M;070000000AA;3 rue;II;CE2;{ONDE_CLASS};7;;;;",
    f"INCONNUE;;ZOÉ;01/01/2019;F;070000000AB;3 rue;II;CE2;{ONDE_CLASS};7;;;;",
    f"MOREL;;PAUL;31/02/2018;M;070000000AC;3 rue;II;CE2;{ONDE_CLASS};7;;;;",
)


def reads_onde(year: Year) -> None:
    """Read a file of ONDE: what it would change first, then the act."""
    karim = year.agent("ens", "karim.haddad")
    page = karim.page
    page.goto(f"{karim.desk}/ecoles/onde")
    page.get_by_label("École", exact=True).select_option(label=SCHOOL)
    page.get_by_label("2026-2027").check()
    content = "\r\n".join((HEADER, *ROWS)).encode("cp1252")
    file = {"name": "onde.csv", "mimeType": "text/csv", "buffer": content}
    page.get_by_label("Fichier").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Lire le fichier").click()
    main = page.locator("main")
    expect(main).to_contain_text("1 élève du fichier n’est pas dans vos dossiers")
    expect(main).to_contain_text("Ligne 4 : la date de naissance n’est pas lisible")
    page.get_by_label(re.compile("Lucas Morel.*Jules-Ferry", re.DOTALL)).check()
    page.get_by_role("button", name="Retenir").first.click()
    page.get_by_label("Créer ces classes dans l’école").check()
    decides(page)

    mother = year.parent(ONDE_MOTHER)
    mother.open_child(ONDE_CHILD)
    comes_to_say(mother.page, ONDE_CLASS)


def corrects_a_birth(year: Year) -> None:
    """Correct a birth date at the front desk, from a certificate."""
    page = opens_home(year.agent("front_desk", "mathilde.besson"), "Lefèvre", "Manon")
    corrects_birth(page, "Manon", "2019-03-01", seen_on=year.today)


def is_received_by_all(year: Year) -> None:
    """Read at the front desk that each provider has taken the correction in."""
    page = year.agent("front_desk", "mathilde.besson").page
    until(lambda: is_received(page), 60)


def copies_classes(year: Year) -> None:
    """Let the administrator take this year's classes over into the next, school by school."""
    claire = year.agent("ens", "claire.aubry")
    for school in (SCHOOL, "École L’Épinette"):
        claire.page.goto(f"{claire.desk}/ecoles")
        claire.page.get_by_role("link", name=re.compile(school)).click()
        claire.page.get_by_role("link", name="2027-2028").click()
        claire.page.get_by_role("button", name="Reprendre les classes de cette année").click()
        expect(claire.page.get_by_role("table", name="Classes 2027-2028")).to_be_visible()


def moves_all_up(year: Year) -> None:
    """Move every pupil up in one act, after a preview by class."""
    karim = year.agent("ens", "karim.haddad")
    page = karim.page
    page.goto(f"{karim.desk}/ecoles/passages")
    page.get_by_role("button", name="Préparer le passage").click()
    preview = words(page)
    for told in ("quitte les écoles de la ville", "niveau suivant", "a déjà son certificat"):
        assert told in preview, preview
    decides(page)


def decides(page: Page) -> None:
    page.get_by_label("J’ai relu classe par classe").check()
    page.get_by_role("button", name="Décider pour tous").click()
    until(lambda: says(page, "décidé")() and "L’envoi continue" not in words(page), 60)


def is_promised_september(year: Year, child: str, login: str, told: str) -> None:
    """Read at the child's page what September brings."""
    parent = year.parent(login)
    parent.open_child(child)
    comes_to_say(parent.page, "vaudra à partir du 1er septembre")
    assert told in words(parent.page), words(parent.page)


def renews_the_offer(year: Year) -> None:
    """Copy the offer, open it, and ask the families who keeps a place."""
    claire = year.agent("ens", "claire.aubry")
    page = claire.page
    page.goto(f"{claire.desk}/offre/copier/2026-2027")
    page.get_by_role("button", name="Reprendre en brouillon").click()
    page.goto(f"{claire.desk}/rentree")
    page.get_by_role("link", name="Préparer une campagne").click()
    page.get_by_label("À partir de (heure)").fill("00:00")
    page.get_by_role("button", name="Enregistrer le brouillon").click()
    page.get_by_role("button", name="Ouvrir").click()
    expect(page.locator("main")).to_contain_text("La campagne est ouverte")


def keeps_its_lunch(year: Year) -> None:
    """Let the mother say that her daughter goes on eating at school."""
    mother = year.parent(MOTHER)
    mother.page.goto(f"{year.town.portal}/rentree")
    comes_to_say(mother.page, "Restauration scolaire")
    mother.page.get_by_role("button", name="Confirmer : Restauration scolaire").click()
    comes_to_say(mother.page, "confirmé")


def opens_the_offer(year: Year) -> None:
    """Open next year's activities, to which the campaign leads."""
    claire = year.agent("ens", "claire.aubry")
    page = claire.page
    page.goto(f"{claire.desk}/rentree")
    page.get_by_role("link", name=re.compile("Rentrée 2027-2028")).click()
    unopened = page.get_by_role("link", name=re.compile(", 2027-2028"))
    assert unopened.count() == 2
    for _ in range(2):
        unopened.first.click()
        page.get_by_role("button", name="Ouvrir").click()
        expect(page.locator("main")).to_contain_text("L’activité est ouverte")
        page.goto(f"{claire.desk}/rentree")
        page.get_by_role("link", name=re.compile("Rentrée 2027-2028")).click()
    expect(page.locator("main")).not_to_contain_text("pas encore ouverte")

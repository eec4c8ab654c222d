"""
A school year's end: who keeps a school, June's moving up, a file of ONDE with its mistakes.

What is decided reaches the family's page through the dossier, and is taken back whole.
"""

import re

from playwright.sync_api import Page, expect

from services.enrolment.offer.rules.calendar import school_year_of
from services.enrolment.school_year.schools.rules.levels import level_of_age
from shared.dates.clock import today
from tests.journeys.bus import until
from tests.journeys.conftest import DESK, PHONE, NewPage
from tests.journeys.looks import is_sound_at_every_width
from tests.journeys.people import Agent, Parent, reloaded, sends, until_shown
from tests.journeys.town import DemoTown

SCHOOL = "École Jules-Ferry"
HEADER = (
    "Nom élève;Nom d'usage élève;Prénom élève;Date naissance;Sexe;INE;Adresse1; Cycle;Niveau;"
    "Libellé classe;Identifiant classe;Nom d'usage enfant;Prénom enfant;Nom d'usage enfant;"
    "Prénom enfant"
)
INE = "070000000AA"


def test_a_director_is_named_and_reads_the_lists_of_that_school_alone(
    town: DemoTown, new_page: NewPage
) -> None:
    claire = Agent(town, new_page(DESK), "ens", "claire.aubry")
    isabelle = Agent(town, new_page(PHONE), "ens", "isabelle.faure")
    claire.sign_in()
    isabelle.sign_in()
    isabelle.page.goto(f"{isabelle.desk}/ecoles")
    expect(isabelle.page.locator("main")).to_contain_text("Aucune école")

    opens_school(claire)
    is_sound_at_every_width(claire.page)
    claire.page.get_by_label("Personne", exact=True).select_option(label="Isabelle Faure")
    claire.page.get_by_role("button", name="Confier l’école").click()
    expect(claire.page.locator("main")).to_contain_text("Cette personne tient maintenant l’école")

    opens_school(isabelle)
    isabelle.page.get_by_role("link", name="CE1, Mme Caillaud").click()
    expect(isabelle.page.locator("main")).to_contain_text("Lefèvre Manon")
    is_sound_at_every_width(isabelle.page)
    isabelle.page.goto(f"{isabelle.desk}/ecoles")
    expect(isabelle.page.locator("main")).not_to_contain_text("Tilleuls")


def test_all_classes_move_up_in_one_act_and_the_family_reads_what_september_brings(
    town: DemoTown, new_page: NewPage
) -> None:
    karim = Agent(town, new_page(DESK), "ens", "karim.haddad")
    mother = Parent(town, new_page(PHONE), "claire.lefevre@example.org")
    karim.sign_in()
    mother.sign_in()

    karim.page.goto(f"{karim.desk}/ecoles/passages")
    karim.page.get_by_role("button", name="Préparer le passage").click()
    expect(karim.page.locator("main")).to_contain_text("quitte les écoles de la ville")
    is_sound_at_every_width(karim.page)
    karim.page.get_by_role("link", name="CE1, Mme Caillaud").first.click()
    karim.page.get_by_label("Manon Lefèvre").check()
    karim.page.get_by_label("Niveau").select_option("CE1")
    karim.page.get_by_label("Classe (facultatif)").fill("CE1, Mme Caillaud")
    karim.page.get_by_role("button", name="Corriger").click()
    expect(karim.page.locator("main")).to_contain_text("1 élève est corrigé")
    is_sound_at_every_width(karim.page)
    karim.page.get_by_role("link", name=re.compile("Passage de classe, rentrée")).click()
    decides(karim.page)
    until(lambda: is_done(karim.page))
    is_sound_at_every_width(karim.page)

    mother.open_child("Manon")
    until_shown(mother.page, "vaudra à partir du 1er septembre")
    sends(karim.page.get_by_role("button", name="Tout annuler"))
    until(lambda: "annulé" in reloaded(karim.page) and "en cours" not in reloaded(karim.page))
    until(lambda: "vaudra à partir du" not in reloaded(mother.page))


def test_a_file_of_onde_is_read_with_its_mistakes_and_taken_back_whole(
    town: DemoTown, new_page: NewPage
) -> None:
    karim = Agent(town, new_page(DESK), "ens", "karim.haddad")
    mother = Parent(town, new_page(PHONE), "sandra.morel@example.com")
    karim.sign_in()
    mother.sign_in()
    level = level_of_age(today().replace(year=2018, month=5, day=14), school_year_of(today()))
    rows = (
        f"MOREL;;LUCAS;14/05/2018;M;{INE};3 rue;II;{level};CE2 du journal;7;;;;",
        f"LEFEVRE;;MANONN;02/03/2019;F;{INE};3 rue;II;CE1;CE2 du journal;7;;;;",
        f"INCONNUE;;ZOÉ;01/01/2019;F;{INE};3 rue;II;CE1;CE2 du journal;7;;;;",
        f"MOREL;;PAUL;31/02/2018;M;{INE};3 rue;II;CE2;CE2 du journal;7;;;;",
    )

    karim.page.goto(f"{karim.desk}/ecoles/onde")
    karim.page.get_by_role("button", name="Lire le fichier").click()
    expect(karim.page.locator("#error-summary")).to_contain_text("Choisissez le fichier")
    is_sound_at_every_width(karim.page)
    sends_file(karim.page, b"Nom;Age\r\nA;3\r\n")
    expect(karim.page.locator("#error-summary")).to_contain_text("Il manque des colonnes")
    sends_file(karim.page, "\r\n".join((HEADER, *rows)).encode("cp1252"))

    main = karim.page.locator("main")
    expect(main).to_contain_text("Une classe du fichier n’existe pas dans l’école")
    expect(main).to_contain_text("Ligne 3 : MANONN LEFEVRE")
    expect(main).to_contain_text("Ligne 5 : la date de naissance n’est pas lisible")
    expect(main).not_to_contain_text(INE)
    is_sound_at_every_width(karim.page)
    expect(main).to_contain_text("Ligne 2 : LUCAS MOREL")  # two children of one name and birth
    karim.page.get_by_label(re.compile("Lucas Morel.*Jules-Ferry", re.DOTALL)).check()
    karim.page.get_by_role("button", name="Retenir").first.click()
    expect(main).not_to_contain_text("Ligne 2")
    karim.page.get_by_label("Aucun de ceux-là").check()
    karim.page.get_by_role("button", name="Retenir").click()
    karim.page.get_by_label("Créer ces classes dans l’école").check()
    decides(karim.page)
    until(lambda: is_done(karim.page))

    mother.open_child("Lucas")
    until_shown(mother.page, "CE2 du journal")
    expect(mother.page.locator("main")).to_contain_text("décidé par Service Enseignement")
    sends(karim.page.get_by_role("button", name="Tout annuler"))
    until_shown(karim.page, "remis comme avant")


def opens_school(agent: Agent) -> None:
    agent.page.goto(f"{agent.desk}/ecoles")
    agent.page.get_by_role("link", name=re.compile(SCHOOL)).click()
    expect(agent.page.get_by_role("heading", level=1)).to_contain_text(SCHOOL)


def sends_file(page: Page, content: bytes) -> None:
    page.get_by_label("École", exact=True).select_option(label=SCHOOL)
    page.get_by_label(school_year_of(today())).check()
    page.get_by_label("Fichier").set_input_files(
        {"name": "onde.csv", "mimeType": "text/csv", "buffer": content}
    )
    page.get_by_role("button", name="Lire le fichier").click()


def decides(page: Page) -> None:
    page.get_by_label("J’ai relu classe par classe").check()
    page.get_by_role("button", name="Décider pour tous").click()


def is_done(page: Page) -> bool:
    words = reloaded(page)
    return "décidé" in words and "en cours d’envoi" not in words

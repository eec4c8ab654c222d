"""A request of a person: asked on the phone, prolonged, answered, and read by one alone."""

from playwright.sync_api import Page, expect

from tests.journeys.bus import until_whole
from tests.journeys.conftest import DESK, PHONE, NewPage
from tests.journeys.looks import is_sound, is_sound_at_every_width
from tests.journeys.people import Agent, Parent, child_id, until_shown
from tests.journeys.reader import Reader
from tests.journeys.town import DemoTown

ESTELLE, ARNAUD = "estelle.gauthier.breard@example.net", "arnaud.gauthier.breard@example.com"
OFFICE, COUNTER = "frederique.arnaud", "helene.marais"
TEXT = "Le nom de famille de Valentine est mal écrit sur la liste du judo."
REASON = "Le club doit vérifier ses anciennes listes."
ANSWER = "Le nom est corrigé dans le dossier et sur les listes du club, depuis aujourd’hui."
REFUSAL = "La loi impose de garder les factures pendant dix ans."


def test_a_mother_asks_the_office_prolongs_and_answers_and_she_alone_reads_it(
    town: DemoTown, new_page: NewPage
) -> None:
    mother = Parent(town, new_page(PHONE), ESTELLE)
    mother.sign_in()
    page = mother.page
    page.goto(town.portal)
    page.get_by_role("link", name="Vos droits sur vos données").click()
    expect(page.locator("main")).to_contain_text("Tout de suite, sans rien demander")
    is_sound(page)
    _ask(page)
    expect(page.locator("main")).to_contain_text("Votre demande est envoyée")
    is_sound(page)
    asked = page.url

    office = Agent(town, new_page(DESK), "front_desk", OFFICE)
    office.sign_in()
    office.page.goto(office.desk)
    expect(office.page.get_by_role("heading", level=1)).to_have_text("Demandes des personnes")
    is_sound_at_every_width(office.page)
    office.page.get_by_role("link", name="Estelle Gauthier-Bréard").click()
    expect(office.page.locator("main")).to_contain_text(TEXT)
    expect(office.page.locator("main")).to_contain_text("dpo@agglo-demonstration.example")
    office.page.get_by_role("button", name="Prendre en charge").click()
    office.page.get_by_text("Prolonger", exact=True).click()
    office.page.get_by_label("Deux mois").check()
    office.page.get_by_label("Pourquoi", exact=True).fill(REASON)
    office.page.get_by_role("button", name="Prolonger et prévenir").click()
    expect(office.page.locator("main")).to_contain_text("prolongée")
    is_sound_at_every_width(office.page)

    until_shown(page, "prendra plus de temps", f"{town.portal}/nouvelles")
    is_sound(page)
    page.get_by_role("link", name="Lire la suite de votre demande").click()
    expect(page.locator("main")).to_contain_text(REASON)
    is_sound(page)

    office.page.get_by_label("La réponse").fill(ANSWER)
    office.page.get_by_role("button", name="Envoyer la réponse").click()
    expect(office.page.locator("main")).to_contain_text(ANSWER)
    is_sound_at_every_width(office.page)

    until_shown(page, "Une réponse à votre demande", f"{town.portal}/nouvelles")
    page.goto(asked)
    expect(page.locator("main")).to_contain_text(ANSWER)
    expect(page.locator("main")).to_contain_text("CNIL")
    assert "Frédérique" not in mother.text()
    is_sound_at_every_width(page)

    father = Reader(town, ARNAUD)
    assert "Vous n’avez rien demandé" in father.reads("/vos-droits")
    assert "sur vos données" not in father.reads("/nouvelles")
    assert not father.finds(asked)
    valentine = child_id(town, ARNAUD, "Valentine")
    assert "Protection des données" not in father.reads(f"/enfants/{valentine}/qui-a-lu")


def test_a_letter_is_noted_at_the_counter_and_refused_with_its_reason(
    town: DemoTown, new_page: NewPage
) -> None:
    helene = Agent(town, new_page(DESK), "front_desk", COUNTER)
    helene.sign_in()
    page = helene.page
    page.goto(helene.desk)
    page.get_by_role("link", name="Noter une demande d’une personne").click()
    page.get_by_label("Qui demande").fill("Paul Ancien")
    page.get_by_label("Où répondre").fill("3 rue des Lilas, 28000 Chartres")
    page.get_by_label("Par lettre").check()
    page.get_by_label("Un doute : preuve demandée").check()
    page.get_by_label("Effacement").check()
    page.get_by_label("La demande").fill("Effacez mes factures.")
    is_sound_at_every_width(page)
    page.get_by_role("button", name="Enregistrer la demande").click()
    expect(page.locator("main")).to_contain_text("Dites à la personne")
    is_sound_at_every_width(page)

    office = Agent(town, new_page(DESK), "front_desk", OFFICE)
    office.sign_in()
    office.page.goto(f"{office.desk}/droits")
    office.page.get_by_role("link", name="Paul Ancien").click()
    expect(office.page.get_by_role("button", name="La preuve est arrivée")).to_be_visible()
    expect(office.page.get_by_role("button", name="Envoyer la réponse")).to_have_count(0)
    is_sound_at_every_width(office.page)
    office.page.get_by_role("button", name="La preuve est arrivée").click()
    office.page.get_by_text("Refuser", exact=True).click()
    office.page.get_by_label("Pourquoi c’est refusé").fill(REFUSAL)
    office.page.get_by_role("button", name="Refuser la demande").click()

    expect(office.page.locator("main")).to_contain_text(REFUSAL)
    expect(office.page.get_by_role("button", name="Imprimer")).to_be_visible()
    is_sound_at_every_width(office.page)
    until_whole(town)


def test_who_asks_to_erase_reads_in_the_answer_what_services_must_have_and_why(
    town: DemoTown, new_page: NewPage
) -> None:
    mother = Parent(town, new_page(PHONE), ESTELLE)
    mother.sign_in()
    page = mother.page
    asked = _asks_to_erase(page, town, "Valentine")

    office = Agent(town, new_page(DESK), "front_desk", OFFICE)
    office.sign_in()
    office.page.goto(f"{office.desk}/droits/{asked.rsplit('/', 1)[1]}")
    is_sound_at_every_width(office.page)
    expect(office.page.locator("main")).to_contain_text("tant que l’enfant est inscrit")
    office.page.get_by_role("button", name="Envoyer la réponse").click()
    expect(office.page.locator("main")).to_contain_text("réponse donnée")

    page.goto(asked)
    expect(page.locator("main")).to_contain_text("Ce qui est gardé de Valentine")
    is_sound(page)


def test_a_part_that_no_service_must_have_is_erased_and_its_receipt_is_read(
    town: DemoTown, new_page: NewPage
) -> None:
    """Valentine's club feeds nobody: her diet goes. What the agent had begun to write stays."""
    mother = Parent(town, new_page(PHONE), ESTELLE)
    mother.sign_in()
    page = mother.page
    mother.tell_diet("Valentine", "Végétarien")
    page.wait_for_url(lambda url: not url.endswith("/alimentation"))
    asked = _asks_to_erase(page, town, "Valentine")

    office = Agent(town, new_page(DESK), "front_desk", OFFICE)
    office.sign_in()
    office.page.goto(f"{office.desk}/droits/{asked.rsplit('/', 1)[1]}")
    office.page.get_by_label("La réponse").fill(ANSWER)
    office.page.get_by_label("Régime alimentaire").check()
    office.page.get_by_role("button", name="Effacer pour toujours").click()
    expect(office.page.locator("main")).to_contain_text("C’est effacé")
    expect(office.page.get_by_label("La réponse")).to_have_value(ANSWER)
    is_sound_at_every_width(office.page)
    office.page.get_by_role("button", name="Envoyer la réponse").click()
    expect(office.page.locator("main")).to_contain_text("réponse donnée")

    page.goto(asked)
    expect(page.locator("main")).to_contain_text("Valentine Gauthier-Bréard : Régime alimentaire")
    expect(page.locator("main")).to_contain_text(ANSWER)
    is_sound(page)
    mother.open_page("Valentine", "alimentation")
    expect(page.get_by_label("Végétarien", exact=True)).not_to_be_checked()


def test_a_mother_withdraws_what_she_asked_and_the_office_has_nothing_to_answer(
    town: DemoTown, new_page: NewPage
) -> None:
    mother = Parent(town, new_page(PHONE), ESTELLE)
    mother.sign_in()
    page = mother.page
    asked = _asks_to_erase(page, town, "Valentine")
    office = Agent(town, new_page(DESK), "front_desk", OFFICE)
    office.sign_in()
    office.page.goto(f"{office.desk}/droits/{asked.rsplit('/', 1)[1]}")

    page.get_by_text("Retirer cette demande", exact=True).click()
    page.get_by_role("button", name="Retirer la demande").click()
    expect(page.locator("main")).to_contain_text("Votre demande est retirée")
    is_sound(page)

    office.page.get_by_role("button", name="Envoyer la réponse").click()
    expect(office.page.locator("main")).to_contain_text("La personne vient de retirer")
    is_sound_at_every_width(office.page)


def _ask(page: Page) -> None:
    page.get_by_role("link", name="Faire une demande").click()
    page.get_by_label("Corriger").check()
    page.get_by_label("Valentine Gauthier-Bréard").check()
    page.get_by_label("Sports de l’agglomération").check()
    page.get_by_label("En quelques mots").fill(TEXT)
    is_sound_at_every_width(page)
    page.get_by_role("button", name="Envoyer la demande").click()


def _asks_to_erase(page: Page, town: DemoTown, first_name: str) -> str:
    """Ask to erase the file of one child; return where the request stands."""
    page.goto(f"{town.portal}/vos-droits/nouvelle")
    page.get_by_role("radio", name="Effacer").check()
    page.get_by_role("radio", name=first_name).check()
    page.get_by_label("En quelques mots").fill("Effacez ce qui ne sert plus.")
    page.get_by_role("button", name="Envoyer la demande").click()
    expect(page.locator("main")).to_contain_text("Votre demande est envoyée")
    return page.url

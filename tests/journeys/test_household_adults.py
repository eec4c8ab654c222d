"""The adults of a household change at the counter: a name, an arrival, a death."""

from playwright.sync_api import Page, expect

from shared.dates.clock import today
from tests.journeys.bus import until
from tests.journeys.conftest import DESK, PHONE, NewPage
from tests.journeys.looks import is_sound_at_every_width
from tests.journeys.people import Agent, Parent, is_received, until_shown
from tests.journeys.town import PASSWORD, DemoTown

REGIS = "regis.dufresne@example.net"
VALERIE, PASCAL = "valerie.ozenne@example.org", "pascal.ozenne@example.net"


def test_a_parent_is_renamed_a_guardian_comes_and_a_death_silences_one_name(
    town: DemoTown, new_page: NewPage
) -> None:
    mathilde = Agent(town, new_page(DESK), "front_desk", "mathilde.besson")
    mathilde.sign_in()
    valerie = Parent(town, new_page(PHONE), VALERIE)
    valerie.sign_in()
    pascal = Parent(town, new_page(PHONE), PASCAL)
    pascal.sign_in()

    page = mathilde.page
    page.goto(mathilde.desk)
    page.get_by_label("Nom et prénom").fill("Ozenne Augustin")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Augustin Ozenne").click()
    page.get_by_role("link", name="Nom, arrivée, départ, décès").click()
    adults = page.url
    is_sound_at_every_width(page)

    page.get_by_role("link", name="Corriger le nom : Valérie Ozenne").click()
    is_sound_at_every_width(page)
    page.get_by_label("Prénom et nom").fill("Valérie Marchetti")
    page.get_by_label("Cela a changé").check()
    page.get_by_label("Acte de mariage ou de divorce").check()
    saw_paper(page)
    expect(page.locator("main")).to_contain_text("Valérie Marchetti")

    page.get_by_role("link", name="Un adulte arrive").click()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#error-summary")).to_contain_text("À remplir")
    is_sound_at_every_width(page)
    page.get_by_label("Prénom et nom").fill("Ginette Ozenne")
    page.get_by_label("Non : la personne est connue").check()
    page.get_by_role("group", name="Vit dans ce foyer").get_by_label("Oui").check()
    page.get_by_label("Une décision de justice").check()
    page.get_by_label("Jugement").check()
    saw_paper(page)
    expect(page.locator("main")).to_contain_text("répond d’Augustin")

    page.get_by_role("link", name="Décès : Pascal Ozenne").click()
    is_sound_at_every_width(page)
    died_on = page.get_by_label("Jour du décès")
    expect(died_on).to_have_value("")  # a day that nobody read from the paper is none
    died_on.fill(today().isoformat())
    page.get_by_label("Acte de décès").check()
    saw_paper(page)
    expect(page.locator("main")).to_contain_text("Rien ne part plus à ce nom")
    until(lambda: is_received(page))
    is_sound_at_every_width(page)

    page.get_by_role("link", name="Départ : Valérie Marchetti").click()
    is_sound_at_every_width(page)
    page.get_by_label("Quitte le foyer").check()
    page.get_by_label("Cela a changé").check()
    page.get_by_label("Jugement").check()
    saw_paper(page)
    expect(page.locator("#error-summary")).to_contain_text("Un enfant n’aurait plus personne")

    valerie.open_child("Augustin")
    expect(valerie.page.locator("main")).to_contain_text("Toutes nos condoléances")
    expect(valerie.page.locator("main")).to_contain_text("Pascal Ozenne")
    is_sound_at_every_width(valerie.page)
    pascal.page.goto(f"{town.portal}/connexion")
    pascal.page.locator("input[name=login]").first.fill(PASCAL)
    pascal.page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    pascal.page.get_by_role("button", name="Se connecter").click()
    expect(pascal.page.locator("main")).not_to_contain_text("Augustin")
    expect(pascal.page.get_by_role("button", name="Se connecter")).to_be_visible()

    page.goto(adults)
    expect(page.locator("main")).to_contain_text("Décès")


def test_who_has_an_account_keeps_it_in_a_second_home_and_sees_the_children_of_both(
    town: DemoTown, new_page: NewPage
) -> None:
    mathilde = Agent(town, new_page(DESK), "front_desk", "mathilde.besson")
    mathilde.sign_in()
    page = mathilde.page
    page.goto(mathilde.desk)
    page.get_by_label("Nom et prénom").fill("Rousselin Simon")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Simon Rousselin").click()
    page.get_by_role("link", name="Nom, arrivée, départ, décès").click()
    page.get_by_role("link", name="Un adulte arrive").click()

    page.get_by_label("Prénom et nom").fill("R. Dufrène")
    page.get_by_label("E-mail de son compte").fill("nobody.at.all@example.org")
    page.get_by_label("Oui : tout le dossier").check()
    page.get_by_role("group", name="Vit dans ce foyer").get_by_label("Oui").check()
    page.get_by_label("Une décision de justice").check()
    page.get_by_label("Jugement").check()
    saw_paper(page)
    expect(page.locator("#error-summary")).to_contain_text("Personne n’est proposé")
    is_sound_at_every_width(page)
    page.get_by_label("E-mail de son compte").fill(REGIS)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#error-summary")).to_contain_text("peut-être déjà connue")
    is_sound_at_every_width(page)
    page.get_by_label("Régis Dufresne").check()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("main")).to_contain_text("Régis Dufresne")

    regis = Parent(town, new_page(PHONE), REGIS)
    regis.sign_in()
    for child in ("Simon", "Dorian"):
        until_shown(regis.page, child, f"{town.portal}/enfants")
    is_sound_at_every_width(regis.page)


def saw_paper(page: Page) -> None:
    page.get_by_label("Date de la pièce").fill("2026-09-01")
    page.get_by_label("J’ai vu cette pièce").check()
    page.get_by_role("button", name="Enregistrer").click()


def finds(parent: Parent, first_name: str) -> bool:
    parent.page.goto(f"{parent.town.portal}/enfants")
    return first_name in parent.text()

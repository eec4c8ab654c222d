"""A cook orders from a caterer, which confirms, refuses a change, and learns of no child."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from deploy.demo.invented.people import PASSWORD, DemoAgent
from deploy.processes.ops_requests import ops_client
from shared.contracts.identity import accounts
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.factories.kitchen import CATERER
from tests.journeys.bus import held_still, queued, until
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.databases import found, stored
from tests.journeys.looks import is_sound, is_sound_at_every_width
from tests.journeys.offers import give_place, offer_every_day
from tests.journeys.people import Agent, child_id, until_shown
from tests.journeys.taps import Hand
from tests.journeys.town import DemoTown

PASCAL = DemoAgent("pascal.meunier", "Pascal Meunier", "cui", ("cook",))
EMILE, BASILE = ("nathalie.brehat@example.net", "Émile"), ("odile.poirier@example.net", "Basile")
SITE, REFERENCE = "Salle des fêtes", "journey-kitchen"
UNTIL_MIDNIGHT, PAST = 'order_before: "0@23:59"', 'order_before: "5@00:00"'


@pytest.mark.nightly
@pytest.mark.timeout(900)
def test_a_cook_orders_and_the_caterer_answers_while_another_provider_is_stopped(
    town: DemoTown, new_page: NewPage, tmp_path_factory: pytest.TempPathFactory
) -> None:
    offer_every_day(town, "ens", REFERENCE, "Repas du soir", "canteen")
    give_place(town, "ens", REFERENCE, child_id(town, *EMILE))
    fragment = tmp_path_factory.mktemp("caterer") / "caterer.yaml"
    fragment.write_text(re.sub(r'order_before: "[^"]+"', UNTIL_MIDNIGHT, CATERER), "utf-8")
    town.preau("provider", "add", str(fragment))
    _has_account(town)
    cook, caterer = Agent(town, new_page(DESK), "ens", "sophie.bernard"), new_page(DESK)
    cook.sign_in()
    _signs_in(town, caterer)

    with held_still(town, "enrolment_agg"):  # another provider is down: nobody here notices
        _writes_a_menu_that_concerns_a_child(town, cook, new_page())
        _orders_tomorrow(cook)
        _confirms(town, caterer)
        until_shown(cook.page, "reçu par le prestataire", f"{cook.desk}/cuisine", 40)

    _the_hour_passes(town)
    give_place(town, "ens", REFERENCE, child_id(town, *BASILE))
    _asks_for_a_change_while_the_caterer_is_silent(town, cook)
    _refuses(town, caterer)
    until_shown(cook.page, "Le camion est parti.", f"{cook.desk}/cuisine", 40)
    is_sound_at_every_width(cook.page)
    assert _ids_and_names(town) & _words_in(stored(town, "enrolment_cui")) == set()

    town.preau("provider", "revoke", "cui", "--at-once")
    until(lambda: town.status()["ready"], 60)


def _has_account(town: DemoTown) -> None:
    account = {
        "subject": new_id(),
        "kind": "agent",
        "login": PASCAL.login,
        "name": PASCAL.name,
        "password": PASSWORD,
        "totp_secret": PASCAL.totp_secret,
        "rights": [{"provider": "cui", "role": "cook"}],
    }
    with ops_client(town.applied) as client:
        client.ask(accounts.open_accounts, accounts.OpenAccountsRequest([account]), deadline=30.0)
    until(lambda: town.status()["pages"].get("desk_cui", {}).get("ok"), 60)


def _signs_in(town: DemoTown, page: Page) -> None:
    page.goto(town.desk("cui"))
    page.get_by_label("Identifiant").fill(PASCAL.login)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Continuer").click()
    page.get_by_label("Code à 6 chiffres").fill(PASCAL.code)
    page.get_by_role("button", name="Se connecter").click()
    until_shown(page, "Commandes reçues", town.desk("cui"), 40)
    expect(page.locator("main")).to_contain_text("Aucune commande")
    is_sound_at_every_width(page)


def _writes_a_menu_that_concerns_a_child(town: DemoTown, cook: Agent, visitor: Page) -> None:
    page, day = cook.page, (today() + timedelta(days=1)).isoformat()
    page.goto(f"{cook.desk}/cuisine/menus?jour={day}&lieu={SITE}")
    page.get_by_label("Nom du plat").nth(1).fill("Gâteau de carottes")
    page.get_by_label("Allergènes").nth(1).fill("gluten, fruits à coque")
    page.get_by_role("button", name="Enregistrer le menu").click()
    expect(page.locator("main")).to_contain_text("Le menu est enregistré")
    is_sound_at_every_width(page)
    page.goto(f"{cook.desk}/cuisine?jour={day}")
    expect(page.locator("main")).to_contain_text("Fruits à coque : 1 enfant concerné")
    page.get_by_role("link", name="Voir les enfants concernés").click()
    expect(page.locator("main")).to_contain_text("Bréhat Émile")
    is_sound_at_every_width(page)
    until(lambda: found(town, "portal", "SELECT site FROM published_menu"), 40)
    visitor.goto(f"{town.portal}/menus?semaine={day}&lieu={SITE}")  # kept some minutes by browsers
    expect(visitor.locator("main")).to_contain_text("Gâteau de carottes")
    expect(visitor.locator("main")).to_contain_text("fruits à coque")
    is_sound_at_every_width(visitor)


def _orders_tomorrow(cook: Agent) -> None:
    hand = Hand(cook.page)
    hand.begins_at(cook.desk)
    hand.taps_on(cook.page.get_by_role("link", name="Cuisine", exact=True).first)
    hand.taps_on(cook.page.get_by_role("button", name=re.compile("Valider .* repas")))
    expect(cook.page.locator("main")).to_contain_text("C’est envoyé")
    hand.tells("validate tomorrow’s order of meals", most=2)
    is_sound_at_every_width(cook.page)


def _confirms(town: DemoTown, caterer: Page) -> None:
    until_shown(caterer, "à confirmer", f"{town.desk('cui')}/commandes", 40)
    is_sound_at_every_width(caterer)
    caterer.get_by_role("button", name=re.compile("Confirmer la réception")).click()
    expect(caterer.locator("main")).to_contain_text("le service lit que vous avez reçu")


def _the_hour_passes(town: DemoTown) -> None:
    """Let the town's contract with its caterer ask for orders five working days before."""
    file = town.applied.town_file
    file.write_text(file.read_text("utf-8").replace(UNTIL_MIDNIGHT, PAST), "utf-8")
    town.preau("apply")


def _asks_for_a_change_while_the_caterer_is_silent(town: DemoTown, cook: Agent) -> None:
    page = cook.page
    until_shown(page, "Demander le changement", f"{cook.desk}/cuisine", 40)
    with held_still(town, "enrolment_cui"):
        page.get_by_role("button", name="Demander le changement").click()
        expect(page.locator("main")).to_contain_text("Le changement est demandé")
        expect(page.locator("main")).to_contain_text("n’a pas encore répondu")
        is_sound(page)
        until(lambda: "meals_ordered" in queued(town)["in.enrolment_cui.events"], 40)
        lying = queued(town)["in.enrolment_cui.events"]
    assert _ids_and_names(town) & _words_in(lying.encode()) == set()


def _refuses(town: DemoTown, caterer: Page) -> None:
    until_shown(caterer, "à accepter ou refuser", f"{town.desk('cui')}/commandes", 60)
    is_sound_at_every_width(caterer)
    caterer.get_by_label("Pourquoi, si vous refusez").first.fill("Le camion est parti.")
    caterer.get_by_role("button", name=re.compile("Refuser")).first.click()
    expect(caterer.locator("main")).to_contain_text("Le changement est refusé")


def _ids_and_names(town: DemoTown) -> set[str]:
    """Return the ids of the canteen's children and households, and their family names."""
    cards = found(town, "enrolment_ens", "SELECT child_id, last_name FROM child_card")
    homes = found(town, "enrolment_ens", "SELECT DISTINCT household_id FROM child_guardian")
    words = {str(value) for row in cards for value in row} | {str(row[0]) for row in homes}
    return {word for word in words if len(word) > 4}


def _words_in(content: bytes) -> set[str]:
    """Return the words of some bytes, those with an accent and those with hyphens whole."""
    text = content.decode("utf-8", errors="replace")
    return set(re.findall(r"[\w-]+", text)) | set(re.findall(r"\w+", text))

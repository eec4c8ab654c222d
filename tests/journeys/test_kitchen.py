"""A cook orders from a caterer, which confirms, refuses a change, and learns of no child."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests
from playwright.sync_api import Page, expect

from deploy.demo.invented.account_holders import PASSWORD, DemoAgent
from deploy.processes.ops_requests import ops_client
from shared.contracts.identity import accounts
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.factories.kitchen import CATERER
from tests.journeys.bus import held_still, queued, until, until_whole
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.databases import found, stored
from tests.journeys.looks import is_sound, is_sound_at_every_width
from tests.journeys.offers import give_place, offer_every_day
from tests.journeys.people import Agent, child_id, until_shown
from tests.journeys.taps import Hand
from tests.journeys.town import DemoTown

PASCAL = DemoAgent("pascal.meunier", "Pascal Meunier", "cui", ("cook",))
CAPUCINE = ("laetitia.renaudin@example.com", "Capucine")
COME, EMILE = ("ingrid.schmitt@example.net", "Côme"), ("nathalie.brehat@example.net", "Émile")
BASILE = ("odile.poirier@example.net", "Basile")
SITE, REFERENCE = "Salle des fêtes", "journey-kitchen"
UNTIL_MIDNIGHT, PAST = 'order_before: "0@23:59"', 'order_before: "5@00:00"'


@pytest.fixture(scope="module")
def with_caterer(town: DemoTown, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give the school service a caterer with a cook, for as long as these journeys need one."""
    offer_every_day(town, "ens", REFERENCE, "Repas du marché", "canteen")
    fragment = tmp_path_factory.mktemp("caterer") / "caterer.yaml"
    fragment.write_text(re.sub(r'order_before: "[^"]+"', UNTIL_MIDNIGHT, CATERER), "utf-8")
    town.preau("provider", "add", str(fragment))
    _opens_account(town)
    yield
    town.preau("provider", "revoke", "cui", "--at-once")
    until_whole(town, 60)


@pytest.fixture
def cook(town: DemoTown, with_caterer: None, new_page: NewPage) -> Agent:
    """Give who keeps the school service's kitchen, who may order until midnight of the day."""
    _may_be_ordered(town, UNTIL_MIDNIGHT)
    cook = Agent(town, new_page(DESK), "ens", "sophie.bernard")
    cook.sign_in()
    return cook


@pytest.fixture
def caterer(town: DemoTown, with_caterer: None, new_page: NewPage) -> Agent:
    caterer = Agent(town, new_page(DESK), "cui", PASCAL.login)
    caterer.sign_in(PASCAL.code_of_now)
    return caterer


@pytest.mark.timeout(600)
def test_the_caterer_confirms_an_order_and_refuses_a_change_while_another_provider_is_stopped(
    town: DemoTown, cook: Agent, caterer: Agent
) -> None:
    _eats_there(town, CAPUCINE)
    caterer.page.goto(caterer.desk)
    expect(caterer.page.locator("main")).to_contain_text("Aucune commande")

    with held_still(town, "enrolment_agg"):  # another provider is down: nobody here notices
        until_shown(cook.page, "Valider", f"{cook.desk}/cuisine", 40)
        _orders_tomorrow(cook)
        _confirms(caterer)
        until_shown(cook.page, "reçu par le prestataire", f"{cook.desk}/cuisine", 40)

        _may_be_ordered(town, PAST)
        _eats_there(town, COME)
        _asks_for_a_change(cook)
        _refuses(caterer)
        until_shown(cook.page, "Le camion est parti.", f"{cook.desk}/cuisine", 40)
    known, there = _ids_and_names(town), _words_in(stored(town, "enrolment_cui"))
    assert {"camion", "fêtes"} <= there, "the search finds what is there"
    assert known & there == set()


@pytest.mark.nightly
def test_a_menu_alerts_for_a_child_of_whom_the_caterer_learns_nothing_even_while_it_is_silent(
    town: DemoTown, cook: Agent, caterer: Agent, new_page: NewPage
) -> None:
    _eats_there(town, EMILE)
    caterer.page.goto(caterer.desk)
    is_sound_at_every_width(caterer.page)
    _writes_a_menu_that_concerns_a_child(town, cook, new_page())
    _orders_tomorrow(cook)
    is_sound_at_every_width(cook.page)
    until_shown(caterer.page, "à confirmer", f"{caterer.desk}/commandes", 40)
    is_sound_at_every_width(caterer.page)
    _confirms(caterer)

    _may_be_ordered(town, PAST)
    _eats_there(town, BASILE)
    with held_still(town, "enrolment_cui"):
        _asks_for_a_change(cook)
        expect(cook.page.locator("main")).to_contain_text("n’a pas encore répondu")
        is_sound(cook.page)
        until(lambda: "meals_ordered" in queued(town)["in.enrolment_cui.events"], 40)
        lying = queued(town)["in.enrolment_cui.events"]
    assert _ids_and_names(town) & _words_in(lying.encode()) == set()

    until_shown(caterer.page, "à accepter ou refuser", f"{caterer.desk}/commandes", 60)
    is_sound_at_every_width(caterer.page)
    _refuses(caterer)
    until_shown(cook.page, "Le camion est parti.", f"{cook.desk}/cuisine", 40)
    is_sound_at_every_width(cook.page)
    assert _ids_and_names(town) & _words_in(stored(town, "enrolment_cui")) == set()


def _opens_account(town: DemoTown) -> None:
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
    until(lambda: _answers(town.desk("cui")), 60)


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=5).ok
    except requests.ConnectionError:
        return False


def _eats_there(town: DemoTown, child: tuple[str, str]) -> None:
    give_place(town, "ens", REFERENCE, child_id(town, *child))


def _may_be_ordered(town: DemoTown, until_when: str) -> None:
    """Let the town's contract with its caterer ask for orders until then."""
    file = town.applied.town_file
    before = file.read_text("utf-8")
    after = before.replace(UNTIL_MIDNIGHT, until_when).replace(PAST, until_when)
    if after != before:
        file.write_text(after, "utf-8")
        town.preau("apply")


def _writes_a_menu_that_concerns_a_child(town: DemoTown, cook: Agent, visitor: Page) -> None:
    page, day = cook.page, (today() + timedelta(days=1)).isoformat()
    page.goto(f"{cook.desk}/cuisine/menus?jour={day}&lieu={SITE}")
    page.get_by_label("Nom du plat").nth(1).fill("Gâteau de carottes")
    page.get_by_label("Allergènes").nth(1).fill("gluten, fruits à coque")
    page.get_by_role("button", name="Enregistrer le menu").click()
    expect(page.locator("main")).to_contain_text("Le menu est enregistré")
    is_sound_at_every_width(page)
    page.goto(f"{cook.desk}/cuisine/adultes?jour={day}")
    page.get_by_label("Personnel").first.fill("3")
    page.get_by_role("button", name="Noter les repas d’adultes").click()
    expect(page.locator("main")).to_contain_text("C’est noté : 3 repas d’adultes")
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


def _confirms(caterer: Agent) -> None:
    until_shown(caterer.page, "à confirmer", f"{caterer.desk}/commandes", 40)
    caterer.page.get_by_role("button", name=re.compile("Confirmer la réception")).click()
    expect(caterer.page.locator("main")).to_contain_text("le service lit que vous avez reçu")


def _asks_for_a_change(cook: Agent) -> None:
    until_shown(cook.page, "Demander le changement", f"{cook.desk}/cuisine", 40)
    cook.page.get_by_role("button", name="Demander le changement").click()
    expect(cook.page.locator("main")).to_contain_text("Le changement est demandé")


def _refuses(caterer: Agent) -> None:
    until_shown(caterer.page, "à accepter ou refuser", f"{caterer.desk}/commandes", 60)
    caterer.page.get_by_label("Pourquoi, si vous refusez").first.fill("Le camion est parti.")
    caterer.page.get_by_role("button", name=re.compile("Refuser")).first.click()
    expect(caterer.page.locator("main")).to_contain_text("Le changement est refusé")


def _ids_and_names(town: DemoTown) -> set[str]:
    """Return the ids of the canteen's children and households, and their family names."""
    cards = found(town, "enrolment_ens", "SELECT child_id, last_name FROM child_card")
    homes = found(town, "enrolment_ens", "SELECT DISTINCT household_id FROM child_guardian")
    words = {str(value) for row in cards for value in row} | {str(row[0]) for row in homes}
    return {word for word in words if len(word) > 4}


def _words_in(content: bytes) -> set[str]:
    """Return the words of some bytes, those with an accent and those with hyphens whole."""
    text = content.decode("utf-8", errors="replace")
    text = re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text)  # of JSON
    return set(re.findall(r"[\w-]+", text)) | set(re.findall(r"\w+", text))

"""A copy for who has no account: proven by a paper, gathered from all services, given in hand."""

import json
import re
from collections import Counter
from typing import Any

from playwright.sync_api import Page, expect
from sqlalchemy import String

from deploy.services import service_class, store_of_service
from shared.database.person_data.held_data import KIT_TABLES
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.databases import database, found
from tests.journeys.looks import is_sound_at_every_width
from tests.journeys.people import Agent
from tests.journeys.taps import Hand
from tests.journeys.town import DemoTown
from tests.journeys.walked_tables import AS_READ, SERVICES, service_of, walked

OFFICE = "frederique.arnaud"
AGENT = "Sophie Bernard"


def test_an_adult_without_an_account_is_known_by_a_paper_and_gets_what_the_tables_hold(
    town: DemoTown, new_page: NewPage
) -> None:
    person, name, child, born = _without_account(town)
    office = Agent(town, new_page(DESK), "front_desk", OFFICE)
    office.sign_in()
    page, main = office.page, office.page.locator("main")
    hand = Hand(page)
    _notes_letter(hand, office.desk, name)
    expect(main).to_contain_text("Qui est-ce ?")
    is_sound_at_every_width(page)

    _says_who(hand, "Adulte d’un foyer", name, "Personne Inconnue", born)
    expect(main).to_contain_text("cet essai est noté")
    expect(page.get_by_role("heading", name="La copie de ses données")).to_have_count(0)
    is_sound_at_every_width(page)
    hand.begins_here()
    _says_who(hand, "Adulte d’un foyer", name, child, born)
    expect(page.get_by_role("heading", name="La copie de ses données")).to_be_visible()
    given = _copy(hand)
    hand.tells("a copy for who has no account, from its request", most=4)
    is_sound_at_every_width(page)
    homes = _homes(town, person)
    others = {row[0] for row in found(town, "dossier", "SELECT id FROM guardian")} - {person}
    keys = {
        (principal, row["table"], row["key"])
        for principal, rows in given.items()
        for row in rows
        if not (principal == "dossier" and row["table"] in AS_READ)
    }
    assert keys == walked(town, SERVICES, {person, *homes}, others)
    text = json.dumps(given)
    assert all(other not in text for other in others)


def test_an_agents_copy_counts_what_the_tables_count_and_names_no_child(
    town: DemoTown, new_page: NewPage
) -> None:
    office = Agent(town, new_page(DESK), "front_desk", OFFICE)
    office.sign_in()
    hand = Hand(office.page)
    _notes_letter(hand, office.desk, AGENT)
    _says_who(hand, "Agent", AGENT)

    given = _copy(hand)

    ((agent,),) = found(
        town, "identity", f"SELECT subject FROM subject WHERE name = '{AGENT}' AND kind = 'agent'"
    )
    for principal in SERVICES:
        told = _times(given.get(principal, []), agent)
        assert told == _counted(town, principal, agent), principal
    text = json.dumps(given)
    children = {row[0] for row in found(town, "dossier", "SELECT id FROM child")}
    assert not [child for child in children if child in text]


def _without_account(town: DemoTown) -> tuple[str, str, str, str]:
    """Return an adult who never had an account, and a child of the same home and its birth."""
    known = {row[0] for row in found(town, "identity", "SELECT subject FROM subject")}
    rows = found(
        town,
        "dossier",
        "SELECT g.id, g.name, c.first_name, c.last_name, c.birth_date FROM guardian g"
        " JOIN household_guardian h ON h.guardian_id = g.id"
        " JOIN child_household l ON l.household_id = h.household_id"
        " JOIN child c ON c.id = l.child_id WHERE c.first_name IS NOT NULL ORDER BY g.name DESC",
    )
    person, name, first, last, born = next(row for row in rows if row[0] not in known)
    return str(person), str(name), f"{first} {last}", str(born)[:10]


def _homes(town: DemoTown, person: str) -> list[str]:
    homes = "SELECT household_id FROM household_guardian WHERE guardian_id = "
    return [row[0] for row in found(town, "dossier", f"{homes}'{person}'")]


def _notes_letter(hand: Hand, desk: str, name: str) -> None:
    page = hand.page
    hand.begins_at(f"{desk}/droits")
    hand.taps_on(page.get_by_role("link", name="Noter une demande"))
    page.get_by_label("Qui demande").fill(name)
    page.get_by_label("Où répondre").fill("3 rue des Lilas")
    hand.taps_on(page.get_by_label("Par lettre"))
    hand.taps_on(page.get_by_label("Un doute : preuve demandée"))
    hand.taps_on(page.get_by_label("Accès (art. 15)"))
    hand.taps_on(page.get_by_role("group", name="À qui").get_by_role("radio").first)
    page.get_by_label("La demande", exact=True).fill("Une copie, s’il vous plaît.")
    hand.taps_on(page.get_by_role("button", name="Enregistrer la demande"))
    hand.taps_on(page.get_by_role("link", name="Ouvrir la demande"))


def _says_who(hand: Hand, who: str, name: str, child: str = "", born: str = "") -> None:
    page = hand.page
    hand.taps_on(page.get_by_role("radio", name=who, exact=True))
    page.get_by_label("Son nom").fill(name)
    page.get_by_label(re.compile("^L’enfant")).fill(child)
    page.get_by_label(re.compile("^Naissance")).fill(born)
    hand.taps_on(page.get_by_label("Passeport"))
    hand.taps_on(page.get_by_role("button", name="Noter qui c’est"))


def _copy(hand: Hand) -> dict[str, list[dict[str, Any]]]:
    page: Page = hand.page
    with page.expect_download(timeout=60_000) as saved:
        hand.taps_on(page.get_by_role("button", name="Fichier pour un logiciel"))
    return dict(json.loads(saved.value.path().read_text("utf-8")))


def _times(rows: list[dict[str, Any]], agent: str) -> Counter[tuple[str, str]]:
    """Return by table and column how often the copy has the agent."""
    told: Counter[tuple[str, str]] = Counter()
    for row in rows:
        if row["table"] == "acts":
            told[row["content"]["in"], row["content"]["as"]] += row["content"]["times"]
        elif row["table"] == "read_by_agent":
            told["read_log", "subject"] += row["content"]["times"]
        else:
            told.update(
                (row["table"], name) for name, said in row["content"].items() if said == agent
            )
    return told


def _counted(town: DemoTown, principal: str, agent: str) -> Counter[tuple[str, str]]:
    """Count in every table, column by column, where the agent stands."""
    counted: Counter[tuple[str, str]] = Counter()
    held = service_class(service_of(principal)).held
    with database(town, principal) as connection:
        for table in store_of_service(service_of(principal)).metadata.sorted_tables:
            passing = table.name in KIT_TABLES or held.agents.get(table.name) == ()
            if passing and table.name != "read_log":
                continue
            for column in (each for each in table.columns if isinstance(each.type, String)):
                times = connection.execute(
                    table.select().with_only_columns(column).where(column == agent)
                ).all()
                if times:
                    counted[table.name, column.name] += len(times)
    return counted

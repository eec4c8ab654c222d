"""A barred adult (rule R7): entered at the front desk, known at the door, and nowhere to him."""

import re
from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import expect

from tests.journeys.bus import until
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.databases import one
from tests.journeys.demo_families import Family, family
from tests.journeys.looks import is_sound, is_sound_at_every_width
from tests.journeys.people import Agent, words_as_sent
from tests.journeys.route_map import Route, routes_of
from tests.journeys.strangers import Visitor, signs_in, words
from tests.journeys.town import DemoTown
from tests.journeys.whose_pages import is_read

FATHER, HIS_LOGIN = "Mickaël Roux", "mickael.roux@example.net"
BY_ITSELF = re.compile(
    r'name="csrf_token"[^>]*value="[^"]+"|nonce[-=]"?[\w+/=-]+|name="act" value="[^"]+"'
    r'|name="typist" value="[^"]+"|Bonjour|Bonsoir|ce soir|aujourd’hui'
    r"|[?&]v=\w+|\d+ h\b(?: \d\d){0,2}|(?:il y a|depuis) [^<.]+|/ID \[[^\]]*\]"
)
"""Parts that differ between two looks at one page by themselves: tokens, seals, and the minute."""


@pytest.fixture
def home(town: DemoTown) -> Family:
    """Give the father's home of Jade."""
    return family(town, "F007", "Jade")


def everything(
    visitor: Visitor, routes: list[Route], values: Mapping[str, str]
) -> Iterator[tuple[str, object]]:
    """Give all that the portal shows somebody: pages, files and their headers' kind."""
    for route in routes:
        answer = visitor.goes(route, values)
        yield route.rule, (answer.status_code, BY_ITSELF.sub("", words(answer)))


def test_a_ruling_reaches_the_door_and_changes_nothing_that_the_barred_parent_sees(
    town: DemoTown, new_page: NewPage, home: Family
) -> None:
    routes = [route for route in routes_of(town.applied, "portal") if is_read(route)]
    routes = [
        route
        for route in routes
        if not route.endpoint.startswith(("sign_in.", "activation."))
        and not route.rule.endswith(".xlsx")  # it says when it was made; its CSV is here
    ]
    mathilde = Agent(town, new_page(DESK), "front_desk", "mathilde.besson")
    karim = Agent(town, new_page(DESK), "ens", "karim.haddad")
    for agent in (mathilde, karim):
        agent.sign_in()
    page, father = mathilde.page, signs_in(town, HIS_LOGIN)
    _opens_situation(mathilde)
    page.get_by_role("link", name="À qui ne pas remettre : Jade").click()
    place, jade = page.url, home.values["child_id"]
    before = dict(everything(father, routes, home.values))
    assert _differing(before, dict(everything(father, routes, home.values))) == []

    page.get_by_role("link", name="Saisir une mesure").click()
    is_sound(page)
    page.get_by_label("Personne à qui ne pas remettre").fill(FATHER)
    page.get_by_label("jugement").check()
    page.get_by_label("Date du document").fill("2026-09-01")
    page.get_by_label("J’ai vu ce document").check()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("main")).to_contain_text("Ne pas remettre l’enfant")
    is_sound_at_every_width(page)

    until(lambda: _has_arrived(town, jade))
    assert _differing(before, dict(everything(father, routes, home.values))) == []
    assert _says(karim, jade, "Ne pas remettre")
    assert _says(karim, jade, FATHER)

    page.goto(place)
    page.get_by_role("link", name=f"Donner une fin : {FATHER}").click()
    is_sound(page)
    page.get_by_label("jugement").check()
    page.get_by_label("Date du document").fill("2026-11-02")
    page.get_by_label("Dernier jour").fill("2026-01-01")  # before its first day: taken out
    page.get_by_label("J’ai vu ce document").check()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("main")).to_contain_text("retirée")
    until(lambda: not _says(karim, jade, "Ne pas remettre"))


def _differing(before: Mapping[str, object], now: Mapping[str, object]) -> list[str]:
    """Return where two looks at the same pages differ, with the words around it."""
    found = []
    for rule, answer in before.items():
        former, later = str(answer), str(now[rule])
        if former != later:
            at = next((i for i, (a, b) in enumerate(zip(former, later)) if a != b), 0)  # noqa: B905
            found.append(
                f"{rule}: {former[at - 60 : at + 80]!r}, then {later[at - 60 : at + 80]!r}"
            )
    return found


def _opens_situation(agent: Agent) -> None:
    agent.page.goto(agent.desk)
    agent.page.get_by_label("Nom et prénom").fill("Jade Besson-Roux")
    agent.page.keyboard.press("Enter")
    agent.page.get_by_role("link", name="Jade").first.click()
    agent.page.get_by_role("link", name="Protéger, confier, tenir").click()


def _has_arrived(town: DemoTown, child_id: str) -> bool:
    """Say whether the provider has said that it holds the care core that names somebody."""
    query = (
        "SELECT count(*) FROM projection WHERE child_id = ? AND projection = 'care_core'"
        " AND version > shown_version AND received_version = version"
    )
    return one(town, "dossier", query, child_id) != "0"


def _says(agent: Agent, child_id: str, what: str) -> bool:
    return what in words_as_sent(agent.page, f"{agent.desk}/enfants/{child_id}")

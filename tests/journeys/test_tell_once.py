"""A parent tells the town once; each provider learns what it may, and the parent sees who did."""

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import DESK, PHONE, NewPage
from tests.journeys.looks import keep_side_by_side
from tests.journeys.people import Agent, Parent, child_id
from tests.journeys.strangers import Visitor, signs_in
from tests.journeys.town import DemoTown

SIGNS = "Gonflement du visage, gêne pour respirer."
CONDUCT = "Stylo dans la cuisse, appeler le 15, puis les parents."


@pytest.mark.parametrize(
    ("screen", "menu", "substance", "kit"),
    [
        (PHONE, "Végétarien", "arachide", "Trousse rouge, bureau de la direction."),
        pytest.param(
            *(DESK, "Sans porc", "noisette", "Trousse bleue, salle des maîtres."),
            marks=pytest.mark.nightly,
        ),
    ],
    ids=["390px", "1280px"],
)
def test_a_parent_tells_once_and_each_provider_learns_what_it_may(
    town: DemoTown, new_page: NewPage, screen: tuple[int, int], menu: str, substance: str, kit: str
) -> None:
    parent = Parent(town, new_page(screen), "claire.lefevre@example.org")
    kitchen = Agent(town, new_page(screen), "ens", "sophie.bernard")
    coach = Agent(town, new_page(screen), "agg", "lea.moreau")

    parent.sign_in()
    parent.tell_diet("Manon", menu)
    expect(parent.page.locator("main")).to_contain_text("Enseignement")
    parent.tell_allergy_and_plan("Manon", substance, SIGNS, CONDUCT, kit, "2099-07-05")
    expect(parent.page.locator("main")).to_contain_text("Enseignement")

    kitchen.sign_in()
    kitchen.find("Manon Lefèvre")
    seen_by_kitchen = kitchen.text()
    assert menu.lower() in seen_by_kitchen.lower()
    assert substance in seen_by_kitchen
    assert CONDUCT in seen_by_kitchen
    assert "Monique" not in seen_by_kitchen
    parent.page.goto(town.portal)
    keep_side_by_side(parent.page, kitchen.page, at="#allergies")
    kitchen.mark_seen("diet")
    kitchen.mark_seen("allergies")

    coach.sign_in()
    coach.find("Manon Lefèvre")
    seen_by_coach = coach.text()
    assert CONDUCT in seen_by_coach
    assert kit in seen_by_coach
    assert substance not in seen_by_coach
    assert menu.lower() not in seen_by_coach.lower()
    coach.mark_seen("care_core")

    parent.open_page("Manon", "qui-sait-quoi")
    expect(parent.page.locator("main")).to_contain_text("vue", timeout=5_000)
    until_told(parent, "qui-sait-quoi", ["Cuisine et salle", "Éducateur sportif"])
    assert "aucun service ne le voit" in parent.text()

    until_told(parent, "qui-a-lu", ["Cuisine et salle", "Éducateur sportif"])
    assert "Sophie" not in parent.text()
    assert "Léa" not in parent.text()


def test_a_stranger_finds_no_child_of_another_family(town: DemoTown) -> None:
    manon = child_id(town, "claire.lefevre@example.org", "Manon")
    address = f"{town.portal}/enfants/{manon}"
    mother = signs_in(town, "claire.lefevre@example.org")
    stranger = signs_in(town, "sandra.morel@example.com")

    for page in ("", "/alimentation", "/sante", "/qui-sait-quoi", "/qui-a-lu", "/services"):
        assert "Manon" in mother.http.get(address + page, timeout=20).text
        answer = stranger.http.get(address + page, timeout=20)
        assert answer.status_code == 404
        assert "Manon" not in answer.text


def test_nobody_sees_anything_without_signing_in(town: DemoTown) -> None:
    nobody = Visitor("nobody", town.portal)

    for address in ("/semaine", "/enfants", "/compte"):
        answer = nobody.http.get(town.portal + address, timeout=20)
        assert "/connexion" in answer.url, address


def until_told(parent: Parent, slug: str, words: list[str]) -> None:
    """Reload a page of Manon until it has all the words: facts travel for a moment."""
    for _ in range(20):
        parent.open_page("Manon", slug)
        if all(word in parent.text() for word in words):
            return
        parent.page.wait_for_timeout(250)
    raise AssertionError(f"{slug} never said {words}: {parent.text()}")

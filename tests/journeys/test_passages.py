"""A hand-over between two services, from the mother's phone to both desks (rule R12)."""

from playwright.sync_api import expect

from shared.clock import today
from tests.journeys.bus import until
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.databases import found
from tests.journeys.looks import is_sound, is_sound_at_every_width
from tests.journeys.people import Agent, Parent, child_id
from tests.journeys.town import DemoTown

LOGIN = "claire.lefevre@example.org"


def test_a_mother_declares_a_hand_over_and_each_desk_has_its_own_side_until_she_ends_it(
    town: DemoTown, new_page: NewPage
) -> None:
    mother, karim = (
        Parent(town, new_page(), LOGIN),
        Agent(town, new_page(DESK), "ens", "karim.haddad"),
    )
    mother.sign_in()
    karim.sign_in()
    page, manon = mother.page, child_id(town, LOGIN, "Manon")
    mother.open_page("Manon", "passages")
    is_sound_at_every_width(page)
    page.get_by_role("group", name="De").get_by_label("Service Enseignement").check()
    page.get_by_role("group", name="Vers").get_by_label("Sports de l’agglomération").check()
    page.get_by_label("À quelle heure").fill("12:15")
    page.get_by_label("À partir du").fill(today().isoformat())
    page.get_by_role("button", name="Prévenir les deux services").click()
    expect(page.locator("main")).to_contain_text("Les deux services sont prévenus")
    is_sound(page)

    assert until(lambda: _side(town, "enrolment_ens", manon)) == [("hands", "agg", 0)]
    assert until(lambda: _side(town, "enrolment_agg", manon)) == [("receives", "ens", 0)]
    karim.page.goto(f"{karim.desk}/passages")
    expect(karim.page.locator("h1")).to_contain_text("Passages du jour")
    is_sound(karim.page)

    page.get_by_role("button", name="Arrêter le passage").click()
    expect(page.get_by_role("button", name="Arrêter le passage")).to_have_count(0)
    assert until(lambda: _side(town, "enrolment_agg", manon) == [("receives", "ens", 1)])


def _side(town: DemoTown, principal: str, child: str) -> list[tuple[str, str, int]]:
    """Return what a provider keeps of the child's hand-overs: its side, the other, whether over."""
    query = "SELECT side, other, ended FROM relay WHERE child_id = :child"
    return [tuple(row) for row in found(town, principal, query, child=child)]

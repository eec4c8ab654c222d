"""A hand-over between services, from the mother's phone to both desks, ticked without network."""

from playwright.sync_api import expect

from deploy.processes.ops_requests import compare_states
from shared.contracts.every_service.comparison import differs
from shared.dates.clock import today
from tests.journeys.bus import until
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.databases import found
from tests.journeys.looks import is_sound, is_sound_at_every_width
from tests.journeys.offers import give_place, offer_every_day
from tests.journeys.people import Agent, Parent, child_id
from tests.journeys.town import DemoTown

LOGIN = "claire.lefevre@example.org"
DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def test_a_mother_declares_a_hand_over_and_each_desk_has_its_own_side_until_she_ends_it(
    town: DemoTown, new_page: NewPage
) -> None:
    mother, karim = (
        Parent(town, new_page(), LOGIN),
        Agent(town, new_page(DESK), "ens", "karim.haddad"),
    )
    mother.sign_in()
    karim.sign_in()
    offer_every_day(town, "ens", "journey-passages", "Atelier du départ", "evening_care")
    give_place(town, "ens", "journey-passages", child_id(town, LOGIN, "Manon"))
    page, manon = mother.page, child_id(town, LOGIN, "Manon")
    mother.open_page("Manon", "passages")
    is_sound_at_every_width(page)
    page.get_by_role("group", name="De").get_by_label("Service Enseignement").check()
    page.get_by_role("group", name="Vers").get_by_label("Sports de l’agglomération").check()
    page.get_by_label("À quelle heure").fill("12:15")
    page.get_by_label("À partir du").fill(today().isoformat())
    page.get_by_label(DAYS[today().weekday()], exact=True).check()
    page.get_by_role("button", name="Prévenir les deux services").click()
    expect(page.locator("main")).to_contain_text("Les deux services sont prévenus")
    is_sound(page)

    assert until(lambda: _side(town, "enrolment_ens", manon)) == [("hands", "agg", 0)]
    assert until(lambda: _side(town, "enrolment_agg", manon)) == [("receives", "ens", 0)]
    assert until(lambda: _equal(town, "dossier.handover_declared")) == {"ens", "agg"}
    desk = karim.page
    desk.goto(f"{karim.desk}/passages")
    expect(desk.get_by_role("heading", level=1)).to_contain_text("Transferts du jour")
    desk.context.set_offline(True)
    desk.get_by_role("group", name="Manon").get_by_text("Remis", exact=True).click()
    expect(desk.locator("#state")).to_contain_text("1 pointage pas encore envoyé")
    is_sound(desk)
    assert _ticked(town, "enrolment_agg", manon) == []
    desk.context.set_offline(False)
    there = until(lambda: _ticked(town, "enrolment_agg", manon))
    assert [act for act, _ in there] == ["handed"]
    assert there == _ticked(town, "enrolment_ens", manon)  # at the same moment, too

    page.get_by_role("button", name="Arrêter le transfert").click()
    expect(page.get_by_role("button", name="Arrêter le transfert")).to_have_count(0)
    assert until(lambda: _side(town, "enrolment_agg", manon) == [("receives", "ens", 1)])


def _equal(town: DemoTown, event: str) -> set[str]:
    """Return the providers that store what was published of an event, and nothing else."""
    compared = compare_states(town.applied, mend=False)
    rows = {name: row for name in compared for row in compared[name] if row["event"] == event}
    return {
        name.removeprefix("enrolment_")
        for name, row in rows.items()
        if row["equal"] and not differs(row)
    }


def _ticked(town: DemoTown, principal: str, child: str) -> list[tuple[str, str]]:
    """Return what a provider knows to be ticked of the child's hand-overs, and when it was."""
    query = (
        "SELECT act, made_at FROM handover_mark JOIN handover USING (handover_id)"
        " WHERE child_id = :child"
    )
    return [(row[0], str(row[1])) for row in found(town, principal, query, child=child)]


def _side(town: DemoTown, principal: str, child: str) -> list[tuple[str, str, int]]:
    """Return what a provider keeps of the child's hand-overs: its side, the other, whether over."""
    query = "SELECT side, other, ended FROM handover WHERE child_id = :child"
    return [tuple(row) for row in found(town, principal, query, child=child)]

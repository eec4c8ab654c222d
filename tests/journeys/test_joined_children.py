"""
One child in two files: an agent compares and joins them, each service takes it in, and back again.

Another software sends Aurore-Cœur once more, without hyphen and accents.
"""

from collections.abc import Mapping

from playwright.sync_api import Page, expect

from deploy.processes.ops_requests import ops_client
from shared.contracts.dossier.families import imported_households
from shared.dates.clock import today
from tests.journeys.bus import held_still, until
from tests.journeys.conftest import DESK, PHONE, NewPage
from tests.journeys.databases import found
from tests.journeys.looks import is_sound_at_every_width
from tests.journeys.people import Agent, Parent, is_received, words_as_sent
from tests.journeys.town import DemoTown

BEGONA, FIRST, AGAIN = "begona.ibanez@example.net", "Aurore-Cœur", "Aurore Coeur"


def test_two_files_are_joined_and_taken_apart_and_each_service_takes_it_in(
    town: DemoTown, new_page: NewPage
) -> None:
    again = comes_again(town)
    (first,) = [row[0] for row in named(town, FIRST)]
    begona = Parent(town, new_page(PHONE), BEGONA)
    begona.sign_in()
    assert {FIRST, AGAIN} <= until(lambda: {FIRST, AGAIN} <= (s := children(begona)) and s)
    mathilde = Agent(town, new_page(DESK), "front_desk", "mathilde.besson")
    mathilde.sign_in()
    page = mathilde.page
    page.goto(f"{mathilde.desk}/doublons")
    is_sound_at_every_width(page)
    page.get_by_role("link", name="Comparer : Aurore").first.click()

    page.get_by_role("button", name="Réunir").click()
    expect(page.locator("#error-summary")).to_contain_text("Choisissez la pièce")
    keeps_the_first(page)
    gives_paper(page)
    is_sound_at_every_width(page)
    with held_still(town, "enrolment_agg"):
        page.get_by_role("button", name="Réunir").click()
        expect(page.locator("main")).to_contain_text("Les deux dossiers sont réunis")
        expect(page.locator("main")).to_contain_text("en route")
    page.goto(f"{mathilde.desk}/doublons")
    until(lambda: is_received(page))
    is_sound_at_every_width(page)

    ids = {first, again}
    until(lambda: same_child(town, "enrolment_agg", first) == {again})
    assert not same_child(town, "enrolment_ens", first)  # it has the first file alone
    until(lambda: replica(town, "agg", ids) == told(town, "agg", ids))
    until(lambda: AGAIN not in children(begona))
    assert FIRST in children(begona)
    begona.page.goto(f"{town.portal}/enfants")
    is_sound_at_every_width(begona.page)
    begona.open_child(FIRST)
    expect(begona.page.locator("main")).to_contain_text("Deux dossiers réunis")
    is_sound_at_every_width(begona.page)

    for address in ("/semaine", "/absence", "/activites"):
        begona.page.goto(f"{town.portal}{address}")
        expect(begona.page.locator("main")).to_contain_text(FIRST)
        expect(begona.page.locator("main")).not_to_contain_text(AGAIN)

    page.get_by_role("link", name="Séparer les dossiers : Aurore").first.click()
    page.get_by_label("au dossier qui est resté").check()
    gives_paper(page)
    is_sound_at_every_width(page)
    page.get_by_role("button", name="Séparer").click()
    expect(page.locator("main")).to_contain_text("Les deux dossiers sont séparés")
    until(lambda: not same_child(town, "enrolment_agg", first))
    until(lambda: replica(town, "agg", ids) == told(town, "agg", ids))
    until(lambda: {FIRST, AGAIN} <= children(begona))


def comes_again(town: DemoTown) -> str:
    """Let another software send the child once more in its own home; return the new file's id."""
    ((born,),) = found(
        town, "dossier", "SELECT birth_date FROM child WHERE first_name = :name", name=FIRST
    )
    identity = {"first_name": AGAIN, "last_name": "Ibanez Ostergaard", "birth_date": str(born)}
    with ops_client(town.applied) as client:
        answer = client.ask(
            imported_households.import_household,
            imported_households.ImportHouseholdRequest(
                reference="F029",
                guardians=[
                    {"reference": "F029-1", "name": "Begoña Ibáñez", "email": ""},
                    {"reference": "F029-2", "name": "Søren Østergaard", "email": ""},
                ],
                children=[
                    {
                        "reference": "E938",
                        "guardians": ["F029-1", "F029-2"],
                        "sections": {"identity": identity},
                        "links": ["agg"],
                        "weeks": None,
                        "changes_on": 5,
                        "changes_at": None,
                        "course": [],
                    }
                ],
            ),
            deadline=20.0,
        )
    return str(answer.children["E938"])


def keeps_the_first(page: Page) -> None:
    """Let the file with hyphen and accents stay, and what it says of the name."""
    if page.get_by_role("region", name="Le dossier qui reste").get_by_text(AGAIN).count():
        page.get_by_role("link", name="Garder plutôt celui-ci").click()
    for group in page.get_by_role("group").all():
        kept = group.get_by_label("du dossier qui reste")
        if kept.count():
            kept.check()


def gives_paper(page: Page) -> None:
    page.get_by_label("Livret de famille").check()
    page.get_by_label("Date de la pièce").fill(today().isoformat())
    page.get_by_label("J’ai vu cette pièce").check()


def children(parent: Parent) -> set[str]:
    """Return the first names of a parent's children, as the portal lists them now."""
    words = words_as_sent(parent.page, f"{parent.town.portal}/enfants")
    return {name for name in (FIRST, AGAIN) if name in words}


def named(town: DemoTown, first_name: str) -> list[tuple[str]]:
    return found(town, "dossier", "SELECT id FROM child WHERE first_name = :name", name=first_name)


def same_child(town: DemoTown, principal: str, child: str) -> set[str]:
    query = "SELECT other_id FROM same_child WHERE child_id = :child"
    return {row[0] for row in found(town, principal, query, child=child)}


def told(town: DemoTown, provider: str, ids: set[str]) -> Mapping[tuple[str, str], int]:
    """Return the versions that the dossier sent a provider of these files."""
    query = "SELECT child_id, projection, version FROM projection WHERE provider = :provider"
    rows = found(town, "dossier", query, provider=provider)
    return {(child, projection): version for child, projection, version in rows if child in ids}


def replica(town: DemoTown, provider: str, ids: set[str]) -> Mapping[tuple[str, str], int]:
    """Return the versions that the provider holds."""
    rows = found(
        town, f"enrolment_{provider}", "SELECT child_id, projection, version FROM held_projection"
    )
    return {(child, projection): version for child, projection, version in rows if child in ids}

"""A correction, a move, a separation: each holder has it once, with one stopped and one killed."""

from playwright.sync_api import expect

from shared.dates.clock import today
from tests.journeys.bus import until
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.counter import corrects_birth, opens_home, separates
from tests.journeys.databases import change, found, one
from tests.journeys.people import Agent, is_received
from tests.journeys.receipts import WAITS_SECONDS, digests, is_even, struck
from tests.journeys.town import DemoTown

CHILD, LAST, LEAVES = "Léonie", "Ollivier", "Bruno Ollivier"
ACTS = "SELECT subject, count(*) FROM correction WHERE child_id = :child GROUP BY subject"


def test_each_holder_has_each_act_once_though_one_is_stopped_and_one_is_killed_meanwhile(
    town: DemoTown, new_page: NewPage
) -> None:
    mathilde = Agent(town, new_page(DESK), "front_desk", "mathilde.besson")
    karim = Agent(town, new_page(DESK), "ens", "karim.haddad")
    mathilde.sign_in()
    karim.sign_in()
    child = one(town, "dossier", "SELECT id FROM child WHERE first_name = ?", CHILD)
    until(lambda: is_even(town), WAITS_SECONDS)
    before = versions(town, child)

    with struck(town):
        home = opens_home(mathilde, LAST, CHILD)
        corrects_birth(home, CHILD, "2018-02-06", seen_on=today())
    until(lambda: is_received(mathilde.page))
    with struck(town):
        moves_to_another_class(karim, child)
    with struck(town):
        home = opens_home(mathilde, LAST, CHILD)
        address = ("8 rue du Bac", "75007", "Paris")
        separates(home, LEAVES, CHILD, address, from_day=today(), seen_on=today())
    until(lambda: is_received(mathilde.page))

    acts = {subject: times for subject, times in found(town, "dossier", ACTS, child=child)}
    assert acts == {"identity": 1, "schooling": 1, "weeks": 1}
    after = versions(town, child)
    assert after["identity"] == before["identity"] + 1
    assert after["schooling"] == before["schooling"] + 1
    assert town.preau("dead", "list").stdout.strip() == "no dead letters"


def test_what_did_not_arrive_is_seen_by_the_digests_and_sent_again(town: DemoTown) -> None:
    """Without this, digests that compare nothing would pass."""
    until(lambda: is_even(town), WAITS_SECONDS)
    child = one(town, "dossier", "SELECT id FROM child WHERE first_name = ?", CHILD)
    lost = "DELETE FROM held_projection WHERE child_id = :child AND projection = 'schooling'"

    assert change(town, "enrolment_ens", lost, child=child) == 1

    sent, held = digests(town)["ens"]
    assert sent != held
    town.preau("resync", "ens")
    until(lambda: is_even(town), WAITS_SECONDS)


def moves_to_another_class(agent: Agent, child: str) -> None:
    """Let the school service put a pupil into another class from today."""
    page = agent.page
    page.goto(f"{agent.desk}/ecoles/eleves/{child}")
    page.get_by_label("Classe", exact=False).fill("CE2, M. Dutheil")
    page.get_by_label("À partir du").fill(today().isoformat())
    page.get_by_role("button", name="Décider").click()
    expect(page.locator("main")).to_contain_text("Décidé en dernier")
    until(lambda: is_in_force(agent), WAITS_SECONDS)


def is_in_force(agent: Agent) -> bool:
    agent.page.goto(agent.page.url)
    return "en vigueur" in agent.page.locator("main").inner_text()


def versions(town: DemoTown, child: str) -> dict[str, int]:
    """Return the version of each section of a child, as the dossier keeps it."""
    query = "SELECT section, version FROM section WHERE child_id = :child"
    return {section: version for section, version in found(town, "dossier", query, child=child)}

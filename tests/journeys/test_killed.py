"""A node and an instance of everything are killed under a family's hands; it presses once more."""

from pathlib import Path

from playwright.sync_api import Error, expect

from shared.bus.client import Client
from shared.contracts.dossier import guardians
from shared.contracts.errors import Refusal
from shared.contracts.identity import sign_ins
from shared.contracts.message import Empty
from shared.settings import Settings
from tests.journeys.bus import guardian, held_still, until, until_whole
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.databases import found
from tests.journeys.killing import (
    LOGIN,
    Watch,
    kill_instances,
    leader_of,
    sees_a_page,
    whole,
)
from tests.journeys.people import Agent, Parent, child_id
from tests.journeys.town import PASSWORD, DemoTown

CHILD, SCHOOL = "Lou", "enrolment_ens"


def test_a_copy_made_while_an_event_lies_on_several_nodes_says_so(
    town: DemoTown, tmp_path: Path
) -> None:
    child = child_id(town, LOGIN, CHILD)
    content = {"menu": "standard", "without": ["lactose"]}
    with guardian(town, LOGIN) as ask, held_still(town, SCHOOL):
        base = ask(guardians.read_section, child_id=child, section="diet").version
        told = {"child_id": child, "section": "diet", "base_version": base, "content": content}
        ask(guardians.write_section, **told)
        until(lambda: not found(town, "dossier", "SELECT 1 FROM outbox"))
        done = town.preau("backup", str(tmp_path / "copy"), "--wait", "0", "--anyway", ok=False)

    assert done.returncode == 1
    assert "not of one moment" in done.stderr
    assert f"in.{SCHOOL}.events" in done.stderr


def test_a_parent_tells_while_the_leader_and_an_instance_of_everything_are_killed(
    town: DemoTown, new_page: NewPage
) -> None:
    parent = Parent(town, new_page(), LOGIN)
    kitchen = Agent(town, new_page(DESK), "ens", "karim.haddad")
    parent.sign_in()
    kitchen.sign_in()
    client = Client(Settings.from_env(town.applied.environment_of_principal("portal")))
    token = client.ask(sign_ins.sign_in, sign_ins.SignInRequest(LOGIN, PASSWORD)).token

    def asks() -> bool:
        try:
            return bool(
                client.ask(guardians.my_children, Empty(), token=token, deadline=1.0).children
            )
        except Refusal:
            return False

    until(asks)
    with Watch(asks) as asking, Watch(lambda: sees_a_page(town)) as looking:
        leader = leader_of(town, "in.dossier.rpc.portal")
        leader.kill()
        until(lambda: tells(parent, "Sans porc"), 60)
        assert kill_instances(town, 1) > 10
        until(lambda: tells(parent, "Végétarien"), 60)
        until_whole(town, 90)  # all that was killed is back but the node
        assert kill_instances(town, 2) > 10
        until(lambda: _received(town, "diet"), 60)
        until(asks)
    client.close()

    assert leader.is_running()  # it was started again by itself
    kitchen.find("Lou Garnier")
    assert "végétarien" in kitchen.text().lower()
    print(
        f"longest without an answer {asking.longest:.1f} s, without a page {looking.longest:.1f} s"
    )
    assert asking.successes > 10 and looking.successes > 10
    whole(town)


def tells(parent: Parent, menu: str) -> bool:
    """Tell it, or see that it was not taken: then the form is still there."""
    try:
        parent.tell_diet(CHILD, menu)
        expect(parent.page.locator("main")).to_contain_text("Enseignement", timeout=4_000)
        parent.open_page(CHILD, "alimentation")
        return parent.page.get_by_label(menu, exact=True).is_checked()
    except (Error, AssertionError):
        return False


def _received(town: DemoTown, projection: str) -> bool:
    with guardian(town, LOGIN) as ask:
        children = {row["first_name"]: row["id"] for row in ask(guardians.my_children).children}
        holdings = ask(guardians.who_knows, child_id=children[CHILD]).holdings
    return any(
        row["received_at"] is not None and row["received_at"] >= row["sent_at"]
        for row in holdings
        if (row["provider"], row["projection"]) == ("ens", projection)
    )

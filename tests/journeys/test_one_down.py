"""One provider is down and another is killed: the parent hardly notices, and nothing is lost."""

import os
import signal

from playwright.sync_api import expect

from shared.contracts.dossier import guardians
from tests.journeys.bus import guardian, held_still, until, until_whole
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.people import Agent, Parent
from tests.journeys.town import DemoTown

LOGIN = "helene.garnier@example.com"
CHILD = "Lou"


def test_a_parent_tells_while_one_provider_is_down_and_another_is_killed(
    town: DemoTown, new_page: NewPage
) -> None:
    parent = Parent(town, new_page(), LOGIN)
    kitchen = Agent(town, new_page(DESK), "ens", "karim.haddad")
    parent.sign_in()

    with held_still(town, "enrolment_agg"):
        os.kill(town.pid("enrolment_ens"), signal.SIGKILL)
        parent.tell_diet(CHILD, "Sans porc")
        os.kill(town.pid("dossier"), signal.SIGKILL)
        parent.open_page(CHILD, "qui-sait-quoi")
        expect(parent.page.get_by_role("heading", level=1)).to_be_visible()
        until(lambda: _received(town, "ens", "diet"), seconds=40)

    until(lambda: _received(town, "agg", "care_core"), seconds=40)
    until_whole(town)
    kitchen.sign_in()
    kitchen.find("Lou Garnier")
    assert "sans porc" in kitchen.text().lower()


def test_a_form_comes_back_as_it_was_typed_when_the_dossier_is_silent(
    town: DemoTown, new_page: NewPage
) -> None:
    parent = Parent(town, new_page(), LOGIN)
    parent.sign_in()
    parent.open_page(CHILD, "qui-vient-chercher")

    with held_still(town, "dossier"):
        parent.page.get_by_role("button", name="Ajouter une personne").click()
        parent.page.get_by_label("Prénom et nom").last.fill("Odette Garnier")
        parent.page.get_by_label("Lien avec l’enfant").last.fill("grand-tante")
        parent.save()
        expect(parent.page.get_by_label("Prénom et nom").last).to_have_value("Odette Garnier")

    until_whole(town)
    parent.page.wait_for_timeout(10_000)  # a callee that was silent twice is left alone so long
    parent.save()
    expect(parent.page.locator("main")).to_contain_text("Enseignement")


def _received(town: DemoTown, provider: str, projection: str) -> bool:
    with guardian(town, LOGIN) as ask:
        children = {row["first_name"]: row["id"] for row in ask(guardians.my_children).children}
        holdings = ask(guardians.who_knows, child_id=children[CHILD]).holdings
    return any(
        row["received_at"] is not None and row["received_at"] >= row["sent_at"]
        for row in holdings
        if (row["provider"], row["projection"]) == (provider, projection)
    )

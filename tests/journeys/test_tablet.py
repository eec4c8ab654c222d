"""A tablet is cut off, its provider dies, another is down: no mark is lost, the parent sees it."""

import os
import signal

from playwright.sync_api import expect

from tests.journeys.bus import held_still, until_whole
from tests.journeys.conftest import NewPage
from tests.journeys.offers import give_place, offer_every_day
from tests.journeys.people import Agent, Parent, child_id, until_shown
from tests.journeys.town import DemoTown

TABLET = (1180, 820)
LOGIN = "li.wu@example.org"
"""Her son has no other session so late: the first page tells of one session a child."""


def test_a_tablet_cut_off_and_back_tells_the_parent_though_its_service_was_killed_meanwhile(
    town: DemoTown, new_page: NewPage
) -> None:
    offer_every_day(town, "ens", "journey-tablet", "Atelier terre", "evening_care")
    give_place(town, "ens", "journey-tablet", child_id(town, LOGIN, "Yi"))
    parent, lead = (
        Parent(town, new_page(), LOGIN),
        Agent(town, new_page(TABLET), "ens", "karim.haddad"),
    )
    parent.sign_in()
    lead.sign_in()
    tablet = lead.page
    tablet.goto(f"{lead.desk}/pointage/")
    tablet.locator("#sessions").get_by_text("Atelier terre").first.click()
    expect(tablet.get_by_role("group", name="Yi Ô")).to_be_visible()

    tablet.context.set_offline(True)
    tablet.get_by_role("group", name="Yi Ô").get_by_text("Présent").click()
    expect(tablet.locator("#state")).to_contain_text("pas encore envoyé")
    with held_still(town, "enrolment_agg"):
        os.kill(town.pid("enrolment_ens"), signal.SIGKILL)
        tablet.context.set_offline(False)
        expect(tablet.locator("#state")).not_to_contain_text("pas encore envoyé", timeout=30_000)
        until_shown(parent.page, "vu à", town.portal, seconds=40)

    until_whole(town)
    assert "Atelier terre" in parent.text()

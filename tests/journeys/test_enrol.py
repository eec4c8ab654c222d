"""Enrolment, from offer to history, and a sick day; one provider is down and another dies."""

import os
import signal

from playwright.sync_api import expect

from shared.dates.clock import today
from tests.journeys.bus import held_still, until_whole
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.offers import give_place, offer_every_day
from tests.journeys.people import Agent, Parent, child_id, until_shown
from tests.journeys.town import DemoTown

FIRST, SECOND = "claire.lefevre@example.org", "nadia.morel@example.net"


def test_a_child_gets_a_place_is_ticked_present_and_leaves_it_to_the_one_who_waits(
    town: DemoTown, new_page: NewPage
) -> None:
    offer_every_day(town, "agg", "journey-climbing", "Escalade", "judo", places=1)
    first, second = Parent(town, new_page(), FIRST), Parent(town, new_page(), SECOND)
    coach = Agent(town, new_page(DESK), "agg", "lea.moreau")
    first.sign_in()
    second.sign_in()

    first.apply_for("Escalade", "Manon")
    expect(first.page.locator("main")).to_contain_text("Manon a une place")
    second.apply_for("Escalade", "Lucas")
    expect(second.page.locator("main")).to_contain_text("Rang 1 sur la liste d’attente")

    application = first.page.url
    with held_still(town, "enrolment_ens"):  # another provider is down: nobody here notices
        coach.sign_in()
        _tick_present_and_close(coach, "Escalade", "Manon Lefèvre")
        os.kill(town.pid("enrolment_agg"), signal.SIGKILL)
        child = child_id(town, FIRST, "Manon")
        until_shown(first.page, "Escalade", f"{town.portal}/enfants/{child}/parcours", 40)
        assert "1 fois" in first.text()

        _give_up(first, application)
        kept = second.page.get_by_role("button", name="Accepter la place")
        expect(kept).to_be_visible()  # on the page that still said the rank
        until_shown(second.page, "Escalade", town.portal)
        second.page.get_by_role("link", name="Escalade").first.click()
        kept.click()
        expect(second.page.locator("main")).to_contain_text("Lucas a une place")


def test_one_sick_day_is_told_once_to_every_provider_and_what_is_down_hears_of_it_later(
    town: DemoTown, new_page: NewPage
) -> None:
    parent = Parent(town, new_page(), SECOND)
    child = child_id(town, SECOND, "Lucas")
    for provider, label, code in (("ens", "Étude", "evening_care"), ("agg", "Grimpe", "judo")):
        reference = f"journey-sick-{provider}"
        offer_every_day(town, provider, reference, label, code)
        give_place(town, provider, reference, child)
    parent.sign_in()
    until_shown(parent.page, "Grimpe", f"{town.portal}/semaine")
    until_shown(parent.page, "Étude", f"{town.portal}/semaine")

    with held_still(town, "enrolment_agg"):
        day = today().isoformat()
        parent.page.goto(f"{town.portal}/absence?enfant={child}&du={day}&au={day}")
        expect(parent.page.locator("main")).to_contain_text("Étude")
        expect(parent.page.locator("main")).to_contain_text("Grimpe")
        parent.page.get_by_role("button", name="Confirmer l’absence").click()
        expect(parent.page.locator("main")).to_contain_text("en route")
        os.kill(town.pid("enrolment_ens"), signal.SIGKILL)
        os.kill(town.pid("portal"), signal.SIGKILL)

    until_whole(town)
    until_shown(parent.page, "c’est fait", f"{town.portal}/nouvelles", seconds=40)
    parent.page.goto(f"{town.portal}/semaine")
    today_here = parent.page.locator("main").inner_text()
    assert today_here.count("annulé") >= 2, today_here


def _give_up(parent: Parent, application: str) -> None:
    until_shown(parent.page, "Rendre la place", application)
    parent.page.get_by_text("Rendre la place").first.click()
    parent.page.get_by_role("button", name="Rendre la place").click()
    expect(parent.page.locator("main")).to_contain_text("Vous avez retiré cette demande")


def _tick_present_and_close(agent: Agent, activity: str, child: str) -> None:
    page = agent.page
    page.goto(f"{agent.desk}/pointage")
    page.locator("#sessions").get_by_text(activity).first.click()
    row = page.locator("#children").get_by_role("group", name=child)
    row.get_by_text("Présent").click()
    expect(page.locator("#counts")).to_contain_text("1 présent")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Clôturer le pointage").click()
    expect(page.locator("#closed")).to_be_visible()

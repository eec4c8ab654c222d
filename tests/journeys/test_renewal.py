"""Renewal from « ouvrir » to the director's counts, while one provider is down and another dies."""

import os
import re
import signal

from playwright.sync_api import Page, expect

from services.enrolment.offer.rules.calendar import next_school_year, school_year_of
from shared.contracts.dossier import guardians
from shared.dates.clock import today
from tests.journeys.bus import guardian, held_still, until, until_whole
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.databases import found
from tests.journeys.keyboard import press
from tests.journeys.looks import faults
from tests.journeys.people import Agent, Parent, as_sent, sends, until_shown, words_as_sent
from tests.journeys.town import DemoTown
from tests.night import ALL

LOGIN = "claire.lefevre@example.org"


def test_a_parent_renews_three_lines_one_by_one_at_two_providers(
    town: DemoTown, new_page: NewPage
) -> None:
    school = Agent(town, new_page(DESK), "ens", "claire.aubry")
    sports = Agent(town, new_page(DESK), "agg", "malik.perrin")
    faulty = []
    for director in (school, sports):
        director.sign_in()
        faulty += _open_campaign(director)
    parent = Parent(town, new_page(), LOGIN)
    parent.sign_in()
    until_shown(parent.page, "0 sur ", town.portal)
    until(lambda: _asked(parent.page, town) == _lines(town) >= 3)
    lines = _lines(town)  # other journeys may have given her a place more
    parent.page.goto(town.portal)
    faulty += faults(parent.page)

    parent.page.get_by_role("link", name="Renouveler les inscriptions").click()
    expect(parent.page.locator("main")).to_contain_text(f"0 sur {lines} réponses")
    faulty += faults(parent.page) + (_in_english(parent.page, lines) if ALL else [])
    confirm = parent.page.get_by_label("Confirmer : Restauration scolaire")
    press(parent.page, confirm)
    expect(_line(parent.page, "Restauration scolaire")).to_contain_text("confirmé")

    with held_still(town, "enrolment_agg"):
        _press(parent.page, "Confirmer : Judo")
        expect(_line(parent.page, "Judo")).to_contain_text("est en route")
        os.kill(town.pid("enrolment_ens"), signal.SIGKILL)
        _press(parent.page, "Pas l’an prochain : Accueil du soir")
        expect(parent.page.locator("main")).to_contain_text(f"3 sur {lines} réponses")
        faulty += faults(parent.page)

    for activity, said in (("Judo", "confirmé"), ("Accueil du soir", "pas l’an prochain")):
        until(lambda a=activity, s=said: _says(parent.page, town, a, s), seconds=40)
    parent.page.goto(f"{town.portal}/rentree")
    faulty += faults(parent.page)
    until_whole(town)
    for director in (school, sports):
        director.page.reload()
        expect(director.page.locator("main")).to_contain_text("Réponses, jour par jour")
        expect(director.page.locator(".tile").first).to_contain_text("1")
        faulty += faults(director.page)
    assert faulty == []


def _open_campaign(director: Agent) -> list[str]:
    """Copy the offer of this year, and open a campaign for all of it; return what axe finds."""
    page, year = director.page, school_year_of(today())
    page.goto(f"{director.desk}/offre/copier/{year}")
    sends(page.get_by_role("button", name="Reprendre en brouillon"))
    page.goto(f"{director.desk}/rentree")
    page.get_by_role("link", name="Préparer une campagne").click()
    faulty = faults(page)
    page.get_by_label("À partir de (heure)").fill("00:00")  # not only from eight o'clock on
    page.get_by_role("button", name="Enregistrer le brouillon").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Rentrée {next_school_year(year)}")
    faulty += faults(page)
    page.get_by_role("button", name="Ouvrir").click()
    expect(page.locator("main")).to_contain_text("La campagne est ouverte")
    return faulty


def _press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name.replace(" :", "\u00a0:")).click()


def _line(page: Page, activity: str) -> object:
    return page.locator("section.card", has=page.get_by_role("heading", name=activity, exact=True))


def _says(page: Page, town: DemoTown, activity: str, said: str) -> bool:
    line = "//section[contains(@class, 'card')][.//h3[normalize-space() = $activity]]"
    [found] = as_sent(page, f"{town.portal}/rentree").xpath(line, activity=activity)
    return said in found.text_content()


def _asked(page: Page, town: DemoTown) -> int:
    """Return how many answers the first page asks for."""
    told = re.search(r"0 sur (\d+) réponse", words_as_sent(page, town.portal))
    return int(told[1]) if told else 0


def _lines(town: DemoTown) -> int:
    """Return how many lines both campaigns have for her children; 0 until both are open."""
    with guardian(town, LOGIN) as ask:
        children = {child["id"] for child in ask(guardians.my_children).children}
    counts = [
        sum(
            child in children for (child,) in found(town, principal, "SELECT child_id FROM renewal")
        )
        for principal in ("enrolment_ens", "enrolment_agg")
    ]
    return sum(counts) if all(counts) else 0


def _in_english(page: Page, lines: int) -> list[str]:
    page.get_by_role("link", name="English").click()
    expect(page.locator("main")).to_contain_text(f"0 of {lines} answers")
    faulty = faults(page)
    page.get_by_role("link", name="Français").click()
    expect(page.locator("main")).to_contain_text(f"0 sur {lines} réponses")
    return faulty

"""One service more is told by a guardian, up to a day: it arrives, shows, and is withdrawn (R4)."""

from datetime import timedelta

from playwright.sync_api import expect

from shared.dates.clock import today
from tests.journeys.bus import until
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.looks import is_sound, is_sound_at_every_width
from tests.journeys.people import Agent, Parent, words_as_sent
from tests.journeys.town import DemoTown

LOGIN, GRANDMOTHER = "claire.lefevre@example.org", "Odette Lefèvre"


def test_the_coach_learns_who_may_collect_from_the_mother_alone_and_unlearns_it(
    town: DemoTown, new_page: NewPage
) -> None:
    mother, coach = (
        Parent(town, new_page(), LOGIN),
        Agent(town, new_page(DESK), "agg", "lea.moreau"),
    )
    mother.sign_in()
    coach.sign_in()
    page = mother.page
    mother.open_page("Manon", "qui-vient-chercher")
    page.get_by_role("button", name="Ajouter une personne").click()
    page.get_by_label("Prénom et nom").last.fill(GRANDMOTHER)
    page.get_by_label("Lien avec l’enfant").last.fill("grand-mère")
    mother.save()
    coach.find("Manon Lefèvre")
    sheet = coach.page.url
    assert GRANDMOTHER not in coach.text()

    mother.open_page("Manon", "prevenir-aussi")
    is_sound_at_every_width(page)
    page.get_by_label("Personnes qui peuvent venir chercher").check()
    page.get_by_label("Jusqu’au").fill((today() + timedelta(days=20)).isoformat())
    page.get_by_role("button", name="Prévenir ce service").click()
    expect(page.locator("main")).to_contain_text("Ce service est prévenu")
    expect(page.locator("#also")).to_contain_text("Services que vous prévenez aussi")
    is_sound(page)

    assert until(lambda: _reads(coach, sheet))
    page.get_by_role("button", name="Arrêter").click()
    expect(page.locator("main")).to_contain_text("le service efface")
    assert until(lambda: not _reads(coach, sheet))
    page.goto(f"{town.portal}/nouvelles")
    expect(page.locator("main")).to_contain_text("reçoit aussi, à la demande d’un responsable")
    expect(page.locator("main")).to_contain_text("ne reçoit plus")
    for title in ("Un service de plus est prévenu", "Un service n’est plus prévenu"):
        expect(page.get_by_role("heading", name=title)).to_have_count(1)
    is_sound(page)


def _reads(coach: Agent, sheet: str) -> bool:
    return GRANDMOTHER in words_as_sent(coach.page, sheet)

"""Parents who separate: an agent says it once, and each of them reads whose week it is."""

import re

from playwright.sync_api import Page, expect

from shared.dates.clock import today
from tests.journeys.bus import until
from tests.journeys.conftest import DESK, PHONE, NewPage
from tests.journeys.looks import is_sound_at_every_width
from tests.journeys.people import Agent, Parent, is_received
from tests.journeys.town import DemoTown

CHARLOTTE, VINCENT = "Charlotte Imbert", "Vincent Imbert"
STREET = "8 rue du Bac"


def test_one_household_becomes_two_and_each_parent_reads_whose_week_it_is(
    town: DemoTown, new_page: NewPage
) -> None:
    mathilde = Agent(town, new_page(DESK), "front_desk", "mathilde.besson")
    mathilde.sign_in()
    page = mathilde.page
    page.goto(mathilde.desk)
    opens_separation(page)

    page.get_by_role("button", name="Séparer").click()
    expect(page.locator("#error-summary")).to_contain_text("Cochez qui quitte ce foyer")
    page.get_by_label(CHARLOTTE).check()
    for child, home in (("Gaspard", "dans les deux foyers"), ("Diane", "avec qui part")):
        page.get_by_role("group", name=f"Où vit {child}").get_by_label(home).check()
    fills_weeks_and_paper(page)
    is_sound_at_every_width(page)
    page.get_by_role("button", name="Séparer").click()
    expect(page.locator("main")).to_contain_text("C’est enregistré")
    expect(page.locator("main")).to_contain_text(f"{CHARLOTTE} quitte ce foyer")
    until(lambda: is_received(page))
    is_sound_at_every_width(page)

    words = {}
    for login in ("charlotte.imbert@example.com", "vincent.imbert@example.org"):
        parent = Parent(town, new_page(PHONE), login)
        parent.sign_in()
        words[login] = looks_at_weeks(parent)
    hers, his = words.values()
    assert ("chez vous" in hers["today"].lower()) != ("chez vous" in his["today"].lower())
    assert "Diane" in hers["home"]
    for told in his.values():
        assert STREET not in told

    opens_weeks(page)
    page.get_by_role("group", name="Du lundi au vendredi").get_by_label(VINCENT).check()
    gives_paper(page)
    page.get_by_role("button", name="Corriger").click()
    expect(page.locator("main")).to_contain_text("C’est corrigé")
    expect(page.locator("main")).to_contain_text(f"Du lundi au vendredi : {VINCENT}")
    is_sound_at_every_width(page)

    page.get_by_role("link", name="Corriger à qui est la semaine").click()
    page.get_by_label(f"{CHARLOTTE} seulement").check()
    gives_paper(page)
    page.get_by_role("button", name="Corriger").click()
    expect(page.locator("main")).to_contain_text(f"vit chez {CHARLOTTE} seulement")
    vincent = Parent(town, new_page(PHONE), "vincent.imbert@example.org")
    vincent.sign_in()
    vincent.open_child("Gaspard")
    expect(vincent.page.get_by_role("region", name="À qui la semaine")).to_have_count(0)


def opens_separation(page: Page) -> None:
    """Go from the search to the separation of the household."""
    page.locator("input[name=name]").first.fill("Imbert Diane")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Diane Imbert").click()
    page.get_by_role("link", name="Séparer ce foyer").click()


def fills_weeks_and_paper(page: Page) -> None:
    """Say where she goes, in which weeks Gaspard is with her, and from which paper."""
    page.get_by_label("Numéro et rue").fill(STREET)
    page.get_by_label("Code postal").fill("75007")
    page.locator("#commune").fill("Paris")
    even = page.get_by_role("group", name="Foyer des semaines paires")
    even.get_by_label("le foyer de qui part").check()
    halves = page.get_by_role("group", name="Première moitié des vacances")
    halves.get_by_label("le foyer de qui reste").check()
    gives_paper(page)


def gives_paper(page: Page) -> None:
    page.get_by_label("Cela a changé").check()
    page.get_by_label("Écrit des deux parents").check()
    page.get_by_label("Date de la pièce").fill(today().isoformat())
    page.get_by_label("J’ai vu cette pièce").check()


def looks_at_weeks(parent: Parent) -> dict[str, str]:
    """Read whose week it is, on the first page, on the week's and on Gaspard's."""
    page = parent.page
    page.goto(parent.town.portal)
    expect(page.locator("main")).to_contain_text(re.compile("jusqu’au .* inclus"))
    is_sound_at_every_width(page)
    words = {"home": page.locator("main").inner_text()}
    page.goto(f"{parent.town.portal}/semaine")
    week = page.get_by_role("region", name="Gaspard")
    expect(week).to_contain_text(re.compile("chez vous|dans l’autre foyer", re.IGNORECASE))
    is_sound_at_every_width(page)
    words["week"] = week.inner_text()
    parent.open_child("Gaspard")
    card = page.get_by_role("region", name="À qui la semaine")
    expect(card).to_contain_text("L’enfant change de foyer le vendredi")
    is_sound_at_every_width(page)
    words["rhythm"] = card.inner_text()
    words["today"] = card.get_by_text("inclus").inner_text()
    words["child"] = page.locator("main").inner_text()
    return words


def opens_weeks(page: Page) -> None:
    """Go to the weeks of Gaspard, who lives in both homes now."""
    page.get_by_role("link", name="Dossier du foyer").click()
    page.get_by_role("link", name="Corriger : Gaspard").click()
    page.get_by_role("link", name="Corriger à qui est la semaine").click()
    is_sound_at_every_width(page)

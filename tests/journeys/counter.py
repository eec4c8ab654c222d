"""Acts at the front desk from a paper that was seen: a birth corrected, a household separated."""

from datetime import date

from playwright.sync_api import Page, expect

from tests.journeys.people import Agent


def opens_home(agent: Agent, last_name: str, first_name: str) -> Page:
    """Search a child as an agent does, and open its household."""
    page = agent.page
    page.goto(agent.desk)
    page.locator("input[name=name]").first.fill(f"{last_name} {first_name}")
    page.keyboard.press("Enter")
    page.get_by_role("link", name=f"{first_name} {last_name}").click()
    return page


def corrects_birth(page: Page, first_name: str, birth: str, seen_on: date) -> None:
    """Correct a birth date, from the household's page, by a certificate."""
    page.get_by_role("link", name=f"Corriger : {first_name}").click()
    page.get_by_role("link", name="Corriger le nom ou la naissance").click()
    page.get_by_label("Date de naissance").fill(birth)
    page.get_by_label("C’était mal écrit").check()
    page.get_by_label("Acte de naissance").check()
    _sees_paper(page, seen_on)
    page.get_by_role("button", name="Corriger").click()
    expect(page.locator("main")).to_contain_text("C’est corrigé")


def separates(
    page: Page,
    leaves: str,
    child: str,
    address: tuple[str, str, str],
    from_day: date,
    seen_on: date,
) -> None:
    """Make two homes of one: the child lives in both, with who leaves in even weeks."""
    page.get_by_role("link", name="Séparer ce foyer").click()
    page.get_by_label(leaves).check()
    lives = page.get_by_role("group", name=f"Où vit {child}")
    lives.get_by_label("dans les deux foyers").check()
    street, postcode, commune = address
    page.get_by_label("Numéro et rue").fill(street)
    page.get_by_label("Code postal").fill(postcode)
    page.locator("#commune").fill(commune)
    even = page.get_by_role("group", name="Foyer des semaines paires")
    even.get_by_label("le foyer de qui part").check()
    halves = page.get_by_role("group", name="Première moitié des vacances")
    halves.get_by_label("le foyer de qui reste").check()
    page.get_by_label("Cela a changé").check()
    page.get_by_label("Vaut à partir du").fill(from_day.isoformat())
    page.get_by_label("Écrit des deux parents").check()
    _sees_paper(page, seen_on)
    page.get_by_role("button", name="Séparer").click()
    expect(page.locator("main")).to_contain_text("C’est enregistré")


def _sees_paper(page: Page, seen_on: date) -> None:
    page.get_by_label("Date de la pièce").fill(seen_on.isoformat())
    page.get_by_label("J’ai vu cette pièce").check()

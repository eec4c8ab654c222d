"""A bill that nobody paid goes to the Treasury and comes back paid: a régisseur and a parent."""

import csv
import io
import re

import pytest
from lxml import etree
from playwright.sync_api import expect

from services.billing.treasury.rules import pes_check
from services.billing.treasury.rules.return_file import COLUMNS, NAME, VERSION
from tests.journeys.bus import held_still
from tests.journeys.conftest import DESK, PHONE, NewPage
from tests.journeys.keyboard import choose, press
from tests.journeys.looks import faults, is_sound
from tests.journeys.people import Agent, Parent, until_shown
from tests.journeys.town import DemoTown

PARENT, NAME_SHOWN = "fatoumata.keita@example.net", "Fatoumata Keïta"
PAID_ON = "2026-11-20"
LONG_KEY = "ENCAISSEMENT" + "0123456789" * 4
"""Key without a place to break, of a row that waits: the whole walk looks at its page too."""
CHOICE = "/regie/tresor/preparer?days=0&reminders=1"


def test_a_late_bill_goes_to_the_treasury_is_paid_there_and_shows_as_paid(
    town: DemoTown, new_page: NewPage
) -> None:
    parent = Parent(town, new_page(PHONE), PARENT)
    regisseur = Agent(town, new_page(DESK), "ens", "odile.marchand")
    bills = f"{town.portal}/factures"
    parent.sign_in()
    regisseur.sign_in()
    until_shown(parent.page, "en retard", bills)
    number = _reminds(regisseur)

    with held_still(town, "enrolment_agg"):  # another provider is down: nobody here notices
        lot = _hands_over_by_keyboard(regisseur)
        until_shown(parent.page, "Au Trésor public", bills)
        address = _bill(parent, number)
        expect(parent.page.locator("main")).to_contain_text("Le Trésor public vous écrit")
        assert parent.page.get_by_role("link", name=re.compile("^Payer")).count() == 0
        found = faults(parent.page)
        debt, cents = _files(regisseur, lot)

        _reads(regisseur, {"key": "r1", "kind": "accepted", "debt": debt, "titre": "2026-T-412"},
               {"key": "r2", "kind": "receipt", "debt": debt, "cents": cents, "date": PAID_ON},
               {"key": LONG_KEY, "kind": "receipt", "debt": "20260019999999", "cents": 123_456,
                "date": PAID_ON})  # fmt: skip
        expect(regisseur.page.locator("main")).to_contain_text("facture inconnue")
        until_shown(parent.page, "payée au Trésor public", address)

    found += [each for page in _pages(regisseur, lot) for each in page]
    assert found == []


@pytest.mark.nightly  # by day the whole walk looks at them, light
@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["390px", "1280px"])
def test_the_pages_of_public_finance_are_sound_in_the_dark(
    town: DemoTown, new_page: NewPage, screen: tuple[int, int]
) -> None:
    regisseur = Agent(town, new_page(screen), "ens", "odile.marchand")
    regisseur.page.emulate_media(color_scheme="dark")
    regisseur.sign_in()

    for address in ("/regie/tresor", CHOICE, "/regie/tresor/retours/lire"):
        regisseur.page.goto(regisseur.desk + address)
        is_sound(regisseur.page)


def _reminds(regisseur: Agent) -> str:
    """Remind the family of its late bill; return its number."""
    page = regisseur.page
    page.goto(f"{regisseur.desk}/regie/impayes")
    row = page.get_by_role("row").filter(has_text=NAME_SHOWN)
    number = row.first.get_by_role("link").nth(1).inner_text()
    row.first.get_by_role("checkbox").check()
    page.get_by_role("button", name="Relancer les familles choisies").click()
    expect(page.locator("main")).to_contain_text("1 famille est relancée")
    return number


def _hands_over_by_keyboard(regisseur: Agent) -> str:
    """Order the lot without a mouse; return its address once it has left."""
    page = regisseur.page
    page.goto(regisseur.desk + CHOICE)
    expect(page.locator("main")).to_contain_text("1 personne à compléter")
    choose(page, page.get_by_role("group", name=NAME_SHOWN).get_by_label("Madame"))
    press(page, page.get_by_role("button", name="Enregistrer"))
    expect(page.locator("main")).to_contain_text("1 facture")
    press(page, page.get_by_role("button", name="Remettre"))
    page.wait_for_url("**/regie/tresor/lots/*")
    until_shown(page, "vérifié avec", page.url)
    return page.url


def _files(regisseur: Agent, lot: str) -> tuple[str, int]:
    """Download the lot's files; return the bill's number in them, and what is owed."""
    contents = {}
    for kind in ("csv", "json", "pes"):
        answer = regisseur.page.request.get(f"{lot}/fichier.{kind}")
        assert answer.status == 200, kind
        contents[kind] = answer.body()
    rows = list(csv.DictReader(io.StringIO(contents["csv"].decode("utf-8-sig")), delimiter=";"))
    pieces = [row for row in rows if row["row"] == "piece"]
    lines = [row for row in rows if row["row"] == "line"]
    assert len(pieces) == 1 and pieces[0]["debtor_name"] == NAME_SHOWN
    assert int(pieces[0]["cents"]) == sum(int(row["cents"]) for row in lines)
    assert all(row["nature"] and row["product"] for row in lines)
    pes_check.check_pes_file(contents["pes"], "")
    file = etree.fromstring(contents["pes"])
    assert file.xpath("string(//NbrPce/@V)") == "1"
    assert file.xpath("string(//Civilite/@V)") == "MME"
    assert file.xpath("string(//Prenom/@V)") == "FATOUMATA"
    return pieces[0]["debt"], int(pieces[0]["cents"])


def _reads(regisseur: Agent, *rows: dict[str, object]) -> None:
    """Send a return file through the form."""
    out = io.StringIO()
    written = csv.DictWriter(out, COLUMNS, delimiter=";", restval="")
    written.writeheader()
    for row in rows:
        written.writerow({"format": NAME, "version": VERSION, **row})
    page = regisseur.page
    page.goto(f"{regisseur.desk}/regie/tresor/retours/lire")
    file = {"name": "retour.csv", "mimeType": "text/csv", "buffer": out.getvalue().encode()}
    page.get_by_label("Fichier de retour").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Lire ce fichier").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ce que le retour a changé")


def _bill(parent: Parent, number: str) -> str:
    """Open a bill from the list; return its address."""
    links = parent.page.locator("main").get_by_role("link", name=re.compile("Pourquoi|Détail"))
    for address in [str(link.get_attribute("href")) for link in links.all()]:
        parent.page.goto(parent.town.portal + address)
        if f"n° {number}" in parent.text().replace("\N{NO-BREAK SPACE}", " "):
            return parent.page.url
    raise AssertionError(f"{number} is not on the list")


def _pages(regisseur: Agent, lot: str) -> list[list[str]]:
    """Look at the pages with something on them."""
    found = []
    for address in (lot, f"{regisseur.desk}/regie/tresor/retours/a-regarder"):
        regisseur.page.goto(address)
        found.append(faults(regisseur.page))
    return found

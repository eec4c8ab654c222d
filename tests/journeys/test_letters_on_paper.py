"""A régisseur prints what no e-mail reaches, and takes a cheque: each in few taps."""

import re

from playwright.sync_api import expect

from tests.factories import pdf
from tests.journeys.bus import stopped, until
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.databases import one
from tests.journeys.looks import is_sound, is_sound_at_every_width
from tests.journeys.people import Agent, until_shown
from tests.journeys.reader import Reader
from tests.journeys.taps import Hand
from tests.journeys.town import DemoTown

ON_PAPER, STREET = "Solange Perrot", "22 chemin des Vignes"
"""A grandmother without an account: her bill of September waits for an envelope."""
REACHED = "Lefèvre"
CHILD = "Matéo Perrot"
PAYS_WHAT_IS_DUE = re.compile("paient (la facture|ce qui était dû)")
"""One bill, or several: what other journeys of the same town have counted for her by then."""


def test_a_regisseur_prints_what_no_email_reaches_and_has_it_again(
    town: DemoTown, new_page: NewPage
) -> None:
    odile = Agent(town, new_page(DESK), "ens", "odile.marchand")
    odile.sign_in()
    page, hand = odile.page, Hand(odile.page)
    until_shown(page, ON_PAPER, f"{odile.desk}/regie/courriers")
    assert REACHED not in odile.text()
    is_sound_at_every_width(page)
    before = _lines(town)

    hand.begins_at(odile.desk)
    hand.taps_on(page.get_by_role("link", name="Courriers"))
    hand.taps_on(page.get_by_role("button", name=re.compile("^Imprimer : ")).first)
    page.wait_for_url("**/regie/courriers/*")
    opens = page.get_by_role("link", name=re.compile("^(Ouvrir|Fichier 1) : "))
    expect(opens).to_be_visible()
    run, address = page.url, str(opens.get_attribute("href"))
    hand.taps += 1
    content = page.request.get(odile.desk + address).body()
    hand.tells("a round of letters printed, its file opened", most=3)
    is_sound_at_every_width(page)

    hers = [said for said in pdf.pages(content) if ON_PAPER in said]
    assert hers and all(STREET in said and "Page 1 sur" in said for said in hers)
    assert {"H1", "Table", "TH"} <= set(pdf.roles(content))
    assert not any(REACHED in said for said in pdf.pages(content))
    until(lambda: _lines(town) > before)
    page.goto(f"{odile.desk}/regie/courriers")
    expect(page.get_by_role("table")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("Déjà imprimés")
    page.goto(run)
    expect(page.locator("main")).to_contain_text("Odile Marchand")
    assert page.request.get(odile.desk + address).body() == content


def test_a_household_that_wants_paper_is_printed_too(town: DemoTown, new_page: NewPage) -> None:
    odile = Agent(town, new_page(DESK), "ens", "odile.marchand")
    odile.sign_in()
    page = odile.page
    page.goto(f"{odile.desk}/regie/payeurs?q=Fatoumata")
    expect(page.locator("main")).to_contain_text("Prévenu par e-mail.")

    page.get_by_role("button", name="Le foyer veut du papier").click()
    is_sound_at_every_width(page)
    until_shown(page, "Fatoumata", f"{odile.desk}/regie/courriers")
    page.get_by_role("link", name=re.compile("Fatoumata")).first.click()
    page.get_by_role("button", name="Ne plus imprimer").click()

    expect(page.locator("main")).to_contain_text("Prévenu par e-mail.")


def test_a_cheque_is_taken_by_the_name_of_the_child_with_the_amount_filled_in(
    town: DemoTown, new_page: NewPage
) -> None:
    odile = Agent(town, new_page(DESK), "ens", "odile.marchand")
    odile.sign_in()
    page, hand = odile.page, Hand(odile.page)

    hand.begins_at(odile.desk)
    hand.taps_on(page.get_by_role("link", name="Encaisser").first)
    page.get_by_label("Qui paie ?").fill(CHILD)
    page.wait_for_load_state("load")  # a page that is left before that is not counted
    page.get_by_label("Qui paie ?").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(ON_PAPER)
    amount = page.get_by_label("Montant, en euros").input_value()
    assert amount
    expect(page.locator("main")).to_contain_text(f"doit {amount}")
    expect(page.get_by_label("Chèque", exact=True)).to_be_checked()
    page.get_by_label("Numéro du chèque").fill("0001234")
    is_sound_at_every_width(page)
    hand.taps_on(page.get_by_role("button", name="Encaisser et donner le reçu"))
    expect(page.locator("main")).to_contain_text("paient ")
    hand.tells("take a cheque by the child’s name, the amount filled in", most=3)


def test_a_regisseur_takes_a_cheque_and_the_family_s_bill_is_paid_with_the_sports_stopped(
    town: DemoTown, new_page: NewPage
) -> None:
    mother = Reader(town, "dominique.kerbrat@example.org")
    odile = Agent(town, new_page(DESK), "ens", "odile.marchand")
    odile.sign_in()
    page = odile.page

    with stopped(town, "agg"):
        page.goto(odile.desk)
        page.get_by_role("link", name="Encaisser").first.click()
        page.get_by_label("Qui paie ?").fill("Romane Kerbrat")
        page.get_by_label("Qui paie ?").press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Kerbrat")
        page.get_by_label("Numéro du chèque").fill("0007712")
        page.get_by_role("button", name="Encaisser et donner le reçu").click()
        expect(page.locator("main")).to_contain_text(PAYS_WHAT_IS_DUE)
        is_sound(page)
        mother.until_told("payée par chèque", "/factures")


def _lines(town: DemoTown) -> int:
    """Return how many lines of the read log are of what was taken away."""
    return int(one(town, "dossier", "SELECT count(*) FROM read_log WHERE purpose = 'list_file'"))

"""A month is run, issued, paid, refused, paid again and corrected: a régisseur and a parent."""

import os
import re
import signal

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.billed import open_bill
from tests.journeys.bus import held_still, until
from tests.journeys.conftest import DESK, NewPage
from tests.journeys.people import Agent, Parent, sends, until_shown, words_as_sent
from tests.journeys.town import DemoTown

CLAIRE = "claire.lefevre@example.org"
OCTOBER, CREDIT_NOTE = "2026-10", "2026-ENS-000105"
HOUSEHOLDS = 52
"""Number of homes that ate at school in the demo's October; its September is billed already."""


@pytest.fixture(scope="module")
def issued(town: DemoTown, browser) -> None:
    """Let the régisseur bill October, while another provider is down and the worker is killed."""
    context = browser.new_context(
        viewport={"width": DESK[0], "height": DESK[1]}, locale="fr-FR", reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(10_000)
    regisseur = Agent(town, page, "ens", "odile.marchand")
    with held_still(town, "enrolment_agg"):
        regisseur.sign_in()
        _draft(regisseur)
        page.get_by_role("link", name=re.compile(f"Émettre {HOUSEHOLDS} factures")).click()
        os.kill(town.pid("billing_worker"), signal.SIGKILL)
        page.get_by_role("button", name=re.compile(f"Émettre {HOUSEHOLDS} factures")).click()
        until_shown(page, "factures émises", page.url, seconds=40)
    context.close()


def test_a_month_is_run_issued_refused_paid_again_and_corrected(
    town: DemoTown, new_page: NewPage, issued: None
) -> None:
    parent = Parent(town, new_page(), CLAIRE)
    regisseur = Agent(town, new_page(DESK), "ens", "odile.marchand")
    parent.sign_in()
    regisseur.sign_in()
    number = until(lambda: number_of_october(parent))
    bill = open_bill(parent, number)
    until_shown(parent.page, "quotient de 742 €", bill)  # billing may be silent for a moment
    total = parent.page.get_by_role("heading", level=1).inner_text()

    _pays(parent, bill, "Carte refusée")
    expect(parent.page.locator("main")).to_contain_text("La banque a refusé")

    with held_still(town, "enrolment_agg"):  # another provider is down: nobody here notices
        _to_the_bank(parent, bill)
        os.kill(town.pid("billing"), signal.SIGKILL)
        sends(parent.page.get_by_role("button", name="Payer par carte"))
        until_shown(parent.page, "payés", parent.page.url, seconds=40)
        until_shown(parent.page, "payée en ligne", f"{town.portal}/factures")

    _credits_one_meal(regisseur, number)
    until_shown(parent.page, "avoir", f"{town.portal}/factures")
    assert "2,20 €" in parent.text().replace("\N{NO-BREAK SPACE}", " "), parent.text()
    parent.page.goto(bill)
    assert parent.page.get_by_role("heading", level=1).inner_text() == total  # it is never edited
    expect(parent.page.locator("main")).to_contain_text(CREDIT_NOTE)


def test_the_bill_and_its_receipt_are_documents(
    town: DemoTown, new_page: NewPage, issued: None
) -> None:
    parent = Parent(town, new_page(), CLAIRE)
    parent.sign_in()
    until(lambda: number_of_october(parent))
    open_bill(parent)

    address = parent.page.get_by_role("link", name="Télécharger").get_attribute("href")
    answer = parent.page.request.get(f"{town.portal}{address}")

    assert answer.status == 200 and answer.body().startswith(b"%PDF-")


def test_a_bill_is_paid_by_its_reference_without_an_account(
    town: DemoTown, new_page: NewPage, issued: None
) -> None:
    parent, stranger = Parent(town, new_page(), "nadia.morel@example.net"), new_page()
    parent.sign_in()
    until_shown(parent.page, "2026-ENS-", f"{town.portal}/factures")
    open_bill(parent)
    reference, key = (_value(parent.page, label) for label in ("Référence", "Clé"))

    stranger.goto(f"{town.portal}/payer")
    stranger.get_by_label("Référence").fill(reference)
    stranger.get_by_label("Clé").fill(key)
    stranger.get_by_role("button", name="Continuer").or_(
        stranger.get_by_role("button", name="Trouver")
    ).first.click()
    expect(stranger.locator("main")).to_contain_text("€")
    shown = stranger.locator("body").inner_text()
    assert "Morel" not in shown and "Lucas" not in shown

    stranger.get_by_label("Adresse e-mail").fill("grand.mere@example.org")
    stranger.get_by_role("button", name=re.compile("paiement|Payer")).first.click()
    sends(stranger.get_by_role("button", name="Payer par carte"))
    until_shown(parent.page, "payée en ligne", f"{town.portal}/factures")


def _draft(regisseur: Agent) -> None:
    page = regisseur.page
    page.goto(f"{regisseur.desk}/regie/facturer/{OCTOBER}")
    expect(page.locator("main")).to_contain_text(f"{HOUSEHOLDS} foyers")
    sends(page.get_by_role("button", name="Préparer le brouillon"))
    until_shown(page, "brouillon à vérifier", page.url, seconds=40)


def number_of_october(parent: Parent) -> str:
    """Return the number of the family's bill of October, "" before it has come to the list."""
    shown = words_as_sent(parent.page, f"{parent.town.portal}/factures")
    numbers = re.findall(r"2026-ENS-\d{6}", shown)
    return max([each for each in numbers if int(each[-6:]) > HOUSEHOLDS], default="")


def _to_the_bank(parent: Parent, bill: str) -> None:
    page = parent.page
    page.goto(bill)
    page.get_by_role("link", name=re.compile("Payer (de nouveau )?[0-9]")).first.click()
    page.get_by_label("Adresse e-mail").fill("claire@example.org")
    page.get_by_role("button", name="Continuer vers le paiement").click()
    expect(page.locator("body")).to_contain_text("Banque de démonstration")


def _pays(parent: Parent, bill: str, choice: str) -> None:
    _to_the_bank(parent, bill)
    parent.page.get_by_role("button", name=choice).click()


def _credits_one_meal(regisseur: Agent, number: str) -> None:
    page = regisseur.page
    page.goto(f"{regisseur.desk}/regie/payeurs?q={number}")
    page.get_by_role("link", name=re.compile(number)).first.click()
    page.get_by_role("link", name="Faire un avoir").click()
    page.locator("main tbody input").first.fill("1")
    page.get_by_label("Raison").fill("Repas non servi")
    page.get_by_role("button", name="Créer l’avoir").click()
    until(lambda: CREDIT_NOTE in page.locator("main").inner_text())


def _value(page: Page, label: str) -> str:
    """Return what stands beside a label on the bill's page."""
    shown = page.locator("main").inner_text().splitlines()
    return shown[shown.index(label) + 1]

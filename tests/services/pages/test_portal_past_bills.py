"""A bill of another software on a family's pages: found among the others, explained, never paid."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.contracts.billing import bills, past_bills
from shared.contracts.errors import NotFound
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories import portal_bills as billed
from tests.factories.portal import CLAIRE, Child, Portal, main_of
from tests.factories.portal_bills import BILLING, bill, payment

HOUSEHOLD = new_id()
PAST, AT_TREASURY = new_id(), new_id()
PAGE = f"/factures/reprises/{PAST}"
LINES = [{"label": "Repas", "child": "Manon", "quantity": 12, "cents": 4200}]


def past_bill() -> dict[str, Any]:
    """Return a bill of 2023 that was paid where it was made."""
    days = {"month": "2023-03", "issued_on": date(2023, 4, 5), "due_on": date(2023, 4, 30)}
    more = {"number": "F-2023-0815", "state": "paid", "taken_over": True}
    return bill(4200, invoice_id=PAST, **days, **more)


def bill_at_treasury() -> dict[str, Any]:
    """Return one of 2024 that nobody paid there."""
    more = {"number": "F-2024-0001", "state": "transferred", "taken_over": True}
    return bill(5000, invoice_id=AT_TREASURY, month="2024-02", **more)


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal, which knows two past bills of Claire's, one of them at the Treasury."""
    with make.portal_on(database, tmp_path) as portal:
        portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], Child())
        told = past_bill(), bill_at_treasury()
        paid = payment(past_bill(), means="cheque", receipt="", taken_over=True)
        billed.receives_bills(portal, HOUSEHOLD, *told, payments=(paid,))
        yield portal


def answers(portal: Portal, of: dict[str, Any], **more: Any) -> None:
    told = {**of, "provider": "ens", "lines": LINES, "payments": [payment(of)], **more}
    portal.callees.answers(BILLING, past_bills.read_past_bill, lambda _request: told)


def test_a_past_bill_is_among_what_is_paid_and_says_that_it_was_taken_over(
    browser: FlaskClient,
) -> None:
    answer = browser.get("/factures")

    page = main_of(answer.text)
    assert "Factures passées" in page and "n° F-2023-0815" in page and "historique" in page
    assert f'href="{PAGE}"' in answer.text
    assert "payée par chèque" in page


def test_what_is_owed_at_the_treasury_is_said_and_not_offered_to_be_paid(
    browser: FlaskClient,
) -> None:
    answer = browser.get("/factures")

    assert "Au Trésor public" in main_of(answer.text) and "50,00 €" in main_of(answer.text)
    assert f"/factures/{AT_TREASURY}/payer" not in answer.text
    assert "Rien à payer" not in main_of(answer.text)


def test_it_is_explained_as_it_was_printed_without_a_document_or_anything_to_dispute(
    portal: Portal, browser: FlaskClient
) -> None:
    answers(portal, past_bill())

    answer = browser.get(PAGE)

    page = main_of(answer.text)
    assert "Facture de 42,00 €" in page and "Repas Manon quantité : 12 42,00 €" in page
    assert "ancien logiciel" in page and "payée en ligne" in page
    assert "Signaler une erreur" not in page and "/document" not in answer.text


def test_another_family_s_past_bill_is_not_there(portal: Portal, browser: FlaskClient) -> None:
    portal.callees.answers(BILLING, past_bills.read_past_bill, NotFound())

    assert browser.get(PAGE).status_code == 404
    assert portal.site.test_client().get(PAGE).status_code == 303


def test_a_page_of_another_software_s_bill_speaks_english_too(
    portal: Portal, browser: FlaskClient
) -> None:
    answers(portal, past_bill())
    browser.get("/langue/en?retour=/factures")

    page = main_of(browser.get(PAGE).text)

    assert "Bill of" in page and "“Past”: this bill comes" in page


def test_the_states_that_a_past_bill_may_have_have_words() -> None:
    assert set(past_bills.OVER) <= set(bills.INVOICE_STATES)

"""« Pourquoi 75,60 € ? »: a bill line by line, its documents, and the line that is wrong."""

import base64
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.contracts.billing import bills
from shared.contracts.errors import NotFound
from shared.dates.clock import today
from shared.files.types import digest_of_file
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories import portal_bills as billed
from tests.factories.portal import CLAIRE, Child, Portal, main_of
from tests.factories.portal_bills import BILLING, bill, line, payment

HOUSEHOLD = new_id()
INVOICE = new_id()
PAGE = f"/factures/{INVOICE}"
PDF = b"%PDF-1.7 of a bill"


def the_bill() -> dict[str, Any]:
    return bill(invoice_id=INVOICE)


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal, which knows one bill of Claire's."""
    with make.portal_on(database, tmp_path) as portal:
        portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], Child())
        billed.receives_bills(portal, HOUSEHOLD, the_bill())
        yield portal


def page_of(portal: Portal, browser: FlaskClient, *lines: dict[str, Any], **more: Any) -> str:
    billed.answers_bill(portal, the_bill(), *lines, **more)
    answer = browser.get(PAGE)
    assert answer.status_code == 200
    return main_of(answer.text)


def hands_over(portal: Portal, method: Any, content: bytes = PDF) -> None:
    answer = {"name": "facture 2026-ENS-000123.pdf", "content": base64.b64encode(content).decode()}
    portal.callees.answers(BILLING, method, lambda _request: answer)


def asked(portal: Portal, method: Any) -> list[tuple[str, SimpleNamespace]]:
    return [(at, request) for _, name, at, request in portal.callees.asked if name == method.name]


def test_each_line_says_how_many_at_what_price_and_why(
    portal: Portal, browser: FlaskClient
) -> None:
    care = line(2, part="encadrement", unit_cents=50, tax="childcare", tax_years=[2026])

    page = page_of(portal, browser, line(1), care)

    assert "Pourquoi 75,60 € ?" in page
    assert "Manon, octobre 24,30 €" in billed.within_the_year(page)
    assert "Repas nourriture 9 × 2,20 € 19,80 €" in page
    assert "Repas encadrement 9 × 0,50 € 4,50 €" in page
    assert "Tranche 3 : quotient de 742 € (CAF, depuis septembre 2026)" in page
    assert "Jours : 1er, 2 et 5" in page
    assert page.count("Compte pour le crédit d’impôt") == 1
    assert portal.callees.rounds == 1


def test_a_bill_at_the_highest_price_leads_to_the_quotient_that_lowers_it(
    portal: Portal, browser: FlaskClient
) -> None:
    highest = line(1, reason={"code": "maximum", "params": {}})
    note = {"kind": bills.CREDIT_NOTE, "total_cents": -450, "balance_cents": 0}

    page = page_of(portal, browser, highest, line(2))

    assert "aucun quotient n’était connu" in page and "Mettre à jour mon quotient" in page
    assert "Mettre à jour mon quotient" not in page_of(portal, browser, line(1))
    assert "Mettre à jour mon quotient" not in page_of(portal, browser, highest, **note)


def test_tax_words_stand_where_the_childs_age_lets_the_line_count(
    portal: Portal, browser: FlaskClient
) -> None:
    year = today().year
    care = {"part": "encadrement", "tax": "childcare"}
    at_seven, at_five = line(1, **care), line(2, child="Lou", **care, tax_years=[year])
    paid = {"state": bills.PAID, "balance_cents": 0}
    note = {"kind": bills.CREDIT_NOTE, "total_cents": -450, **paid}

    of_seven = page_of(portal, browser, at_seven)
    owed = page_of(portal, browser, at_seven, at_five)
    was_paid = page_of(portal, browser, line(1, **care, tax_years=[2025, 2026]), **paid)
    given_back = page_of(portal, browser, line(1, **care, tax_years=[2027]), **note)

    assert "impôt" not in of_seven
    assert owed.count("impôt") == 1
    assert f"crédit d’impôt de {year} si vous payez avant le 31 décembre" in owed
    assert "Compte pour le crédit d’impôt de 2025 et 2026" in was_paid
    assert "si vous payez" not in was_paid
    assert "Vient en moins pour le crédit d’impôt de 2027" in given_back


def test_lines_stand_by_child_and_what_was_carried_over_after_the_month(
    portal: Portal, browser: FlaskClient
) -> None:
    carried = line(1, month="2026-09", days=[date(2026, 9, 14)])
    for_all = line(3, child="", label="Adhésion", part="Adhésion", days=[], quantity=1)

    page = page_of(portal, browser, carried, line(2), for_all, line(4, child="Louis"))

    order = ["Manon, octobre", "Manon, report de septembre", "Le foyer, octobre", "Louis, octobre"]
    assert sorted(order, key=page.index) == order
    assert "Jour : lundi 14" in page


def test_a_month_that_begins_with_a_vowel_is_carried_over_as_one_says_it(
    portal: Portal, browser: FlaskClient
) -> None:
    page = page_of(portal, browser, line(1, month="2026-08"))

    assert "Manon, report d’août" in page


def test_what_was_no_ordinary_day_and_what_is_a_part_say_so(
    portal: Portal, browser: FlaskClient
) -> None:
    unbooked = line(1, outcome="unexpected", share_bp=5000, cents=990)

    page = page_of(portal, browser, unbooked, line(2, outcome="absent"))

    assert "Sans réservation" in page
    assert "Absence non signalée à temps" in page
    assert "Votre part : 50 %" in page
    assert "× 50 % 9,90 €" in page


def test_the_account_adds_up_from_the_total_to_what_is_left(
    portal: Portal, browser: FlaskClient
) -> None:
    cheque = payment(the_bill(), means=bills.CHEQUE, cents=5000)
    refused = payment(the_bill(), bills.REFUSED)
    note = {"invoice_id": new_id(), "number": "2026-ENS-000130", "cents": -520}

    page = page_of(
        portal,
        browser,
        line(),
        balance_cents=2040,
        state=bills.PARTLY_PAID,
        payments=[cheque, refused],
        credit_notes=[note],
    )

    assert "Total de la facture 75,60 €" in page
    assert "Avoir n° 2026-ENS-000130 −5,20 €" in page
    assert "Payée par chèque le" in page
    assert "−50,00 €" in page
    assert "Reste à payer 20,40 €" in page
    assert "La banque a refusé le paiement" in page
    assert "reste 20,40 € sur 75,60 €" in page


def test_the_bill_says_who_collects_and_how_it_is_paid_without_an_account(
    portal: Portal, browser: FlaskClient
) -> None:
    page = page_of(portal, browser, line())

    assert "2026 001 0000 123" in page
    assert "K7PWQ2M9" in page
    assert "Régie de recettes du Service Enseignement, arrêté n° 2020-114" in page
    assert "12 rue des Tilleuls" in page


def test_a_credit_note_says_what_it_corrects_and_asks_for_nothing(
    portal: Portal, browser: FlaskClient
) -> None:
    note = bill(-520, kind=bills.CREDIT_NOTE, state=bills.CREDITED, number="2026-ENS-000130")
    taken = line(quantity=-2, cents=-440, month="2026-09")
    why = "L’enfant était là."  # as an agent typed it, with its full stop
    about = {"of_number": "2026-ENS-000123", "why": why, "payable_online": False}
    billed.answers_bill(portal, note, taken, **about)

    page = main_of(browser.get(f"/factures/{note['invoice_id']}").text)

    assert "Avoir de 5,20 €" in page
    assert f"Corrige la facture n° 2026-ENS-000123. Motif : {why} Télécharger" in page
    assert "n° 2026-ENS-000130, émis le" in page
    assert "−2 × " in page
    assert "Service Enseignement · septembre 2026" in page and "octobre" not in page
    assert "−4,40 €" in page
    assert "Payer" not in page
    assert "Signaler une erreur" not in page


def test_while_billing_is_silent_the_page_says_what_the_card_said(
    portal: Portal, browser: FlaskClient
) -> None:
    answer = browser.get(PAGE)

    page = main_of(answer.text)
    assert answer.status_code == 503
    assert "Le détail n’est pas lisible en ce moment." in page
    assert "d’après ce qu’elle disait aujourd’hui à" in page
    assert "75,60 €" in page


@pytest.mark.parametrize("address", ["/factures/{}", "/factures/{}/payer", "/factures/x"])
def test_another_familys_bill_is_a_page_that_does_not_exist(
    portal: Portal, browser: FlaskClient, address: str
) -> None:
    portal.callees.answers(BILLING, bills.read_bill, NotFound())

    assert browser.get(address.format(new_id())).status_code == 404


def test_documents_come_as_files_to_keep(portal: Portal, browser: FlaskClient) -> None:
    hands_over(portal, bills.bill_pdf)
    hands_over(portal, bills.receipt_pdf)

    for address in (f"{PAGE}/document", f"/paiements/{new_id()}/recu"):
        answer = browser.get(address)
        assert answer.data == PDF
        assert answer.mimetype == "application/pdf"
        assert answer.headers["Content-Disposition"].startswith(
            'attachment; filename="facture-2026-ENS-000123.pdf"; '
        )
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_document_in_several_parts_comes_whole(portal: Portal, browser: FlaskClient) -> None:
    sizes = {"name": "facture.pdf", "parts": 2, "sha256": digest_of_file(PDF)}
    halves = [base64.b64encode(half).decode() for half in (PDF[:4], PDF[4:])]
    portal.callees.answers(
        BILLING, bills.bill_pdf, lambda asked: {**sizes, "content": halves[asked.part]}
    )

    assert browser.get(f"{PAGE}/document").data == PDF


def test_what_is_no_document_is_not_handed_over(portal: Portal, browser: FlaskClient) -> None:
    hands_over(portal, bills.bill_pdf, b"<html>")

    assert browser.get(f"{PAGE}/document").status_code == 500


def test_a_document_while_billing_is_silent_says_to_try_again(
    portal: Portal, browser: FlaskClient
) -> None:
    answer = browser.get(f"{PAGE}/document")

    assert answer.status_code == 503
    assert "Rien n’est perdu" in main_of(answer.text)


def test_a_line_is_reported_by_a_choice_and_once(portal: Portal, browser: FlaskClient) -> None:
    billed.answers_bill(portal, the_bill(), line(7))
    portal.callees.answers(BILLING, bills.dispute_line, lambda _request: {})
    form = main_of(browser.get(f"{PAGE}/erreur/7").text)
    act = new_id()

    sent = [make.posts(browser, f"{PAGE}/erreur/7", act=act, reason="not_there") for _ in range(2)]
    page = main_of(browser.get(sent[-1].location).text)

    assert "Repas nourriture 9 × 2,20 €" in form
    assert "<textarea" not in browser.get(f"{PAGE}/erreur/7").text
    (first, request), (second, _) = asked(portal, bills.dispute_line)
    assert (request.line, request.reason) == (7, "not_there")
    assert first == second
    assert "C’est signalé." in page


def test_a_report_while_billing_is_silent_keeps_the_choice(
    portal: Portal, browser: FlaskClient
) -> None:
    answer = make.posts(browser, f"{PAGE}/erreur/7", reason="wrong_price")

    assert answer.status_code == 503
    assert "Ce n’est pas encore envoyé." in main_of(answer.text)
    assert 'value="wrong_price" checked' in answer.text


def test_a_report_without_a_choice_asks_for_one(portal: Portal, browser: FlaskClient) -> None:
    billed.answers_bill(portal, the_bill(), line(7))

    answer = make.posts(browser, f"{PAGE}/erreur/7")
    unknown = browser.get(f"{PAGE}/erreur/8")

    assert answer.status_code == 422
    assert "Choisissez ce qui est faux." in main_of(answer.text)
    assert unknown.status_code == 404


def test_what_was_reported_waits_for_the_service(portal: Portal, browser: FlaskClient) -> None:
    page = page_of(portal, browser, line(disputed=True))

    assert "erreur signalée : le service vérifie" in page
    assert "Signaler une erreur" not in page

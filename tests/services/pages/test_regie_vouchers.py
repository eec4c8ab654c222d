"""Vouchers at the régisseur's counter: titles as they are typed, refusals, slips of deposit."""

import pytest

from shared.contracts.billing.regie import counter as regie_counter
from shared.contracts.billing.regie import payers as contracts
from shared.dates.clock import today
from tests.factories import regie_answers as answers
from tests.factories.enrolment import words
from tests.factories.regie import Regisseur
from tests.factories.regie_answers import HOUSEHOLD, INVOICE

PAY, DEPOSIT = "/regie/encaisser/paiement", "/regie/caisse/versement"


def vouchers(**more: str) -> dict[str, str]:
    entered = {"household_id": HOUSEHOLD, "invoice_id": INVOICE, "means": "cesu", "cents": ""}
    titles = "C0001 20,00\n\nC0002   15"
    return {**entered, "titles": titles, "received_on": today().isoformat(), **more}


def test_titles_are_typed_one_below_the_other_and_make_the_amount(odile: Regisseur) -> None:
    answer = odile.sends(PAY, **vouchers())

    assert answer.status_code == 200
    (request,) = odile.asked(regie_counter.take_payment)
    assert (request.means, request.cents, request.cheque) == ("cesu", 3_500, "")
    assert request.titles == [
        {"number": "C0001", "cents": 2_000},
        {"number": "C0002", "cents": 1_500},
    ]


@pytest.mark.parametrize("blank", ["\t", "\u00a0", "  \t"], ids=["tab", "no-break", "several"])
def test_titles_are_read_as_a_spreadsheet_copies_them(odile: Regisseur, blank: str) -> None:
    odile.sends(PAY, **vouchers() | {"titles": f"C0001{blank}20,00 €\r\nC0002{blank}15\r\n"})

    (request,) = odile.asked(regie_counter.take_payment)
    assert [(title["number"], title["cents"]) for title in request.titles] == [
        ("C0001", 2_000),
        ("C0002", 1_500),
    ]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        pytest.param({"titles": ""}, "Écrivez le numéro et la valeur de chaque titre.", id="none"),
        pytest.param({"titles": "C0001 20000,00"}, "« C0001 20000,00 » : écrivez", id="too much"),
        pytest.param({"titles": "C0001"}, "« C0001 » : écrivez le numéro", id="no value"),
        pytest.param(
            {"titles": "12 345 678 20,00"}, "le numéro sans espace", id="a number in pieces"
        ),
        pytest.param({"titles": "C1 5\nC1 5"}, "Un numéro est écrit deux fois.", id="twice"),
        pytest.param({"invoice_id": ""}, "Choisissez la facture", id="no bill"),
        pytest.param({"means": "bitcoin"}, "Choisissez comment c’est payé.", id="unknown means"),
    ],
)
def test_what_is_missing_of_vouchers_is_said_and_nothing_is_taken(
    odile: Regisseur, wrong: dict[str, str], sentence: str
) -> None:
    page = odile.sends(PAY, **vouchers() | wrong)

    assert page.status_code == 422
    assert sentence in words(page.text)
    assert odile.asked(regie_counter.take_payment) == []


@pytest.mark.parametrize(
    ("refusal", "sentence"),
    [
        pytest.param(
            regie_counter.AboveVoucherLimit(most_cents=1_050),
            "paient au plus 10,50 € de cette facture",
            id="above the limit",
        ),
        pytest.param(
            regie_counter.AboveVoucherLimit(most_cents=0), "ou c’est déjà payé", id="nothing"
        ),
        pytest.param(
            regie_counter.TitleTaken(number="C0001", receipt="R-1", on="2026-11-03"),
            "Le titre C0001 a déjà été encaissé : reçu R-1 du 3 novembre 2026.",
            id="a title taken before",
        ),
    ],
)
def test_why_titles_are_refused_is_said_beside_them(
    odile: Regisseur, refusal: Exception, sentence: str
) -> None:
    odile.billing(regie_counter.take_payment, refusal)

    page = odile.sends(PAY, **vouchers())

    assert page.status_code == 409
    assert sentence in words(page.text).replace("\u00a0", " ").replace("\u202f", " ")
    assert "C0002" in page.text, "what was typed is still there"


def test_vouchers_are_offered_where_there_is_a_bill_that_they_can_pay(odile: Regisseur) -> None:
    seen = odile.desk.client.get
    of_bill = seen(f"{PAY}?payeur={HOUSEHOLD}").text
    odile.billing(contracts.payer_account, answers.account(owed_cents=0, bills=[]))
    of_nothing, of_nobody = (seen(path).text for path in (f"{PAY}?payeur={HOUSEHOLD}", PAY))

    assert 'value="cesu"' in of_bill and 'name="titles"' in of_bill
    for page in (of_nothing, of_nobody):
        assert 'value="cash"' in page
        assert 'value="cesu"' not in page and 'name="titles"' not in page


def test_titles_that_wait_are_sent_by_a_slip_of_their_kind(odile: Regisseur) -> None:
    waiting = [{"kind": "cesu", "count": 3, "cents": 2_300}]
    odile.billing(regie_counter.cash_box, answers.cash_box(titles=waiting))

    page = words(odile.desk.client.get(DEPOSIT).text).replace("\u00a0", " ")
    odile.sends(DEPOSIT, kind="cesu")

    assert "Remettre 3 titres, 23,00 €" in page
    (request,) = odile.asked(regie_counter.deposit)
    assert (request.kind, request.cents) == ("cesu", 0)

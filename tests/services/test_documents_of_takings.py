"""Receipts, deposit slips, tax certificates as PDF; and whose a document is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from services.billing.models import Document
from services.billing.service import BillingService
from services.billing.store import store
from shared.contracts.billing.bills import CASH, CHEQUE, REFUSED
from shared.contracts.billing.regie.payers import PAGE
from shared.contracts.errors import NotEntitled, NotFound
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import documents as make
from tests.factories import money, pdf
from tests.factories.counter import Desk
from tests.factories.dossier import at_once

ENS, AGG = "enrolment_ens", "enrolment_agg"


@pytest.fixture
def billing(database: Database, tmp_path: Path) -> Iterator[BillingService]:
    """Give billing of the demo town on a fresh database."""
    with make.billing_on(database, tmp_path) as billing:
        yield billing


@pytest.fixture
def claire(billing: BillingService) -> str:
    return new_id()


@pytest.fixture
def home(claire: str) -> str:
    return money.household(claire, payer="Claire Lefèvre et Karim Lefèvre")


# --- Receipts, slips, certificates ---


def test_a_receipt_says_how_much_came_how_and_for_which_bill(
    billing: BillingService, claire: str, home: str
) -> None:
    payment = make.payment(home, make.bill(home, make.line(220, 9)), 1980, cheque="0001234")

    file = make.file(billing, "receipt_pdf", claire, payment_id=payment)

    text = pdf.text(file.content)
    assert file.name == "Reçu-2026-ENS-R-000001.pdf"
    for sentence in (
        "Somme reçue19,80 €", "Facture 2026-ENS-000001, novembre 2026", "par chèque n° 0001234",
        "10 décembre 2026", "Claire Lefèvre et Karim Lefèvre",
    ):  # fmt: skip
        assert sentence in text, sentence


def test_the_receipt_of_a_cheque_for_two_bills_names_both_and_what_is_left(
    billing: BillingService, claire: str, home: str
) -> None:
    for cents in (1000, 2500):
        money.bill(home, cents)
    cheque = Desk(billing).takes(CHEQUE, 4000, household_id=home, cheque="0001235")

    file = make.file(billing, "receipt_pdf", claire, payment_id=cheque.payment_id)

    year, text = today().year, pdf.text(file.content)
    for sentence in (
        f"Facture {year}-ENS-000001", f"Facture {year}-ENS-000002", "10,00 €", "25,00 €",
        "En avance sur vos prochaines factures de ce service5,00 €", "Somme reçue40,00 €",
    ):  # fmt: skip
        assert sentence in text, sentence


def test_a_payment_that_did_not_come_has_no_receipt(
    billing: BillingService, claire: str, home: str
) -> None:
    payment = make.payment(
        home, make.bill(home, make.line()), 440, state=REFUSED, receipt="", booked_at=None
    )

    with pytest.raises(NotFound):
        make.file(billing, "receipt_pdf", claire, payment_id=payment)


def test_a_deposit_slip_lists_each_cheque(billing: BillingService, home: str) -> None:
    odile, slip = money.agent("ens"), make.slip(4400, 2)
    for number, drawer in (("0001", "M. Roux"), ("0002", "")):
        bill = make.bill(home, make.line(1100, 2))
        make.payment(
            home, bill, 2200, cheque=number, bank="Banque du Lac", payer=drawer, slip_id=slip
        )

    file = make.file(billing, "deposit_pdf", odile, ENS, slip_id=slip)

    text = pdf.text(file.content)
    assert file.name == "Remise-de-chèques-2026-ENS-B-000001.pdf"
    assert "Total déposé44,00 €" in text and "2 chèques" in text
    for drawer, number in (("M. Roux", "0001"), ("Claire Lefèvre et Karim Lefèvre", "0002")):
        assert f"{drawer}Banque du Lac{number}" in text
    assert "signature du régisseur" in text


def test_two_thousand_cheques_are_seen_page_by_page_and_stand_on_one_slip(
    billing: BillingService,
) -> None:
    make.taken_together(2_000, 4_321)
    odile = money.agent("ens")

    first = money.answer(billing, "cash_box", odile, ENS, regie="ens", day=today())
    second = money.answer(
        billing, "cash_box", odile, ENS, regie="ens", day=today(), after=first.next
    )
    cheques = money.answer(billing, "cheques_to_deposit", odile, ENS, regie="ens")
    others = money.answer(
        billing, "cheques_to_deposit", odile, ENS, regie="ens", after=cheques.next
    )
    slip = money.answer(billing, "deposit", odile, ENS, regie="ens", kind=CHEQUE, day=today())
    made = make.whole(billing, "deposit_pdf", odile, ENS, slip_id=slip.slip_id)

    assert (first.cheques, first.cheques_cents) == (2_000, 8_642_000)
    assert len({taking["payment_id"] for taking in first.takings + second.takings}) == 2 * PAGE
    shown = cheques.cheques + others.cheques
    assert len({taking["payment_id"] for taking in shown}) == 2 * PAGE
    assert (slip.count, slip.cents) == (2_000, 8_642_000)
    text = pdf.text(made.content)
    assert made.parts > 1 and "86 420,00 €" in text.replace("\u202f", " ")
    assert all(f"2026-ENS-R-{number:06}" in text for number in (1, 396, 397, 1_999, 2_000))


def test_cash_is_deposited_without_a_list(billing: BillingService) -> None:
    odile, slip = money.agent("ens"), make.slip(50_000, 0, kind=CASH)

    text = pdf.text(make.file(billing, "deposit_pdf", odile, ENS, slip_id=slip).content)

    assert "Versement d’espèces" in text and "500,00 €" in text
    assert "Banque" not in text


def test_a_tax_certificate_says_what_was_paid_in_which_year_for_whose_care(
    billing: BillingService, claire: str, home: str
) -> None:
    make.certificate(home, 10_000)
    certificate = make.certificate(home, 12_345, version=2, provider="agg")

    file = make.file(billing, "certificate_pdf", claire, certificate_id=certificate)

    text = pdf.text(file.content)
    for sentence in ("123,45 €", "Manon Lefèvre", "200 quater B", "remplace celle"):
        assert sentence in text, sentence


# --- Whose they are ---


def test_to_another_household_there_is_no_such_document(
    billing: BillingService, claire: str, home: str
) -> None:
    bill = make.bill(home, make.line())
    payment, certificate = make.payment(home, bill, 440), make.certificate(home, 100)
    stranger = new_id()
    money.household(stranger)

    for method, key in (
        ("bill_pdf", {"invoice_id": bill}),
        ("receipt_pdf", {"payment_id": payment}),
        ("certificate_pdf", {"certificate_id": certificate}),
        ("bill_pdf", {"invoice_id": new_id()}),
        ("certificate_pdf", {"certificate_id": new_id()}),
    ):
        with pytest.raises(NotFound):
            make.file(billing, method, stranger, **key)


def test_the_regie_of_another_provider_finds_nothing_and_other_agents_may_not_ask(
    billing: BillingService, claire: str, home: str
) -> None:
    bill = make.bill(home, make.line())
    requests = (
        ("payer_bill_pdf", {"invoice_id": bill}),
        ("payer_receipt_pdf", {"payment_id": make.payment(home, bill, 440)}),
        ("payer_certificate_pdf", {"certificate_id": make.certificate(home, 100)}),
        ("deposit_pdf", {"slip_id": make.slip(100, 1)}),
    )
    odile, yann, other = money.agent("ens"), money.agent("agg"), money.agent()

    for method, key in requests:
        assert make.file(billing, method, odile, ENS, **key).content.startswith(b"%PDF-")
        with pytest.raises(NotFound):
            make.file(billing, method, yann, AGG, **key)
        for nobody, caller in ((other, ENS), (yann, ENS), (odile, AGG)):
            with pytest.raises(NotEntitled):
                make.file(billing, method, nobody, caller, **key)


def test_a_family_and_its_regie_have_the_same_bytes(
    billing: BillingService, claire: str, home: str
) -> None:
    bill = make.bill(home, make.line())

    ours = make.file(billing, "payer_bill_pdf", money.agent("ens"), ENS, invoice_id=bill)

    assert ours == make.file(billing, "bill_pdf", claire, invoice_id=bill)

    asked = {"certificate_id": make.certificate(home, 100)}
    once_more = make.file(billing, "payer_certificate_pdf", money.agent("ens"), ENS, **asked)
    assert once_more == make.file(billing, "certificate_pdf", claire, **asked)


@pytest.mark.both_databases
def test_two_who_ask_first_at_once_are_given_one_document(
    billing: BillingService, claire: str, home: str
) -> None:
    bill, odile = make.bill(home, make.line()), money.agent("ens")

    files = at_once(
        *[lambda: make.file(billing, "bill_pdf", claire, invoice_id=bill)] * 3,
        *[lambda: make.file(billing, "payer_bill_pdf", odile, ENS, invoice_id=bill)] * 3,
    )

    assert all(file == files[0] for file in files), files
    with store.read() as read:
        assert read.scalar(select(func.count()).select_from(Document)) == 1

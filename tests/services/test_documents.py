"""Bills and credit notes as PDF: whole, readable by everybody, the same bytes each time."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import segno
from sqlalchemy import func, select

from services.billing.documents import ways_to_pay
from services.billing.documents.bills import lawful_notes
from services.billing.models import Document, Invoice
from services.billing.payments.commands.credits import use_credits
from services.billing.service import BillingService
from services.billing.store import store
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import documents as make
from tests.factories import money, pdf

MOST_BYTES = 180_000
"""The most bytes of a document: in base64, with its envelope, it fits the 256 kB of a message."""


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


# --- The bill ---


def test_a_bill_says_amount_due_date_each_line_and_how_to_pay(
    billing: BillingService, claire: str, home: str
) -> None:
    lines = [
        make.line(220, 9),
        make.line(50, 9, part="Encadrement"),
        make.line(176, 4, child="Hugo"),
    ]

    file = make.file(billing, "bill_pdf", claire, invoice_id=make.bill(home, *lines))

    assert file.name == "Facture-2026-ENS-000001.pdf"
    text = pdf.text(file.content)
    assert "À payerau plus tard le lundi 4 janvier 202731,34 €" in text
    for sentence in (
        "Ville de Démonstration", "Régie de recettes du Service Enseignement",
        "créée par arrêté n° 2020-114 du 3 mars 2020", "SIRET 212 890 100 00018",
        "Claire Lefèvre et Karim Lefèvre", "12 rue des Lilas", "novembre 2026",
        "tranche 3 : quotient de 742 € (CAF, depuis septembre 2026)",
        "Manon, novembre 202624,30 €", "Hugo, novembre 20267,04 €",
        "2026 001 0000 001", make.KEY, "famille.demonstration.example/payer",
        "TVA non applicable, article 256 B du code général des impôts.", "02 00 00 00 00",
        "Vos droits : page « Données personnelles »",
    ):  # fmt: skip
        assert sentence in text, sentence
    assert "médiateur" not in text, "a town's own service has none"
    for line in lines:
        assert f"{line.label} · {line.part}, les 3 et 5" in text
        assert f"{line.quantity}{line.unit_cents // 100},{line.unit_cents % 100:02} €" in text


def test_a_line_of_a_bill_adds_up_where_two_households_pay_it_and_says_each_thing_once(
    billing: BillingService, claire: str, home: str
) -> None:
    shared = replace(make.line(80, 10, share_bp=6_000, share_after_bp=4_000), cents=480)
    unbooked = make.line(250, 1, part="Sans réservation", outcome="unexpected")

    file = make.file(billing, "bill_pdf", claire, invoice_id=make.bill(home, shared, unbooked))

    text = pdf.text(file.content)
    assert "100,80 € × 60 %4,80 €" in text
    assert "Restauration scolaire · Sans réservation, les 3 et 5" in text


def test_a_bill_is_tagged_for_who_reads_it_with_ears_or_fingers(
    billing: BillingService, claire: str, home: str
) -> None:
    bill = make.bill(home, make.line())

    content = make.file(billing, "bill_pdf", claire, invoice_id=bill).content

    with pdf.opened(content) as read:
        assert bool(read.Root.MarkInfo.Marked)
        assert str(read.Root.Lang) == "fr-FR"
        assert bool(read.Root.ViewerPreferences.DisplayDocTitle)
        assert str(read.docinfo.Title) == "Facture 2026-ENS-000001"
        with read.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert metadata["dc:title"] == "Facture 2026-ENS-000001"
    tags = pdf.roles(content)
    assert tags.count("H1") == 1 and tags.count("TH") == 4
    assert {"Table", "THead", "TD", "H2", "Figure"} <= set(tags)


def test_a_bill_asked_for_twice_is_the_same_bytes_and_made_once(
    billing: BillingService, claire: str, home: str
) -> None:
    bill = make.bill(home, make.line())
    first = make.file(billing, "bill_pdf", claire, invoice_id=bill).content
    make.payment(home, bill, 440)

    again = make.file(billing, "bill_pdf", claire, invoice_id=bill).content

    assert again == first
    with store.read() as read:
        assert read.scalar(select(func.count()).select_from(Document)) == 1


def test_a_bill_that_is_paid_before_it_is_first_asked_for_still_says_what_was_issued(
    billing: BillingService, claire: str, home: str
) -> None:
    early, late = (make.bill(home, make.line()) for _ in range(2))
    make.payment(home, late, 440)
    early_content = make.file(billing, "bill_pdf", claire, invoice_id=early).content

    text = pdf.text(make.file(billing, "bill_pdf", claire, invoice_id=late).content)

    assert "À payer" in text and "4,40 €" in text
    assert "À payer" in pdf.text(early_content)


def test_a_bill_of_sixty_lines_goes_on_with_its_headings_and_fits_a_message(
    billing: BillingService, claire: str, home: str
) -> None:
    lines = [
        make.line(100 + number, 1, child=f"Enfant {number // 10}", label=f"Activité {number}")
        for number in range(60)
    ]

    content = make.file(billing, "bill_pdf", claire, invoice_id=make.bill(home, *lines)).content

    assert len(content) < MOST_BYTES
    with pdf.opened(content) as read:
        assert len(read.pages) >= 2
    text = pdf.text(content)
    for number in range(60):
        assert f"Activité {number} · Repas" in text
        assert f"1,{number:02} €" in text
    assert text.count("Prestation") == len(pdf.opened(content).pages)
    assert f"Page 2 sur {len(pdf.opened(content).pages)}" in text


def test_names_with_every_sign_stand_as_they_are_written(
    billing: BillingService, claire: str, home: str
) -> None:
    payer = ("Łukasz O’Brien-Nguyễn & #[Ольга] *x* $y$ @z \\ <b>", "1 rue « de l’Œuvre », 2e étage")
    child = "Anne-Élisabeth-Marie-Françoise de la Tour d’Auvergne-Lauraguais et Saint-Exupéry " * 1
    bill = make.bill(home, make.line(child=child[:80], label="L" * 120), payer=payer)

    text = pdf.text(make.file(billing, "bill_pdf", claire, invoice_id=bill).content)

    for sentence in (*payer, child[:80].strip(), "L" * 40):
        assert sentence in text


@pytest.mark.parametrize("strange", ["王 Lefèvre", "Zoé 😀 Lefèvre", "Ta\tb Lefèvre"])
def test_a_sign_that_no_font_shows_does_not_keep_a_family_from_its_bill(
    billing: BillingService, claire: str, home: str, strange: str
) -> None:
    bill = make.bill(home, make.line(), payer=(strange, "C:\\n rue"))

    text = pdf.text(make.file(billing, "bill_pdf", claire, invoice_id=bill).content)

    assert "Lefèvre" in text and "C:\\n rue" in text


def test_a_payer_without_an_address_and_a_line_of_no_child_are_laid_out(
    billing: BillingService, claire: str, home: str
) -> None:
    line = make.line(2200, 1, child_id=None, child="", label="Adhésion", part="", days=())

    bill = make.bill(home, line, payer=())

    text = pdf.text(make.file(billing, "bill_pdf", claire, invoice_id=bill).content)
    assert "Foyer, novembre 2026" in text and "Adhésion" in text


def test_a_month_carried_over_stands_under_its_own_name(
    billing: BillingService, claire: str, home: str
) -> None:
    lines = [make.line(), make.line(month="2026-10", outcome="absent", days=(12,))]

    text = pdf.text(
        make.file(billing, "bill_pdf", claire, invoice_id=make.bill(home, *lines)).content
    )

    assert "Manon, octobre 2026" in text
    assert "absence non signalée à temps, le 12" in text


def test_a_credit_that_pays_at_issue_and_what_is_owed_besides_stand_on_the_bill(
    billing: BillingService, claire: str, home: str
) -> None:
    paid = make.bill(home, make.line(500, 1), at=make.ISSUED.replace(month=10))
    make.payment(home, paid, 500)
    make.credit_note(paid, home, "absence", quantity=1)
    make.bill(home, make.line(300, 1), at=make.ISSUED.replace(month=11))
    bill = make.bill(home, make.line(800, 1))
    with store.write() as write:
        use_credits(write, "ens", [(home, bill)], make.ISSUED)

    text = pdf.text(make.file(billing, "bill_pdf", claire, invoice_id=bill).content)

    assert "Réglé avec votre avance−5,00 €" in text
    assert "Reste à payer3,00 €" in text
    assert "non réglées à la date d’émission : 3,00 €" in text


def test_a_bill_by_titre_tells_how_to_contest_it_and_names_the_public_accountant(
    billing: BillingService, claire: str, home: str
) -> None:
    bill = make.bill(home, make.line(1000, 2), provider="agg")

    file = make.file(billing, "bill_pdf", claire, invoice_id=bill)

    text = pdf.text(file.content)
    assert file.name == "Avis-des-sommes-à-payer-2026-AGG-000001.pdf"
    for sentence in (
        "article L1617-5",
        "dans les deux mois",
        "à l’ordre du Trésor public",
        "2019-088",
    ):
        assert sentence in text, sentence
    assert "rendu exécutoire par Paul Rivière, Président de l’agglomération" in text


def test_a_private_operators_bill_names_the_mediator_of_its_clients(
    billing: BillingService,
) -> None:
    provider, regie = store.register.provider_and_regie("ens")
    private = replace(regie, mediator="Médiateur X, 1 rue Y, 75000 Paris.")

    assert not any("médiateur" in note for note in lawful_notes(provider, regie))
    assert any(
        note.endswith("Médiateur X, 1 rue Y, 75000 Paris.")
        for note in lawful_notes(provider, private)
    )


# --- Credit notes ---


def test_a_credit_note_is_negative_names_what_it_corrects_and_asks_for_nothing(
    billing: BillingService, claire: str, home: str
) -> None:
    bill = make.bill(home, make.line(220, 9))
    note = make.credit_note(bill, home, "absence justifiée", quantity=2)

    file = make.file(billing, "bill_pdf", claire, invoice_id=note)

    text = pdf.text(file.content)
    assert file.name == "Avoir-2026-ENS-000002.pdf"
    for sentence in (
        "En votre faveur4,40 €", "Corrige2026-ENS-000001", "−2", "−4,40 €",
        "Motif : absence justifiée", "TVA non applicable",
    ):  # fmt: skip
        assert sentence in text, sentence
    assert "Comment payer" not in text and make.KEY not in text


# --- Paying ---


def test_the_code_leads_to_the_bill_and_its_key_is_sent_to_no_server(
    billing: BillingService, claire: str, home: str
) -> None:
    bill = make.bill(home, make.line())
    with store.read() as read:
        address = ways_to_pay.payment_address(f"{make.PORTAL}/", read.get_one(Invoice, bill))

    sent, _, kept = address.partition("#")
    assert sent == f"{make.PORTAL}/payer?reference=20260010000001"
    assert kept == f"cle={make.KEY}"
    drawn = ways_to_pay.qr_code(address)
    assert segno.make(address, error="m", boost_error=False, micro=False).version == 5
    assert drawn.startswith("<svg") and drawn == ways_to_pay.qr_code(address)
    assert drawn != ways_to_pay.qr_code(f"{sent}#cle=AAAAAAAA")


def test_without_a_client_number_at_payfip_a_bill_offers_the_counter_alone(
    database: Database, billing: BillingService, claire: str, home: str
) -> None:
    BillingService.settings = SimpleNamespace(portal_url="")
    bill = make.bill(home, make.line())

    content = make.file(billing, "bill_pdf", claire, invoice_id=bill).content

    assert "En ligne" not in pdf.text(content)
    assert "Figure" not in pdf.roles(content)

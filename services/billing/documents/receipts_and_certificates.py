"""Content of receipts, deposit slips and tax certificates."""

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.billing.bills.queries.listed_bills_and_payments import readable_number
from services.billing.documents import phrases
from services.billing.models import (
    DepositSlip,
    Entry,
    Household,
    Invoice,
    Payment,
    Posting,
    TaxCertificate,
)
from services.billing.models.ledger import ADVANCE, RECEIVABLE
from services.billing.payments.queries.bills_paid_by_excess import bills_paid_by_excess_of_payment
from services.billing.payments.queries.vouchers import titles_of_payment, titles_on_slip
from shared.contracts.billing.bills import ANCV, CASH, CESU, CHEQUE
from shared.dates.clock import PARIS
from shared.register import Provider, Regie, Register
from shared.web.language.typography import name_with_de
from shared.web.prices.price_labels import euros, in_french

Data = Mapping[str, object]
Row = list[str]

FACE_VALUE = {
    CHEQUE: "Remise de chèques",
    CASH: "Versement d’espèces",
    CESU: "Remise de CESU",
    ANCV: "Remise de chèques-vacances",
}


def receipt_data(session: Session, register: Register, payment: Payment) -> Data:
    """Return what the receipt of a payment that came says: how much, how, and for what."""
    provider, regie = register.provider_and_regie(payment.regie)
    payer = _payer_name(session, payment)
    return statement_heading(
        provider, regie, f"Reçu {payment.receipt}", f"Reçu {name_with_de(provider.label)}"
    ) | {
        "heading": "Reçu",
        "address": [payer] if payer else [],
        "facts": [
            ("Numéro", payment.receipt),
            ("Reçu le", phrases.plain_day(payment.received_on)),
            ("Règlement", _means_in_words(payment)),
            *_titles_as_facts(session, payment),
        ],
        "headline": {"label": "Somme reçue", "amount": euros(payment.cents)},
        "columns": ["Pour", "Montant"],
        "rows": _allocation_rows(session, payment),
        "notes": ["Ce reçu vaut quittance de la somme ci-dessus, sous réserve d’encaissement."]
        if payment.means == CHEQUE
        else ["Ce reçu vaut quittance de la somme ci-dessus."],
    }


def slip_data(session: Session, register: Register, slip: DepositSlip) -> Data:
    """Return what a deposit slip says: each cheque, each title, or so much cash."""
    provider, regie = register.provider_and_regie(slip.regie)
    name = FACE_VALUE[slip.kind]
    contents, columns, rows = _contents_of_slip(session, slip)
    return statement_heading(provider, regie, f"{name} {slip.number}", f"{name}, {regie.label}") | {
        "heading": name,
        "address": [],
        "facts": [
            ("Bordereau", slip.number),
            ("Date", phrases.plain_day(slip.day)),
            ("Contenu", contents),
        ],
        "headline": {"label": "Total déposé", "amount": euros(slip.cents)},
        "columns": columns,
        "rows": rows,
        "signature": "Date et signature du régisseur",
    }


def _contents_of_slip(session: Session, slip: DepositSlip) -> tuple[str, list[str], list[Row]]:
    """Return in words how much is on a slip, and its table: none of cash."""
    if slip.kind == CASH:
        return "espèces", [], []
    if slip.kind == CHEQUE:
        count = f"{slip.count} chèques" if slip.count > 1 else f"{slip.count} chèque"
        columns = ["Émetteur", "Banque", "Chèque", "Reçu", "Montant"]
        return count, columns, _cheque_rows(session, slip)
    count = f"{slip.count} titres" if slip.count > 1 else f"{slip.count} titre"
    rows = [
        [number, receipt, euros(cents)] for number, receipt, cents in titles_on_slip(session, slip)
    ]
    return count, ["Titre", "Reçu", "Valeur"], rows


def _cheque_rows(session: Session, slip: DepositSlip) -> list[Row]:
    drawer = func.coalesce(func.nullif(Payment.payer, ""), Household.payer, "")
    cheques = session.execute(
        select(Payment, drawer)
        .outerjoin(Household, Household.id == Payment.household_id)
        .where(Payment.slip_id == slip.id)
        .order_by(Payment.received_on, Payment.receipt, Payment.id)
    ).all()
    return [
        [drawn_by, cheque.bank, cheque.cheque, cheque.receipt, euros(cheque.cents)]
        for cheque, drawn_by in cheques
    ]


def certificate_data(register: Register, certificate: TaxCertificate) -> Data:
    """Return what a tax certificate says (art. 200 quater B CGI): care that was paid in a year."""
    provider = register.present_or_former_provider(certificate.provider)
    day = certificate.issued_at.astimezone(PARIS).date()
    year, child = certificate.year, certificate.child
    title = f"Attestation fiscale {year}, {child}"
    notes = [
        in_french(
            "Base : article 200 quater B du code général des impôts, enfants de moins de six ans "
            "au 1er janvier %(year)s. Les repas et les pénalités n’y sont pas compris.",
            year=year,
        )
    ]
    if certificate.version > 1:
        notes.insert(0, "Cette attestation remplace celle qui a été délivrée auparavant.")
    return statement_heading(provider, provider.regies[0], title, title) | {
        "heading": "Attestation de frais de garde",
        "address": certificate.payer,
        "facts": [("Année", str(year)), ("Enfant", child), ("Délivrée le", phrases.plain_day(day))],
        "headline": {"label": f"Sommes payées en {year}", "amount": euros(certificate.cents)},
        "sentences": [
            in_french(
                "%(controller)s atteste avoir reçu de votre foyer, du 1er janvier au "
                "31 décembre %(year)s, la somme de %(cents)s pour la garde de %(child)s.",
                controller=provider.controller,
                year=year,
                cents=euros(certificate.cents),
                child=child,
            ),
            *_voucher_sentences(certificate),
            "Gardez cette attestation : l’administration fiscale peut vous la demander.",
        ],
        "notes": notes,
    }


def _voucher_sentences(certificate: TaxCertificate) -> list[str]:
    """Say apart what came by vouchers: of it the family may count what it financed itself."""
    if not certificate.voucher_cents:
        return []
    return [
        in_french(
            "En plus de cette somme, %(cents)s ont été réglés par CESU ou chèques-vacances. Seule "
            "la part que vous en avez financée vous-même peut être ajoutée : l’aide de votre "
            "employeur ou de son comité n’ouvre pas droit au crédit d’impôt.",
            cents=euros(certificate.voucher_cents),
        )
    ]


def statement_heading(
    provider: Provider, regie: Regie, title: str, description: str
) -> dict[str, object]:
    """Return what every statement says: its title, who issues it; its figures are to be added."""
    return {
        "title": title,
        "author": provider.controller,
        "description": description,
        "footer": f"{provider.controller} · {title}",
        "issuer": phrases.issuer_lines(provider, regie),
        "sentences": [],
        "columns": [],
        "rows": [],
        "signature": "",
        "notes": [],
    }


def _payer_name(session: Session, payment: Payment) -> str:
    if payment.payer or payment.household_id is None:
        return payment.payer
    household = session.get(Household, payment.household_id)
    return household.payer if household else ""


def _means_in_words(payment: Payment) -> str:
    means = phrases.MEANS[payment.means]
    return f"{means} n° {payment.cheque}" if payment.cheque else means


def _titles_as_facts(session: Session, payment: Payment) -> list[tuple[str, str]]:
    """Return the numbers of a voucher's titles; of them no change is given."""
    titles = titles_of_payment(session, payment)
    return [("Titres", ", ".join(title.number for title in titles))] if titles else []


def _allocation_rows(session: Session, payment: Payment) -> list[list[str]]:
    """
    Return what the payment was booked for when it came: bills, and what is kept as a credit.

    Of one that paid several bills each stands by itself, and only what is left is a credit.
    """
    booked = session.execute(
        select(Posting.account, Posting.invoice_id, func.sum(-Posting.cents))
        .join(Entry, Entry.id == Posting.entry_id)
        .where(Posting.payment_id == payment.id, Entry.kind == "payment", Posting.cents < 0)
        .group_by(Posting.account, Posting.invoice_id)
        .order_by(Posting.account.desc(), Posting.invoice_id)
    ).all()
    used = bills_paid_by_excess_of_payment(session, payment)
    sums = [
        (account, invoice_id, cents - sum(used.values()) if account == ADVANCE else cents)
        for account, invoice_id, cents in booked
    ]
    in_turn = [(RECEIVABLE, invoice_id, cents) for invoice_id, cents in used.items()]
    return [
        [_purpose_phrase(session, account, invoice_id), euros(cents)]
        for account, invoice_id, cents in [*in_turn, *sums]
        if cents
    ]


def _purpose_phrase(session: Session, account: str, invoice_id: str | None) -> str:
    if account == RECEIVABLE and invoice_id is not None:
        bill = session.get_one(Invoice, invoice_id)
        number = readable_number(bill.regie, bill.fiscal_year, bill.sequence)
        return f"Facture {number}, {phrases.subject_of_bill(bill.kind, bill.reason, bill.month)}"
    if account == ADVANCE:
        return "En avance sur vos prochaines factures de ce service"
    return "En attente d’affectation"

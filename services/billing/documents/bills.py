"""Content of a bill or credit note as issued: later changes are not in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.billing.bills.queries.listed_bills_and_payments import readable_number
from services.billing.bills.rules.contents_of_new_bills import is_asking_back
from services.billing.documents import phrases
from services.billing.documents.ways_to_pay import payment_block_of_bill
from services.billing.ledger.rules import bill_number_forms
from services.billing.models import Entry, Invoice, InvoiceLine, Posting
from services.billing.models.ledger import RECEIVABLE
from services.billing.payers.rules.address_redaction import (
    block_without_address,
    reason_without_place,
)
from services.billing.payments.rules.ids_of_credit_uses import AT_ISSUE, Use
from shared.contracts.billing.bills import CREDIT_NOTE
from shared.register import Provider, Regie, Register
from shared.web.language import typography
from shared.web.prices.price_labels import (
    OUTCOMES,
    euros,
    in_french,
    price_of_part,
    reason_sentence,
)

Data = Mapping[str, object]

TITRE = "titre"
OVERDUE = "Une facture non réglée à sa date limite peut être transmise au comptable public."


@dataclass(frozen=True, slots=True)
class Issued:
    """
    A bill as it was issued: its lines, what a credit paid of it then, what was owed besides.

    `corrects` is the number of the bill that a credit note corrects, "" for an invoice. Where it is
    `by_name` nothing says where the household lives (rule R9).
    """

    invoice: Invoice
    lines: Sequence[InvoiceLine]
    used: int = 0
    owed_before: int = 0
    corrects: str = ""
    by_name: bool = False

    @property
    def address_block(self) -> Sequence[str]:
        return block_without_address(self.invoice.payer) if self.by_name else self.invoice.payer

    def reason_of_line(self, line: InvoiceLine) -> Mapping[str, object]:
        """Return why a line costs what it costs, as this document may say it."""
        return reason_without_place(line.reason) if self.by_name else line.reason

    @property
    def asks_back(self) -> bool:
        return is_asking_back(self.invoice.kind, self.invoice.reason)

    @property
    def left_to_pay(self) -> int:
        return self.invoice.total_cents - self.used


def issued_bill(session: Session, invoice: Invoice) -> Issued:
    """Read what a bill says; whatever came after it is not read."""
    lines = session.scalars(
        select(InvoiceLine).where(InvoiceLine.invoice_id == invoice.id).order_by(InvoiceLine.seq)
    ).all()
    corrects = _number_of_corrected(session, invoice.of_invoice_id) if invoice.of_invoice_id else ""
    return Issued(
        invoice,
        lines,
        _cents_paid_by_credit(session, invoice),
        _cents_owed_at_issue(session, invoice),
        corrects,
    )


def bill_data(register: Register, portal: str, bill: Issued) -> Data:
    """Return all that the template lays out; `portal` is its address, "" where there is none."""
    invoice = bill.invoice
    provider, regie = register.provider_and_regie(invoice.regie)
    number = bill_number_forms.format_number(regie.prefix, invoice.fiscal_year, invoice.sequence)
    name = _document_name(invoice, regie)
    owed = invoice.kind != CREDIT_NOTE and bill.left_to_pay > 0
    return {
        "title": f"{name} {number}",
        "author": provider.controller,
        "description": f"{name}, {_subject_in_words(bill)}, {provider.label}",
        "footer": f"{provider.controller} · {name} {number}",
        "heading": name,
        "issuer": phrases.issuer_lines(provider, regie),
        "address": bill.address_block,
        "facts": _identifying_lines(bill, number),
        "headline": _headline(bill),
        "parts": _parts_by_child_and_month(bill),
        "totals": _total_lines(bill),
        "pay": payment_block_of_bill(register, portal, regie, invoice) if owed else None,
        "notes_heading": "Bon à savoir",
        "notes": _printed_notes(bill, provider, regie),
    }


def _document_name(invoice: Invoice, regie: Regie) -> str:
    if invoice.kind == CREDIT_NOTE:
        return "Avoir"
    return "Avis des sommes à payer" if regie.channel == TITRE else "Facture"


def _identifying_lines(bill: Issued, number: str) -> list[tuple[str, str]]:
    invoice = bill.invoice
    facts = [
        ("Numéro", number),
        ("Émission", phrases.plain_day(invoice.issued_on)),
        ("Objet" if bill.asks_back else "Période", _subject_in_words(bill)),
    ]
    if bill.corrects:
        facts.append(("Corrige", bill.corrects))
    return facts


def _subject_in_words(bill: Issued) -> str:
    """Return what a bill is of, or the months in which a credit note takes something back."""
    if bill.invoice.kind != CREDIT_NOTE:
        return phrases.subject_of_bill(bill.invoice.kind, bill.invoice.reason, bill.invoice.month)
    return phrases.several_months(line.month for line in bill.lines)


def _number_of_corrected(session: Session, invoice_id: str) -> str:
    of = session.get_one(Invoice, invoice_id)
    return readable_number(of.regie, of.fiscal_year, of.sequence)


def _headline(bill: Issued) -> Mapping[str, str]:
    invoice = bill.invoice
    if invoice.kind == CREDIT_NOTE:
        return {"label": "En votre faveur", "when": "", "amount": euros(-invoice.total_cents)}
    if bill.left_to_pay <= 0:
        return {"label": "Rien à payer", "when": "", "amount": euros(0)}
    when = in_french("au plus tard le %(day)s", day=phrases.long_day(invoice.due_on))
    return {"label": "À payer", "when": when, "amount": euros(bill.left_to_pay)}


def _parts_by_child_and_month(bill: Issued) -> list[Mapping[str, object]]:
    """Group lines that follow each other by child and month, in the order of the bill."""
    if bill.asks_back:
        return [_part_asked_back(bill.invoice)]
    parts: list[Mapping[str, object]] = []
    for (child, month), several in groupby(bill.lines, lambda line: (line.child, line.month)):
        whole = list(several)
        title = f"{child}, {phrases.month(month)}" if child else f"Foyer, {phrases.month(month)}"
        total = euros(sum(line.cents for line in whole))
        parts.append(
            {"title": title, "total": total, "lines": [_line_data(bill, row) for row in whole]}
        )
    return parts


def _part_asked_back(invoice: Invoice) -> Mapping[str, object]:
    """Return what stands in place of lines where an advance is asked back."""
    amount = euros(invoice.total_cents)
    line = {"label": invoice.reason, "quantity": "1", "unit": amount, "amount": amount}
    title = phrases.subject_of_bill(invoice.kind, invoice.reason, invoice.month).capitalize()
    return {"title": title, "total": amount, "lines": [{**line, "days": "", "reason": ""}]}


def _line_data(bill: Issued, line: InvoiceLine) -> Mapping[str, str]:
    label = line.label if line.part in ("", line.label) else f"{line.label} · {line.part}"
    outcome = str(OUTCOMES.get(line.outcome, ""))
    is_said = outcome.lower() == line.part.lower()
    besides = [each for each in ("" if is_said else outcome, phrases.days(line.days)) if each]
    return {
        "label": label,
        "days": "".join(f", {condition}" for condition in besides),
        "reason": reason_sentence(bill.reason_of_line(line)),
        "quantity": str(line.quantity).replace("-", "−"),
        "unit": price_of_part(line.unit_cents, line.share_bp),
        "amount": euros(line.cents),
    }


def _total_lines(bill: Issued) -> list[tuple[str, str]]:
    total = euros(bill.invoice.total_cents)
    if bill.invoice.kind == CREDIT_NOTE:
        return [("Total de l’avoir", total)]
    if not bill.used:
        return [("Total", total)]
    return [
        ("Total", total),
        ("Réglé avec votre avance", euros(-bill.used)),
        ("Reste à payer", euros(bill.left_to_pay)),
    ]


def _printed_notes(bill: Issued, provider: Provider, regie: Regie) -> Sequence[str]:
    if bill.invoice.kind == CREDIT_NOTE:
        return [*_why_credited(bill.invoice), *lawful_notes(provider, regie)]
    notes = [in_french(_how_to_object(bill), phone=phrases.phone_contact(provider))]
    if bill.owed_before > 0:
        owed = in_french(
            "Autres factures de ce service non réglées à la date d’émission : %(cents)s, "
            "à payer séparément.",
            cents=euros(bill.owed_before),
        )
        notes.insert(0, owed)
    of_channel = _titre_notes(regie) if regie.channel == TITRE else [OVERDUE]
    return [*notes, *of_channel, *lawful_notes(provider, regie)]


def lawful_notes(provider: Provider, regie: Regie) -> list[str]:
    """Return why no VAT is charged, who mediates where the law asks for it, and rights to data."""
    mediator = in_french(
        "Un litige que le service n’a pas résolu ? Le médiateur de la consommation est gratuit : "
        "%(mediator)s",
        mediator=regie.mediator,
    )
    data = in_french(
        "Vos données servent à établir et à recouvrer cette somme. Vos droits : page « Données "
        "personnelles » du portail des familles, ou %(phone)s.",
        phone=phrases.phone_contact(provider),
    )
    return [
        typography.with_french_spaces(regie.vat),
        *([mediator] if regie.mediator else []),
        data,
    ]


def _how_to_object(bill: Issued) -> str:
    if bill.asks_back:
        return "Une erreur ? Dites-le avant la date limite, %(phone)s."
    return (
        "Une erreur ? Dites-le avant la date limite : sur votre portail, à côté de la ligne, "
        "ou %(phone)s. Une correction donne un avoir : ce document ne change pas."
    )


def _motive(invoice: Invoice) -> list[str]:
    return [in_french("Motif : %(reason)s", reason=invoice.reason)] if invoice.reason else []


def _why_credited(invoice: Invoice) -> list[str]:
    return [
        *_motive(invoice),
        "Ce montant diminue ce que vous devez de la facture corrigée. Ce qui en était déjà payé "
        "règle vos autres factures de ce service, ou reste à votre crédit pour les prochaines.",
    ]


def _titre_notes(regie: Regie) -> list[str]:
    """Return what a titre must say: its basis, who issued it, how to appeal (L1617-5 4° CGCT)."""
    basis = in_french("Bases de la liquidation : les lignes ci-dessus, %(deed)s.", deed=regie.deed)
    finance = regie.finance
    if finance is None:
        return [basis]
    issuer = in_french(
        "Titre émis et rendu exécutoire par %(first_name)s %(name)s, %(quality)s.",
        first_name=finance.first_name,
        name=finance.name,
        quality=finance.quality,
    )
    return [basis, issuer, in_french("Voies de recours : %(appeal)s", appeal=finance.appeal)]


def _cents_paid_by_credit(session: Session, invoice: Invoice) -> int:
    """Return what the household's credit paid of the bill as it was issued, in cents."""
    at_issue = Use(invoice.household_id, invoice.id, 0, AT_ISSUE).source_of_entry
    paid = (
        select(func.sum(-Posting.cents))
        .join(Entry, Entry.id == Posting.entry_id)
        .where(
            Posting.invoice_id == invoice.id,
            Posting.account == RECEIVABLE,
            Entry.source == at_issue,
        )
    )
    return int(session.scalar(paid) or 0)


def _cents_owed_at_issue(session: Session, invoice: Invoice) -> int:
    """Return what the household owed this régie when the bill was issued, in cents."""
    owed = (
        select(func.sum(Posting.cents))
        .join(Entry, Entry.id == Posting.entry_id)
        .where(
            Posting.household_id == invoice.household_id,
            Posting.account == RECEIVABLE,
            Posting.regie == invoice.regie,
            Posting.invoice_id != invoice.id,
            Entry.at <= invoice.issued_at,
        )
    )
    return int(session.scalar(owed) or 0)

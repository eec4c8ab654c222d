"""Content of a reminder on paper: which bills are still owed, how to pay, what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.billing.bills.queries.listed_bills_and_payments import readable_number
from services.billing.documents import phrases
from services.billing.documents.receipts_and_certificates import Data, statement_heading
from services.billing.documents.ways_to_pay import means_to_pay
from services.billing.models import Invoice
from shared.register import Register
from shared.web.prices.price_labels import euros, in_french

TITRE = "titre"

BY_REGIE = (
    "Sans paiement, la régie remet la facture au comptable public, qui la recouvre par un titre "
    "exécutoire."
)
BY_TITRE = (
    "Cet avis est un titre exécutoire : le comptable public seul le recouvre, et peut y "
    "contraindre."
)


ONE_OWED = "Sauf erreur de notre part, cette facture n’est pas encore réglée."
MANY_OWED = "Sauf erreur de notre part, ces factures ne sont pas encore réglées."


@dataclass(frozen=True, slots=True)
class Reminded:
    """A bill as it was reminded of: the how manieth time, and what was owed of it then."""

    invoice: Invoice
    level: int
    cents: int


def reminder_data(
    register: Register, portal: str, block: Sequence[str], bills: Sequence[Reminded], day: date
) -> Data:
    """Return what a reminder of some bills of one régie says, written on this day."""
    provider, regie = register.provider_and_regie(bills[0].invoice.regie)
    ordinal = max(bill.level for bill in bills)
    name = "Rappel" if ordinal == 1 else f"Rappel n° {ordinal}"
    title = f"{name} de paiement, {phrases.plain_day(day)}"
    sentences = [
        in_french(MANY_OWED if len(bills) > 1 else ONE_OWED),
        "Si vous avez payé ces derniers jours, cette lettre est sans objet.",
        *(f"{means} : {how}" for means, how in means_to_pay(register, portal, regie)),
    ]
    return statement_heading(provider, regie, title, f"{title}, {provider.label}") | {
        "heading": f"{name} de paiement",
        "address": list(block),
        "facts": [("Date", phrases.plain_day(day)), ("Factures", str(len(bills)))],
        "headline": {"label": "Reste à payer", "amount": euros(sum(b.cents for b in bills))},
        "sentences": sentences,
        "columns": ["Facture", "Objet", "Échéance", "Référence", "Clé", "Reste dû"],
        "rows": [_row_of_bill(bill) for bill in bills],
        "notes": [
            in_french(
                "Une difficulté pour payer, une erreur ? Appelez-nous %(phone)s : un délai peut "
                "être demandé.",
                phone=phrases.phone_contact(provider),
            ),
            in_french(BY_TITRE if regie.channel == TITRE else BY_REGIE),
            "Cette lettre rappelle un délai passé : elle n’en ouvre pas de nouveau.",
        ],
    }


def _row_of_bill(bill: Reminded) -> list[str]:
    invoice = bill.invoice
    return [
        readable_number(invoice.regie, invoice.fiscal_year, invoice.sequence),
        phrases.subject_of_bill(invoice.kind, invoice.reason, invoice.month),
        phrases.plain_day(invoice.due_on),
        phrases.group_digits(invoice.number, 4, 3, 4, 3),
        invoice.key,
        euros(bill.cents),
    ]

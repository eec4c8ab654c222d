"""Bills with lines, payments, slips, certificates, as billing keeps them: for documents."""

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy import insert, select

from services.billing.bills.commands import credit_notes, invoices
from services.billing.bills.rules import contents_of_new_bills
from services.billing.bills.rules.draft import Taken
from services.billing.ledger.commands import entries as ledger
from services.billing.ledger.commands import gapless_numbers
from services.billing.ledger.rules.bill_number_forms import format_number
from services.billing.ledger.rules.new_entry_and_its_id import Move, NewEntry
from services.billing.models import (
    DepositSlip,
    InvoiceLine,
    Payment,
    TaxCertificate,
)
from services.billing.models.ledger import RECEIPTS, RECEIVABLE, SLIPS
from services.billing.pricing.rules.inputs_and_lines import Line
from services.billing.service import BillingService
from services.billing.store import store
from shared.contracts.billing.bills import CHEQUE, PAID
from shared.dates.clock import today
from shared.files.file_parts import fetch_whole_file
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import money, runs

NOVEMBER = "2026-11"
ISSUED = datetime(2026, 12, 3, 9, 30, tzinfo=UTC)
KEY = "K7MPQ2XW"
PORTAL = "https://famille.demonstration.example"
BLOCK = ("Claire Lefèvre et Karim Lefèvre", "12 rue des Lilas", "28901 Démonstration")
BAND = {
    "code": "band",
    "params": {
        "band": "tranche 3",
        "quotient_cents": 74_200,
        "quotient_kind": "caf",
        "quotient_from": "2026-09-01",
    },
}


@contextmanager
def billing_on(database: Database, home: Path, portal: str = PORTAL) -> Iterator[BillingService]:
    """Give billing of the demo town on a fresh database, with the portal's address."""
    before, BillingService.settings = BillingService.settings, SimpleNamespace(portal_url=portal)
    with runs.billing_on(database, home):
        yield BillingService()
    BillingService.settings = before


def line(cents: int = 220, quantity: int = 2, **more: Any) -> Line:
    """Return a priced line; by default two of Manon's meals."""
    usual: dict[str, Any] = {
        "child_id": new_id(),
        "child": "Manon",
        "activity": "canteen",
        "tariff": "meal",
        "label": "Restauration scolaire",
        "part": "Repas",
        "month": NOVEMBER,
        "days": (3, 5),
        "outcome": "present",
        "share_bp": 10_000,
        "share_after_bp": 0,
        "tax": "food",
        "budget": "7067",
        "price": "0" * 64,
        "reason": BAND,
        "cents": cents * quantity,
    }
    return Line(quantity=quantity, unit_cents=cents, **(usual | more))


def bill(
    household_id: str,
    *lines: Line,
    provider: str = "ens",
    payer: Sequence[str] = BLOCK,
    at: datetime = ISSUED,
) -> str:
    """Issue a bill with these lines, as a run does; its household's credit is not touched."""
    holder, regie = store.register.provider_and_regie(provider)
    new = contents_of_new_bills.make_invoice(
        new_id(), household_id, NOVEMBER, lines, key=KEY, payer=list(payer), run_id=""
    )
    by_hand = contents_of_new_bills.NewBill(
        **{name: getattr(new, name) for name in _FIELDS} | {"run_id": None}
    )
    with store.write() as write:
        invoices.write_bills(write, holder.code, regie, [by_hand], at)
        invoices.post_invoices(write, regie.code, [by_hand], at)
    return new.id


_FIELDS = (
    "id",
    "household_id",
    "month",
    "key",
    "payer",
    "lines",
    "run_id",
    "of_invoice_id",
    "reason",
)


def credit_note(invoice_id: str, household_id: str, reason: str, quantity: int = 1) -> str:
    """Take so many units of a bill's first line back."""
    holder, regie = store.register.provider_and_regie("ens")
    with store.write() as write:
        row: Any = write.scalars(
            select(InvoiceLine).where(InvoiceLine.invoice_id == invoice_id, InvoiceLine.seq == 1)
        ).one()
        taken = Taken(row, quantity, row.unit_cents * quantity, tuple(row.days))
        note = contents_of_new_bills.make_credit_note(
            new_id(), household_id, NOVEMBER, [taken], key=KEY, payer=list(BLOCK), reason=reason
        )
        invoices.write_bills(write, holder.code, regie, [note], ISSUED)
        credit_notes.post_credit_notes(write, regie.code, [note], ISSUED)
    return note.id


def payment(household_id: str, invoice_id: str, cents: int, **more: Any) -> str:
    """Take money for a bill: its row, its receipt's number, its entry."""
    _, regie = store.register.provider_and_regie("ens")
    payment_id = new_id()
    with store.write() as write:
        number = gapless_numbers.take_numbers(write, regie.code, 2026, RECEIPTS)
        usual = {
            "provider": "ens",
            "regie": regie.code,
            "household_id": household_id,
            "invoice_id": invoice_id,
            "means": CHEQUE,
            "cents": cents,
            "state": PAID,
            "created_at": ISSUED,
            "received_on": date(2026, 12, 10),
            "booked_at": ISSUED,
            "receipt": format_number("ENS-R", 2026, number),
        }
        write.add(Payment(id=payment_id, **usual | more))
        write.flush()
        moves = [
            Move("cash:cheque", cents, payment_id=payment_id),
            Move(RECEIVABLE, -cents, household_id, invoice_id, payment_id),
        ]
        source = f"payment:{payment_id}"
        entry = NewEntry(regie.code, "payment", source, date(2026, 12, 10), ISSUED, moves)
        ledger.post_entries(write, [entry])
    return payment_id


def slip(cents: int, count: int, kind: str = CHEQUE, provider: str = "ens") -> str:
    _, regie = store.register.provider_and_regie(provider)
    slip_id = new_id()
    with store.write() as write:
        number = gapless_numbers.take_numbers(write, regie.code, 2026, SLIPS)
        write.add(
            DepositSlip(
                id=slip_id,
                regie=regie.code,
                kind=kind,
                number=format_number(f"{regie.prefix}-B", 2026, number),
                day=date(2026, 12, 11),
                count=count,
                cents=cents,
                made_by=new_id(),
                made_at=ISSUED,
            )
        )
    return slip_id


def certificate(
    household_id: str,
    cents: int,
    version: int = 1,
    provider: str = "ens",
    payer: Sequence[str] = BLOCK,
) -> str:
    certificate_id = new_id()
    with store.write() as write:
        write.add(
            TaxCertificate(
                id=certificate_id,
                provider=provider,
                household_id=household_id,
                child_id=new_id(),
                child="Manon Lefèvre",
                payer=list(payer),
                year=today().year - 1,
                version=version,
                cents=cents,
                voucher_cents=0,
                issued_at=ISSUED,
            )
        )
    return certificate_id


def taken_together(count: int, cents: int, **more: Any) -> None:
    """Have so many payments at once, cheques unless otherwise said, at the school service."""
    _, regie = store.register.provider_and_regie("ens")
    usual = {
        "provider": "ens",
        "regie": regie.code,
        "means": CHEQUE,
        "cents": cents,
        "state": PAID,
        "created_at": ISSUED,
        "received_on": today(),
        "booked_at": ISSUED,
        "bank": "Caisse fédérale du Crédit mutuel de Bretagne",
        "payer": "Marie-Hélène Quéméneur et Jean-François Le Guen",
    }
    rows = [
        {"id": new_id(), "receipt": f"2026-ENS-R-{n:06}", "cheque": f"{n:07}", **usual, **more}
        for n in range(1, count + 1)
    ]
    with store.write() as write:
        write.execute(insert(Payment), rows)


def whole(
    service: BillingService, method: str, person: str, caller: str, **key: Any
) -> SimpleNamespace:
    """Ask for all parts of a document, as a desk does; return its bytes, and in how many."""

    def part(number: int) -> SimpleNamespace:
        return money.answer(service, method, person, caller, part=number, **key)

    first = part(0)
    return SimpleNamespace(content=fetch_whole_file(first, part), parts=first.parts)


def file(
    service: BillingService, method: str, person: str | None, caller: str = "portal", **key: Any
) -> SimpleNamespace:
    """Ask for a document; return its name and its bytes."""
    answer = money.answer(service, method, person, caller, **key)
    return SimpleNamespace(name=answer.name, content=base64.b64decode(answer.content))

"""
Documents made once and stored: every later request returns the same bytes.

Reading, laying out and storing are three steps, since a transaction must not wait for typst. Of two
who ask first at the same moment both have one made, and both are given the one that was stored.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.billing.documents.bills import bill_data, issued_bill
from services.billing.documents.receipts_and_certificates import (
    certificate_data,
    receipt_data,
    slip_data,
)
from services.billing.models import (
    DepositSlip,
    Document,
    Invoice,
    Payment,
    TaxCertificate,
)
from services.billing.payers.rules.address_redaction import block_without_address
from shared.bus.native_threads import run_in_native_thread
from shared.contracts.billing.bills import PAID, REVERSED
from shared.contracts.errors import NotFound
from shared.database import Store
from shared.dates.clock import now
from shared.documents import compiler_lock, lay_out_pdf

TEMPLATES = Path(__file__).parent / "templates"

BILL, RECEIPT, SLIP, CERTIFICATE = "bill", "receipt", "slip", "certificate"
BILL_BY_NAME, CERTIFICATE_BY_NAME = "bill_by_name", "cert_by_name"

CAME = (PAID, REVERSED)
"""States of a payment that has a receipt: one that the bank rejected later was received too."""

T = TypeVar("T")


class File(NamedTuple):
    """A document to be handed over: a file name without spaces, and a PDF."""

    name: str
    content: bytes


def bill_document(store: Store, invoice_id: str, portal: str) -> File:
    """Return a bill or a credit note; raises NotFound."""

    def read_bill(session: Session) -> tuple[object, ...]:
        bill = _require_row(session, Invoice, invoice_id)
        return bill_data(store.register, portal, issued_bill(session, bill)), bill.issued_at

    return _stored_or_made(store, BILL, invoice_id, "bill", read_bill)


def bill_without_address(store: Store, invoice_id: str, portal: str) -> File:
    """Return a bill that does not say where the household lives (rule R9); raises NotFound."""

    def read_bill_without_address(session: Session) -> tuple[object, ...]:
        bill = _require_row(session, Invoice, invoice_id)
        content = replace(issued_bill(session, bill), by_name=True)
        return bill_data(store.register, portal, content), bill.issued_at

    return _stored_or_made(store, BILL_BY_NAME, invoice_id, "bill", read_bill_without_address)


def receipt_document(store: Store, payment_id: str) -> File:
    """Return the receipt of a payment; raises NotFound where no money came."""

    def read_receipt(session: Session) -> tuple[object, ...]:
        payment = _require_row(session, Payment, payment_id)
        if payment.state not in CAME or not payment.receipt:
            raise NotFound
        return receipt_data(session, store.register, payment), payment.booked_at

    return _stored_or_made(store, RECEIPT, payment_id, "statement", read_receipt)


def slip_document(store: Store, slip_id: str) -> File:
    """Return a deposit slip; raises NotFound."""

    def read_slip(session: Session) -> tuple[object, ...]:
        slip = _require_row(session, DepositSlip, slip_id)
        return slip_data(session, store.register, slip), slip.made_at

    return _stored_or_made(store, SLIP, slip_id, "statement", read_slip)


def certificate_document(store: Store, certificate_id: str) -> File:
    """Return a tax certificate; raises NotFound."""

    def read_certificate(session: Session) -> tuple[object, ...]:
        certificate = _require_row(session, TaxCertificate, certificate_id)
        return certificate_data(store.register, certificate), certificate.issued_at

    return _stored_or_made(store, CERTIFICATE, certificate_id, "statement", read_certificate)


def certificate_without_address(store: Store, certificate_id: str) -> File:
    """Return a certificate that does not say where the household lives (rule R9)."""

    def read_certificate_without_address(session: Session) -> tuple[object, ...]:
        certificate = _require_row(session, TaxCertificate, certificate_id)
        content = certificate_data(store.register, certificate)
        hidden = {**content, "address": block_without_address(certificate.payer)}
        return hidden, certificate.issued_at

    return _stored_or_made(
        store, CERTIFICATE_BY_NAME, certificate_id, "statement", read_certificate_without_address
    )


def _stored_or_made(
    store: Store, kind: str, reference: str, template: str, read: Callable[[Session], Any]
) -> File:
    with store.read() as session:
        data, at = read(session)
        content = session.scalar(_select_content(kind, reference))
    name = _file_name(data["title"])
    if content is None:
        with compiler_lock():
            made = run_in_native_thread(lay_out_pdf, TEMPLATES / f"{template}.typ", data, at)
        content = _store_document(store, kind, reference, made)
    return File(name, content)


def _store_document(store: Store, kind: str, reference: str, made: bytes) -> bytes:
    """Store a document, unless a concurrent request did; return the stored one."""
    row = {"kind": kind, "reference": reference, "content": made, "made_at": now()}
    with store.write() as write:
        write.execute(write.upsert_into(Document).values(row).on_conflict_do_nothing())
        return write.scalars(_select_content(kind, reference)).one()


def _select_content(kind: str, reference: str) -> Select[bytes]:
    return select(Document.content).where(Document.kind == kind, Document.reference == reference)


def _require_row(session: Session, table: type[T], key: str) -> T:
    row = session.get(table, key)
    if row is None:
        raise NotFound
    return row


def _file_name(title: str) -> str:
    return re.sub(r"[^\w.-]+", "-", title).strip("-")[:70] + ".pdf"

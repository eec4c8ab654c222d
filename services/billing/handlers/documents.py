"""RPC of documents, for families and régies; each document is made once and stored."""

from typing import Any

from services.billing.documents import stored_documents
from services.billing.documents.stored_documents import File
from services.billing.handlers.caller_rights import (
    calling_provider,
    is_bill_of_own_household,
    is_own_tax_certificate,
    is_payment_of_own_household,
    is_regie_agent,
)
from services.billing.models import DepositSlip, Invoice, Payment, TaxCertificate
from services.billing.payers.queries.protected_households import is_protected
from shared.bus import PORTAL, PROVIDERS, Service, answers
from shared.contracts.billing import bills
from shared.contracts.billing.regie import counter as regie_counter
from shared.contracts.billing.regie import payers as at_desk
from shared.contracts.errors import NotFound
from shared.contracts.message import Caller
from shared.contracts.values import FilePart
from shared.documents.document_part_for_message import file_part


class Documents(Service):
    """Documents of bills and payments; those of another household or provider are not found."""

    @answers(bills.bill_pdf, callers=[PORTAL], right=is_bill_of_own_household)
    def bill_pdf(self, request: bills.BillPdfRequest, _caller: Caller) -> FilePart:
        return self._bill_part(request.invoice_id, request.part)

    @answers(bills.receipt_pdf, callers=[PORTAL], right=is_payment_of_own_household)
    def receipt_pdf(self, request: bills.ReceiptPdfRequest, _caller: Caller) -> FilePart:
        return _part_of_document(
            stored_documents.receipt_document(self.store, request.payment_id), request.part
        )

    @answers(bills.certificate_pdf, callers=[PORTAL], right=is_own_tax_certificate)
    def certificate_pdf(self, request: bills.CertificatePdfRequest, _caller: Caller) -> FilePart:
        return _part_of_document(
            stored_documents.certificate_document(self.store, request.certificate_id), request.part
        )

    @answers(at_desk.payer_bill_pdf, callers=[PROVIDERS], right=is_regie_agent)
    def payer_bill_pdf(self, request: bills.BillPdfRequest, caller: Caller) -> FilePart:
        self._refuse_other_provider(caller.principal, Invoice, request.invoice_id)
        with self.store.read() as read:
            hidden = is_protected(read, read.get_one(Invoice, request.invoice_id).household_id)
        return self._bill_part(request.invoice_id, request.part, by_name=hidden)

    @answers(regie_counter.payer_receipt_pdf, callers=[PROVIDERS], right=is_regie_agent)
    def payer_receipt_pdf(self, request: bills.ReceiptPdfRequest, caller: Caller) -> FilePart:
        self._refuse_other_provider(caller.principal, Payment, request.payment_id)
        return _part_of_document(
            stored_documents.receipt_document(self.store, request.payment_id), request.part
        )

    @answers(at_desk.payer_certificate_pdf, callers=[PROVIDERS], right=is_regie_agent)
    def payer_certificate_pdf(
        self, request: bills.CertificatePdfRequest, caller: Caller
    ) -> FilePart:
        with self.store.read() as read:
            certificate = read.get(TaxCertificate, request.certificate_id)
            provider = calling_provider(self.store, caller.principal).code
            if certificate is None or certificate.provider != provider:
                raise NotFound
            hidden = is_protected(read, certificate.household_id)
        document = (
            stored_documents.certificate_without_address
            if hidden
            else stored_documents.certificate_document
        )
        return _part_of_document(document(self.store, request.certificate_id), request.part)

    @answers(regie_counter.deposit_pdf, callers=[PROVIDERS], right=is_regie_agent)
    def deposit_pdf(self, request: regie_counter.DepositPdfRequest, caller: Caller) -> FilePart:
        self._refuse_other_provider(caller.principal, DepositSlip, request.slip_id)
        return _part_of_document(
            stored_documents.slip_document(self.store, request.slip_id), request.part
        )

    def _bill_part(self, invoice_id: str, part: int, *, by_name: bool = False) -> FilePart:
        """Return a part of a bill, or of the one without where the household lives (rule R9)."""
        document = (
            stored_documents.bill_without_address if by_name else stored_documents.bill_document
        )
        return _part_of_document(document(self.store, invoice_id, self.settings.portal_url), part)

    def _refuse_other_provider(self, caller: str, table: Any, key: str) -> None:
        """Raise NotFound for what is not of a régie of the provider that asks."""
        codes = {regie.code for regie in calling_provider(self.store, caller).regies}
        with self.store.read() as read:
            row = read.get(table, key)
        if row is None or row.regie not in codes:
            raise NotFound


def _part_of_document(file: File, part: int) -> FilePart:
    return file_part(file.name, file.content, part)

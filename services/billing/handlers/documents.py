"""Documents, for the families and the régies whose they are; each is made once and kept."""

from types import SimpleNamespace
from typing import Any

from services.billing.documents import kept
from services.billing.documents.kept import File
from services.billing.handlers.rights import (
    of_certificate,
    of_invoice,
    of_payment,
    provider_of,
    regie,
)
from services.billing.models import DepositSlip, Invoice, Payment
from services.billing.parts import part_of
from services.billing.payers.queries.protected import is_protected
from shared.bus import PORTAL, PROVIDERS, Service, answers
from shared.contracts.billing import bills, regie_counter
from shared.contracts.billing import regie as at_desk
from shared.contracts.errors import NotFound
from shared.contracts.values import FilePart


class Documents(Service):
    """Of another household's document, or another provider's, there is nothing to find."""

    @answers(bills.bill_pdf, callers=[PORTAL], right=of_invoice)
    def bill_pdf(self, request: SimpleNamespace) -> FilePart:
        return self._bill(request)

    @answers(bills.receipt_pdf, callers=[PORTAL], right=of_payment)
    def receipt_pdf(self, request: SimpleNamespace) -> FilePart:
        return _handed_over(kept.receipt_document(self.store, request.payment_id), request)

    @answers(bills.certificate_pdf, callers=[PORTAL], right=of_certificate)
    def certificate_pdf(self, request: SimpleNamespace) -> FilePart:
        return _handed_over(kept.certificate_document(self.store, request.certificate_id), request)

    @answers(at_desk.payer_bill_pdf, callers=[PROVIDERS], right=regie)
    def payer_bill_pdf(self, request: SimpleNamespace) -> FilePart:
        self._refuse_elsewhere(request.caller, Invoice, request.invoice_id)
        with self.store.read() as read:
            hidden = is_protected(read, read.get_one(Invoice, request.invoice_id).household_id)
        return self._bill(request, by_name=hidden)

    @answers(regie_counter.payer_receipt_pdf, callers=[PROVIDERS], right=regie)
    def payer_receipt_pdf(self, request: SimpleNamespace) -> FilePart:
        self._refuse_elsewhere(request.caller, Payment, request.payment_id)
        return _handed_over(kept.receipt_document(self.store, request.payment_id), request)

    @answers(regie_counter.deposit_pdf, callers=[PROVIDERS], right=regie)
    def deposit_pdf(self, request: SimpleNamespace) -> FilePart:
        self._refuse_elsewhere(request.caller, DepositSlip, request.slip_id)
        return _handed_over(kept.slip_document(self.store, request.slip_id), request)

    def _bill(self, request: SimpleNamespace, *, by_name: bool = False) -> FilePart:
        """Return a bill, or the same without where the household lives (rule R9)."""
        document = kept.bill_by_name if by_name else kept.bill_document
        made = document(self.store, request.invoice_id, self.settings.portal_url)
        return _handed_over(made, request)

    def _refuse_elsewhere(self, caller: str, table: Any, key: str) -> None:
        """Raise NotFound for what is not of a régie of the provider that asks."""
        here = {each.code for each in provider_of(self.store, caller).regies}
        with self.store.read() as read:
            row = read.get(table, key)
        if row is None or row.regie not in here:
            raise NotFound


def _handed_over(file: File, request: SimpleNamespace) -> FilePart:
    return part_of(file.name, file.content, request.part)

"""What operations bring in of another software's bills, and what a family reads of them."""

from types import SimpleNamespace
from typing import Any

from services.billing.past import keeping, shown
from services.billing.rights import of_past_bill
from services.billing.store import store
from shared.bus import OPS, PORTAL, Service, answers, service_only
from shared.clock import now, today
from shared.contracts import past_bills as contracts
from shared.contracts.errors import BadRequest
from shared.database import Write
from shared.register import ProviderNotFound


class Past(Service):
    """Nothing of it is billed, reminded, collected or certified here."""

    @answers(contracts.import_past_bills, callers=[OPS], right=service_only)
    def import_past_bills(self, write: Write, request: SimpleNamespace) -> dict[str, Any]:
        try:
            provider = store.register.known(request.provider).code
        except ProviderNotFound:
            raise BadRequest(errors={"provider": ["unknown"]}) from None
        rows = {contracts.BILLS: request.bills, contracts.PAYMENTS: request.payments}
        kept = keeping.keep(write, request.batch, provider, rows, now(), today())
        return vars(kept)

    @answers(contracts.undo_past_bills, callers=[OPS], right=service_only)
    def undo_past_bills(self, write: Write, request: SimpleNamespace) -> dict[str, Any]:
        removed, remaining = keeping.undo(write, request.batch, now())
        return {"removed": removed, "remaining": remaining}

    @answers(contracts.read_past_bill, callers=[PORTAL], right=of_past_bill)
    def read_past_bill(self, request: SimpleNamespace) -> dict[str, Any]:
        with store.read() as read:
            return dict(shown.whole(read, request.invoice_id))

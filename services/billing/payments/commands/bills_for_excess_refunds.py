"""Bills for advances that were refunded, and whose payment was taken back since."""

import secrets
from datetime import datetime

from services.billing.bills.commands import notices
from services.billing.bills.commands.invoices import post_invoices, write_bills
from services.billing.bills.rules.contents_of_new_bills import NewBill, payment_key_of
from services.billing.ledger.queries.balances import cents_to_reclaim_by_household
from services.billing.payers.queries.payers import address_blocks_of
from shared.contracts.billing.bills import ASKED_BACK
from shared.database import Write
from shared.dates.clock import PARIS
from shared.dates.months import month_of
from shared.register import Provider
from shared.runtime.ids import new_id


def bill_what_was_refunded_too_much(
    write: Write, provider: Provider, regie_code: str, household_id: str, at: datetime
) -> None:
    """
    Ask a household by a bill for what was refunded to it of a payment that was taken back.

    So it is paid, reminded of and handed over like any other. The caller has locked the card, and
    publishes it.
    """
    cents = cents_to_reclaim_by_household(write, regie_code, [household_id])[household_id]
    if not cents:
        return
    regie = provider.regie(regie_code)
    day, bill_id = at.astimezone(PARIS).date(), new_id()
    bill = NewBill(
        bill_id,
        household_id,
        month_of(day),
        payment_key_of(secrets.token_hex(32), bill_id),
        address_blocks_of(write, [household_id], day)[household_id],
        lines=(),
        reason=ASKED_BACK,
        asked_back_cents=cents,
    )
    [issued] = write_bills(write, provider.code, regie, [bill], at)
    post_invoices(write, regie.code, [bill], at)
    detail = {
        "number": issued.number, "month": bill.month, "cents": cents, "due_on": issued.due_on,
        "asks_back": True,
    }  # fmt: skip
    notices.notify_unless_on_hold(
        write, provider.code, household_id, f"bill:{bill_id}", "bill_issued", detail, at
    )

"""Reminds households of bills past their due date."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import insert, select

from services.billing.accounts.queries.arrears import reminders_by_bill
from services.billing.bills.commands.notices import publish_notice
from services.billing.bills.queries.listed_bills_and_payments import bills_by_id
from services.billing.ledger.commands.locks import lock_cards
from services.billing.models import Invoice, Reminder
from services.billing.payers.queries.deceased_adults import households_without_payer_among
from services.billing.payers.queries.record_holds import households_on_hold_among
from shared.contracts.billing.bills import OVERDUE
from shared.database import Write
from shared.dates.clock import PARIS


def send_reminders(
    write: Write, provider: str, invoice_ids: Collection[str], *, by: str, at: datetime
) -> int:
    """
    Send reminders of a provider's overdue bills, once a day at most; return their number.

    Households that paid meanwhile, that keep a payment plan, whose payment is being checked or
    looked at, or whose only payers died get none: cards and bills are locked first, so that a
    concurrent payment is seen or waits.
    """
    household_of = _lock_cards_and_bills(write, provider, invoice_ids)
    homes = set(household_of.values())
    silent = households_on_hold_among(write, homes) | households_without_payer_among(write, homes)
    household_of = {
        invoice_id: home for invoice_id, home in household_of.items() if home not in silent
    }
    reminded = reminders_by_bill(write, household_of)
    count = 0
    for invoice_id, bill in sorted(bills_by_id(write, list(household_of)).items()):
        level, last = reminded.get(invoice_id, (0, None))
        on_its_way = bill["checking"] or bill["unclear"]
        asks_for_it = bill["state"] == OVERDUE and not on_its_way
        if asks_for_it and last != at.astimezone(PARIS).date():
            _send_reminder(write, provider, household_of[invoice_id], bill, level + 1, by, at)
            count += 1
    return count


def _lock_cards_and_bills(
    write: Write, provider: str, invoice_ids: Collection[str]
) -> Mapping[str, str]:
    rows = select(Invoice.id, Invoice.household_id).where(
        Invoice.provider == provider, Invoice.id.in_(sorted(set(invoice_ids)))
    )
    household_of = {invoice_id: household_id for invoice_id, household_id in write.execute(rows)}
    lock_cards(write, provider, set(household_of.values()))
    write.execute(rows.order_by(Invoice.id).with_for_update())
    return household_of


def _send_reminder(
    write: Write,
    provider: str,
    household_id: str,
    bill: Mapping[str, object],
    level: int,
    by: str,
    at: datetime,
) -> None:
    invoice_id = bill["invoice_id"]
    write.execute(
        insert(Reminder).values(invoice_id=invoice_id, level=level, reminded_at=at, reminded_by=by)
    )
    detail = {name: bill[name] for name in ("number", "month", "due_on", "asks_back")}
    detail |= {"cents": bill["balance_cents"], "invoice_id": invoice_id}
    publish_notice(
        write, provider, household_id, f"reminder:{invoice_id}:{level}", "bill_reminder", detail, at
    )

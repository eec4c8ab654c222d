"""
Stores billing's cards, what a household owes and paid at one provider, and rounds of payments.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete

from services.portal_gateway.bills.rules.payment_rounds import KEPT
from services.portal_gateway.cards.commands.versioned_upsert import keep_newer
from services.portal_gateway.cards.live_kinds import BILLS, note_change
from services.portal_gateway.cards.rules.json_values import to_json
from services.portal_gateway.models import BillCard, PaymentRound
from services.portal_gateway.models.sealed_value_bindings import bill_card_binding
from services.portal_gateway.store import seal_for_row
from shared.contracts.billing import bills
from shared.database import Write


def keep_bill_card(write: Write, event: bills.BillCard) -> None:
    """Store billing's card of a household at a provider, if its version is newer."""
    keys = {"household_id": event.household_id, "provider": event.provider}
    content = to_json(
        {
            "at": event.at,
            "credit_cents": event.credit_cents,
            "bills": event.bills,
            "payments": event.payments,
        }
    )
    sealed = seal_for_row(bill_card_binding(event.household_id, event.provider), content)
    if keep_newer(write, BillCard, keys, event.version, sealed):
        note_change(write, BILLS, event.household_id)


def begin_payment_round(
    write: Write, subject: str, invoice_ids: Iterable[str], moment: datetime
) -> None:
    """Set out to pay these bills in their order; a round that was left makes room for it."""
    values = {"invoice_ids": list(invoice_ids), "begun_at": moment}
    row = write.upsert_into(PaymentRound).values(subject=subject, **values)
    write.execute(row.on_conflict_do_update(index_elements=["subject"], set_=values))


def leave_bill_out_of_round(write: Write, subject: str, invoice_id: str) -> None:
    """Take a bill out of a guardian's round: billing takes no payment of it."""
    row = write.get(PaymentRound, subject)
    if row is not None:
        row.invoice_ids = [each for each in row.invoice_ids if each != invoice_id]


def delete_stale_rounds(write: Write, moment: datetime) -> None:
    """Delete the rounds that nobody has begun anew for a while."""
    write.execute(delete(PaymentRound).where(PaymentRound.begun_at < moment - KEPT))


def delete_round_of_account(write: Write, subject: str) -> None:
    """Delete the round of a closed account."""
    write.execute(delete(PaymentRound).where(PaymentRound.subject == subject))

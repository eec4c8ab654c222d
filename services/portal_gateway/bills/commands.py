"""Stores billing's cards: what a household owes and paid at one provider."""

from services.portal_gateway.cards.commands.versions import keep_newer
from services.portal_gateway.cards.live_kinds import BILLS, note_change
from services.portal_gateway.cards.rules.json_values import to_json
from services.portal_gateway.models import BillCard
from services.portal_gateway.models.seals import bill_card_binding
from services.portal_gateway.store import seal
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
    sealed = seal(bill_card_binding(event.household_id, event.provider), content)
    if keep_newer(write, BillCard, keys, event.version, sealed):
        note_change(write, BILLS, event.household_id)

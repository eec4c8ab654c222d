"""Reads what billing published of households, and the round of payments that a guardian is on."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from services.portal_gateway.bills.rules.bills import Account, Accounts
from services.portal_gateway.bills.rules.payment_rounds import KEPT
from services.portal_gateway.models import BillCard, PaymentRound
from services.portal_gateway.models.sealed_value_bindings import bill_card_binding
from services.portal_gateway.store import open_sealed

_card = BillCard.__table__

# Made once: it runs on every page.
_BILLS = (
    select(_card.c.household_id, _card.c.provider, _card.c.content)
    .where(_card.c.household_id.in_(bindparam("households", expanding=True)))
    .order_by(_card.c.provider)
)


def accounts_of_households(read: Session, households: Sequence[str]) -> Accounts:
    """Return the accounts of these households, as billing last published them."""
    if not households:
        return Accounts()
    rows = read.connection().execute(_BILLS, {"households": list(households)})
    return Accounts(
        [
            Account.from_card(
                household_id,
                provider,
                open_sealed(bill_card_binding(household_id, provider), content),
            )
            for household_id, provider, content in rows
        ]
    )


def round_bills_of(read: Session, subject: str, moment: datetime) -> Sequence[str]:
    """Return the ids of the bills of a guardian's round, in their order; none without a round."""
    kept = (PaymentRound.subject == subject, PaymentRound.begun_at >= moment - KEPT)
    return read.scalar(select(PaymentRound.invoice_ids).where(*kept)) or []

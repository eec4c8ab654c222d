"""Reads what billing published of households, and the round of payments that a guardian is on."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from services.portal_gateway.bills.rules.bills import Account, Accounts, Bill
from services.portal_gateway.bills.rules.payment_rounds import KEPT
from services.portal_gateway.models import BillCard, Notice, PaymentRound
from services.portal_gateway.models.sealed_value_bindings import bill_card_binding
from services.portal_gateway.store import open_sealed
from shared.contracts.billing.bills import part_notice_key

BILL_NOTICES = UUID("6f0c1c52-5f0e-4b7a-9d35-0d6c1a3a7b11")
"""Namespace of the keys of billing's notices: no provider can have used one of them."""

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


def stored_key_of_bill_notice(key: str) -> str:
    """Return the key under which a notice of billing is stored."""
    return str(uuid5(BILL_NOTICES, key))


def bills_with_announced_part(read: Session, bills: Collection[Bill]) -> set[str]:
    """Return those of these bills, by id, of which billing has announced the part due next."""
    bill_by_key = {
        stored_key_of_bill_notice(part_notice_key(bill.invoice_id, bill.due_on)): bill
        for bill in bills
    }
    told = select(Notice.household_id, Notice.key).where(Notice.key.in_(list(bill_by_key)))
    return {
        bill_by_key[key].invoice_id
        for household_id, key in read.execute(told)
        if bill_by_key[key].household_id == household_id
    }

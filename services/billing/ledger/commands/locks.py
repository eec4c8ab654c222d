"""
Locks that writers of money take, in one order, so that no two wait for each other.

Households' cards (sorted), then the bill, then the payment, then the counters of numbers. SQLite
has one writer and needs none of it.
"""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select

from services.billing.ledger.commands import gapless_numbers
from services.billing.models import CardVersion, Invoice, Payment
from services.billing.models.ledger import EVER, RECEIPTS
from shared.database import Write
from shared.database.bulk_rows import upsert_rows
from shared.database.chunks import ordered_chunks

CARD_COLUMNS = ("household_id", "provider", "version", "digest")

CARD_KEY = CARD_COLUMNS[:2]


def lock_card_and_bill(
    write: Write, provider: str, household_id: str | None, invoice_id: str | None = None
) -> None:
    """Lock a household's card at a provider, then a bill, until the end of the transaction."""
    if household_id is not None:
        lock_cards(write, provider, [household_id])
    if invoice_id is not None:
        write.execute(select(Invoice.id).where(Invoice.id == invoice_id).with_for_update()).all()


def lock_payment(write: Write, payment_id: str) -> Payment:
    """Lock a payment until the end of the transaction; return its current state."""
    query = select(Payment).where(Payment.id == payment_id).with_for_update()
    return write.scalars(query).one()


def lock_cards(write: Write, provider: str, household_ids: Collection[str]) -> Mapping[str, Any]:
    """
    Lock the cards of these households at a provider, in order; return them by household.

    Of two writes about one household the second waits here, and then sees what the first did.
    """
    locked: dict[str, object] = {}
    for chunk in ordered_chunks(household_ids):
        fresh = [(household_id, provider, 0, "") for household_id in chunk]
        upsert_rows(write, CardVersion, CARD_COLUMNS, fresh, key=CARD_KEY)
        rows = write.execute(
            select(CardVersion.household_id, CardVersion.version, CardVersion.digest)
            .where(CardVersion.provider == provider, CardVersion.household_id.in_(chunk))
            .order_by(CardVersion.household_id)
            .with_for_update()
        )
        locked.update((row.household_id, row) for row in rows)
    return locked


def lock_cash_box(write: Write, regie: str) -> None:
    """
    Lock takings, deposits and closing at a régie's counter until the end of the transaction.

    One lock for all years, before any number: to close the first of January seals December too.
    """
    gapless_numbers.take_numbers(write, regie, EVER, RECEIPTS, count=0)

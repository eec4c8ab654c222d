"""
Publishes the card of a household at one provider when its content changed.

Whole state, versioned (content: bills/queries/bill_cards.py). Every change of bills or payments
calls `publish_changed_cards` at the end of the transaction, and `lock_cards`
(ledger/commands/locks.py) at its beginning where it takes other locks.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.billing.bills.queries.bill_cards import card_contents_by_household, group_by_key
from services.billing.ledger.commands.locks import CARD_COLUMNS, CARD_KEY, lock_cards
from services.billing.models import CardVersion, Invoice
from shared.contracts.billing.bills import BillCard, bill_card
from shared.database import Store, Write
from shared.database.bulk_rows import upsert_rows
from shared.database.chunks import ordered_chunks
from shared.json_values import digest_of_content

AT_ONCE = 100
OVERDUE_DAYS = timedelta(days=5)
"""Days for which a bill's due date is looked at again: a service may have been down for days."""


def publish_changed_cards(
    write: Write, provider: str, household_ids: Collection[str], at: datetime
) -> None:
    """Publish the cards of these households at a provider whose content changed."""
    locked = lock_cards(write, provider, household_ids)
    versions = []
    for household_id, card in card_contents_by_household(write, provider, locked, at).items():
        before, digest = locked[household_id], digest_of_content(card)
        if digest == before.digest:
            continue
        version = before.version + 1
        write.publish(bill_card, BillCard(household_id, provider, version, at, **card))
        versions.append((household_id, provider, version, digest))
    upsert_rows(write, CardVersion, CARD_COLUMNS, versions, key=CARD_KEY, change=CARD_COLUMNS[2:])


def cards_as_published(
    read: Session, provider: str, household_ids: Collection[str], at: datetime
) -> list[BillCard]:
    """Return the cards of these households at a provider that are as they were last published."""
    rows = read.execute(
        select(CardVersion.household_id, CardVersion.version, CardVersion.digest).where(
            CardVersion.provider == provider, CardVersion.household_id.in_(household_ids)
        )
    ).all()
    cards = card_contents_by_household(read, provider, [row.household_id for row in rows], at)
    return [
        BillCard(row.household_id, provider, row.version, at, **cards[row.household_id])
        for row in rows
        if digest_of_content(cards[row.household_id]) == row.digest
    ]


def publish_overdue_cards(store: Store, on: date, at: datetime) -> None:
    """Publish the cards of bills that became overdue in these days, in chunks of households."""
    with store.read() as read:
        passed = Invoice.due_on.between(on - OVERDUE_DAYS, on - timedelta(days=1))
        rows = select(Invoice.provider, Invoice.household_id).where(passed)
        late = group_by_key(read.execute(rows.distinct()))
    for provider, household_ids in late.items():
        for chunk in ordered_chunks(household_ids, AT_ONCE):
            with store.write() as write:
                publish_changed_cards(write, provider, chunk, at)

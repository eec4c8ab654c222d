"""Balances of bills and credits of households, as the ledger has them; integer cents."""

from collections.abc import Collection, Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.billing.models import Entry, Posting
from services.billing.models.ledger import ADVANCE, CHARGES, CLAIMS, RECEIVABLE, RECLAIM
from shared.database.chunks import ordered_chunks


def is_entry_posted(session: Session, source: str) -> bool:
    """Say whether the entry of a source is written."""
    return session.scalar(select(Entry.id).where(Entry.source == source)) is not None


def balances_of_bills(
    session: Session, invoice_ids: Collection[str], account: str = RECEIVABLE
) -> Mapping[str, int]:
    """
    Return by bill what is still owed of it, in cents; 0 for one that has no posting.

    What was handed over is owed on the account TREASURY, and not here any more.
    """
    sums = dict.fromkeys(invoice_ids, 0)
    for chunk in ordered_chunks(sums):
        rows = session.execute(
            select(Posting.invoice_id, func.sum(Posting.cents))
            .where(
                Posting.account == account,
                Posting.invoice_id.in_(chunk),
            )
            .group_by(Posting.invoice_id)
        )
        sums.update((str(invoice_id), int(cents)) for invoice_id, cents in rows)
    return sums


def charges_of_bills(session: Session, invoice_ids: Collection[str]) -> Mapping[str, int]:
    """Return by bill what it comes to, less credit notes and what was given up; cents."""
    sums = dict.fromkeys(invoice_ids, 0)
    for chunk in ordered_chunks(sums):
        rows = session.execute(
            select(Posting.invoice_id, func.sum(Posting.cents))
            .join(Entry, Entry.id == Posting.entry_id)
            .where(
                Posting.invoice_id.in_(chunk),
                Posting.account.in_(CLAIMS),
                Entry.kind.in_(CHARGES),
            )
            .group_by(Posting.invoice_id)
        )
        sums.update((str(invoice_id), int(cents)) for invoice_id, cents in rows)
    return sums


def credits_of_households(
    session: Session, regie: str, household_ids: Collection[str]
) -> Mapping[str, int]:
    """Return by household what it has too much at a régie, in cents, 0 or more."""
    sums = _sums_of_households(session, regie, household_ids, ADVANCE)
    return {household_id: -cents for household_id, cents in sums.items()}


def cents_to_reclaim_by_household(
    session: Session, regie: str, household_ids: Collection[str]
) -> Mapping[str, int]:
    """
    Return by household what was refunded to it of payments that were taken back; cents, 0 or more.
    """
    return _sums_of_households(session, regie, household_ids, RECLAIM)


def _sums_of_households(
    session: Session, regie: str, household_ids: Collection[str], account: str
) -> Mapping[str, int]:
    sums = dict.fromkeys(household_ids, 0)
    for chunk in ordered_chunks(sums):
        rows = session.execute(
            select(Posting.household_id, func.sum(Posting.cents))
            .where(
                Posting.account == account,
                Posting.regie == regie,
                Posting.household_id.in_(chunk),
            )
            .group_by(Posting.household_id)
        )
        sums.update((str(household_id), int(cents)) for household_id, cents in rows)
    return sums

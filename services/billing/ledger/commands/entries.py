"""
Writing and reading the ledger: entries of postings that add up to zero, integer cents.

Debit is positive, credit negative. Nothing here decides; it records what the rules decided.
"""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.billing.chunks import chunks
from services.billing.ledger.rules.entries import NewEntry
from services.billing.models import Entry, Posting
from services.billing.models.ledger import ADVANCE, RECEIVABLE
from shared.database import Write
from shared.database.rows import insert_rows

_POSTING = (
    "entry_id", "seq", "regie", "account", "household_id", "invoice_id", "payment_id", "cents",
)  # fmt: skip


def post(write: Write, entries: Iterable[NewEntry]) -> None:
    """
    Write entries, postings first; the database refuses those that do not add up to zero.

    IntegrityError where a source was written before: ask `is_posted` first where it may have been.
    """
    written = [(entry, entry.id) for entry in entries]
    postings = [row for entry, key in written for row in _postings(entry, key)]
    insert_rows(write, Posting, _POSTING, postings)
    rows = [
        (key, entry.regie, entry.kind, entry.source, entry.day, entry.at) for entry, key in written
    ]
    insert_rows(write, Entry, ("id", "regie", "kind", "source", "day", "at"), rows)


def is_posted(session: Session, source: str) -> bool:
    """Say whether the entry of a source is written."""
    return session.scalar(select(Entry.id).where(Entry.source == source)) is not None


def balances(
    session: Session, invoice_ids: Collection[str], account: str = RECEIVABLE
) -> Mapping[str, int]:
    """
    Return by bill what is still owed of it, in cents; 0 for one that has no posting.

    What was handed over is owed on the account TREASURY, and not here any more.
    """
    found = dict.fromkeys(invoice_ids, 0)
    for some in chunks(found):
        rows = session.execute(
            select(Posting.invoice_id, func.sum(Posting.cents))
            .where(
                Posting.account == account,
                Posting.invoice_id.in_(some),
            )
            .group_by(Posting.invoice_id)
        )
        found.update((str(invoice_id), int(cents)) for invoice_id, cents in rows)
    return found


def credits_of(session: Session, regie: str, household_ids: Collection[str]) -> Mapping[str, int]:
    """Return by household what it has too much at a régie, in cents, 0 or more."""
    found = dict.fromkeys(household_ids, 0)
    for some in chunks(found):
        rows = session.execute(
            select(Posting.household_id, -func.sum(Posting.cents))
            .where(
                Posting.account == ADVANCE,
                Posting.regie == regie,
                Posting.household_id.in_(some),
            )
            .group_by(Posting.household_id)
        )
        found.update((str(household_id), int(cents)) for household_id, cents in rows)
    return found


def _postings(entry: NewEntry, key: str) -> Iterable[tuple[object, ...]]:
    for seq, move in enumerate(entry.moves):
        yield (
            key, seq, entry.regie, move.account, move.household_id, move.invoice_id,
            move.payment_id, move.cents,
        )  # fmt: skip

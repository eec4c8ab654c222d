"""
Writes the ledger: entries of postings that add up to zero, integer cents.

Debit is positive, credit negative. Nothing here decides; it records what the rules decided.
"""

from collections.abc import Iterable

from services.billing.ledger.rules.new_entry_and_its_id import NewEntry
from services.billing.models import Entry, Posting
from shared.database import Write
from shared.database.bulk_rows import insert_rows

_POSTING = (
    "entry_id", "seq", "regie", "account", "household_id", "invoice_id", "payment_id", "cents",
)  # fmt: skip


def post_entries(write: Write, entries: Iterable[NewEntry]) -> None:
    """
    Write entries, postings first; the database refuses those that do not add up to zero.

    IntegrityError where a source was written before: ask `is_entry_posted` first where it may have
    been.
    """
    written = [(entry, entry.id) for entry in entries]
    postings = [row for entry, key in written for row in _posting_rows(entry, key)]
    insert_rows(write, Posting, _POSTING, postings)
    rows = [
        (key, entry.regie, entry.kind, entry.source, entry.day, entry.at) for entry, key in written
    ]
    insert_rows(write, Entry, ("id", "regie", "kind", "source", "day", "at"), rows)


def _posting_rows(entry: NewEntry, key: str) -> Iterable[tuple[object, ...]]:
    for seq, move in enumerate(entry.moves):
        yield (
            key, seq, entry.regie, move.account, move.household_id, move.invoice_id,
            move.payment_id, move.cents,
        )  # fmt: skip

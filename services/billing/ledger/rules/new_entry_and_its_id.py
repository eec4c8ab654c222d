"""Entries to be posted: the source of one gives its id, so that it is written once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid5

_ENTRIES = UUID("8a5b6a1e-6c1f-4e0b-9d4e-1f6f9b0c2d3a")


@dataclass(frozen=True, slots=True)
class Move:
    """One posting to be: `account` as models/ledger.py names them."""

    account: str
    cents: int
    household_id: str | None = None
    invoice_id: str | None = None
    payment_id: str | None = None


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry to be written; `source` names the event, and is written once."""

    regie: str
    kind: str
    source: str
    day: date
    at: datetime
    moves: Sequence[Move]

    @property
    def id(self) -> str:
        """Return the id, which follows from the source: done again, it is the same entry."""
        return entry_id(self.source)


def entry_id(source: str) -> str:
    """Return the id of the entry of a source."""
    return str(uuid5(_ENTRIES, source))

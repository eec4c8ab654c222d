"""
A batch of past bills and payments: new and changed rows are written, and cards published.

Nothing here meets the ledger or a number series, and no notice leaves: these bills were sent to
the family when they were issued.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import delete, select, union
from sqlalchemy.orm import Session

from services.billing.bills.commands import bill_cards
from services.billing.ledger.commands.locks import lock_cards
from services.billing.models import Household, PastBill, PastPayment
from shared.contracts.billing.past_bills import (
    BILLS,
    OTHER_BATCH,
    PAYMENTS,
    TO_COME,
    TWICE,
    UNKNOWN_HOUSEHOLD,
    RefusedRow,
)
from shared.database import Write
from shared.database.chunks import ordered_chunks

Row = Mapping[str, Any]

_IDS = UUID("b0c1f9a4-6f0b-4b53-9c0b-3d6c5b1d7e21")
HOUSEHOLDS_AT_ONCE = 100
"""Households of which a batch is taken back in one transaction."""


@dataclass(frozen=True)
class _Kind:
    """Bills or payments: their table, recorded columns, number column, day column."""

    of: str
    table: Any
    recorded: Sequence[str]
    by: str
    on: str

    def row_id_of(self, provider: str, row: Row) -> str:
        """Return the id of a row, which follows from its provider and number."""
        return str(uuid5(_IDS, f"{self.of} {provider} {row[self.by]}"))


KINDS = (
    _Kind(
        BILLS,
        PastBill,
        (
            "number", "household_id", "kind", "month", "issued_on", "due_on", "total_cents",
            "balance_cents", "state", "lines",
        ),
        "number",
        "issued_on",
    ),
    _Kind(
        PAYMENTS,
        PastPayment,
        ("reference", "household_id", "number", "paid_on", "means", "cents"),
        "reference",
        "paid_on",
    ),
)  # fmt: skip


@dataclass
class Kept:
    """
    Numbers of new, changed and unchanged rows; the refused rows with the reason.

    `affected` are the households of which a row changed.
    """

    new: int = 0
    changed: int = 0
    same: int = 0
    refused: list[RefusedRow] = field(default_factory=list)
    affected: set[str] = field(default_factory=set)


def store_batch(
    write: Write,
    batch: str,
    provider: str,
    rows: Mapping[str, Sequence[Row]],
    at: datetime,
    on: date,
) -> Kept:
    """Store a batch's rows, by kind, of one provider; publish the cards that they change."""
    kept = Kept()
    known = _known_households(
        write, {row["household_id"] for kind_rows in rows.values() for row in kind_rows}
    )
    stored = {kind.of: _stored_rows(write, kind, provider, rows[kind.of]) for kind in KINDS}
    former = {row.household_id for households in stored.values() for row in households.values()}
    lock_cards(write, provider, known | former)
    for kind in KINDS:
        seen: set[str] = set()
        for row in rows[kind.of]:
            key = kind.row_id_of(provider, row)
            former_row = stored[kind.of].get(key)
            why = (
                TWICE if key in seen else _reason_to_refuse(kind, row, former_row, batch, known, on)
            )
            seen.add(key)
            if why:
                kept.refused.append({"of": kind.of, "number": row[kind.by], "why": why})
            elif former_row is None:
                whose = {"id": key, "batch": batch, "provider": provider, "brought_at": at}
                write.add(kind.table(**whose, **_recorded_values_of_row(kind, row)))
                kept.new += 1
                kept.affected.add(row["household_id"])
            else:
                _replace_if_different(kept, kind, former_row, row, at)
    write.flush()
    if kept.affected:
        bill_cards.publish_changed_cards(write, provider, kept.affected, at)
    return kept


def undo_batch(write: Write, batch: str, at: datetime) -> tuple[int, int]:
    """
    Take back what a batch brought to some households of one provider.

    Returns how many rows went, and how many households remain: asked again, it ends.
    """
    households = _households_of_batch(write, batch)
    if not households:
        return 0, 0
    provider = households[0][0]
    chunk = [household_id for code, household_id in households if code == provider][
        :HOUSEHOLDS_AT_ONCE
    ]
    lock_cards(write, provider, chunk)
    removed = 0
    for kind in KINDS:
        table = kind.table
        conditions = (
            table.batch == batch,
            table.provider == provider,
            table.household_id.in_(chunk),
        )
        gone = write.execute(delete(table).where(*conditions))
        removed += int(gone.rowcount)  # type: ignore[attr-defined]
    bill_cards.publish_changed_cards(write, provider, chunk, at)
    return removed, len(households) - len(chunk)


def _households_of_batch(session: Session, batch: str) -> list[tuple[str, str]]:
    """Return the providers and households of which a batch holds something, in order."""
    queries = (
        select(kind.table.provider, kind.table.household_id).where(kind.table.batch == batch)
        for kind in KINDS
    )
    return sorted(session.execute(union(*queries)).all())


def _known_households(session: Session, household_ids: Collection[str]) -> set[str]:
    return {
        household_id
        for chunk in ordered_chunks(household_ids)
        for household_id in session.scalars(select(Household.id).where(Household.id.in_(chunk)))
    }


def _stored_rows(
    session: Session, kind: _Kind, provider: str, rows: Iterable[Row]
) -> dict[str, Any]:
    return {
        row.id: row
        for chunk in ordered_chunks({kind.row_id_of(provider, row) for row in rows})
        for row in session.scalars(select(kind.table).where(kind.table.id.in_(chunk)))
    }


def _reason_to_refuse(
    kind: _Kind, row: Row, stored: Any, batch: str, known: Collection[str], on: date
) -> str | None:
    if row["household_id"] not in known:
        return UNKNOWN_HOUSEHOLD
    if stored is not None and stored.batch != batch:
        return OTHER_BATCH
    return TO_COME if row[kind.on] > on else None


def _replace_if_different(kept: Kept, kind: _Kind, stored: Any, row: Row, at: datetime) -> None:
    """Let a row that differs replace what the batch brought before."""
    reason = _recorded_values_of_row(kind, row)
    if all(getattr(stored, name) == value for name, value in reason.items()):
        kept.same += 1
        return
    kept.changed += 1
    kept.affected |= {stored.household_id, row["household_id"]}
    for name, value in {**reason, "brought_at": at}.items():
        setattr(stored, name, value)


def _recorded_values_of_row(kind: _Kind, row: Row) -> dict[str, object]:
    return {name: row[name] for name in kind.recorded}

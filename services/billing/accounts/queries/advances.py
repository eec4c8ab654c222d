"""Advances: money of households at a provider's régies beyond what they owe there."""

from datetime import date

from sqlalchemy import Select, func, literal_column, select
from sqlalchemy.orm import Session

from services.billing.models import Entry, Posting
from services.billing.models.ledger import ADVANCE
from services.billing.payers.queries.households_known_to_provider import (
    known_household_condition,
    regie_codes_of,
)
from services.billing.payers.queries.payers import payer_names_by_household
from services.billing.payers.queries.record_holds import select_households_on_hold
from shared.contracts.billing.regie.payers import Advance
from shared.register import Provider

MOST_SHOWN = 60


def oldest_advances(session: Session, provider: Provider) -> tuple[list[Advance], int]:
    """
    Return the households whose advance has not moved for the longest time, MOST_SHOWN of them.

    With them goes how many there are. Who has left town has no next bill that it pays. Nothing is
    begun with a household on hold.
    """
    held = _select_advances(provider).subquery()
    rows = session.execute(
        select(held, func.count().over().label("number"))
        .where(
            held.c.household_id.not_in(select_households_on_hold()),
            known_household_condition(provider, held.c.household_id),
        )
        .order_by(held.c.since, held.c.household_id)
        .limit(MOST_SHOWN)
    ).all()
    payers = payer_names_by_household(session, [row.household_id for row in rows])
    shown: list[Advance] = [
        {
            "household_id": row.household_id,
            "payer": payers.get(row.household_id, "–"),
            "cents": int(row.cents),
            "since": row.since,
        }
        for row in rows
    ]
    return shown, rows[0].number if rows else 0


def sum_of_advances(session: Session, provider: Provider) -> int:
    """Return what all households together have too much at a provider's régies; cents."""
    held = _select_advances(provider).subquery()
    return int(session.scalar(select(func.coalesce(func.sum(held.c.cents), 0))) or 0)


def _select_advances(provider: Provider) -> Select[str | None, int, date]:
    """
    Select the households with an advance, its cents, and the day on which it last moved.

    The account is no parameter: SQLite would not know that its partial index has these postings.
    """
    cents = -func.sum(Posting.cents)
    return (
        select(Posting.household_id, cents.label("cents"), func.max(Entry.day).label("since"))
        .join(Entry, Entry.id == Posting.entry_id)
        .where(
            Posting.account == literal_column(f"'{ADVANCE}'"),
            Posting.regie.in_(regie_codes_of(provider)),
        )
        .group_by(Posting.household_id)
        .having(cents > 0)
    )

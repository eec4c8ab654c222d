"""Quotients of households as recorded: the latest first, all, whether there is one of a source."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.billing.models import Quotient
from services.billing.payers.rules.new_quotients import NewQuotient
from shared.database.chunks import ordered_chunks

MOST_QUOTIENTS = 200


def has_quotient_of_source_from(
    session: Session, household_id: str, sources: Collection[str], valid_from: date
) -> bool:
    """Say whether a quotient of such a source holds from that day or from a later one."""
    recorded = select(Quotient.id).where(
        Quotient.household_id == household_id,
        Quotient.source.in_(sources),
        Quotient.valid_from >= valid_from,
    )
    return session.scalar(recorded.limit(1)) is not None


def recorded_quotients(session: Session, rows: Collection[NewQuotient]) -> list[NewQuotient]:
    """Return all that was ever said of the quotients of the households of these rows."""
    return [
        NewQuotient(
            said.household_id, said.cents, said.kind, said.valid_from, said.valid_to, said.source
        )
        for chunk in ordered_chunks({row.household_id for row in rows})
        for said in session.scalars(select(Quotient).where(Quotient.household_id.in_(chunk)))
    ]


def latest_quotients_of(session: Session, household_id: str) -> Sequence[Quotient]:
    """Return a household's quotients, the latest first: as many as one message takes."""
    return session.scalars(
        select(Quotient)
        .where(Quotient.household_id == household_id)
        .order_by(Quotient.valid_from.desc(), Quotient.recorded_at.desc(), Quotient.id.desc())
        .limit(MOST_QUOTIENTS)
    ).all()

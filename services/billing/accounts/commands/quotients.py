"""Quotients: billing alone holds them (rule R11). Recorded on a day, never changed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import insert, select

from services.billing.models import Household, Quotient
from services.billing.payers.queries.payers import all_quotients_by_household
from services.billing.payers.rules.new_quotients import NewQuotient
from services.billing.pricing.rules import inputs_and_lines
from services.billing.pricing.rules.payer_situation import quotient_on
from services.billing.quantities.commands.months_to_bill import mark_to_bill_by_regie
from services.billing.quantities.queries.affected_months import Concerned, affected_months_of
from shared.database import Write
from shared.database.chunks import ordered_chunks
from shared.dates.months import first_of, last_of, month_of
from shared.runtime.ids import new_id


def lock_quotients(write: Write, household_ids: Collection[str]) -> None:
    """
    Lock what is said of these households' quotients until the end of the transaction.

    Who decides by what was said before waits here for who is just saying something.
    """
    for chunk in ordered_chunks(household_ids):
        rows = select(Household.id).where(Household.id.in_(chunk)).order_by(Household.id)
        write.execute(rows.with_for_update(key_share=True)).all()


def record_quotients(
    write: Write, new: Sequence[NewQuotient], *, by: str | None, at: datetime, on: date
) -> Concerned:
    """
    Store quotients, and mark the months whose price they may change.

    Returns these months, of all régies of the town.
    """
    homes = [quotient.household_id for quotient in new]
    lock_quotients(write, set(homes))
    before = all_quotients_by_household(write, homes)
    write.execute(insert(Quotient), [_quotient_row(quotient, by, at) for quotient in new])
    after = all_quotients_by_household(write, homes)
    changed = {
        (regie, home, month)
        for regie, home, month in affected_months_of(
            write, homes, month_of(on), _earliest_month(new)
        )
        if _differs_in_month(before[home], after[home], month)
    }
    mark_to_bill_by_regie(write, changed)
    return changed


def _quotient_row(quotient: NewQuotient, by: str | None, at: datetime) -> Mapping[str, object]:
    names = NewQuotient.__slots__
    return {
        **{name: getattr(quotient, name) for name in names},
        "id": new_id(),
        "recorded_at": at,
        "recorded_by": by,
    }


def _earliest_month(quotients: Iterable[NewQuotient]) -> str:
    return min(month_of(quotient.valid_from) for quotient in quotients)


def _differs_in_month(
    before: Sequence[inputs_and_lines.Quotient],
    after: Sequence[inputs_and_lines.Quotient],
    month: str,
) -> bool:
    """Say whether another amount or kind counts on some day of a month."""
    return any(
        _amount_and_kind_on(before, day) != _amount_and_kind_on(after, day)
        for day in _days_of_month(month)
    )


def _days_of_month(month: str) -> Iterable[date]:
    first, last = first_of(month), last_of(month)
    return (first + timedelta(days=offset) for offset in range((last - first).days + 1))


def _amount_and_kind_on(
    quotients: Sequence[inputs_and_lines.Quotient], day: date
) -> tuple[int, str] | None:
    quotient = quotient_on(quotients, day)
    return (quotient.cents, quotient.kind) if quotient else None

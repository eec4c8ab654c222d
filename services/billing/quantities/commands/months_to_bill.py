"""
Marks months of households to be billed: a run prices them, or prices them again.

Every change of what a month costs marks it, in the transaction of the change.
"""

from collections import defaultdict
from collections.abc import Iterable

from services.billing.models import ToBill
from shared.database import Write

_DUE = ToBill.__table__.c


def mark_to_bill(write: Write, regie: str, months: Iterable[tuple[str, str]]) -> None:
    """
    Mark months of households to be billed, or billed again, by one régie.

    In sorted order, so that two writes of the same months cannot deadlock.
    """
    rows = [
        {"regie": regie, "household_id": household_id, "month": month, "touched": 1}
        for household_id, month in sorted(set(months))
    ]
    if rows:
        again = write.upsert_into(_DUE.touched.table).on_conflict_do_update(
            index_elements=["regie", "household_id", "month"],
            set_={"touched": _DUE.touched + 1},
        )
        write.connection().execute(again, rows)


def mark_to_bill_by_regie(write: Write, months: Iterable[tuple[str, str, str]]) -> None:
    """Mark each (régie, household_id, month) to bill, régie by régie in their order."""
    by_regie: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for regie, household_id, month in months:
        by_regie[regie].append((household_id, month))
    for regie in sorted(by_regie):
        mark_to_bill(write, regie, by_regie[regie])

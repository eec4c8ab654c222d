"""
Marks months of households to be billed: a run prices them, or prices them again.

Every change of what a month costs marks it, in the transaction of the change.
"""

from collections import defaultdict
from collections.abc import Iterable

from services.billing.models import ToBill
from shared.database import Write

_DUE = ToBill.__table__.c


def touch(write: Write, regie: str, months: Iterable[tuple[str, str]]) -> None:
    """
    Put months of households, (household_id, month), down to be priced at a régie's next run.

    In order, so that two writes that touch the same wait for each other instead of for ever.
    """
    rows = [
        {"regie": regie, "household_id": household_id, "month": month, "touched": 1}
        for household_id, month in sorted(set(months))
    ]
    if rows:
        again = write.upsert(_DUE.touched.table).on_conflict_do_update(
            index_elements=["regie", "household_id", "month"],
            set_={"touched": _DUE.touched + 1},
        )
        write.connection().execute(again, rows)


def touch_all(write: Write, months: Iterable[tuple[str, str, str]]) -> None:
    """Put (régie, household_id, month) down, each at its régie."""
    by_regie: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for regie, household_id, month in months:
        by_regie[regie].append((household_id, month))
    for regie in sorted(by_regie):
        touch(write, regie, by_regie[regie])

"""
Numbers without gaps, per régie and fiscal year, given in the transaction of what they number.

A rollback gives its numbers back; two writers wait for each other at the counter's row.
"""

from sqlalchemy import select, update

from services.billing.models import NumberSeries
from shared.database import Write


def take_numbers(write: Write, regie: str, fiscal_year: int, series: str, count: int = 1) -> int:
    """
    Take the next `count` numbers of a series; return the first of them.

    The counter is locked until the end of the transaction: take as late as can be.
    """
    key = {"regie": regie, "fiscal_year": fiscal_year, "series": series}
    fresh = write.upsert_into(NumberSeries).values(**key, last=0).on_conflict_do_nothing()
    write.execute(fresh)
    row = (
        NumberSeries.regie == regie,
        NumberSeries.fiscal_year == fiscal_year,
        NumberSeries.series == series,
    )
    last = write.scalars(select(NumberSeries.last).where(*row).with_for_update()).one()
    write.execute(
        update(NumberSeries)
        .where(*row)
        .values(last=last + count)
        .execution_options(synchronize_session=False)
    )
    return last + 1

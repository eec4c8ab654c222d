"""Rebuilds the counted lines of a sheet from its greatest version, and marks the changed months."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import delete, insert, select

from services.billing.models import Counted, CountedSheet
from services.billing.payers.queries.payer_shares import payer_divisions_of_children
from services.billing.quantities.commands.months_to_bill import mark_to_bill_by_regie
from shared.contracts.enrolment.attendance import AttendanceRecorded
from shared.database import Write
from shared.dates.months import month_of
from shared.register import Provider


class _Line(NamedTuple):
    """Counted values of a child on a sheet, on which the price depends."""

    regie: str
    household_id: str
    month: str
    day: date
    activity: str
    outcome: str
    quantity: int
    minutes: int | None
    planned_minutes: int
    variant: str


def count_newest_sheet(write: Write, provider: Provider, event: AttendanceRecorded) -> None:
    """
    Let a sheet's version count, if it is the greatest and a régie collects for its activity.

    Each household's month of which something changes is touched: before, after, and every payer.
    """
    if not _store_if_greatest(write, provider.code, event):
        return
    before = _lines_counted_before(write, provider.code, event.session_id)
    after = _lines_of_sheet(provider, event)
    if before == after:
        return
    of_sheet = (Counted.provider == provider.code, Counted.session_id == event.session_id)
    write.execute(delete(Counted).where(*of_sheet).execution_options(synchronize_session=False))
    if after:
        key = {"provider": provider.code, "session_id": event.session_id}
        write.execute(
            insert(Counted),
            [{**key, "child_id": child, **line._asdict()} for child, line in after.items()],
        )
    _mark_months_of_lines(write, provider.code, list(_changed_lines(before, after)))


def _store_if_greatest(write: Write, provider: str, event: AttendanceRecorded) -> bool:
    key = {"provider": provider, "session_id": event.session_id}
    newer = (
        write.upsert_into(CountedSheet)
        .values(**key, version=event.version)
        .on_conflict_do_update(
            index_elements=list(key),
            set_={"version": event.version},
            where=CountedSheet.version < event.version,
        )
        .returning(CountedSheet.version)
    )
    return write.execute(newer).first() is not None


def _lines_counted_before(write: Write, provider: str, session_id: str) -> Mapping[str, _Line]:
    columns = [getattr(Counted, name) for name in _Line._fields]
    rows = write.execute(
        select(Counted.child_id, *columns).where(
            Counted.provider == provider, Counted.session_id == session_id
        )
    )
    return {child_id: _Line(*line) for child_id, *line in rows}


def _lines_of_sheet(provider: Provider, event: AttendanceRecorded) -> Mapping[str, _Line]:
    regie = provider.regie_of_activity(event.activity)
    if regie is None:
        return {}
    return {
        line["child_id"]: _Line(
            regie.code,
            line["household_id"],
            month_of(event.day),
            event.day,
            event.activity,
            line["outcome"],
            line["quantity"],
            line["minutes"],
            event.planned_minutes,
            line["variant"],
        )
        for line in event.lines
    }


def _changed_lines(
    before: Mapping[str, _Line], after: Mapping[str, _Line]
) -> Iterable[tuple[str, _Line]]:
    """Yield the lines, with their child, that count for something on one side alone."""
    for side, other in ((before, after), (after, before)):
        for child_id, line in side.items():
            if line.quantity and line != other.get(child_id):
                yield child_id, line


def _mark_months_of_lines(write: Write, provider: str, lines: Iterable[tuple[str, _Line]]) -> None:
    divisions = payer_divisions_of_children(write, provider, {child_id for child_id, _ in lines})
    mark_to_bill_by_regie(
        write,
        (
            (line.regie, payer, line.month)
            for child_id, line in lines
            for payer in divisions.parts_on_day(child_id, line.day, line.household_id)
        ),
    )

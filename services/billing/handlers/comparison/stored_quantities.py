"""Sheets and places as providers published them."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.billing.handlers.caller_rights import calling_provider
from services.billing.models import (
    PLACE_SUMS,
    SHEET_SUMS,
    Counted,
    CountedSheet,
    Quantity,
    QuantitySheet,
    StoredPlace,
)
from services.billing.quantities.commands.received_places import record_place
from services.billing.quantities.commands.received_sheets import record_attendance_sheet
from services.billing.store import store
from shared.contracts.enrolment import attendance
from shared.database import Write
from shared.database.comparison.compared_states import Stored, StoredState
from shared.database.comparison.sums_found_equal import KeptSums, Within, condition_of_rows_within
from shared.dates.clock import now, today
from shared.json_values import JsonObject
from shared.register import Provider

LINE = ("child_id", "household_id", "outcome", "quantity", "minutes", "variant")
SHEET = ("session_id", "activity", "group_id", "day", "late", "planned_minutes", "closed_at")
PLACE = ("place_id", "child_id", "household_id", "activity", "valid_from", "valid_to", "cancelled")

Lines = Mapping[str, list[dict[str, object]]]


def _stored_sheets(read: Session, source: str, within: Within = ()) -> Iterator[StoredState]:
    provider = calling_provider(store, source)
    lines = _lines_of_greatest(read, provider.code, within)
    counted = _counted_lines(read, provider.code, within)
    here = (
        CountedSheet.provider == provider.code,
        condition_of_rows_within(CountedSheet.session_id, within),
    )
    greatest = (
        (QuantitySheet.provider == CountedSheet.provider)
        & (QuantitySheet.session_id == CountedSheet.session_id)
        & (QuantitySheet.version == CountedSheet.version)
    )
    sheets = select(CountedSheet, QuantitySheet).outerjoin(QuantitySheet, greatest)
    for count, sheet in read.execute(sheets.where(*here)):
        content: dict[str, object] = {}
        if sheet is not None:
            content = {name: getattr(sheet, name) for name in SHEET}
            content["lines"] = lines[sheet.session_id]
            if not _is_counted(provider, content, counted[sheet.session_id]):
                content["counted"] = False
        empty = not lines[count.session_id]
        yield StoredState(count.session_id, count.version, content, ended=empty)


def _is_counted(provider: Provider, sheet: JsonObject, counted: list[dict[str, object]]) -> bool:
    """Return whether what bills are made of is what the sheet says."""
    return counted == (sheet["lines"] if provider.regie_of_activity(sheet["activity"]) else [])


def _lines_of_greatest(read: Session, provider: str, within: Within) -> Lines:
    greatest = (
        (CountedSheet.provider == Quantity.provider)
        & (CountedSheet.session_id == Quantity.session_id)
        & (CountedSheet.version == Quantity.version)
    )
    columns = [getattr(Quantity, name) for name in LINE]
    query = select(Quantity.session_id, *columns).join(CountedSheet, greatest)
    here = (
        Quantity.provider == provider,
        condition_of_rows_within(CountedSheet.session_id, within),
    )
    return _lines_by_sheet(read.execute(query.where(*here)))


def _counted_lines(read: Session, provider: str, within: Within) -> Lines:
    columns = [getattr(Counted, name) for name in LINE]
    query = select(Counted.session_id, *columns).where(Counted.provider == provider)
    if within:
        sheets = select(CountedSheet.session_id).where(
            CountedSheet.provider == provider,
            condition_of_rows_within(CountedSheet.session_id, within),
        )
        query = query.where(Counted.session_id.in_(sheets))
    return _lines_by_sheet(read.execute(query))


def _lines_by_sheet(rows: Any) -> Lines:
    found: dict[str, list[dict[str, object]]] = defaultdict(list)
    for session_id, *values in rows:
        found[session_id].append(dict(zip(LINE, values, strict=True)))
    for lines in found.values():
        lines.sort(key=lambda line: str(line["child_id"]))
    return found


def _store_sheets_without_lines(write: Write, source: str, keys: Collection[str]) -> None:
    """Store a version of them without lines: no version of a sheet is ever deleted."""
    provider = calling_provider(store, source)
    rows = write.execute(
        select(CountedSheet.session_id, CountedSheet.version, QuantitySheet)
        .join(
            QuantitySheet,
            (QuantitySheet.provider == CountedSheet.provider)
            & (QuantitySheet.session_id == CountedSheet.session_id),
        )
        .where(CountedSheet.provider == provider.code, CountedSheet.session_id.in_(keys))
        .order_by(QuantitySheet.version)
    ).all()
    for version, sheet in {row.session_id: (row.version, row[2]) for row in rows}.values():
        content = {name: getattr(sheet, name) for name in SHEET}
        empty = attendance.AttendanceRecorded(**content, version=version + 1, lines=[])
        record_attendance_sheet(write, provider, empty, now())


def _stored_places(read: Session, source: str, within: Within = ()) -> Iterator[StoredState]:
    here = (
        StoredPlace.provider == calling_provider(store, source).code,
        condition_of_rows_within(StoredPlace.place_id, within),
    )
    for row in read.scalars(select(StoredPlace).where(*here)):
        content = {name: getattr(row, name) for name in PLACE}
        yield StoredState(row.place_id, row.version, content, ended=row.cancelled)


def _cancel_places(write: Write, source: str, keys: Collection[str]) -> None:
    """Store that places never began, so that the months which counted them are looked at again."""
    provider = calling_provider(store, source)
    known = (StoredPlace.provider == provider.code, StoredPlace.place_id.in_(keys))
    for row in write.scalars(select(StoredPlace).where(*known)).all():
        content = {name: getattr(row, name) for name in PLACE} | {"cancelled": True}
        never = attendance.PlaceRecorded(**content, version=row.version + 1, group_id=row.place_id)
        record_place(write, provider, never, today())


def _sheet_sums(source: str) -> KeptSums:
    return KeptSums(SHEET_SUMS, (SHEET_SUMS.c.provider == calling_provider(store, source).code,))


def _place_sums(source: str) -> KeptSums:
    mine = PLACE_SUMS.c.provider == calling_provider(store, source).code
    return KeptSums(PLACE_SUMS, (mine,), kind="activity")


STORED = (
    Stored(
        attendance.attendance_recorded,
        _stored_sheets,
        _store_sheets_without_lines,
        sums=_sheet_sums,
    ),
    Stored(attendance.place_recorded, _stored_places, _cancel_places, sums=_place_sums),
)

"""
Stores whose days those of a child are, and gives each booking to the household of its day.

Days before the one from which new weeks hold stay whose they were; days since, also past ones, are
given to the household that has them now, and the sheets of groups closed meanwhile are sent anew.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, insert, or_, select

from services.enrolment.families.queries.households import NOWHERE
from services.enrolment.families.rules.household_of_day import Home, household_of_day
from services.enrolment.models import Booking, ChildWeeks, Mark, Session
from services.enrolment.store import store
from shared.database import Write
from shared.database.prebuilt_statements import execute, list_parameter
from shared.dates.two_home_weeks import FIELDS, Weeks
from shared.json_values import JsonMapping

SHEETS = "sheets"
"""Work completed before the commit: sheets of sessions whose bookings changed hands."""
ALWAYS = date(1900, 1, 1)
"""The day from which weeks hold of which the dossier knows no first day."""

_weeks = cast(Table, ChildWeeks.__table__)

_BOOKINGS = (
    select(Booking, Session)
    .join(Session, Session.id == Booking.session_id)
    .where(Booking.child_id.in_(list_parameter("child_ids")))
    .order_by(Booking.session_id, Booking.child_id)
)
_UPCOMING = _BOOKINGS.where(Session.starts_at > bindparam("now"))
_SINCE = delete(_weeks).where(
    _weeks.c.child_id == bindparam("of_child"), _weeks.c.valid_from >= bindparam("since")
)


def store_weeks(
    write: Write, contents: Mapping[str, JsonMapping], before: Mapping[str, Home]
) -> None:
    """
    Store these children's weeks from their day on; `before` says where each lived until then.

    What an import says, without a day, holds for all days.
    """
    rows = []
    for child_id, content in contents.items():
        weeks = content["weeks"]
        since = _first_day_of_weeks(weeks)
        home = before.get(child_id, NOWHERE)
        if home.dated:
            execute(write, _SINCE, of_child=child_id, since=since)
        if weeks and since > ALWAYS and not home.dated and len(home.households) == 1:
            (former,) = home.households
            rows.append(_row_of_weeks(child_id, ALWAYS, Weeks(former, former)))
        if weeks:
            calendar = store.register.now.calendar.school
            rows.append(_row_of_weeks(child_id, since, Weeks.from_content(weeks, calendar)))
    if rows:
        write.execute(insert(_weeks), rows)


def forget_weeks(write: Write, child_ids: Collection[str]) -> None:
    """Delete the weeks of these children."""
    write.execute(delete(_weeks).where(_weeks.c.child_id.in_(list(child_ids))))


def assign_bookings(
    write: Write,
    before: Mapping[str, Home],
    homes: Mapping[str, Home],
    child_ids: Collection[str],
    now: datetime,
) -> None:
    """
    Give bookings to the household of their day: upcoming ones, and those since new weeks.

    `homes` are those of these children now.
    """
    since = _first_changed_days(homes, before)
    changed = [
        (Booking.child_id == child_id) & (Session.day >= day) for child_id, day in since.items()
    ]
    theirs = _BOOKINGS.where(or_(Session.starts_at > bindparam("now"), *changed))
    given = {"child_ids": list(child_ids), "now": now}
    for booking, session in write.execute(theirs if changed else _UPCOMING, given).all():
        home = homes.get(booking.child_id)
        owner = household_of_day(home, session.day, [booking.household_id]) if home else None
        if owner:
            booking.household_id = owner
    write.flush()
    if begun := _begun_sessions(write, since, now):
        write.note_for_completion(SHEETS, begun, now)


def _first_changed_days(homes: Mapping[str, Home], before: Mapping[str, Home]) -> dict[str, date]:
    """Return by child whose weeks are new the day from which they hold, where one is known."""
    return {
        child_id: home.dated[0][0]
        for child_id, home in homes.items()
        if home.dated and home.dated[0][0] > ALWAYS and home != before.get(child_id)
    }


def _begun_sessions(write: Write, since: Mapping[str, date], now: datetime) -> set[str]:
    """Return the begun sessions since those days for which a child was booked, or marked."""
    return {
        session_id
        for child_id, day in since.items()
        for table in (Booking, Mark)
        for session_id in write.scalars(
            select(Session.id)
            .join(table, table.session_id == Session.id)
            .where(table.child_id == child_id, Session.day >= day, Session.starts_at <= now)
        )
    }


def _first_day_of_weeks(weeks: JsonMapping | None) -> date:
    said = weeks["since"] if weeks else None
    return date.fromisoformat(said) if said else ALWAYS


def _row_of_weeks(child_id: str, valid_from: date, weeks: Weeks) -> dict[str, Any]:
    said = {name: getattr(weeks, name) for name in FIELDS}
    said["even_household"], said["odd_household"] = said.pop("even"), said.pop("odd")
    return {"child_id": child_id, "valid_from": valid_from, **said}

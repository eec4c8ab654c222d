"""
Stored guardians of a child at this provider, by household.

Stored from the dossier's projection `family`, which is sent anew within seconds of every change of
a guardianship, and deleted with it. Ids alone: no desk shows them.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Table, delete, insert, select

from services.enrolment.families.commands.separations import follow_guardians
from services.enrolment.families.queries.guardians import households_of_children
from services.enrolment.families.queries.households import homes_of_children
from services.enrolment.families.rules.household_of_day import household_of_day
from services.enrolment.models import (
    Booking,
    ChildCarer,
    ChildGuardian,
    ChildWeeks,
    ProtectedHousehold,
    Session,
)
from shared.database import Write

_guardians = cast(Table, ChildGuardian.__table__)
_carers = cast(Table, ChildCarer.__table__)
_protected = cast(Table, ProtectedHousehold.__table__)
_weeks = cast(Table, ChildWeeks.__table__)

Content = Mapping[str, Any]


def store_families(write: Write, contents: Mapping[str, Content], now: datetime) -> None:
    """
    Store these children's guardians and weeks whole; upcoming bookings follow the day's household,
    and applications the guardian who asked.
    """
    if not contents:
        return
    _delete_rows(write, contents)
    guardians = [
        row for child_id, content in contents.items() for row in _guardian_rows(child_id, content)
    ]
    if guardians:
        write.execute(insert(_guardians), guardians)
    carers = [
        row for child_id, content in contents.items() for row in _carer_rows(child_id, content)
    ]
    if carers:
        write.execute(insert(_carers), carers)
    protected = [
        {"child_id": child_id, "household_id": household_id}
        for child_id, content in contents.items()
        for household_id in content.get("protected", ())
    ]
    if protected:
        write.execute(insert(_protected), protected)
    weeks = [
        _weeks_row(child, content["weeks"])
        for child, content in contents.items()
        if content["weeks"]
    ]
    if weeks:
        write.execute(insert(_weeks), weeks)
    follow_guardians(write, contents, now)
    _assign_upcoming_bookings(write, contents, now)


def forget_families(write: Write, child_ids: Collection[str]) -> set[str]:
    """Delete the guardians of these children; return their former households."""
    if not child_ids:
        return set()
    former = households_of_children(write, child_ids)
    _delete_rows(write, child_ids)
    return former


def _delete_rows(write: Write, child_ids: Collection[str]) -> None:
    for table in (_guardians, _carers, _protected, _weeks):
        write.execute(delete(table).where(table.c.child_id.in_(list(child_ids))))


def _guardian_rows(child_id: str, content: Content) -> list[dict[str, str]]:
    pairs = {(guardian["subject"], guardian["household"]) for guardian in content["guardians"]}
    return [
        {"child_id": child_id, "subject": subject, "household_id": household}
        for subject, household in sorted(pairs)
    ]


def _carer_rows(child_id: str, content: Content) -> list[dict[str, Any]]:
    return [
        {
            "child_id": child_id,
            "subject": carer["subject"],
            "household_id": carer["household"],
            "home": carer.get("home", ""),
            "valid_to": date.fromisoformat(carer["until"]) if carer["until"] else None,
            "says_absent": carer.get("says_absent", True),
        }
        for carer in _distinct_carers(content.get("carers", ()))
    ]


def _distinct_carers(carers: Sequence[Content]) -> Collection[Content]:
    """Return one of each person and home: of two accesses the one that allows more, and longer."""
    found: dict[tuple[str, str], Content] = {}
    for carer in sorted(
        carers, key=lambda each: (each.get("says_absent", True), each["until"] or "9999")
    ):
        found[carer["subject"], carer.get("home", "")] = carer
    return found.values()


def _weeks_row(child_id: str, weeks: Content) -> dict[str, Any]:
    return {
        "child_id": child_id,
        "even_household": weeks["even"],
        "odd_household": weeks["odd"],
        "changes_on": weeks["changes_on"],
    }


def _assign_upcoming_bookings(write: Write, child_ids: Collection[str], now: datetime) -> None:
    """Assign upcoming bookings to the household that has the day now."""
    homes = homes_of_children(write, child_ids)
    upcoming = write.execute(
        select(Booking, Session.day)
        .join(Session, Session.id == Booking.session_id)
        .where(Booking.child_id.in_(list(child_ids)), Session.starts_at > now)
        .order_by(Booking.session_id, Booking.child_id)
    )
    for booking, day in upcoming.all():
        home = homes.get(booking.child_id)
        if home is not None and (owner := household_of_day(home, day, [booking.household_id])):
            booking.household_id = owner
    write.flush()

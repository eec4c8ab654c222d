"""
Which guardian may act for a child here, and for which of its households.

Kept from the projection `family` of the dossier, which sends it anew within seconds where a
guardianship begins, ends or moves; forgotten with it. Ids alone: no desk shows them.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import Booking, ChildGuardian, ChildWeeks, Session
from services.enrolment.places.household_of_day import household_of_day
from services.enrolment.places.households import homes_of
from shared.contracts.errors import NotFound
from shared.database import Write

_guardians = cast(Table, ChildGuardian.__table__)
_weeks = cast(Table, ChildWeeks.__table__)

Content = Mapping[str, Any]


def note_family(write: Write, contents: Mapping[str, Content], now: datetime) -> None:
    """Take these children's guardians and weeks whole; what comes belongs to whose day it is."""
    if not contents:
        return
    _forget(write, contents)
    guardians = [row for child_id, content in contents.items() for row in _rows(child_id, content)]
    if guardians:
        write.execute(insert(_guardians), guardians)
    weeks = [
        _week(child, content["weeks"]) for child, content in contents.items() if content["weeks"]
    ]
    if weeks:
        write.execute(insert(_weeks), weeks)
    _give_days(write, contents, now)


def forget_family(write: Write, child_ids: Collection[str]) -> set[str]:
    """Forget who answers for these children; return the households that were theirs."""
    if not child_ids:
        return set()
    former = households_of_children(write, child_ids)
    _forget(write, child_ids)
    return former


def households_of_children(read: Database, child_ids: Collection[str]) -> set[str]:
    """Return the households of these children in which a guardian of theirs lives."""
    wanted = select(ChildGuardian.household_id).where(ChildGuardian.child_id.in_(child_ids))
    return set(read.scalars(wanted.distinct()))


def households_of_guardian(read: Database, subject: str, child_id: str) -> frozenset[str]:
    """Return the households in which this guardian has the child; raises NotFound for nobody's."""
    found = read.scalars(
        select(ChildGuardian.household_id).where(
            ChildGuardian.child_id == child_id, ChildGuardian.subject == subject
        )
    )
    households = frozenset(found)
    if not households:
        raise NotFound(child_id=child_id)
    return households


def _forget(write: Write, child_ids: Collection[str]) -> None:
    for table in (_guardians, _weeks):
        write.execute(delete(table).where(table.c.child_id.in_(list(child_ids))))


def _rows(child_id: str, content: Content) -> list[dict[str, str]]:
    pairs = {(each["subject"], each["household"]) for each in content["guardians"]}
    return [
        {"child_id": child_id, "subject": subject, "household_id": household}
        for subject, household in sorted(pairs)
    ]


def _week(child_id: str, weeks: Content) -> dict[str, Any]:
    return {
        "child_id": child_id,
        "even_household": weeks["even"],
        "odd_household": weeks["odd"],
        "changes_on": weeks["changes_on"],
    }


def _give_days(write: Write, child_ids: Collection[str], now: datetime) -> None:
    """Let what is booked for days to come follow the household that has them now."""
    homes = homes_of(write, child_ids)
    coming = write.execute(
        select(Booking, Session.day)
        .join(Session, Session.id == Booking.session_id)
        .where(Booking.child_id.in_(list(child_ids)), Session.starts_at > now)
        .order_by(Booking.session_id, Booking.child_id)
    )
    for booking, day in coming.all():
        home = homes.get(booking.child_id)
        if home is not None and (owner := household_of_day(home, day, [booking.household_id])):
            booking.household_id = owner
    write.flush()

"""
The tally of a session, written with its attendance: what figures of a year add up.

It counts every child, one without a household too: it has no payer, and it ate.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.attendance.marks.rules.mark_resolution import PRESENT, State
from services.enrolment.attendance.marks.rules.session_outcomes import UNEXPECTED, counted_outcome
from services.enrolment.attendance.quantities.queries.priced_modes_of_places import (
    unusual_modes_of_children_on_day,
)
from services.enrolment.attendance.quantities.rules.age_counts_with_erased_children import (
    ages_with_erased_children,
)
from services.enrolment.models import Booking, ChildCard, Group, ImportedSheet, Session
from services.enrolment.models.days.tallies import SessionTally
from shared.contracts.enrolment.attendance import OUTCOMES
from shared.database import Write
from shared.database.chunks import chunks
from shared.dates.ages import AGES, age_band

OWN_MEAL = "own_meal"
ATTENDED = (PRESENT, UNEXPECTED)
AT_ONCE = 500


def tally_session(
    write: Write, session: Session, group: Group, marked: Mapping[str, State]
) -> None:
    """Write the sums of a closed session, over those of before."""
    booked = {
        child: state
        for child, state in write.execute(
            select(Booking.child_id, Booking.state).where(Booking.session_id == session.id)
        )
    }
    counted = {
        child: counted_outcome(booked.get(child), marked.get(child, State()))
        for child in booked.keys() | marked.keys()
    }
    outcomes = {child: line[0] for child, line in counted.items() if line is not None}
    minutes = (session.ends_at - session.starts_at) // timedelta(minutes=1)
    _store_tally(write, session.id, group, session.day, minutes, outcomes)


def tally_imported(write: Write, sheet: ImportedSheet, group: Group) -> None:
    """Write the sums of an imported day; it lasted as long as the group says."""
    outcomes = {line["child_id"]: line["outcome"] for line in sheet.lines}
    _store_tally(write, sheet.session_id, group, sheet.day, _minutes_of_meeting(group), outcomes)


def _store_tally(
    write: Write,
    session_id: str,
    group: Group,
    day: date,
    minutes: int,
    outcomes: Mapping[str, str],
) -> None:
    came = [child for child, outcome in outcomes.items() if outcome in ATTENDED]
    variants = unusual_modes_of_children_on_day(write, group.id, came, day)
    ages = _count_children_by_age_band(write, session_id, came, day)
    by_outcome = Counter(outcomes.values())
    row = {
        "group_id": group.id,
        "day": day,
        "minutes": minutes,
        "places": group.places,
        **{outcome: by_outcome[outcome] for outcome in OUTCOMES},
        "own_meals": sum(variants.get(child) == OWN_MEAL for child in came),
        **ages,
    }
    kept = write.upsert_into(SessionTally).values(session_id=session_id, **row)
    write.execute(kept.on_conflict_do_update(index_elements=["session_id"], set_=row))


def _count_children_by_age_band(
    write: Write, session_id: str, came: Collection[str], day: date
) -> Mapping[str, int]:
    """Return how many of these children are of each band; gone files count as before."""
    by_band = Counter(age_band(born, day) for born in _birth_dates(write, came))
    counted = {band: by_band[band] for band in AGES}
    columns = [getattr(SessionTally, band) for band in AGES]
    former = write.execute(select(*columns).where(SessionTally.session_id == session_id)).first()
    return ages_with_erased_children(counted, former._asdict()) if former else counted


def _birth_dates(read: Database, child_ids: Collection[str]) -> Iterable[date | None]:
    """Return the birth date of each of these children, None where its file has gone."""
    born: dict[str, date] = {}
    for chunk in chunks(sorted(child_ids), AT_ONCE):
        cards = select(ChildCard.child_id, ChildCard.birth_date)
        born.update(read.execute(cards.where(ChildCard.child_id.in_(chunk))).all())
    return [born.get(child) for child in child_ids]


def _minutes_of_meeting(group: Group) -> int:
    starts, ends = (datetime.strptime(hour, "%H:%M") for hour in (group.starts, group.ends))
    return max(ends - starts, timedelta()) // timedelta(minutes=1)

"""Stored events of providers: counts, food at sessions, activities, states of replicas' rows."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Set
from typing import Any

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from services.dossier.models import (
    ACTIVITIES_SUMS,
    COURSE_SUMS,
    PUBLISHED,
    ActivitiesTaken,
    Child,
    Course,
    CourseErasure,
    FoodEvent,
    FoodEventChild,
    Link,
    Projection,
)
from services.dossier.sharing.queries.current_access_policy import current_policy
from services.dossier.sharing.streams.commands import conditional_grants
from shared.contracts.enrolment import attendance
from shared.contracts.enrolment.sharing import activities_taken, food_on_occasion, replica_events
from shared.contracts.enrolment.sharing.food_on_occasion import AFTER
from shared.database import Write
from shared.database.chunks import chunks
from shared.database.comparison.compared_states import (
    ANY_MOMENT,
    Stored,
    StoredState,
    joined_key,
    parts_of_key,
)
from shared.database.comparison.sums_found_equal import KeptSums, Within, condition_of_rows_within
from shared.dates.clock import today
from shared.dates.instant import Instant
from shared.person import SUBJECTS

KEY_OF_COUNT = 3
"""Child, activity, month."""
KEY_OF_ROW = 2
"""Child and projection."""

_NOT_RECEIVED = {"received_version": 0, "received_at": None}
_NOT_SEEN = {"seen_version": 0, "seen_at": None, "seen_by": ""}


def _stored_counts(read: Session, source: str, within: Within = ()) -> Iterator[StoredState]:
    mine = (
        Course.provider == _provider_of_source(source),
        Course.origin == PUBLISHED,
        condition_of_rows_within(Course.child_id, within),
    )
    for row in read.scalars(select(Course).where(*mine)):
        content = {
            "child_id": row.child_id,
            "activity": row.activity,
            "month": row.month,
            "times": row.times,
        }
        yield StoredState(joined_key(row.child_id, row.activity, row.month), row.version, content)


def _delete_counts(write: Write, source: str, keys: Collection[str]) -> None:
    mine = (Course.provider == _provider_of_source(source), Course.origin == PUBLISHED)
    for key in keys:
        child_id, activity, month = parts_of_key(key, KEY_OF_COUNT)
        state = (Course.child_id == child_id, Course.activity == activity, Course.month == month)
        write.execute(delete(Course).where(*mine, *state))


def _declined_counts(read: Session, source: str, keys: Collection[str]) -> Set[str]:
    """Return counts of children who are here no more, or whose family deleted its history."""
    by_child: dict[str, list[str]] = defaultdict(list)
    for key in keys:
        by_child[parts_of_key(key, KEY_OF_COUNT)[0]].append(key)
    kept: set[str] = set()
    deleted: dict[str, str] = {}
    provider = _provider_of_source(source)
    for batch in chunks(by_child.keys()):
        named = select(Child.id).where(Child.id.in_(batch), Child.first_name.is_not(None))
        linked = exists().where(Link.child_id == Child.id, Link.provider == provider)
        kept |= set(read.scalars(named.where(linked)))
        erasures = select(CourseErasure).where(CourseErasure.child_id.in_(batch))
        deleted |= {row.child_id: row.through_month for row in read.scalars(erasures)}
    return {
        key
        for child_id, theirs in by_child.items()
        for key in theirs
        if child_id not in kept or parts_of_key(key, KEY_OF_COUNT)[2] <= deleted.get(child_id, "")
    }


def _stored_food_events(read: Session, source: str) -> Iterator[StoredState]:
    children: dict[str, list[str]] = defaultdict(list)
    for row in read.scalars(select(FoodEventChild).order_by(FoodEventChild.child_id)):
        children[row.occasion_id].append(row.child_id)
    for event in read.scalars(
        select(FoodEvent).where(FoodEvent.provider == _provider_of_source(source))
    ):
        day = event.last_day - AFTER
        content = {"session_id": event.id, "day": day, "child_ids": sorted(children[event.id])}
        over = day < today() or not children[event.id]
        yield StoredState(event.id, event.version, content, ended=over)


def _store_nobody_booked_at_food(write: Write, source: str, keys: Collection[str]) -> None:
    """Store that nobody is booked there: what was sent because of it is erased."""
    policy, provider = current_policy(), _provider_of_source(source)
    for event in write.scalars(select(FoodEvent).where(FoodEvent.id.in_(keys))).all():
        nobody = food_on_occasion.FoodAnnounced(
            event.id, event.version + 1, event.last_day - AFTER, []
        )
        conditional_grants.apply_food_on_occasion(write, policy, provider, nobody, Instant.now())


def _stored_activities(read: Session, source: str, within: Within = ()) -> Iterator[StoredState]:
    mine = (
        ActivitiesTaken.provider == _provider_of_source(source),
        condition_of_rows_within(ActivitiesTaken.child_id, within),
    )
    for row in read.scalars(select(ActivitiesTaken).where(*mine)):
        content = {"child_id": row.child_id, "activities": row.activities}
        yield StoredState(row.child_id, row.version, content, ended=not row.activities)


def _store_children_at_no_activity(write: Write, source: str, keys: Collection[str]) -> None:
    """Store that these children are at no activity there: what was sent because of it ends."""
    policy, provider = current_policy(), _provider_of_source(source)
    mine = select(ActivitiesTaken).where(ActivitiesTaken.provider == provider)
    for row in write.scalars(mine.where(ActivitiesTaken.child_id.in_(keys))).all():
        none = activities_taken.ActivitiesTaken(row.child_id, row.version + 1, [])
        conditional_grants.apply_activities_taken(write, policy, provider, none, Instant.now())


def _declined_activities(read: Session, _source: str, keys: Collection[str]) -> Set[str]:
    """Return children who are not known here."""
    known = {
        child_id
        for batch in chunks(keys)
        for child_id in read.scalars(select(Child.id).where(Child.id.in_(batch)))
    }
    return set(keys) - known


def _stored_row_states(read: Session, source: str) -> Iterator[StoredState]:
    received = Projection.provider == _provider_of_source(source), Projection.received_version > 0
    for row in read.scalars(select(Projection).where(*received)):
        state = {
            "child_id": row.child_id,
            "received_version": row.received_version,
            "received_at": ANY_MOMENT,
            "seen_version": row.seen_version,
            "seen_at": row.seen_at,
            "seen_by": row.seen_by,
        }
        content = {"projection": row.projection, "items": [state]}
        yield StoredState(joined_key(row.child_id, row.projection), row.received_version, content)


def _forget_states(write: Write, source: str, keys: Collection[str]) -> None:
    """Store that nothing was received or seen: the provider then says what was."""
    _change_projections(write, source, keys, _NOT_RECEIVED | _NOT_SEEN)


def _declined_states(read: Session, source: str, keys: Collection[str]) -> Set[str]:
    """Return states of rows that the dossier knows no more, or sent at a lower version."""
    rows = _projections_of_provider(read, source)
    return {key for key in keys if key not in rows}


def _stored_erasures(read: Session, source: str) -> Iterator[StoredState]:
    for key, row in _projections_of_provider(read, source).items():
        if row.erased_at is not None:
            content = {
                "child_id": row.child_id,
                "projection": row.projection,
                "erased_at": row.erased_at,
            }
            yield StoredState(key, row.version, content, ended=True)


def _delete_no_receipts(_write: Write, _source: str, _keys: Collection[str]) -> None:
    """Delete nothing: a receipt is a proof."""


def _declined_erasures(read: Session, source: str, keys: Collection[str]) -> Set[str]:
    """Return receipts for rows that are none of the last tombstones here."""
    rows = _projections_of_provider(read, source)
    return {key for key in keys if key not in rows or rows[key].digest is not None}


def _projections_of_provider(read: Session, source: str) -> dict[str, Projection]:
    mine = select(Projection).where(Projection.provider == _provider_of_source(source))
    return {joined_key(row.child_id, row.projection): row for row in read.scalars(mine)}


def _change_projections(
    write: Write, source: str, keys: Collection[str], values: dict[str, Any]
) -> None:
    mine = update(Projection).where(Projection.provider == _provider_of_source(source))
    for key in keys:
        child_id, projection = parts_of_key(key, KEY_OF_ROW)
        row = (Projection.child_id == child_id, Projection.projection == projection)
        write.execute(mine.where(*row).values(values))


def _provider_of_source(source: str) -> str:
    return current_policy().provider_of(source)


def _kept_sums_of_counts(source: str) -> KeptSums:
    mine = (
        COURSE_SUMS.c.provider == _provider_of_source(source),
        COURSE_SUMS.c.origin == PUBLISHED,
    )
    return KeptSums(COURSE_SUMS, mine, kind="activity")


def _kept_sums_of_activities(source: str) -> KeptSums:
    return KeptSums(ACTIVITIES_SUMS, (ACTIVITIES_SUMS.c.provider == _provider_of_source(source),))


STORED = (
    SUBJECTS,
    Stored(
        attendance.activity_counted,
        _stored_counts,
        _delete_counts,
        _declined_counts,
        sums=_kept_sums_of_counts,
    ),
    Stored(food_on_occasion.food_announced, _stored_food_events, _store_nobody_booked_at_food),
    Stored(
        activities_taken.activities_taken,
        _stored_activities,
        _store_children_at_no_activity,
        _declined_activities,
        sums=_kept_sums_of_activities,
    ),
    Stored(
        replica_events.projection_held,
        _stored_row_states,
        _forget_states,
        _declined_states,
        once=True,
    ),
    Stored(
        replica_events.projection_erased, _stored_erasures, _delete_no_receipts, _declined_erasures
    ),
)

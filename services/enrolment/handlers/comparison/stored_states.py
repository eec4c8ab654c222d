"""
Stored events of the dossier and of identity, and what is published of the replica's rows.
"""

from collections.abc import Collection, Iterator, Mapping

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from services.enrolment.children.commands import replica
from services.enrolment.models import Handover, RecordHold, StoredProjection
from shared.contracts.dossier.families import safeguarding
from shared.contracts.dossier.sharing import handovers_between_services
from shared.contracts.enrolment.sharing import replica_events as contracts
from shared.database import Write
from shared.database.comparison.compared_states import (
    ANY_MOMENT,
    Published,
    Route,
    Stored,
    StoredState,
    Versions,
    joined_key,
    make_page_reader,
    parts_of_key,
)
from shared.dates.clock import today
from shared.person import SUBJECTS
from shared.town.schools.replica import SCHOOLS

KEY_OF_ROW = 2
"""Child and projection."""


def _select_row_versions(_route: Route) -> Select[str, str, int]:
    key = (StoredProjection.child_id, StoredProjection.projection)
    return select(*key, StoredProjection.version)


def _select_erased_row_versions(route: Route) -> Select[str, str, int]:
    return _select_row_versions(route).where(StoredProjection.erased_at.is_not(None))


def _row_contents(
    read: Session, _route: Route, versions: Versions
) -> Mapping[str, contracts.ProjectionHeld]:
    found = {}
    for row in replica.stored_rows_of_keys(
        read, [parts_of_key(key, KEY_OF_ROW) for key in versions]
    ):
        event = replica.event_of_row_states(row["projection"], [row])
        event.items[0]["received_at"] = ANY_MOMENT  # later where a row came twice
        found[joined_key(row["child_id"], row["projection"])] = event
    return found


def _publish_rows(write: Write, _route: Route, versions: Versions) -> None:
    for row in replica.stored_rows_of_keys(
        write, [parts_of_key(key, KEY_OF_ROW) for key in versions]
    ):
        replica.publish_row_states(write, row["projection"], [row])


def _erasure_contents(
    read: Session, _route: Route, versions: Versions
) -> Mapping[str, contracts.ProjectionErased]:
    return {
        joined_key(row["child_id"], row["projection"]): replica.event_of_erasure(row)
        for row in replica.stored_rows_of_keys(
            read, [parts_of_key(key, KEY_OF_ROW) for key in versions]
        )
    }


def _publish_erasures(write: Write, route: Route, versions: Versions) -> None:
    for event in _erasure_contents(write, route, versions).values():
        write.publish(contracts.projection_erased, event)


PUBLISHED = (
    Published(
        contracts.projection_held,
        make_page_reader(_select_row_versions, columns=KEY_OF_ROW),
        _row_contents,
        _publish_rows,
        lambda event: [joined_key(row["child_id"], event.projection) for row in event.items],
        apart=frozenset(),
    ),
    Published(
        contracts.projection_erased,
        make_page_reader(_select_erased_row_versions, columns=KEY_OF_ROW),
        _erasure_contents,
        _publish_erasures,
        lambda event: [joined_key(event.child_id, event.projection)],
    ),
)


def _stored_holds(read: Session, _source: str) -> Iterator[StoredState]:
    for row in read.scalars(select(RecordHold)):
        content = {"child_id": row.child_id, "households": [], "held": row.held, "lapsed": False}
        yield StoredState(row.child_id, row.version, content)


def _delete_holds(write: Write, _source: str, keys: Collection[str]) -> None:
    write.execute(delete(RecordHold).where(RecordHold.child_id.in_(keys)))


def _stored_handovers(read: Session, _source: str) -> Iterator[StoredState]:
    for row in read.scalars(select(Handover)):
        content = {
            "relay_id": row.handover_id,
            "child_id": row.child_id,
            "side": row.side,
            "other": row.other,
            "weekdays": [int(weekday) for weekday in row.weekdays],
            "at": row.at,
            "valid_from": row.valid_from,
            "valid_to": row.valid_to,
            "ended": row.ended,
        }
        over = row.ended or (row.valid_to is not None and row.valid_to < today())
        yield StoredState(row.handover_id, row.version, content, ended=over)


def _end_handovers(write: Write, _source: str, keys: Collection[str]) -> None:
    """End them: their ticks stay as long as those of any other."""
    ended = update(Handover).where(Handover.handover_id.in_(keys))
    write.execute(ended.values(ended=True, valid_to=today()))


STORED = (
    SUBJECTS,
    SCHOOLS,
    Stored(safeguarding.file_held, _stored_holds, _delete_holds),
    Stored(handovers_between_services.handover_declared, _stored_handovers, _end_handovers),
)

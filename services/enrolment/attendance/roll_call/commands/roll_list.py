"""
The list of one session, as its reader's roles see it: names, states, alerts, care sheets.

Each projection of a child that it shows is published once per person and session (rule R13), in the
reading's transaction.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import cast

from sqlalchemy import ColumnElement, Table, delete, func, select
from sqlalchemy.orm import Session as Database

from services.enrolment.attendance.marks.queries.attendance_states import resolved_states
from services.enrolment.attendance.marks.queries.collectors_of_states import collectors_of_states
from services.enrolment.attendance.marks.rules.collectors import Collector
from services.enrolment.attendance.marks.rules.mark_resolution import State
from services.enrolment.attendance.roll_call.queries.seen_earlier_today import (
    Earlier,
    outcomes_earlier_today,
)
from services.enrolment.attendance.roll_call.rules.list_alerts import (
    Alert,
    Expected,
    Sighting,
    alerts_of_child,
)
from services.enrolment.children.commands.sheet_reading import publish_projection_read
from services.enrolment.children.queries.contents import unsealed_content_of_row
from services.enrolment.children.rules.distinct_names import Named, display_names
from services.enrolment.children.rules.visibility import Visibility
from services.enrolment.models import (
    Booking,
    ChildCard,
    ChildKey,
    ListRead,
    Mark,
    Place,
    Session,
    StoredProjection,
)
from services.enrolment.models.places import BY_CARER
from shared.contracts.enrolment.places.states import CLOSED
from shared.contracts.sections import READ_AT_DESKS
from shared.database import Vault, Write
from shared.database.tables.validity import valid_on_condition
from shared.json_values import JsonMapping, JsonObject, digest_of_content
from shared.register.entitlement import CONSENTS, PICKUP
from shared.text import folded

LISTED_PROJECTIONS = (
    *(projection.code for projection in READ_AT_DESKS if projection.show is None),
    CONSENTS,
)
"""
Projections with a layout of their own on the list. The others, shown as plain lines, are on the
child's page alone: the list neither opens them nor publishes a reading.
"""

KEPT = timedelta(days=30)

_projections = cast(Table, StoredProjection.__table__)
_reads = cast(Table, ListRead.__table__)

Contents = dict[str, dict[str, JsonObject]]
"""Contents of projections by child, then by projection."""


@dataclass(frozen=True)
class _Visible:
    """
    Contents of the children on a list that its reader sees, and when each arrived.

    Of what is kept until it is erased (rule R6) only its end arrived: it has no moment.
    """

    contents: Contents
    received: Mapping[str, Mapping[str, datetime]]


@dataclass(frozen=True)
class Listed:
    """One child of the list."""

    child_id: str
    name: str
    booking: str | None
    state: State
    alerts: Sequence[Alert]
    seen_earlier: Sighting | None
    contents: Mapping[str, JsonMapping] = field(repr=False)
    collector: Collector | None = None
    """With whom the child left, where the reader sees who may collect it."""

    @property
    def letter(self) -> str:
        """Return the child's letter on the list, "" without a name."""
        return folded(str(self.contents.get("care_core", {}).get("last_name", "")))[:1].upper()


@dataclass(frozen=True)
class RollList:
    """
    A session's children by name; `others` have a place in the group, and no booking that day.

    `edition` is that of the list (`edition_of_list`), taken just before it was read.
    """

    children: Sequence[Listed]
    others: Mapping[str, str]
    edition: str


def read_list(
    write: Write,
    vault: Vault,
    visibility: Visibility,
    subject: str,
    session: Session,
    now: datetime,
) -> RollList:
    """Return the list of a session, and publish which projections of each child it shows."""
    edition = edition_of_list(write, visibility, session)
    bookings = _bookings_on_list(write, session)
    marked = {child: state for (_, child), state in resolved_states(write, [session.id]).items()}
    on_list = bookings.keys() | {child for child, state in marked.items() if state.kind}
    visible = _visible_to_reader(write, vault, visibility, on_list)
    contents = visible.contents
    _publish_new_readings(write, visibility, subject, session, contents, now)
    others = _children_with_place(write, session) - on_list
    names = _names_on_list(write, on_list | others, contents)
    left_with = collectors_shown(write, vault, visibility, marked)
    earlier = outcomes_earlier_today(write, session, on_list)
    children = [
        replace(
            _listed_child(
                child, names[child], bookings.get(child), marked, visible, earlier, session.day
            ),
            collector=left_with.get(child),
        )
        for child in on_list
    ]
    children.sort(
        key=lambda listed: (_last_name_key(listed, contents), listed.name, listed.child_id)
    )
    placed = sorted(others, key=lambda child: (folded(names[child]), child))
    return RollList(children, {child: names[child] for child in placed}, edition)


def collectors_shown(
    read: Database, vault: Vault, visibility: Visibility, states: Mapping[str, State]
) -> Mapping[str, Collector]:
    """Return with whom children left, to a reader who sees who may collect them."""
    return collectors_of_states(read, vault, states) if PICKUP in visibility.sees else {}


def edition_of_list(read: Database, visibility: Visibility, session: Session) -> str:
    """
    Return a mark that changes with each booking of a session, and with what is visible of a child.

    So it does with what earlier sessions of the day say of its children, whoever was marked there:
    by the first mark the roll was called, and who has none was not seen. Nothing is opened for it:
    an open page compares it to know whether to read its list again. The latest moment alone is not
    enough: what is committed after another may have the earlier one, and a booking that comes back
    has its former.
    """
    listed = Booking.session_id == session.id, Booking.state != CLOSED
    marked = select(Mark.child_id).where(Mark.session_id == session.id)
    on_list = set(read.scalars(select(Booking.child_id).where(*listed).union(marked)))
    booked = (
        select(Booking.state, func.count(), func.max(Booking.changed_at))
        .where(*listed)
        .group_by(Booking.state)
        .order_by(Booking.state)
    )
    received = func.count(), func.sum(_projections.c.version), func.max(_projections.c.received_at)
    visible = select(*received).where(*_conditions_of_visible_rows(visibility, on_list))
    parts = [list(row) for query in (booked, visible) for row in read.execute(query)]
    earlier = outcomes_earlier_today(read, session, on_list)
    return digest_of_content([*parts, asdict(earlier)])


def contents_on_list(
    write: Write, vault: Vault, visibility: Visibility, session: Session
) -> Contents:
    """Return the visible contents of the children on a session's list; the caller publishes it."""
    marked = resolved_states(write, [session.id])
    on_list = _bookings_on_list(write, session).keys() | {
        child for (_, child), state in marked.items() if state.kind
    }
    return _visible_to_reader(write, vault, visibility, on_list).contents


def forget_past_readings(write: Write, now: datetime) -> None:
    """Forget lists read long ago: reading one again is published again."""
    write.execute(delete(_reads).where(_reads.c.read_at < now - KEPT))


def _listed_child(
    child_id: str,
    name: str,
    booking: Booking | None,
    marked: Mapping[str, State],
    visible: _Visible,
    earlier: Earlier,
    day: date,
) -> Listed:
    expected = Expected(
        booking.state if booking else None,
        booking.changed_at if booking else None,
        earlier.missed.get(child_id, ""),
        by_carer=booking is not None and booking.changed_by == BY_CARER,
        seen=earlier.seen.get(child_id),
        with_others=earlier.with_others.get(child_id, ""),
        expected_with=earlier.expected_with.get(child_id, ""),
    )
    seen = visible.contents.get(child_id, {})
    received = visible.received.get(child_id, {})
    return Listed(
        child_id=child_id,
        name=name,
        booking=expected.booking,
        state=marked.get(child_id, State()),
        alerts=alerts_of_child(seen, received, expected, day),
        seen_earlier=expected.seen,
        contents=seen,
    )


def _bookings_on_list(write: Write, session: Session) -> dict[str, Booking]:
    """Return the bookings of a session by child, but those that the provider closed (an outing)."""
    query = select(Booking).where(Booking.session_id == session.id, Booking.state != CLOSED)
    return {booking.child_id: booking for booking in write.scalars(query)}


def _children_with_place(write: Write, session: Session) -> set[str]:
    return set(
        write.scalars(
            select(Place.child_id).where(
                Place.group_id == session.group_id,
                valid_on_condition(Place, session.day),
            )
        )
    )


def _visible_to_reader(
    write: Write, vault: Vault, visibility: Visibility, child_ids: Collection[str]
) -> _Visible:
    rows = write.execute(
        select(_projections, ChildKey.key_id)
        .join(ChildKey, ChildKey.child_id == _projections.c.child_id)
        .where(*_conditions_of_visible_rows(visibility, child_ids))
    ).all()
    vault.prepare_keys({row.key_id for row in rows})
    contents: Contents = {}
    received: dict[str, dict[str, datetime]] = {}
    for row in rows:
        content = unsealed_content_of_row(vault, row)
        if content is not None:
            contents.setdefault(row.child_id, {})[row.projection] = content
            if row.erase_after is None:
                received.setdefault(row.child_id, {})[row.projection] = row.received_at
    return _Visible(contents, received)


def _conditions_of_visible_rows(
    visibility: Visibility, child_ids: Collection[str]
) -> tuple[ColumnElement[bool], ...]:
    shown = [projection for projection in LISTED_PROJECTIONS if projection in visibility.sees]
    return (
        _projections.c.child_id.in_(child_ids),
        _projections.c.content.is_not(None),
        _projections.c.projection.in_(shown),
    )


def _publish_new_readings(
    write: Write,
    visibility: Visibility,
    subject: str,
    session: Session,
    contents: Contents,
    now: datetime,
) -> None:
    rows = [
        {
            "session_id": session.id,
            "subject": subject,
            "child_id": child_id,
            "projection": projection,
            "read_at": now,
        }
        for child_id, projections in sorted(contents.items())
        for projection in projections
    ]
    if not rows:
        return
    first = write.upsert_into(_reads).on_conflict_do_nothing()
    for child_id, projection in write.execute(
        first.returning(_reads.c.child_id, _reads.c.projection), rows
    ).all():
        publish_projection_read(
            write, visibility.sees[projection], subject, child_id, projection, now
        )


def _names_on_list(write: Write, child_ids: Iterable[str], contents: Contents) -> dict[str, str]:
    """Return a name for each child; one whose file has not come gets a name made of its id."""
    listed = set(child_ids)
    cards = write.scalars(select(ChildCard).where(ChildCard.child_id.in_(listed)))
    named = [
        Named(
            card.child_id,
            card.first_name,
            card.last_name,
            card.birth_date,
            contents.get(card.child_id, {}).get("schooling", {}).get("class_name", ""),
        )
        for card in cards
    ]
    names = display_names(named)
    return names | {child: f"… {child[-6:]}" for child in listed - names.keys()}


def _last_name_key(listed: Listed, contents: Contents) -> str:
    core = contents.get(listed.child_id, {}).get("care_core", {})
    return folded(f"{core.get('last_name', '')} {core.get('first_name', '')}")

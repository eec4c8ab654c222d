"""
The list of one session, as far as its reader's roles see: names, states, alerts, care sheets.

What it shows of a child is told once per person, session and projection (rule R13), in the
transaction of the reading.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, delete, or_, select

from services.enrolment.attendance.marks.queries import states
from services.enrolment.attendance.marks.rules.last_act import State
from services.enrolment.attendance.roll_call.queries.earlier import Earlier, earlier_today
from services.enrolment.attendance.roll_call.rules import Alert, Expected, alerts_of
from services.enrolment.children.commands.sheet import tell_read
from services.enrolment.children.queries.contents import content_of
from services.enrolment.children.rules.names import Named, display_names
from services.enrolment.children.rules.visibility import Sight
from services.enrolment.models import (
    Booking,
    ChildCard,
    ChildKey,
    HeldProjection,
    ListRead,
    Place,
    Session,
)
from shared.contracts.enrolment.places import CLOSED
from shared.contracts.sections import READ_AT_DESKS
from shared.database import Vault, Write
from shared.text import folded

SHOWN = tuple(each.code for each in READ_AT_DESKS if each.show is None)
"""
What the list has words of its own for. What desks show as lines stands on a child's page alone: the
list neither opens it nor tells that it was read.
"""

KEPT = timedelta(days=30)

_held = cast(Table, HeldProjection.__table__)
_reads = cast(Table, ListRead.__table__)

Contents = dict[str, dict[str, dict[str, Any]]]
"""By child, then by projection."""


@dataclass(frozen=True)
class Listed:
    """One child of the list."""

    child_id: str
    name: str
    booking: str | None
    state: State
    alerts: Sequence[Alert]
    seen_earlier: tuple[str, datetime] | None
    contents: Mapping[str, Mapping[str, Any]] = field(repr=False)


@dataclass(frozen=True)
class RollList:
    """A session's children by name; `others` have a place in the group, and no booking that day."""

    children: Sequence[Listed]
    others: Mapping[str, str]


def read_list(
    write: Write, vault: Vault, sight: Sight, subject: str, session: Session, now: datetime
) -> RollList:
    """Return the list of a session, and tell what of each child it shows."""
    bookings = _bookings(write, session)
    found = {child: state for (_, child), state in states(write, [session.id]).items()}
    on_list = bookings.keys() | {child for child, state in found.items() if state.kind}
    contents = _contents(write, vault, sight, on_list)
    _tell(write, sight, subject, session, contents, now)
    others = _with_place(write, session) - on_list
    names = _names(write, on_list | others, contents)
    earlier = earlier_today(write, session, on_list)
    children = [
        _listed(child, names[child], bookings.get(child), found, contents, earlier, session.day)
        for child in on_list
    ]
    children.sort(key=lambda one: (_by_last_name(one, contents), one.name, one.child_id))
    placed = sorted(others, key=lambda child: (folded(names[child]), child))
    return RollList(children, {child: names[child] for child in placed})


def contents_on_list(write: Write, vault: Vault, sight: Sight, session: Session) -> Contents:
    """Return what a sight opens of the children on a session's list; who calls it tells it."""
    found = states(write, [session.id])
    on_list = _bookings(write, session).keys() | {
        child for (_, child), s in found.items() if s.kind
    }
    return _contents(write, vault, sight, on_list)


def forget_past(write: Write, now: datetime) -> None:
    """Forget which lists were read long ago: reading one again tells it again."""
    write.execute(delete(_reads).where(_reads.c.read_at < now - KEPT))


def _listed(
    child_id: str,
    name: str,
    booking: Booking | None,
    found: Mapping[str, State],
    contents: Contents,
    earlier: Earlier,
    day: date,
) -> Listed:
    expected = Expected(
        booking.state if booking else None,
        booking.changed_at if booking else None,
        earlier.missed.get(child_id, ""),
    )
    seen = contents.get(child_id, {})
    return Listed(
        child_id=child_id,
        name=name,
        booking=expected.booking,
        state=found.get(child_id, State()),
        alerts=alerts_of(seen, expected, day),
        seen_earlier=earlier.seen.get(child_id),
        contents=seen,
    )


def _bookings(write: Write, session: Session) -> dict[str, Booking]:
    """What the provider itself closed (an outing) is not on the list."""
    wanted = select(Booking).where(Booking.session_id == session.id, Booking.state != CLOSED)
    return {booking.child_id: booking for booking in write.scalars(wanted)}


def _with_place(write: Write, session: Session) -> set[str]:
    return set(
        write.scalars(
            select(Place.child_id).where(
                Place.group_id == session.group_id,
                Place.valid_from <= session.day,
                or_(Place.valid_to.is_(None), Place.valid_to >= session.day),
            )
        )
    )


def _contents(write: Write, vault: Vault, sight: Sight, child_ids: Collection[str]) -> Contents:
    rows = write.execute(
        select(_held, ChildKey.key_id)
        .join(ChildKey, ChildKey.child_id == _held.c.child_id)
        .where(
            _held.c.child_id.in_(child_ids),
            _held.c.content.is_not(None),
            _held.c.projection.in_([each for each in SHOWN if each in sight.sees]),
        )
    ).all()
    vault.prepare({row.key_id for row in rows})
    found: Contents = {}
    for row in rows:
        content = content_of(vault, row)
        if content is not None:
            found.setdefault(row.child_id, {})[row.projection] = content
    return found


def _tell(
    write: Write, sight: Sight, subject: str, session: Session, contents: Contents, now: datetime
) -> None:
    rows = [
        {
            "session_id": session.id,
            "subject": subject,
            "child_id": child_id,
            "projection": projection,
            "read_at": now,
        }
        for child_id, shown in sorted(contents.items())
        for projection in shown
    ]
    if not rows:
        return
    first = write.upsert(_reads).on_conflict_do_nothing()
    for child_id, projection in write.execute(
        first.returning(_reads.c.child_id, _reads.c.projection), rows
    ).all():
        tell_read(write, sight.sees[projection], subject, child_id, projection, now)


def _names(write: Write, child_ids: Iterable[str], contents: Contents) -> dict[str, str]:
    """A child whose file is gone keeps a name of its own: marks and bookings still stand."""
    wanted = set(child_ids)
    cards = write.scalars(select(ChildCard).where(ChildCard.child_id.in_(wanted)))
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
    return names | {child: f"… {child[-6:]}" for child in wanted - names.keys()}


def _by_last_name(one: Listed, contents: Contents) -> str:
    core = contents.get(one.child_id, {}).get("care_core", {})
    return folded(f"{core.get('last_name', '')} {core.get('first_name', '')}")
